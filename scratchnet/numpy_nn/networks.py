"""Networks: layers in sequence, and how their weights start."""

from collections.abc import Mapping, Sequence

import numpy as np

from scratchnet.names import WIDTH, filters_of
from scratchnet.numpy_nn.deep_layers import BatchNorm2d, GlobalAveragePool2d, Residual, Unbiased
from scratchnet.numpy_nn.layers import Arrays, Conv2d, Flatten, Layer, Linear, MaxPool2d, ReLU


class Network:
    """Named layers, one after the other; a layer's parameter W is the network's NAME.W."""

    def __init__(self, layers: Mapping[str, Layer]):
        self.layers = dict(layers)

    @property
    def params(self) -> Arrays:
        """The arrays themselves, not copies: an optimizer changes them in place."""
        return {f"{name}.{key}": w for name, layer in self.layers.items() for key, w in layer.params.items()}

    @property
    def grads(self) -> Arrays:
        return {f"{name}.{key}": dw for name, layer in self.layers.items() for key, dw in layer.grads.items()}

    @property
    def buffers(self) -> Arrays:
        """What the layers keep beside their parameters; see `Layer.buffers`."""
        return {f"{name}.{key}": array for name, layer in self.layers.items() for key, array in layer.buffers.items()}

    @property
    def arrays(self) -> Arrays:
        """All that a trained network is: the parameters, and then the buffers."""
        return self.params | self.buffers

    def forward(self, x: np.ndarray) -> np.ndarray:
        """In training."""
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def infer(self, x: np.ndarray) -> np.ndarray:
        """What the trained network answers; see `Layer.infer`."""
        for layer in self.layers.values():
            x = layer.infer(x)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray | None:
        """The chain rule, from the last layer to the first: fills `grads` from the dy of the last `forward`."""
        for layer in reversed(self.layers.values()):
            dy = layer.backward(dy)
        return dy

    def activations(self, x: np.ndarray, training: bool = False) -> Arrays:
        """What every layer answers to x, by the layer's name."""
        way = "forward" if training else "infer"
        return {name: (x := getattr(layer, way)(x)) for name, layer in self.layers.items()}

    def blocks(self, x: np.ndarray, training: bool = False) -> Arrays:
        """What each layer with weights hands to the next one, through norm, ReLU, pool: NAME -> y (N, units, ...)."""
        found, block = {}, None
        for name, y in self.activations(x, training).items():
            layer = self.layers[name]
            block = name if layer.params and not isinstance(layer, BatchNorm2d) else block
            if block and not isinstance(layer, Flatten):
                found[block] = y
        return found

    def load(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over the values of `arrays`. ValueError where they belong to another network."""
        wanted = {name: w.shape for name, w in self.arrays.items()}
        got = {name: w.shape for name, w in arrays.items()}
        if got != wanted:
            raise ValueError(f"the network wants the parameters {wanted}, got {got}")
        for name, w in self.arrays.items():
            w[...] = arrays[name]


def mlp(inputs: int, hidden: int, outputs: int, rng: np.random.Generator, dtype=np.float32) -> Network:
    """The two-layer perceptron: x (N, inputs) -> fc1, relu1 (N, hidden) -> fc2 (N, outputs).

    With so few inputs, zero biases would fold every hidden unit at the origin; they start uniform in
    ±1/√inputs instead (https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html), which spreads the folds.
    """
    fc1 = _linear(inputs, hidden, he_std(inputs), rng, dtype, needs_dx=False)
    fc1.params["b"][...] = rng.uniform(-1, 1, hidden) / inputs**0.5
    return Network({"fc1": fc1, "relu1": ReLU(), "fc2": _linear(hidden, outputs, 1 / hidden, rng, dtype)})


def linear(inputs: int, rng: np.random.Generator, dtype=np.float32) -> Network:
    """Logistic regression: pictures x (N, C, H, W), C · H · W = inputs -> one logit (N, 1)."""
    return Network({"flatten": Flatten(), "fc": _linear(inputs, 1, 1 / inputs, rng, dtype)})


def cnn(arch: str, size: int, hidden: int, rng: np.random.Generator, dtype=np.float32, width: int = WIDTH) -> Network:
    """Pictures x (N, 3, size, size) to one logit (N, 1), positive for the second class.

    one_conv: conv1 3→width, relu, pool; two_conv: then conv2 width→2·width, relu, pool. The convolutions are 3×3 with
    padding 1, the pools 2×2. Then flatten, fc1 to `hidden`, relu, fc2 to the logit.
    deep: see `deep`, which has no hidden units.
    """
    if arch == "deep":
        return deep(filters_of(arch, width), rng, dtype)
    layers: dict[str, Layer] = {}
    channels = 3
    for number, filters in enumerate(filters_of(arch, width), start=1):
        layers[f"conv{number}"] = _conv3x3(channels, filters, rng, dtype, needs_dx=number > 1)
        layers[f"relu{number}"] = ReLU()
        layers[f"pool{number}"] = MaxPool2d(2)
        channels, size = filters, size // 2
    features = channels * size * size
    layers["flatten"] = Flatten()
    layers["fc1"] = _linear(features, hidden, he_std(features), rng, dtype)
    layers["relu_fc1"] = ReLU()
    layers["fc2"] = _linear(hidden, 1, 1 / hidden, rng, dtype)
    return Network(layers)


def deep(filters: Sequence[int], rng: np.random.Generator, dtype=np.float32) -> Network:
    """Pictures x (N, 3, H, W) to one logit (N, 1): a residual network, after He et al. 2015, arXiv:1512.03385.

    conv1, 4×4 with stride 2, 3→filters[0], norm, relu: (N, filters[0], H/2, W/2). Then a residual block and a ReLU for
    each number of filters; every block but the first halves the picture once more. Then each channel's mean, and fc.

    A block: conv1 3×3, norm, relu, conv2 3×3, norm. Where it changes the shape, its shortcut is a 1×1 convolution with
    the same stride, and a norm; elsewhere it is x itself.
    """
    layers: dict[str, Layer] = {
        "conv1": _bare_conv(3, filters[0], 4, rng, dtype, stride=2, needs_dx=False),
        "norm1": _norm(filters[0], dtype),
        "relu1": ReLU(),
    }
    channels = filters[0]
    for number, outputs in enumerate(filters, start=1):
        layers[f"block{number}"] = _residual(channels, outputs, 1 if number == 1 else 2, rng, dtype)
        layers[f"relu_block{number}"] = ReLU()
        channels = outputs
    layers |= {"pool": GlobalAveragePool2d(), "fc": _linear(channels, 1, 1 / channels, rng, dtype)}
    return Network(layers)


def _residual(channels: int, filters: int, stride: int, rng: np.random.Generator, dtype) -> Residual:
    layers = {
        "conv1": _bare_conv(channels, filters, 3, rng, dtype, stride),
        "norm1": _norm(filters, dtype),
        "relu1": ReLU(),
        "conv2": _bare_conv(filters, filters, 3, rng, dtype),
        "norm2": _norm(filters, dtype),
    }
    if stride == 1 and channels == filters:
        return Residual(layers, {})
    shortcut = {"conv_short": _bare_conv(channels, filters, 1, rng, dtype, stride), "norm_short": _norm(filters, dtype)}
    return Residual(layers, shortcut)


def he_std(fan_in: int) -> float:
    """The standard deviation of weights before a ReLU: the signal keeps its size through both.

    fan_in: how many products each of their sums has. arXiv:1502.01852, equation 10.

    The last layer starts with 1 / fan_in instead, so that the first answers are close to 0 and no class is preferred:
    the cross-entropy of K classes then begins at log K.
    """
    return (2 / fan_in) ** 0.5


def _linear(inputs: int, outputs: int, std: float, rng: np.random.Generator, dtype, needs_dx: bool = True) -> Linear:
    return Linear(_normal((inputs, outputs), std, rng, dtype), np.zeros(outputs, dtype=dtype), needs_dx)


def _conv3x3(channels: int, filters: int, rng: np.random.Generator, dtype, needs_dx: bool) -> Conv2d:
    W = _normal((filters, channels, 3, 3), he_std(channels * 3 * 3), rng, dtype)
    return Conv2d(W, np.zeros(filters, dtype=dtype), padding=1, needs_dx=needs_dx)


def _bare_conv(
    channels: int, filters: int, kernel: int, rng: np.random.Generator, dtype, stride: int = 1, needs_dx: bool = True
) -> Unbiased:
    """A convolution without b, so padded that stride 1 keeps the size of the picture, and stride 2 halves it."""
    W = _normal((filters, channels, kernel, kernel), he_std(channels * kernel**2), rng, dtype)
    return Unbiased(Conv2d(W, np.zeros(filters, dtype=dtype), stride, (kernel - 1) // 2, needs_dx))


def _norm(channels: int, dtype) -> BatchNorm2d:
    return BatchNorm2d(np.ones(channels, dtype=dtype), np.zeros(channels, dtype=dtype))


def _normal(shape: tuple[int, ...], std: float, rng: np.random.Generator, dtype) -> np.ndarray:
    """Drawn in float64 whatever the dtype, so that networks of both precisions start alike."""
    return (rng.standard_normal(shape) * std).astype(dtype)
