"""The whole pipeline, through DVC, on a copy of the project with tiny parameters."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stages_project import change_params, copy_project, run

from scratchnet.names import PLAIN, TASKS
from scratchnet.params import load
from scratchnet.photos.sources import drawn
from scratchnet.predict import main
from scratchnet.prepared import digest

CNN_STAGES = ("train_numpy_cnn", "train_cuda_cnn")


def succeed(project, *command):
    done = run(project, *command)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


# Every stage that learns, once more and in one process: most of a stage's time is the start of its own.
AGAIN = f"""
import runpy, sys
stages = {{"prepare_images": [[]], "train_mlp": {[[task] for task in TASKS]}, "train_linear": [[]]}}
stages |= dict.fromkeys({CNN_STAGES}, {[[arch] for arch in PLAIN]})
for stage, calls in stages.items():
    for arguments in calls:
        sys.argv = [stage, *arguments]
        runpy.run_module(f"stages.{{stage}}", run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="module")
def projects(tmp_path_factory) -> list[Path]:
    """Two copies of the project: in one DVC has run the whole pipeline, in the other all was learnt without DVC."""
    copies = [copy_project(tmp_path_factory.mktemp("project")) for _ in range(2)]
    commands = [("dvc", "repro"), ("python", "-c", AGAIN)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda copy, command: succeed(copy, *command), copies, commands))
    return copies


@pytest.fixture(scope="module")
def project(projects) -> Path:
    return projects[0]


def metrics(project: Path) -> dict[str, dict]:
    made = (path for path in project.glob("metrics/**/*.json") if "reference" not in path.parts)
    return {str(path.relative_to(project)): json.loads(path.read_text()) for path in made}


def deterministic(project: Path) -> dict:
    """What was prepared and learnt, without timings: the metrics, and every epoch's losses."""
    tables = {str(path.relative_to(project)): pd.read_csv(path) for path in project.glob("plots/train_*/*/loss.csv")}
    with_timings = ("/timing/", "/benchmark.json", "/compare.json")
    found = {name: content for name, content in metrics(project).items() if not any(t in name for t in with_timings)}
    return found | {name: table.drop(columns="seconds").to_dict("list") for name, table in tables.items()}


def test_every_promised_file_is_there(project):
    names = {f"metrics/train_mlp/{task}.json" for task in TASKS}
    names |= {f"metrics/{stage}/{arch}.json" for stage in CNN_STAGES for arch in PLAIN}
    names |= {name.replace("metrics/", "metrics/timing/") for name in names}
    names |= {f"metrics/{stage}.json" for stage in ("prepare_images", "train_linear", "benchmark", "compare")}
    names |= {f"metrics/timing/{stage}/all.json" for stage in ("prepare_images", "train_linear")}
    assert set(metrics(project)) == names
    for stage in CNN_STAGES:
        for arch in PLAIN:
            table = pd.read_csv(project / f"plots/{stage}/{arch}/loss.csv")
            assert list(table.columns) == ["epoch", "train_loss", "val_loss", "val_accuracy", "seconds"]
            assert list(table["epoch"]) == [1, 2]


def test_every_promised_picture_is_there(project):
    compared = {"loss", "epoch_seconds", "confusion", "most_wrong_one_conv", "most_wrong_two_conv"}
    names = {f"compare/{name}" for name in compared} | {"prepare_images/cat", "prepare_images/dog"}
    names |= {f"train_numpy_cnn/{arch}/{name}" for arch in PLAIN for name in ("filters", "feature_maps")}
    of_both = ("vital_signs", "calibration")
    names |= {f"{stage}/{arch}/{name}" for stage in CNN_STAGES for arch in PLAIN for name in of_both}
    names |= {f"train_mlp/{task}/{name}" for task in TASKS for name in ("loss", "vital_signs")} | {
        "train_mlp/regression_1d/fitted_curve"
    }
    names |= {f"benchmark/{name}" for name in ("ladder", "roofline", "sweep")}
    names |= {"train_mlp/binary_rings/boundaries", "train_mlp/multiclass_blobs/boundaries"}
    found = {str(path.relative_to(project / "plots").with_suffix("")) for path in project.glob("plots/**/*.png")}
    assert found == names


def test_the_page_misses_nothing_and_stays_out_of_git(project):
    page = (project / "plots/page/index.html").read_text("utf-8")
    assert '"missing":[],"notes":[]' in page
    succeed(project, "git", "check-ignore", "plots/page/index.html")


def test_both_networks_are_the_same(project):
    for arch, both in json.loads((project / "metrics/compare.json").read_text()).items():
        assert both["loss_gap"] < 1e-5, arch
        found = [metrics(project)[f"metrics/{stage}/{arch}.json"]["parameters"] for stage in CNN_STAGES]
        assert found[0] == found[1]
        tables = [pd.read_csv(project / f"plots/{stage}/{arch}/calibration.csv") for stage in CNN_STAGES]
        pd.testing.assert_frame_equal(*tables, rtol=1e-5)


def test_a_second_repro_finds_nothing_to_do(project):
    succeed(project, "dvc", "status", "-q")
    before = metrics(project)
    assert "up to date" in succeed(project, "dvc", "repro").stdout
    assert metrics(project) == before


def test_dvc_reads_all_metrics_and_plots(project):
    shown = json.loads(succeed(project, "dvc", "metrics", "show", "--json").stdout)
    assert "metrics/compare.json" in shown[""]["data"]
    succeed(project, "dvc", "plots", "show", "--out", "rendered")


