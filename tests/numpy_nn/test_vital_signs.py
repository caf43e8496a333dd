"""The vital signs, against examples on paper; and that both implementations of the network have the same."""

import numpy as np
import pytest
from source_imports import ROOT

from scratchnet.experiment import initial_network
from scratchnet.names import PLAIN
from scratchnet.numpy_fast.chosen import make_learner
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.networks import linear, mlp
from scratchnet.numpy_nn.vital_signs import SAMPLE, SIGNS, dead_units, rms, same_answers, sample_of, update_ratio
from scratchnet.params import load
from scratchnet.points import BinaryRings, Regression1d, corners
from scratchnet.prepared import PreparedSplit
from scratchnet.training import Plan

PARAMS = load(ROOT / "params.yaml").train_numpy_cnn


def test_a_unit_is_dead_that_is_silent_for_every_sample():
    neurons = np.array([[0, 1, 0, 0], [0, 0, 2, 0]], dtype=np.float32)  # two samples, four neurons
    assert dead_units(neurons) == 0.5
    channels = np.zeros((2, 4, 3, 3), dtype=np.float32)
    channels[1, 2, 0, 1] = 1e-30  # one pixel of one sample is enough
    assert dead_units(channels) == 0.75


def test_an_output_is_dead_that_answers_the_same_but_for_rounding():
    answers = np.array([[1, 5, -3, 0], [1, 5 + 1e-6, -3.1, 0]], dtype=np.float32)
    assert same_answers(answers) == 0.75


def test_size_is_the_root_of_the_mean_square():
    assert rms(np.array([[3.0, -4.0], [0.0, 0.0]])) == 2.5
    assert rms(np.full(4, 1e30, dtype=np.float32)) == pytest.approx(1e30), "its square is no float32"
    assert rms(np.full(4, 1e-30, dtype=np.float32)) == pytest.approx(1e-30)


def test_the_update_is_measured_by_the_weights_before():
    before = np.array([[3.0, 0.0], [0.0, 4.0]])
    assert update_ratio(np.array([[3.0, 0.3], [0.4, 4.0]]), before) == pytest.approx(0.1)
    assert update_ratio(np.full((2, 2), 2.0), np.zeros((2, 2))) == 2.0


def test_the_sample_is_the_same_every_time_and_holds_what_has_to_be_in_it():
    order = sample_of(500)
    assert len(order) == SAMPLE
    assert (np.diff(order.indices) > 0).all()
    assert (sample_of(500).indices == order.indices).all()
    assert not order.flips.any()
    assert 3 < (order.indices % 2).sum() < 13, "classes that take turns are both in it"
    assert sample_of(5).indices.tolist() == [0, 1, 2, 3, 4]
    assert {7, 499} <= set(sample_of(500, first=[499, 7]).indices)
    assert len(sample_of(500, first=range(20))) == 20


@pytest.mark.parametrize("task", [Regression1d(0.03), BinaryRings(0.15)])
def test_a_unit_that_is_silent_at_the_corners_is_silent_everywhere(task):
    x = task.draw(1000, np.random.default_rng(1)).x
    few = corners(x)
    assert len(few) < 40
    y = mlp(task.inputs, 400, 1, np.random.default_rng(2)).blocks(x)["fc1"]
    assert 0 < dead_units(y) == dead_units(y[few]) < 1


def test_blocks_are_what_the_next_layer_with_weights_reads():
    network = initial_network("two_conv", 16, PARAMS)
    x = np.random.default_rng(1).standard_normal((2, 3, 16, 16)).astype(np.float32)
    each, blocks = network.activations(x), network.blocks(x)
    assert list(blocks) == ["conv1", "conv2", "fc1", "fc2"]
    for name, last in (("conv1", "pool1"), ("conv2", "pool2"), ("fc1", "relu_fc1"), ("fc2", "fc2")):
        np.testing.assert_array_equal(blocks[name], each[last])
    assert list(linear(x[0].size, np.random.default_rng(1)).blocks(x)) == ["fc"]


@pytest.fixture(scope="module")
def splits():
    rng = np.random.default_rng(4)
    images, labels = rng.integers(0, 256, (45, 16, 16, 3), dtype=np.uint8), (np.arange(45) % 2).astype(np.uint8)
    split = PreparedSplit(images, labels, [str(i) for i in range(45)], np.full(3, 0.5), np.full(3, 0.3))
    return {"train": split, "val": split}


def learner(splits, arch="two_conv", implementation="clear"):
    params = PARAMS.model_copy(update={"hidden": 8, "batch_size": 16, "implementation": implementation})
    return make_learner(initial_network(arch, 16, params), splits, params, Team(2))


def epoch(learner):
    plan = Plan(1, 0.01, seed=1)
    return learner.train_epoch(plan.order(1, 45), plan.rates(1, 45, 16))


@pytest.mark.parametrize("arch", PLAIN)
def test_both_implementations_have_the_same_signs(splits, arch):
    found = []
    for name in ("clear", "fast"):
        each = learner(splits, arch, name)
        for layer, units in (("conv1", 4), ("conv2", 24), ("fc1", 2)):
            if f"{layer}.b" in each.network.params:
                each.network.params[f"{layer}.b"][:units] = -100
        mark = each.mark()
        epoch(each)
        found.append(each.vital_signs(mark))
    clear, fast = found
    convolutions = {"one_conv": ["conv1"], "two_conv": ["conv1", "conv2"]}[arch]
    assert list(clear) == list(fast) == [*convolutions, "fc1", "fc2"]
    for layer, signs in clear.items():
        assert tuple(signs) == SIGNS
        assert signs == pytest.approx(fast[layer], rel=1e-4)
        assert all(signs[sign] > 0 for sign in SIGNS[1:])
    assert clear["conv1"]["dead_units"] == 0.25
    assert arch == "one_conv" or 0.75 <= clear["conv2"]["dead_units"] < 1


@pytest.mark.parametrize("implementation", ["clear", "fast"])
@pytest.mark.parametrize("killed", ["conv1", "conv2", "fc1"])
def test_a_layer_that_was_killed_is_dead_and_no_gradient_comes_through(splits, implementation, killed):
    each = learner(splits, implementation=implementation)
    each.network.params[f"{killed}.b"][...] = -100
    signs = each.vital_signs(each.mark())
    names = list(signs)
    assert signs[killed]["dead_units"] == 1
    assert all(signs[name]["dead_units"] < 1 for name in names[: names.index(killed)])
    assert all(signs[name]["gradient_rms"] == 0 for name in names[: names.index(killed) + 1])
    assert signs["fc2"]["dead_units"] == 1, "every picture gets the same answer"


def test_looking_changes_nothing_that_is_trained(splits):
    looked_at, left_alone = (learner(splits, implementation="fast") for _ in range(2))
    for each in (looked_at, left_alone):
        epoch(each)
    looked_at.vital_signs(looked_at.mark())
    assert epoch(looked_at) == epoch(left_alone)
    for name, array in left_alone.state().items():
        np.testing.assert_array_equal(looked_at.state()[name], array)
