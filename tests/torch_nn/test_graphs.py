"""An epoch on the device: the same steps as one by one, whether launched or, on CUDA, replayed."""

import numpy as np
import pytest
import torch

from scratchnet.numpy_nn.networks import cnn
from scratchnet.prepared import PreparedSplit
from scratchnet.torch_nn.device import allow_tf32, choose_device, repeatable
from scratchnet.torch_nn.graphs import DeviceEpoch
from scratchnet.torch_nn.inputs import Normalise, ResidentSplit
from scratchnet.torch_nn.learner import TorchLearner
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.torch_nn.step import LOSSES, TrainingStep, make_optimizer
from scratchnet.training import Plan

COUNT, BATCH = 22, 8  # the last batch has 6
PLAN = Plan(epochs=3, learning_rate=0.01, seed=2, schedule="cosine", warmup=1.0, augment="flip_shift", max_shift=2)


def learner(device, optimizer="adam", captured=False, momentum=0.9, layout=torch.contiguous_format):
    rng = np.random.default_rng(8)
    images = rng.integers(0, 256, (COUNT, 16, 16, 3), dtype=np.uint8)
    split = PreparedSplit(images, (np.arange(COUNT) % 2).astype(np.uint8), [], np.full(3, 0.5), np.full(3, 0.3))
    model = CatDogCNN("two_conv", 16, 8)
    model.from_numpy(cnn("two_conv", 16, 8, np.random.default_rng(0)).arrays)
    model.to(device, memory_format=layout)
    chosen = make_optimizer(model, optimizer, 0.5, momentum, 0.01, captured)  # a rate that no step should take
    step = TrainingStep(model, LOSSES["bce"], chosen, "float32")
    return TorchLearner(model, step, {"train": ResidentSplit(split, Normalise(split, device, "contiguous"))}, BATCH)


def epoch_of(number):
    return PLAN.order(number, COUNT), PLAN.rates(number, COUNT, BATCH)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "muon"])
def test_steps_that_find_their_place_on_the_device_are_the_same_steps(optimizer):
    """What a graph would record, here launched kernel by kernel: order, moves, step sizes and losses by a counter."""
    one_by_one, by_counter = learner(torch.device("cpu"), optimizer), learner(torch.device("cpu"), optimizer, True)
    epoch = DeviceEpoch(by_counter.step, by_counter.splits["train"], BATCH)
    for number in (1, 2, 3):
        order, rates = epoch_of(number)
        losses = epoch.train(order, rates)
        assert losses.shape == (3,)
        mean = np.average(losses.double().numpy(), weights=[8, 8, 6])
        assert mean == pytest.approx(one_by_one.train_epoch(order, rates), abs=1e-5)
        rate = by_counter.optimizer.param_groups[0]["lr"]
        assert rate.item() == pytest.approx(rates[-1])
    for name, array in one_by_one.state().items():
        np.testing.assert_allclose(by_counter.state()[name], array, rtol=1e-3, atol=1e-5, err_msg=name)


def test_a_shorter_order_is_trained_too():
    """The warm-up of `training.train` shows the first few pictures only."""
    student = learner(torch.device("cpu"), captured=True)
    epoch = DeviceEpoch(student.step, student.splits["train"], BATCH)
    order, rates = epoch_of(1)
    assert epoch.train(order[:10], rates[:2]).shape == (2,)
    assert len(epoch.train(order, rates)) == 3


def test_loading_a_state_leaves_everything_where_it_is():
    student = learner(torch.device("cpu"), captured=True)
    before = student.state()
    student.train_epoch(*epoch_of(1))
    trained = student.state()
    tensors = [*student.model.parameters(), *student._moments().values()]
    places = [tensor.data_ptr() for tensor in tensors]
    student.load_state(before)
    assert all(not moment.any() for moment in student._moments().values())
    student.load_state(trained)
    assert [tensor.data_ptr() for tensor in tensors] == places
    for name, array in trained.items():
        np.testing.assert_array_equal(student.state()[name], array, err_msg=name)


def test_loading_a_state_leaves_the_step_size_where_it_is():
    """Also of an optimizer that remembers nothing: a graph would go on writing where the old one was."""
    student = learner(torch.device("cpu"), "sgd", captured=True, momentum=0.0)
    (group,) = student.optimizer.param_groups
    place = group["lr"].data_ptr()
    student.train_epoch(*epoch_of(1))
    student.load_state(student.state())
    (group,) = student.optimizer.param_groups
    assert group["lr"].data_ptr() == place


def test_moments_are_laid_out_like_their_weights():
    """A fused optimizer goes through both by one address: other strides would mix them up, or be refused on CUDA."""
    students = [learner(torch.device("cpu"), captured=True, layout=torch.channels_last) for _ in range(2)]
    whole, resumed = students
    whole.train_epoch(*epoch_of(1))
    resumed.load_state(whole.state())
    for parameter, state in resumed.optimizer.state.items():
        assert state["exp_avg"].stride() == parameter.stride()
    for student in students:
        student.train_epoch(*epoch_of(2))
    for name, array in whole.state().items():
        np.testing.assert_array_equal(resumed.state()[name], array, err_msg=name)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="only CUDA has graphs; none here")
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "muon"])
def test_replayed_steps_are_the_same_steps(optimizer):
    device = choose_device("cuda")
    allow_tf32(False)
    repeatable()
    eager, captured = learner(device, optimizer), learner(device, optimizer, captured=True)
    before = captured.state()
    captured.capture()
    for name, array in before.items():
        np.testing.assert_array_equal(captured.state()[name], array, err_msg=name)  # the warm-up left no trace
    for number in (1, 2, 3):
        order, rates = epoch_of(number)
        assert captured.train_epoch(order, rates) == pytest.approx(eager.train_epoch(order, rates), abs=1e-5)