def test_a_run_is_kept_with_all_its_figures_and_the_page_has_it(project):
    succeed(project, "python", "-m", "lab", "keep", "mine")
    kept = json.loads((project / "metrics/reference/mine.json").read_text())
    (project / "metrics/reference/mine.json").unlink()
    assert kept["data"]["digest"] == digest(project / "data/prepared")
    assert kept["params"]["data"]["size"] == 16
    assert "path" not in kept["params"]["data"]
    assert kept["code"]["checked_by_dvc"]
    assert not kept["code"]["edited"]
    assert set(kept["metrics"]) == {path.stem for path in project.glob("metrics/*")} - {"benchmark", "reference"}
    assert kept["metrics"]["timing"]["train_mlp"]["binary_rings"]["machine"]["cores"] >= 1
    assert "| mine | one_conv | 24 |" in (project / "docs/photographs.md").read_text()


def test_one_training_alone_is_kept(project):
    succeed(project, "python", "-m", "lab", "keep", "seed_1", "--training", "train_cuda_cnn@two_conv")
    file = project / "metrics/reference/trainings/seed_1.json"
    kept = json.loads(file.read_text())["metrics"]
    file.unlink()
    assert set(kept) == {"prepare_images", "train_cuda_cnn", "timing"}
    assert set(kept["train_cuda_cnn"]) == {"two_conv"}
    page = (project / "docs/accuracy.md").read_text()
    assert "| two_conv in PyTorch, 2 epochs of 24 pictures; tested on 8 | 1 |" in page


def test_results_of_other_settings_are_not_kept(project):
    settings = (project / "params.yaml").read_text()
    change_params(project, {"train_linear": {"epochs": 3}})
    refused = run(project, "python", "-m", "lab", "keep", "mine")
    (project / "params.yaml").write_text(settings)
    assert refused.returncode == 1
    assert "not those of its settings, code and pictures: `dvc status` says where" in refused.stderr
    assert not (project / "metrics/reference/mine.json").exists()


@pytest.fixture(scope="module")
def test_pictures(project) -> Path:
    """The drawn test pictures, as files."""
    album = project / "album"
    for picture in drawn({"test": 8}, load(project / "params.yaml").data.seed):
        (album / picture.name).parent.mkdir(parents=True, exist_ok=True)
        (album / picture.name).write_bytes(picture.read())
    return album


@pytest.mark.parametrize("backend", ["numpy", "pytorch"])
@pytest.mark.parametrize("trained_by", ["numpy", "pytorch"])
def test_prediction_answers_as_training_did(project, test_pictures, backend, trained_by, monkeypatch, capsys):
    monkeypatch.chdir(project)
    main(["--backend", backend, "--model", f"models/{trained_by}/two_conv.safetensors", str(test_pictures)])
    check_answers(capsys.readouterr().out, test_pictures, project / "plots/train_numpy_cnn/two_conv/predictions.csv")


def check_answers(printed: str, pictures: Path, trained: Path) -> None:
    """What `predict` has printed of some pictures is what the training's table says of them."""
    answers = pd.read_csv(StringIO(printed))
    assert list(answers.columns) == ["path", "label", "probability_dog"]
    seen = pd.read_csv(trained).set_index("name")
    names = answers["path"].str.removeprefix(f"{pictures}/")
    np.testing.assert_allclose(answers["probability_dog"], seen["probability_dog"][names], atol=1e-5)


def test_two_runs_give_the_same_numbers_to_the_last_bit(projects):
    assert deterministic(projects[0]) == deterministic(projects[1])


def test_three_processes_learn_what_one_does(project, tmp_path):
    """DistributedDataParallel over gloo; a batch of 8 is 3, 3 and 2 pictures, the order of the sums another."""
    together = shutil.copytree(project, tmp_path / "together")
    for made in ("metrics", "models", "plots"):
        shutil.rmtree(together / made)
    torchrun = ["python", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=3"]
    succeed(together, *torchrun, "-m", "stages.train_cuda_cnn", "two_conv")
    tables = [pd.read_csv(run / "plots/train_cuda_cnn/two_conv/loss.csv") for run in (project, together)]
    np.testing.assert_allclose(*(table.drop(columns="seconds") for table in tables), rtol=0, atol=1e-4)
    timing = json.loads((together / "metrics/timing/train_cuda_cnn/two_conv.json").read_text())
    assert timing["machine"]["processes"] == 3
    assert not list((together / ".checkpoints").rglob("*.safetensors"))


def test_the_deep_network_shows_what_it_looked_at_and_answers(project, test_pictures, tmp_path, monkeypatch, capsys):
    deep = shutil.copytree(project, tmp_path / "deep")
    change_params(deep, {"of_arch": {"deep": {"epochs": 1}}})
    succeed(deep, "python", "-m", "stages.train_numpy_cnn", "deep")
    pictures = {path.stem for path in (deep / "plots/train_numpy_cnn/deep").glob("*.png")}
    assert pictures == {"filters", "feature_maps", "looked_at", "vital_signs", "calibration"}
    monkeypatch.chdir(deep)
    for backend in ("numpy", "pytorch"):
        main(["--backend", backend, "--model", "models/numpy/deep.safetensors", str(test_pictures)])
        check_answers(capsys.readouterr().out, test_pictures, deep / "plots/train_numpy_cnn/deep/predictions.csv")
