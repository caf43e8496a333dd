"""What a training leaves on disk, whole, or killed and taken up again."""

import json

import numpy as np
import pandas as pd
import pytest
from source_imports import ROOT

from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.optimizers import Adam
from scratchnet.params import load
from scratchnet.photos.prepared import PreparedSplit
from scratchnet.records import read_arrays
from scratchnet.timing import machine
from stages.cnn import initial_network, train_and_report

CHANGES = {"epochs": 3, "hidden": 4, "batch_size": 8, "keep": "last"}


@pytest.fixture
def splits():
    rng = np.random.default_rng(4)
    made = {}
    for name, count in (("train", 20), ("val", 8), ("test", 8)):
        images = rng.integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
        labels = (np.arange(count) % 2).astype(np.uint8)
        names = [f"{name}/{i}.jpg" for i in range(count)]
        made[name] = PreparedSplit(images, labels, names, np.full(3, 0.5), np.full(3, 0.3))
    return made


class Killed(NumpyLearner):
    """Dies in its third epoch (the warm-up is the first that it is asked for, and of a few pictures only)."""

    def train_epoch(self, order):
        self.epochs = getattr(self, "epochs", -1) + 1
        if self.epochs == 3:
            raise KeyboardInterrupt
        return super().train_epoch(order)


def run_in(folder, monkeypatch, splits, learner=NumpyLearner, **changes):
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    params = load(ROOT / "params.yaml").train_numpy_cnn.model_copy(update=CHANGES | changes)
    student = learner(
        initial_network("two_conv", 16, params), BinaryCrossEntropy(), Adam(0.001), splits, params.batch_size
    )
    return train_and_report("train_numpy_cnn", "numpy", "two_conv", student, splits, params, machine())


def test_a_killed_run_is_taken_up_and_ends_the_same(tmp_path, monkeypatch, splits):
    run_in(tmp_path / "whole", monkeypatch, splits)
    with pytest.raises(KeyboardInterrupt):
        run_in(tmp_path / "killed", monkeypatch, splits, learner=Killed)
    checkpoints = list((tmp_path / "killed/.checkpoints/train_numpy_cnn").iterdir())
    assert len(read_arrays(checkpoints[0])[1]["rows"]) == 2
    assert run_in(tmp_path / "killed", monkeypatch, splits) == checkpoints[0].relative_to(tmp_path / "killed")

    for name in ("metrics/train_numpy_cnn/two_conv.json", "models/numpy/two_conv.safetensors"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()
    tables = [pd.read_csv(tmp_path / run / "plots/train_numpy_cnn/two_conv/loss.csv") for run in ("whole", "killed")]
    pd.testing.assert_frame_equal(*[table.drop(columns="seconds") for table in tables], check_exact=True)


def test_a_run_with_other_settings_or_pictures_starts_anew(tmp_path, monkeypatch, splits):
    first = run_in(tmp_path, monkeypatch, splits)
    assert run_in(tmp_path, monkeypatch, splits, hidden=5) != first
    splits["train"].images[0, 0, 0, 0] ^= 1
    assert run_in(tmp_path, monkeypatch, splits) != first


def test_the_results_agree_with_each_other(tmp_path, monkeypatch, splits):
    run_in(tmp_path, monkeypatch, splits)
    metrics = json.loads((tmp_path / "metrics/train_numpy_cnn/two_conv.json").read_text())
    table = pd.read_csv(tmp_path / "plots/train_numpy_cnn/two_conv/loss.csv")
    predictions = pd.read_csv(tmp_path / "plots/train_numpy_cnn/two_conv/predictions.csv")
    assert metrics["kept_epoch"] == 3
    assert metrics["val_accuracy"] == table["val_accuracy"].iloc[-1]
    assert metrics["test_accuracy"] == (predictions["label"] == predictions["predicted"]).mean()
    assert list(predictions["name"]) == splits["test"].names
    timing = json.loads((tmp_path / "metrics/timing/train_numpy_cnn/two_conv.json").read_text())
    assert timing["train_seconds"] == pytest.approx(table["seconds"].sum())
    assert timing["images_per_second"] == pytest.approx(20 / table["seconds"].median())
    assert timing["device"] == "cpu"
