"""A number that is not finite stops training, and is found where it was made, by every backend."""

import numpy as np
import pytest
import torch
from source_imports import ROOT

from scratchnet.not_finite import spoiled
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import BinaryCrossEntropy, SoftmaxCrossEntropy
from scratchnet.numpy_nn.networks import cnn, mlp
from scratchnet.numpy_nn.optimizers import SGD
from scratchnet.params import load
from scratchnet.points import BinaryRings, draw_splits
from scratchnet.prepared import PreparedSplit
from scratchnet.problems import Problem
from scratchnet.torch_nn.inputs import Normalise, ResidentSplit
from scratchnet.torch_nn.learner import make_learner
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.training import Plan, train

PLAN = Plan(epochs=2, learning_rate=0.1, seed=1)
PARAMS = load(ROOT / "params.yaml")


def perceptron():
    splits = draw_splits(BinaryRings(0.15), {"train": 40, "val": 20}, seed=1)
    network = mlp(2, 8, 2, np.random.default_rng(0))
    return NumpyLearner(network, SoftmaxCrossEntropy(), SGD(0.1), splits, batch_size=8)


def pictures():
    rng = np.random.default_rng(8)
    images, labels = rng.integers(0, 256, (40, 16, 16, 3), dtype=np.uint8), (np.arange(40) % 2).astype(np.uint8)
    split = PreparedSplit(images, labels, [str(i) for i in range(40)], np.full(3, 0.5), np.full(3, 0.3))
    return {"train": split, "val": split}


def in_numpy():
    network = cnn("one_conv", 16, 8, np.random.default_rng(0))
    return NumpyLearner(network, BinaryCrossEntropy(), SGD(0.1, momentum=0.9), pictures(), batch_size=8)


def in_pytorch():
    model = CatDogCNN("one_conv", 16, 8)
    model.from_numpy(cnn("one_conv", 16, 8, np.random.default_rng(0)).arrays)
    cpu, params = torch.device("cpu"), PARAMS.train_numpy_cnn.model_copy(update={"optimizer": "sgd", "batch_size": 8})
    served = {name: ResidentSplit(split, Normalise(split, cpu, "contiguous")) for name, split in pictures().items()}
    return make_learner(model, served, params, PARAMS.train_cuda_cnn, cpu)


def told(learner, rates):
    """What is told of an epoch with these learning rates."""
    mark, order = learner.mark(), PLAN.order(1, 40)
    loss = learner.train_epoch(order, np.array(rates))
    assert not np.isfinite(loss) or not learner.is_finite()
    return str(spoiled(learner, mark, order, np.array(rates)))


@pytest.mark.parametrize("learner", [in_numpy, in_pytorch])
def test_the_step_and_the_first_layer_are_named(learner):
    """The update of step 3 makes weights of 1e30: each layer multiplies by them, and the third is beyond float32."""
    sentence = told(learner(), [0.1, 0.1, 1e32, 0.1, 0.1])
    assert sentence.startswith("Step 4 of 5: the loss is no longer a number; ")
    assert "the first thing that is not finite is the output of fc1. The learning rate (1e+32)" in sentence


def test_an_update_beyond_the_range_of_numbers_is_told_of_its_own_step():
    sentence = told(perceptron(), [0.1, 1e42, 0.1, 0.1, 0.1])
    assert "Step 2 of 5" in sentence
    assert "is the update of fc1." in sentence


def test_a_gradient_is_found_where_the_loss_is_still_finite():
    """h = 1e-37, so the logits are about 1; but on the way back x · dh is beyond float32."""
    learner = perceptron()
    params = learner.network.params
    params["fc1.W"][...], params["fc1.b"][...] = 0, 1e-37
    params["fc2.W"][:, 0], params["fc2.W"][:, 1] = 1e38, -1e38
    learner.splits["train"].x[...] *= 1e3
    sentence = told(learner, [0.1] * 5)
    assert "Step 1 of 5" in sentence
    assert "is the gradient of fc1." in sentence


def test_a_spoiled_weight_that_no_loss_sees_stops_the_epoch():
    """A bias of −∞ silences its unit, and every loss after it is finite."""
    learner = perceptron()
    step = learner.optimizer.step

    def spoiling(params, grads):
        step(params, grads)
        params["fc1.b"][0] = -np.inf

    learner.optimizer.step = spoiling
    with pytest.raises(Problem, match=r"^Epoch 1: Step 1 of 5: .* is the update of fc1\."):
        train(learner, 40, PLAN)


def test_numpy_stops_before_the_step_whose_loss_is_not_finite():
    learner, counted = in_numpy(), []
    step = learner.optimizer.step
    learner.optimizer.step = lambda *both: counted.append(1) or step(*both)
    assert not np.isfinite(learner.train_epoch(PLAN.order(1, 40), np.array([0.1, 0.1, 1e32, 0.1, 0.1])))
    assert len(counted) == 3


@pytest.mark.parametrize("learner", [perceptron, in_numpy, in_pytorch])
def test_a_mark_brings_everything_back(learner):
    learner, (order, rates) = learner(), (PLAN.order(1, 40), PLAN.rates(1, 40, 8))
    learner.train_epoch(order, rates)
    mark = learner.mark()
    first = learner.train_epoch(order, rates)
    assert learner.train_epoch(order, rates) != first
    learner.return_to(mark)
    assert learner.train_epoch(order, rates) == first
