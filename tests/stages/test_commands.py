"""Every stage as a command: it explains itself, and a mistake gets a sentence and a status, not a traceback."""

import importlib
import sys

import pytest
from source_imports import ROOT

from scratchnet.problems import run

STAGES = sorted(
    file.stem for file in (ROOT / "stages").glob("*.py") if "ArgumentParser(" in file.read_text()
)  # all but what they share
ARGUMENTS = {
    "train_mlp": ["binary_rings"],
    "train_numpy_cnn": ["two_conv"],
    "train_cuda_cnn": ["two_conv"],
}
WITHOUT_PARAMS = {"compare", "benchmark"}  # the last has its own, in lab/params.yaml


@pytest.fixture
def call(monkeypatch, tmp_path, capsys):
    """Run a stage in an empty folder; returns its exit status (a sentence, where it ended with one) and its output."""

    def called(stage, *arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [stage, *arguments])
        with pytest.raises(SystemExit) as ended:
            run(importlib.import_module(f"stages.{stage}").main)
        return ended.value.code, capsys.readouterr().out

    return called


@pytest.mark.parametrize("stage", STAGES)
def test_help_says_what_the_stage_does(stage, call):
    status, text = call(stage, "--help")
    assert status == 0
    assert importlib.import_module(f"stages.{stage}").__doc__.strip().splitlines()[0] in text


@pytest.mark.parametrize("stage", sorted(set(STAGES) - WITHOUT_PARAMS))
def test_a_mistake_in_params_is_told_before_any_work(stage, call, tmp_path):
    text = (ROOT / "params.yaml").read_text().replace("  seed: 1", "  sed: 1").replace("epochs: 200", "epochs: many")
    (tmp_path / "params.yaml").write_text(text)
    status, _ = call(stage, *ARGUMENTS.get(stage, []))
    assert "data.sed: no such key. Did you mean seed?" in status
    assert "train_mlp.binary_rings.epochs: should be a valid integer, not 'many'." in status
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_a_mistake_in_the_benchmarks_params_is_told_before_any_work(call, tmp_path):
    (tmp_path / "lab").mkdir()
    text = (ROOT / "lab/params.yaml").read_text().replace("  compile: true", "  compile: maybe")
    (tmp_path / "lab/params.yaml").write_text(text)
    status, _ = call("benchmark")
    assert "benchmark.compile: should be a valid boolean, not 'maybe'." in status


@pytest.mark.parametrize("stage", ["train_numpy_cnn", "train_cuda_cnn", "compare"])
def test_what_must_run_first_is_named(stage, call, tmp_path):
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    status, _ = call(stage, *ARGUMENTS.get(stage, []))
    assert "run prepare_images first" in status or "dvc repro" in status


def test_a_graph_on_the_cpu_is_refused_before_any_work(call, tmp_path):
    text = (ROOT / "params.yaml").read_text().replace("device: auto", "device: cpu")
    (tmp_path / "params.yaml").write_text(text.replace("  compile: none", "  compile: cuda_graph"))
    status, _ = call("train_cuda_cnn", "two_conv")
    assert "only CUDA has graphs. Set it to none or inductor" in status


def test_an_unknown_architecture_is_refused(call):
    status, _ = call("train_numpy_cnn", "three_conv")
    assert status == 2
