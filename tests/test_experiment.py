"""What a training leaves on disk, whole, or killed and taken up again."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from source_imports import ROOT

from scratchnet import experiment
from scratchnet.calibration import by_chance, calibration, expected_calibration_error
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.optimizers import Adam
from scratchnet.numpy_nn.vital_signs import SIGNS
from scratchnet.params import load
from scratchnet.prepared import PreparedSplit
from scratchnet.problems import Problem
from scratchnet.records import read_arrays, read_metrics
from scratchnet.timing.machine import machine
from scratchnet.timing.phases import PHASES, Phases

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
    """Dies in the second step of its third epoch: an epoch of 20 pictures has 3 steps, and so has the warm-up."""

    def train_steps(self, order, rates):
        self.taken = getattr(self, "taken", 0) + len(rates)
        if self.taken >= 3 + 2 * 3 + 2:
            raise KeyboardInterrupt
        return super().train_steps(order, rates)


def run_in(folder, monkeypatch, splits, learner=NumpyLearner, **changes):
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    params = load(ROOT / "params.yaml").train_numpy_cnn.model_copy(update=CHANGES | changes)
    monkeypatch.setattr(experiment, "open_prepared", lambda *_: splits)
    phases = Phases()
    phases.begin("preparation")
    trained = experiment.Experiment("numpy", "two_conv", params, phases)
    student = learner(trained.initial_network(), BinaryCrossEntropy(), Adam(0.001), splits, params.batch_size)
    trained.run(student, machine())
    return student


def kill_in(folder, monkeypatch, splits, **changes):
    """The checkpoints that lie there after one more training was killed in its third epoch."""
    with pytest.raises(KeyboardInterrupt):
        run_in(folder, monkeypatch, splits, learner=Killed, **changes)
    return sorted((folder / ".checkpoints/train_numpy_cnn").iterdir())


def test_a_killed_run_is_taken_up_and_ends_the_same(tmp_path, monkeypatch, splits):
    run_in(tmp_path / "whole", monkeypatch, splits)
    checkpoint, previous = kill_in(tmp_path / "killed", monkeypatch, splits)
    before = read_arrays(checkpoint)[1]
    assert len(before["rows"]) == 2
    assert len(read_arrays(previous)[1]["rows"]) == 1
    monkeypatch.setattr("scratchnet.timing.machine.LOAD", 99.0)  # which is another at every start
    run_in(tmp_path / "killed", monkeypatch, splits)
    assert not list(checkpoint.parent.iterdir())

    models = ("models/numpy/two_conv.safetensors", "models/numpy/two_conv_filters.safetensors")
    for name in ("metrics/train_numpy_cnn/two_conv.json", *models):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()
    signs = [(tmp_path / run / "plots/train_numpy_cnn/two_conv/vital_signs.csv") for run in ("whole", "killed")]
    assert signs[0].read_bytes() == signs[1].read_bytes()
    tables = [pd.read_csv(tmp_path / run / "plots/train_numpy_cnn/two_conv/loss.csv") for run in ("whole", "killed")]
    pd.testing.assert_frame_equal(*[table.drop(columns="seconds") for table in tables], check_exact=True)

    timing = read_metrics("metrics/timing/train_numpy_cnn/two_conv.json")
    assert timing["train_seconds"] == pytest.approx(tables[1]["seconds"].sum())
    assert timing["import_seconds"] > 1.9 * before["phases"]["import"]  # both processes began
    assert timing["total_seconds"] == pytest.approx(sum(timing[f"{name}_seconds"] for name in PHASES))


def test_a_run_with_other_settings_or_pictures_starts_anew(tmp_path, monkeypatch, splits):
    first = kill_in(tmp_path, monkeypatch, splits)
    second = kill_in(tmp_path, monkeypatch, splits, hidden=5)
    others = {name: replace(split, digest="of other pictures") for name, split in splits.items()}
    third = kill_in(tmp_path, monkeypatch, others)
    assert [len(first), len(second), len(third)] == [2, 4, 6]  # of each the last two


@pytest.mark.parametrize(
    ("edited", "another"), [("numpy_nn/layers.py", True), ("training.py", True), ("plots/cnn.py", False)]
)
def test_a_checkpoint_belongs_to_the_code_that_trains_and_to_no_other(tmp_path, monkeypatch, splits, edited, another):
    monkeypatch.setattr(experiment, "open_prepared", lambda *_: splits)
    monkeypatch.setattr(experiment, "PACKAGE", shutil.copytree(experiment.PACKAGE, tmp_path / "package"))
    trained = experiment.Experiment("numpy", "two_conv", load(ROOT / "params.yaml").train_numpy_cnn, Phases())
    before = trained._checkpoint(machine())
    with (tmp_path / "package" / edited).open("a") as file:
        file.write("# edited")
    assert (trained._checkpoint(machine()) != before) == another


def test_a_checkpoint_belongs_to_the_code_of_your_own(monkeypatch, splits):
    monkeypatch.setattr(experiment, "open_prepared", lambda *_: splits)
    params = load(ROOT / "params.yaml").train_numpy_cnn
    each = [experiment.Experiment("numpy", "two_conv", params, Phases(), code) for code in ("", "", "edited")]
    first, same, edited = (trained._checkpoint(machine()) for trained in each)
    assert first == same != edited


def test_the_filters_of_every_epoch_are_kept_from_the_initial_ones_to_the_last(tmp_path, monkeypatch, splits):
    run_in(tmp_path, monkeypatch, splits)
    filters, about = read_arrays("models/numpy/two_conv_filters.safetensors")
    last, described = read_arrays("models/numpy/two_conv.safetensors")
    params = load(ROOT / "params.yaml").train_numpy_cnn.model_copy(update=CHANGES)
    initial = experiment.initial_network("two_conv", 16, params).params
    assert about == described
    assert {name: film.shape for name, film in filters.items()} == {
        "conv1.W": (4, 16, 3, 3, 3), "conv1.b": (4, 16), "conv2.W": (4, 32, 16, 3, 3), "conv2.b": (4, 32)
    }  # fmt: skip
    for name, film in filters.items():
        np.testing.assert_array_equal(film[0], initial[name])
        np.testing.assert_array_equal(film[-1], last[name])


def test_the_results_agree_with_each_other(tmp_path, monkeypatch, splits):
    student = run_in(tmp_path, monkeypatch, splits)
    metrics = read_metrics("metrics/train_numpy_cnn/two_conv.json")
    table = pd.read_csv(tmp_path / "plots/train_numpy_cnn/two_conv/loss.csv")
    predictions = pd.read_csv(tmp_path / "plots/train_numpy_cnn/two_conv/predictions.csv")
    assert metrics["kept_epoch"] == 3
    assert metrics["val_accuracy"] == table["val_accuracy"].iloc[-1]
    assert metrics["test_accuracy"] == (predictions["label"] == predictions["predicted"]).mean()
    both_ways = student.outputs("test") + student.outputs("test", mirrored=True)
    assert metrics["test_accuracy_both_ways"] == ((both_ways[:, 0] > 0) == splits["test"].labels).mean()
    assert list(predictions["name"]) == splits["test"].names
    calibrated = pd.read_csv(tmp_path / "plots/train_numpy_cnn/two_conv/calibration.csv")
    pd.testing.assert_frame_equal(calibrated, calibration(predictions["probability_dog"], splits["test"].labels))
    assert metrics["expected_calibration_error"] == expected_calibration_error(calibrated)
    assert metrics["calibration_error_by_chance"] == by_chance(calibrated)
    share = (calibrated["accuracy"] * calibrated["pictures"]).sum() / 8
    assert metrics["test_accuracy"] == pytest.approx(share)
    timing = read_metrics("metrics/timing/train_numpy_cnn/two_conv.json")
    assert timing["train_seconds"] == pytest.approx(table["seconds"].sum())
    assert timing["images_per_second"] == pytest.approx(20 / table["seconds"].median())
    assert timing["evaluation_images_per_second"] == pytest.approx((3 * 8 + 2 * 8) / timing["evaluation_seconds"])
    assert all(timing[f"{name}_seconds"] > 0 for name in PHASES)
    assert timing["device"] == "cpu"


def test_the_vital_signs_stand_in_a_table_and_those_of_the_last_epoch_in_the_metrics(tmp_path, monkeypatch, splits):
    run_in(tmp_path, monkeypatch, splits)
    table = pd.read_csv("plots/train_numpy_cnn/two_conv/vital_signs.csv")
    assert list(table.columns) == ["epoch", "layer", *SIGNS]
    assert list(table["layer"]) == 3 * ["conv1", "conv2", "fc1", "fc2"]
    assert list(table["epoch"]) == [1] * 4 + [2] * 4 + [3] * 4
    metrics = read_metrics("metrics/train_numpy_cnn/two_conv.json")
    assert metrics["signs"] == table[table["epoch"] == 3].drop(columns="epoch").set_index("layer").to_dict("index")


class KilledInTheSecondEpoch(NumpyLearner):
    """Its conv2 answers nothing any more."""

    def mark(self):
        self.epochs = getattr(self, "epochs", 0) + 1
        before = super().mark()
        if self.epochs == 2:
            self.network.params["conv2.b"][...] = -100
        return before


def test_a_network_that_was_killed_is_told_of_with_its_layer_at_the_end(tmp_path, monkeypatch, splits, capsys):
    run_in(tmp_path, monkeypatch, splits, learner=KilledInTheSecondEpoch)
    *_, told, advice = capsys.readouterr().err.strip().splitlines()
    assert told.startswith("The network has died: it gives the same answer to every sample.")
    assert "The sign is dead_units of conv2, 1:" in told
    assert advice == "Try a tenth of train_numpy_cnn.learning_rate, or a longer train_numpy_cnn.warmup."
    metrics = read_metrics("metrics/train_numpy_cnn/two_conv.json")
    assert (metrics["learned"], metrics["died"]) == (0, 1)
    table = pd.read_csv("plots/train_numpy_cnn/two_conv/vital_signs.csv").set_index(["epoch", "layer"])["dead_units"]
    assert table[1, "conv2"] < table[2, "conv2"] == table[3, "conv2"] == table[3, "fc2"] == 1


def test_a_network_too_large_for_the_memory_is_refused_before_any_work(tmp_path, monkeypatch, splits):
    monkeypatch.setattr("scratchnet.memory.memory_there", lambda: 8 << 30)
    with pytest.raises(Problem, match=r"^train_numpy_cnn\.hidden is 100,000,000: .* Take a smaller"):
        run_in(tmp_path, monkeypatch, splits, hidden=10**8)
    assert list(tmp_path.iterdir()) == []
