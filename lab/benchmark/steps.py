"""One training step of each rung: forward, loss, backward and update of one batch."""

from collections.abc import Callable, Mapping

import numpy as np

from lab.benchmark.rungs import RUNGS
from lab.setting import Setting
from scratchnet.numpy_fast.deep import fast_network
from scratchnet.numpy_fast.optimizers import FAST_OPTIMIZERS
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn import loops
from scratchnet.numpy_nn.layers import Conv2d, Layer, Linear, MaxPool2d
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import Network
from scratchnet.numpy_nn.optimizers import OPTIMIZERS

LEARNING_RATE = 1e-4  # small: the weights hardly move, however many steps are taken
Arrays = Mapping[str, np.ndarray]


def make_step(rung: str, setting: Setting, x: np.ndarray, labels: np.ndarray, optimizer: str, threads: int):
    """The rung's NumpyStep or TorchStep, of a batch x (N, 3, H, W) float32 with labels (N,) uint8.

    optimizer: "sgd" or "muon", without momentum, or "adam".
    """
    if RUNGS[rung].backend == "pytorch":
        from lab.benchmark.torch_steps import TorchStep
        from scratchnet.torch_nn.model import CatDogCNN  # importing torch takes seconds and memory

        model = CatDogCNN(setting.arch, setting.size, setting.hidden, setting.width)
        model.from_numpy(setting.network().arrays)
        return TorchStep(rung, model, x, labels, optimizer, LEARNING_RATE)
    network = setting.network()
    if rung == "loops":
        network = Network({name: _in_loops(layer) for name, layer in network.layers.items()})
    if rung in ("clear", "loops"):
        return NumpyStep(network, OPTIMIZERS[optimizer](LEARNING_RATE), x, labels)
    team = Team(threads)
    fast = fast_network(network, setting.size, team)
    return NumpyStep(fast, FAST_OPTIMIZERS[optimizer](LEARNING_RATE, team=team), x, labels)


class NumpyStep:
    """A network in NumPy, its optimizer and a batch. TorchStep has the same methods, on the rung's device.

    network and optimizer: of numpy_nn or of numpy_fast.
    """

    def __init__(self, network, optimizer, x: np.ndarray, labels: np.ndarray):
        self._network, self._optimizer, self._x, self._labels = network, optimizer, x, labels
        self._loss = BinaryCrossEntropy()

    def step(self) -> None:
        self._backward()
        self._optimizer.step(self._network.params, self._network.grads)

    def synchronize(self) -> None:
        """Wait until the steps are done. NumPy returns when they are."""

    def gradients(self, weights: Arrays) -> Arrays:
        """The gradient of the batch's loss at these weights, by parameter."""
        self._network.load(weights)
        self._backward()
        return self._network.grads

    def device_memory(self) -> dict[str, float]:
        """peak_device_mib where the device has memory of its own."""
        return {}

    def _backward(self) -> None:
        _, dlogits = self._loss(self._network.forward(self._x), self._labels)
        self._network.backward(dlogits)


def _in_loops(layer: Layer) -> Layer:
    """The same layer, with `loops` where it multiplies or compares many numbers."""
    match layer:
        case Conv2d():  # 3×3 with a padding of 1, as the networks have it
            return InLoops(loops.conv2d, loops.conv2d_backward, layer.params, stride=1, padding=1)
        case Linear():
            return InLoops(loops.linear, loops.linear_backward, layer.params)
        case MaxPool2d():
            return MaxPoolInLoops()
    return layer


class InLoops(Layer):
    """A convolution or a linear layer, by two functions of `loops`. how: what these want to know besides."""

    def __init__(self, forward: Callable, backward: Callable, params: Arrays, **how: int):
        super().__init__(**params)
        self._forward, self._backward, self._how = forward, backward, how

    def forward(self, x):
        self._x = x
        return self._forward(x, **self.params, **self._how)

    def backward(self, dy):
        dx, dW, db = self._backward(self._x, self.params["W"], dy, **self._how)
        self.grads = {"W": dW, "b": db}
        return dx


class MaxPoolInLoops(Layer):
    """2×2, as the networks have it."""

    def forward(self, x):
        self._x = x
        return loops.max_pool2d(x, 2)

    def backward(self, dy):
        return loops.max_pool2d_backward(self._x, dy, 2)
