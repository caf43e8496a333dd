"""The whole pipeline, through DVC, on a copy of the project with tiny parameters."""

import json
from pathlib import Path

import pandas as pd
import pytest
from stages_project import copy_project, run

from scratchnet.params import ARCHITECTURES, TASKS


def succeed(project, *command):
    done = run(project, *command)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    project = copy_project(tmp_path_factory.mktemp("project"))
    succeed(project, "dvc", "repro")
    return project


def metrics(project: Path) -> dict[str, dict]:
    return {str(path.relative_to(project)): json.loads(path.read_text()) for path in project.glob("metrics/**/*.json")}


def deterministic(project: Path) -> dict:
    """All metrics but the timings; of compare.json, the losses and how far they are apart."""
    found = {name: content for name, content in metrics(project).items() if "/timing/" not in name}
    gaps = found.pop("metrics/compare.json")
    return found | {arch: {key: gaps[arch][key] for key in ("loss_gap", "loss_gap_first_epoch")} for arch in gaps}


def test_every_promised_file_is_there(project):
    names = {f"metrics/train_mlp/{task}.json" for task in TASKS}
    names |= {f"metrics/{s}/{arch}.json" for s in ("train_numpy_cnn", "train_cuda_cnn") for arch in ARCHITECTURES}
    names |= {name.replace("metrics/", "metrics/timing/") for name in names} | {
        "metrics/timing/prepare_images/all.json"
    }
    assert set(metrics(project)) == names | {"metrics/prepare_images.json", "metrics/compare.json"}
    for stage in ("train_numpy_cnn", "train_cuda_cnn"):
        for arch in ARCHITECTURES:
            table = pd.read_csv(project / f"plots/{stage}/{arch}/loss.csv")
            assert list(table.columns) == ["epoch", "train_loss", "val_loss", "val_accuracy", "seconds"]
            assert list(table["epoch"]) == [1, 2]


def test_both_networks_are_the_same(project):
    for arch, both in json.loads((project / "metrics/compare.json").read_text()).items():
        assert both["loss_gap"] < 1e-5, arch
        assert both["numpy"]["parameters"] == both["pytorch"]["parameters"]


def test_a_second_repro_finds_nothing_to_do(project):
    succeed(project, "dvc", "status", "-q")
    before = metrics(project)
    assert "up to date" in succeed(project, "dvc", "repro").stdout
    assert metrics(project) == before


def test_dvc_reads_all_metrics_and_plots(project):
    shown = json.loads(succeed(project, "dvc", "metrics", "show", "--json").stdout)
    assert "metrics/compare.json" in shown[""]["data"]
    succeed(project, "dvc", "plots", "show", "--out", "rendered")


def test_either_backend_predicts_with_either_file(project):
    picture = "plots/prepare_images/cat.png"
    lines = {
        succeed(project, "python", "-m", "stages.predict", "--backend", backend, "--model", model, picture).stdout
        for backend in ("numpy", "pytorch")
        for model in ("models/numpy/two_conv.safetensors", "models/pytorch/two_conv.safetensors")
    }
    header, row = lines.pop().splitlines()
    assert header == "path,label,probability_dog"
    path, label, probability = row.split(",")
    assert (path, label) == (picture, "dog" if float(probability) > 0.5 else "cat")
    for other in lines:
        assert float(other.splitlines()[1].split(",")[2]) == pytest.approx(float(probability), abs=1e-4)


def test_a_second_run_gives_the_same_numbers_to_the_last_bit(project):
    """Last in this file: it runs everything again."""
    before = deterministic(project)
    succeed(project, "dvc", "repro", "--force", "--no-run-cache")
    assert deterministic(project) == before
