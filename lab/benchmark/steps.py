"""One training step of each rung: forward, loss, backward and update of one batch."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from lab.benchmark.rungs import RUNGS
from lab.setting import Setting
from scratchnet.numpy_fast.network import FastNetwork
from scratchnet.numpy_fast.optimizers import FAST_OPTIMIZERS
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn import loops
from scratchnet.numpy_nn.layers import Conv2d, Layer, Linear, MaxPool2d
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import Network
from scratchnet.numpy_nn.optimizers import OPTIMIZERS

LEARNING_RATE = 1e-4  # small: the weights hardly move, however many steps are taken
Arrays = Mapping[str, np.ndarray]


class Step(Protocol):
    """A network, its optimizer and a batch, on the rung's device."""

    def step(self) -> object: ...

    def synchronize(self) -> None:
        """Wait until the steps are done."""
        ...

    def gradients(self, weights: Arrays) -> Arrays:
        """The gradient of the batch's loss at these weights, by parameter."""
        ...

    def device_memory(self) -> dict[str, float]:
        """peak_device_mib where the device has memory of its own."""
        ...


def make_step(rung: str, setting: Setting, x: np.ndarray, labels: np.ndarray, optimizer: str, threads: int) -> Step:
    """The rung's step. x (N, 3, H, W) float32, labels (N,) uint8; optimizer: "sgd" (without momentum) or "adam"."""
    if RUNGS[rung].backend == "pytorch":
        from lab.benchmark.torch_steps import TorchStep
        from scratchnet.torch_nn.model import CatDogCNN  # importing torch takes seconds and memory

        model = CatDogCNN(setting.arch, setting.size, setting.hidden, setting.width)
        model.from_numpy(setting.network().params)
        return TorchStep(rung, model, x, labels, optimizer, LEARNING_RATE)
    network = _in_loops(setting.network()) if rung == "loops" else setting.network()
    if rung in ("clear", "loops"):
        return NumpyStep(network, OPTIMIZERS[optimizer](LEARNING_RATE), x, labels)
    team = Team(threads)
    fast = FastNetwork(network, setting.size, team)
    return NumpyStep(fast, FAST_OPTIMIZERS[optimizer](LEARNING_RATE, team=team), x, labels)


class NumpyStep:
    """The step of a network in NumPy. It and the optimizer keep the contract of numpy_nn.networks and .optimizers."""

    def __init__(self, network, optimizer, x: np.ndarray, labels: np.ndarray):
        self._network, self._optimizer, self._x, self._labels = network, optimizer, x, labels
        self._loss = BinaryCrossEntropy()

    def step(self) -> None:
        self._backward()
        self._optimizer.step(self._network.params, self._network.grads)

    def synchronize(self) -> None:
        """NumPy returns when the work is done."""

    def gradients(self, weights):
        self._network.load(weights)
        self._backward()
        return self._network.grads

    def device_memory(self):
        return {}

    def _backward(self) -> None:
        _, dlogits = self._loss(self._network.forward(self._x), self._labels)
        self._network.backward(dlogits)


def _in_loops(network: Network) -> Network:
    """The same network, with `loops` for all that multiplies or compares many numbers."""
    kinds = {Conv2d: LoopsConv2d, Linear: LoopsLinear, MaxPool2d: LoopsMaxPool2d}
    layers = {
        name: kinds[type(layer)](**layer.params) if type(layer) in kinds else layer
        for name, layer in network.layers.items()
    }
    return Network(layers)


class LoopsConv2d(Layer):
    """3×3 with a padding of 1, as the networks have it."""

    def forward(self, x):
        self._x = x
        return loops.conv2d(x, **self.params, stride=1, padding=1)

    def backward(self, dy):
        dx, dW, db = loops.conv2d_backward(self._x, self.params["W"], dy, stride=1, padding=1)
        self.grads = {"W": dW, "b": db}
        return dx


class LoopsLinear(Layer):
    def forward(self, x):
        self._x = x
        return loops.linear(x, **self.params)

    def backward(self, dy):
        dx, dW, db = loops.linear_backward(self._x, self.params["W"], dy)
        self.grads = {"W": dW, "b": db}
        return dx


class LoopsMaxPool2d(Layer):
    """2×2, as the networks have it."""

    def forward(self, x):
        self._x = x
        return loops.max_pool2d(x, 2)

    def backward(self, dy):
        return loops.max_pool2d_backward(self._x, dy, 2)
