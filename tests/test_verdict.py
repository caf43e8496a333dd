"""The verdict: whether a training has learned, and what is told of one that has not."""

import numpy as np
import pytest

from scratchnet.journal import History
from scratchnet.numpy_nn.losses import BinaryCrossEntropy, MeanSquaredError, SigmoidMSE, SoftmaxCrossEntropy
from scratchnet.points import Points
from scratchnet.verdict import blind, sentences, verdict

WELL = {"dead_units": 0.0, "activation_rms": 1.0, "gradient_rms": 0.01, "update_ratio": 0.01}
LABELS = np.array([0, 1, 1, 1] * 25)
SPLITS = {name: Points(np.zeros((100, 1)), LABELS) for name in ("train", "test")}


def results(found, train_loss=0.5, loss=None, splits=SPLITS, **layers):
    """The metrics of a training that ended so; layers: what is not well with them."""
    signs = [{"epoch": 9, "layer": name} | WELL | layers.get(name, {}) for name in ("conv1", "fc1", "fc2")]
    history = History([{"epoch": 8, "train_loss": 0.1}, {"epoch": 9, "train_loss": train_loss}], 9)
    history.signs = [row | {"epoch": 8, "dead_units": 1.0} for row in signs] + signs
    judged = verdict(history, loss or BinaryCrossEntropy(), splits, found)
    return {"kept_epoch": 9, "test_loss": found[0], "test_accuracy": found[1]} | judged


@pytest.mark.parametrize(
    ("loss", "labels", "expected"),
    [
        (BinaryCrossEntropy(), LABELS, {"loss": -0.25 * np.log(0.25) - 0.75 * np.log(0.75), "accuracy": 0.75}),
        (SigmoidMSE(), LABELS, {"loss": 0.25 * 0.75, "accuracy": 0.75}),
        (SoftmaxCrossEntropy(), np.array([0, 1, 2, 2]), {"loss": 1.5 * np.log(2), "accuracy": 0.5}),
        (MeanSquaredError(), np.array([[1.0], [3.0]]), {"loss": 1.0}),
        (BinaryCrossEntropy(), np.zeros(4, dtype=np.uint8), {"loss": 0.0, "accuracy": 1.0}),
    ],
)
def test_the_best_blind_answer_is_the_larger_class_or_the_mean(loss, labels, expected):
    assert blind(loss, labels) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("accuracy", "learned"), [(0.75, 0), (0.83, 0), (0.84, 1), (0.5, 0), (1.0, 1)])
def test_to_learn_is_to_be_better_than_the_larger_class_by_more_than_chance(accuracy, learned):
    """Of 100 samples, of which 75 are of one class, two standard errors are 8.7 points."""
    found = results((0.4, accuracy))
    assert found["learned"] == learned
    assert learned or found["blind"]["test_accuracy"] == 0.75
    assert bool(sentences(found, "train_numpy_cnn")) != learned


@pytest.mark.parametrize(("loss", "learned"), [(0.99, 0), (0.5, 1)])
def test_a_regression_learns_that_explains_some_of_the_variance(loss, learned):
    splits = {name: Points(np.zeros((2, 1)), np.array([[1.0], [3.0]])) for name in ("train", "test")}
    found = results((loss, None), loss=MeanSquaredError(), splits=splits)
    del found["test_accuracy"]
    assert found["learned"] == learned
    told = sentences(found, "train_mlp.regression_1d")
    assert bool(told) != learned
    assert learned or "always to answer the mean has 1." in told[0]


def test_the_signs_are_those_of_the_last_epoch():
    assert results((0.3, 0.5))["signs"]["fc1"] == WELL
    assert not results((0.3, 0.5))["died"]
    assert "signs" not in results((0.3, 0.9)), "of a training that is well nothing more is told"


def test_a_dead_network_is_told_of_with_the_first_layer_that_is_dead():
    dead = {"dead_units": 1.0}
    found = results((0.6, 0.75), fc1=dead, fc2=dead)
    assert (found["died"], found["learned"]) == (1, 0)
    assert sentences(found, "train_mlp.binary_rings") == [
        "The network has died: it gives the same answer to every sample. The sign is dead_units of fc1, 1: no unit of "
        "it tells one sample from another.",
        "Try a tenth of train_mlp.binary_rings.learning_rate.",
    ]


def test_a_training_that_diverged_is_told_of_with_both_losses_and_the_largest_activations():
    found = results((33_000.0, 0.75), train_loss=33_000.0, fc1={"activation_rms": 2e6})
    assert (found["diverged"], found["died"]) == (1, 0)
    told, advice = sentences(found, "train_numpy_cnn")
    assert "its loss ended at 33,000, and an answer that never looks has 0.5623." in told
    assert "activation_rms of fc1, 2,000,000." in told
    assert advice == "Try a tenth of train_numpy_cnn.learning_rate, or a longer train_numpy_cnn.warmup."
    assert not results((0.6, 0.75), train_loss=0.8)["diverged"], "a little worse than blind is not diverged"


def test_what_was_kept_may_have_learned_before_all_went_wrong():
    told = sentences(results((0.3, 0.95), train_loss=50.0), "train_numpy_cnn")
    assert len(told) == 3
    assert told[2] == "What was kept, the weights of epoch 9, had learned something."


@pytest.mark.parametrize(
    ("layers", "sign"),
    [
        ({"fc1": {"dead_units": 0.9}}, "dead_units of fc1, 0.90. Try a tenth of"),
        ({"conv1": {"update_ratio": 1e-6}}, "update_ratio of conv1, 1e-06: its weights hardly move. Try ten times"),
        ({}, "(the least update_ratio is 0.01, in conv1): try more"),
    ],
)
def test_a_network_that_learned_nothing_is_told_of_with_its_worst_sign(layers, sign):
    (told,) = sentences(results((0.7, 0.76), **layers), "train_numpy_cnn")
    assert told.startswith("The network has learned nothing: 76.0% of the test samples are right, and the larger class")
    assert sign in told
