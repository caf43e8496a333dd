"""The learner: what `training.train` relies on."""

import numpy as np
import pytest

from scratchnet.journal import Journal
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import MeanSquaredError, SoftmaxCrossEntropy
from scratchnet.numpy_nn.networks import mlp
from scratchnet.numpy_nn.optimizers import SGD, Adam
from scratchnet.order import as_stored
from scratchnet.points import MulticlassBlobs, Regression1d, draw_splits
from scratchnet.training import Plan, train

COUNTS = {"train": 50, "val": 300, "test": 10}


def learner(optimizer=None, task=None, loss=None):
    task = task or MulticlassBlobs(0.5)
    network = mlp(task.inputs, 8, task.outputs, np.random.default_rng(0))
    splits = draw_splits(task, COUNTS, seed=1)
    return NumpyLearner(network, loss or SoftmaxCrossEntropy(), optimizer or Adam(0.01), splits, batch_size=16)


def first_epoch():
    plan = Plan(epochs=4, learning_rate=0.01, seed=1, schedule="cosine")
    return plan.order(1, COUNTS["train"]), plan.rates(1, COUNTS["train"], 16)


def test_the_loss_of_an_epoch_is_the_mean_over_its_samples():
    standing = learner()
    losses = standing.train_epoch(as_stored(COUNTS["train"]), np.zeros(4))  # batches of 16, 16, 16 and 2
    assert losses == pytest.approx(standing.evaluate("train")[0], rel=1e-6)


def test_an_epoch_is_a_step_for_every_batch_with_its_own_rate():
    trained, by_hand = learner(), learner()
    order, rates = first_epoch()
    trained.train_epoch(order, rates)
    network, optimizer, loss, train_split = by_hand.network, Adam(0.0), by_hand.loss, by_hand.splits["train"]
    for start, rate in zip(range(0, 50, 16), rates, strict=True):
        chosen = order.indices[start : start + 16]
        _, dy = loss(network.forward(train_split.x[chosen]), train_split.labels[chosen])
        network.backward(dy)
        optimizer.learning_rate = float(rate)
        optimizer.step(network.params, network.grads)
    for name, w in network.params.items():
        np.testing.assert_array_equal(trained.network.params[name], w)


def test_a_step_whose_loss_is_not_finite_is_the_last_and_is_not_taken():
    stopped, before = learner(), learner()
    order, rates = first_epoch()
    stopped.splits["train"].x[order.indices[32:48]] = 3e38
    before.train_steps(order[:32], rates[:2])
    assert np.isfinite(stopped.train_steps(order, rates)).tolist() == [True, True, False]  # and nobody is warned
    for name, w in before.network.params.items():
        np.testing.assert_array_equal(stopped.network.params[name], w)
    assert not np.isfinite(stopped.train_epoch(order, rates))


def test_there_is_a_rate_and_a_loss_for_every_step():
    order, rates = first_epoch()
    with pytest.raises(ValueError, match="zip"):
        learner().train_steps(order, rates[:-1])
    with pytest.raises(ValueError, match="zip"):
        learner().mean_loss([0.5, 0.4], 50)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_one_weight_that_is_not_finite_is_seen(bad):
    some = learner()
    assert some.is_finite()
    some.network.params["fc2.W"][1, 1] = bad
    assert not some.is_finite()


def test_a_loss_that_gives_numbers_of_numpy_trains_as_one_that_gives_floats():
    class Unrounded(SoftmaxCrossEntropy):
        def __call__(self, logits, labels):
            value, gradient = super().__call__(logits, labels)
            return np.float32(value), gradient

    own = learner(loss=Unrounded())
    told = [own.train_epoch(*first_epoch()), own.evaluate("val")[0]]
    assert [type(number) for number in told] == [float, float]


def test_evaluation_is_over_the_whole_split_in_the_order_stored():
    some = learner()
    val = some.splits["val"]  # more than one batch of evaluation
    logits = some.network.forward(val.x)
    np.testing.assert_allclose(some.outputs("val"), logits, rtol=1e-5, atol=1e-7)
    loss, accuracy = some.evaluate("val")
    assert loss == pytest.approx(some.loss(logits, val.labels)[0], rel=1e-5)
    assert accuracy == (logits.argmax(axis=1) == val.labels).mean()
    assert type(accuracy) is float


def test_a_validation_loss_that_is_not_finite_warns_nobody():
    some = learner()
    some.splits["val"].x[7] = 3e38
    assert not np.isfinite(some.evaluate("val")[0])


def test_what_is_not_finite_first_is_found_in_any_batch_of_a_split_or_of_an_order():
    some = learner()
    assert some.first_not_finite("train") is None
    some.splits["train"].x[40] = 3e38  # in the third batch
    assert some.first_not_finite("train") == "the output of fc1"
    assert some.first_not_finite("train", as_stored(50)[:40]) is None
    some.network.params["fc2.b"][1] = np.inf
    assert some.first_not_finite("train", as_stored(50)[:1]) == "the output of fc2"


def test_a_gradient_that_is_too_large_for_its_dtype_warns_nobody():
    some = learner()
    some.splits["val"].x[...] *= 1e20
    some.network.params["fc1.W"][...] *= 1e-25
    some.network.params["fc2.W"][...] *= 1e25  # no answer is too large, but the gradient of fc1 is
    assert not np.isfinite(some.vital_signs(some.mark())["fc1"]["gradient_rms"])
    assert some.first_not_finite("val") == "the gradient of fc1"


def test_a_regression_has_no_accuracy():
    assert learner(task=Regression1d(0.1), loss=MeanSquaredError()).evaluate("val")[1] is None


@pytest.mark.parametrize("optimizer", [Adam, lambda rate: SGD(rate, momentum=0.9)])
def test_a_learner_goes_on_from_the_state_of_another(optimizer):
    one, other = learner(optimizer(0.1)), learner(optimizer(0.1))
    one.train_epoch(*first_epoch())
    state = one.state()
    after = one.train_epoch(*first_epoch())  # must not reach the state, which is a copy
    other.load_state(state)
    assert other.train_epoch(*first_epoch()) == after
    assert all(name.startswith(("weights/", "optimizer/")) for name in state)
    np.testing.assert_array_equal(other.network.params["fc1.W"], one.network.params["fc1.W"])


def test_a_killed_run_goes_on_to_the_same_result(tmp_path):
    plan = Plan(epochs=4, learning_rate=0.01, seed=1)
    whole, resumed, checkpoint = learner(), learner(), tmp_path / "run.safetensors"
    train(whole, COUNTS["train"], plan)
    with pytest.raises(KeyboardInterrupt):
        train(
            learner(),
            COUNTS["train"],
            plan,
            Journal(checkpoint=checkpoint, after_epoch=_interrupt_in_2),
        )
    train(resumed, COUNTS["train"], plan, Journal(checkpoint=checkpoint))
    for name, w in whole.network.params.items():
        np.testing.assert_array_equal(resumed.network.params[name], w)


def _interrupt_in_2(row):
    if row["epoch"] == 2:
        raise KeyboardInterrupt
