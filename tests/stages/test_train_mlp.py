"""The stage train_mlp: what it writes, and what it promises at the project's own parameters."""

import sys

import numpy as np
import pandas as pd
import pytest
from source_imports import ROOT
from stages_project import change_params

from scratchnet.names import Stream, rng_of
from scratchnet.numpy_nn.networks import mlp
from scratchnet.points import TASKS
from scratchnet.problems import Problem
from scratchnet.records import read_arrays, read_metrics
from scratchnet.timing.phases import PHASES
from stages import train_mlp


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty directory with the project's params.yaml."""
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["train_mlp", *arguments])
    train_mlp.main()


@pytest.mark.parametrize("task", TASKS)
def test_tiny_runs_write_every_file_the_same_twice(project, monkeypatch, task):
    change_params(project, {"train_mlp": {task: {"epochs": 6, "train": 40, "val": 20, "test": 30, "hidden": 4}}})
    run(monkeypatch, task)
    picture, *more = ["fitted_curve.png", "tutorial.csv"] if task == "regression_1d" else ["boundaries.png"]
    plots = {path.name: path.read_bytes() for path in (project / "plots/train_mlp" / task).iterdir()}
    assert set(plots) == {"loss.csv", "loss.png", "vital_signs.csv", "vital_signs.png", picture, *more}
    metrics = (project / f"metrics/train_mlp/{task}.json").read_bytes()
    timing = read_metrics(f"metrics/timing/train_mlp/{task}.json")
    assert timing["device"] == "cpu"
    assert all(timing[f"{name}_seconds"] > 0 for name in PHASES)
    assert timing["total_seconds"] == pytest.approx(sum(timing[f"{name}_seconds"] for name in PHASES))
    assert timing["images_per_second"] == pytest.approx(6 * 40 / timing["train_seconds"])

    weights, about = read_arrays(f"models/mlp/{task}.safetensors")
    assert about["task"] == task
    assert about["hidden"] == 4
    assert {len(film) for film in weights.values()} == {6 + 1}
    initial = mlp(TASKS[task].inputs, 4, TASKS[task].outputs, rng_of(1, Stream.WEIGHTS)).params
    for name, w in initial.items():
        assert weights[name].dtype == np.float32
        np.testing.assert_array_equal(weights[name][0], w)
        assert not np.array_equal(weights[name][-1], w)

    run(monkeypatch, task)
    assert (project / f"metrics/train_mlp/{task}.json").read_bytes() == metrics
    for name in set(plots) - {"loss.csv"}:  # which has the seconds in it
        assert (project / "plots/train_mlp" / task / name).read_bytes() == plots[name]


def test_layers_of_your_own_train_the_perceptron(project, monkeypatch, capsys):
    task, small = "regression_1d", {"epochs": 2, "train": 40, "val": 20, "test": 30, "hidden": 4}
    change_params(project, {"train_mlp": {task: small}})
    run(monkeypatch, task)
    metrics = (project / f"metrics/train_mlp/{task}.json").read_bytes()
    change_params(project, {"train_mlp": {"implementation": "yours"}})
    with pytest.raises(Problem, match="holds none of your layers"):
        run(monkeypatch, task)
    layers = (ROOT / "scratchnet/numpy_nn/layers.py").read_text(encoding="utf-8")
    (project / "my").mkdir()
    (project / "my/layers.py").write_text(layers.replace("np.maximum(x, 0)", "x * self._positive"), encoding="utf-8")
    run(monkeypatch, task)
    assert "Yours, of my/layers.py: ReLU.forward." in capsys.readouterr().out
    assert (project / f"metrics/train_mlp/{task}.json").read_bytes() == metrics
    (project / "my/layers.py").write_text(layers.replace("np.maximum(x, 0)", "x * 0"), encoding="utf-8")
    run(monkeypatch, task)
    assert (project / f"metrics/train_mlp/{task}.json").read_bytes() != metrics


