"""Every rung takes the same step: the gradients of the clear layers, and a loss that falls."""

import numpy as np
import pytest

from lab.benchmark.rungs import RUNGS
from lab.benchmark.steps import LEARNING_RATE, make_step
from lab.setting import Setting, largest_error
from scratchnet.names import PLAIN
from scratchnet.numpy_nn.losses import BinaryCrossEntropy

HERE = [name for name, rung in RUNGS.items() if not rung.needs]


def batch(setting):
    return setting.batch(np.random.default_rng(3).integers(0, 256, (3, setting.size, setting.size, 3), dtype=np.uint8))


@pytest.mark.parametrize("arch", PLAIN)
@pytest.mark.parametrize("rung", HERE)
def test_gradients_are_those_of_the_clear_layers(rung, arch):
    setting = Setting(arch, batch_size=3, size=8, hidden=4, width=4, seed=1)
    x, labels = batch(setting)
    exact = setting.network(np.float64)
    exact.backward(BinaryCrossEntropy()(exact.forward(x.astype(np.float64)), labels)[1])
    step = make_step(rung, setting, x, labels, "sgd", threads=2)
    assert largest_error(step.gradients(setting.network().params), exact.grads) < 1e-5


def weights(step):
    return step._network.params if hasattr(step, "_network") else step._model.to_numpy()


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("rung", HERE)
def test_a_step_goes_down_the_gradient(rung, optimizer):
    setting = Setting("two_conv", batch_size=2, size=8, hidden=3, width=2, seed=1)
    x, labels = batch(setting)
    step = make_step(rung, setting, x, labels, optimizer, threads=1)
    before = setting.network().params
    gradients = {name: gradient.copy() for name, gradient in step.gradients(before).items()}
    step.step()
    step.synchronize()
    for name, after in weights(step).items():
        direction = gradients[name] if optimizer == "sgd" else np.sign(gradients[name])  # what Adam's first step is
        large = np.abs(gradients[name]) > 1e-4
        wanted = before[name] - LEARNING_RATE * direction
        np.testing.assert_allclose(after[large], wanted[large], rtol=0, atol=LEARNING_RATE / 100)
    assert step.device_memory() == {}
