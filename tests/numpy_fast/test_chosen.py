"""Both implementations of the NumPy network learn the same."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from source_imports import ROOT

from scratchnet.experiment import initial_network
from scratchnet.journal import Journal
from scratchnet.names import ARCHITECTURES
from scratchnet.numpy_fast.chosen import make_learner
from scratchnet.numpy_fast.deep import FastDeepNetwork
from scratchnet.numpy_fast.network import FastNetwork
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.networks import Network
from scratchnet.numpy_nn.optimizers import SGD, Adam, Muon
from scratchnet.params import load
from scratchnet.prepared import PreparedSplit
from scratchnet.training import Plan, train

PARAMS = load(ROOT / "params.yaml").train_numpy_cnn
PLAN = Plan(epochs=3, learning_rate=0.002, seed=1, schedule="cosine", warmup=1.0, augment="flip_shift", max_shift=2)


@pytest.fixture(scope="module")
def splits():
    rng = np.random.default_rng(4)
    images, labels = rng.integers(0, 256, (45, 16, 16, 3), dtype=np.uint8), (np.arange(45) % 2).astype(np.uint8)
    split = PreparedSplit(images, labels, [str(i) for i in range(45)], np.full(3, 0.5), np.full(3, 0.3))
    return {"train": split, "val": split}


def learner(splits, arch, threads=2, **changes):
    params = PARAMS.model_copy(update={"hidden": 8, "batch_size": 16} | changes)
    return make_learner(initial_network(arch, 16, params), splits, params, Team(threads))


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "muon"])
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_both_implementations_give_the_same_loss_table(splits, arch, optimizer):
    clear, fast = (learner(splits, arch, implementation=name, optimizer=optimizer) for name in ("clear", "fast"))
    assert isinstance(fast.network, FastDeepNetwork if arch == "deep" else FastNetwork)
    assert isinstance(clear.network, Network)
    tables = [train(each, 45, PLAN).table()[["train_loss", "val_loss"]] for each in (clear, fast)]
    # Adam divides by the size of a gradient, and so makes much of the rounding of small ones: the deep one has many.
    np.testing.assert_allclose(tables[0], tables[1], rtol=0, atol=1e-3 if arch == "deep" else 1e-5)
    assert tables[0]["train_loss"].nunique() == PLAN.epochs  # it moved


@pytest.mark.parametrize("implementation", ["clear", "fast"])
@pytest.mark.parametrize(
    ("optimizer", "twin"),
    [
        ("sgd", lambda: SGD(0.3, momentum=0.7, weight_decay=0.1)),
        ("adam", lambda: Adam(0.3, weight_decay=0.1)),
        ("muon", lambda: Muon(0.3, momentum=0.7, weight_decay=0.1)),
    ],
)
def test_the_optimizer_has_the_settings_that_were_given(splits, implementation, optimizer, twin):
    given = {"learning_rate": 0.3, "momentum": 0.7, "weight_decay": 0.1}
    chosen = learner(splits, "one_conv", implementation=implementation, optimizer=optimizer, **given).optimizer
    params, wanted, twin = {"w": np.ones(3)}, {"w": np.ones(3)}, twin()
    for gradient in (0.5, -0.25, 2.0):
        chosen.step(params, {"w": np.full(3, gradient)})
        twin.step(wanted, {"w": np.full(3, gradient)})
    np.testing.assert_array_equal(params["w"], wanted["w"])


@pytest.mark.parametrize(("name", "value"), [("bce", np.log(1 + np.exp(-2))), ("mse", 1 / (1 + np.exp(2)) ** 2)])
def test_the_loss_is_the_one_that_was_named(splits, name, value):
    loss = learner(splits, "one_conv", loss=name).loss
    assert loss(np.array([[2.0]]), np.array([1]))[0] == pytest.approx(value)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_fast_training_is_repeated_and_resumed_to_the_bit(splits, tmp_path, threads):
    whole, again = (learner(splits, "two_conv", threads, implementation="fast") for _ in range(2))
    train(whole, 45, PLAN)
    with pytest.raises(KeyboardInterrupt):
        train(again, 45, PLAN, Journal(checkpoint=tmp_path / "run.safetensors", after_epoch=interrupt_in_2))
    resumed = learner(splits, "two_conv", threads, implementation="fast")
    train(resumed, 45, PLAN, Journal(checkpoint=tmp_path / "run.safetensors"))
    for name, w in whole.network.params.items():
        np.testing.assert_array_equal(resumed.network.params[name], w)


def interrupt_in_2(row):
    if row["epoch"] == 2:
        raise KeyboardInterrupt


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_memory_does_not_grow_from_epoch_to_epoch(splits, arch):
    """All that is held after the second epoch and after the last, seen by tracemalloc, that counts NumPy's arrays."""
    each, held = learner(splits, arch, threads=1, implementation="fast"), []
    tracemalloc.start()
    try:
        plan = replace(PLAN, epochs=6, keep="last")
        train(each, 45, plan, Journal(after_epoch=lambda _: held.append(tracemalloc.get_traced_memory())))
    finally:
        tracemalloc.stop()
    least_array = (each.network._batch.means if arch == "deep" else each.network._batch.h).nbytes
    for now, highest in held[2:]:
        assert now - held[1][0] < least_array
        assert highest - held[1][1] < least_array