def test_the_regression_is_below_the_tutorial_at_every_one_of_its_epochs(project, monkeypatch, capsys):
    run(monkeypatch, "regression_1d")
    assert capsys.readouterr().err == "", "of a training that went well nothing is told"
    metrics = read_metrics("metrics/train_mlp/regression_1d.json")
    assert (metrics["learned"], metrics["died"], metrics["diverged"]) == (1, 0, 0)
    signs = pd.read_csv(project / "plots/train_mlp/regression_1d/vital_signs.csv")
    assert list(signs["epoch"].unique()) == [1, 10, 20, 30, 40, 50]
    table = pd.read_csv(project / "plots/train_mlp/regression_1d/tutorial.csv")
    assert list(table["epoch"]) == list(range(5, 51, 5))
    assert list(table["tutorial_loss"]) == [
        0.0044, 0.0039, 0.0036, 0.0033, 0.0030, 0.0029, 0.0027, 0.0023, 0.0023, 0.0021
    ]  # fmt: skip
    assert (table["train_loss"] < table["tutorial_loss"]).all()
    losses = pd.read_csv(project / "plots/train_mlp/regression_1d/loss.csv")
    assert list(losses.columns) == ["epoch", "train_loss", "val_loss", "seconds"]
    np.testing.assert_array_equal(losses["train_loss"][4::5], table["train_loss"])


@pytest.mark.parametrize("task", ["binary_rings", "multiclass_blobs"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_classifiers_come_within_a_point_of_the_best_possible(project, monkeypatch, task, seed):
    change_params(project, {"train_mlp": {task: {"seed": seed}}})
    run(monkeypatch, task)
    metrics = read_metrics(f"metrics/train_mlp/{task}.json")
    assert 0.9 < metrics["bayes_accuracy"] < 0.96
    assert metrics["test_accuracy"] == pytest.approx(metrics["bayes_accuracy"], abs=0.01)
    losses = pd.read_csv(project / f"plots/train_mlp/{task}/loss.csv")
    assert list(losses.columns) == ["epoch", "train_loss", "val_loss", "val_accuracy", "seconds"]
    assert len(losses) == 200


def test_the_border_is_shown_at_six_epochs_from_the_first_to_the_last(project, monkeypatch):
    change_params(project, {"train_mlp": {"binary_rings": {"epochs": 32, "train": 10, "val": 10, "test": 10}}})
    drawn, draw = [], train_mlp.decision_boundaries
    monkeypatch.setattr(train_mlp, "decision_boundaries", lambda nets, *more: drawn.append(nets) or draw(nets, *more))
    run(monkeypatch, "binary_rings")
    assert list(drawn[0]) == [1, 2, 4, 8, 16, 32]
    assert not np.array_equal(drawn[0][1].params["fc1.W"], drawn[0][32].params["fc1.W"])


def test_a_learning_rate_that_is_far_too_high_is_told_of_at_the_end(project, monkeypatch, capsys):
    changes = {"epochs": 3, "train": 100, "val": 50, "test": 100, "learning_rate": 1000.0}
    change_params(project, {"train_mlp": {"binary_rings": changes}})
    run(monkeypatch, "binary_rings")
    said = capsys.readouterr().err
    assert "The training has diverged: its loss ended at " in said
    assert "Try a tenth of train_mlp.binary_rings.learning_rate." in said
    assert read_metrics("metrics/train_mlp/binary_rings.json")["diverged"] == 1


def test_a_wrong_task_is_told_in_a_sentence(monkeypatch, capsys):
    with pytest.raises(SystemExit, match="2"):
        run(monkeypatch, "regression")
    said = capsys.readouterr().err
    assert "regression_1d" in said
    assert "Traceback" not in said


def test_help_says_what_it_reads_and_writes(monkeypatch, capsys):
    with pytest.raises(SystemExit, match="0"):
        run(monkeypatch, "--help")
    assert "metrics/train_mlp" in capsys.readouterr().out
