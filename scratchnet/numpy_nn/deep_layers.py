"""What a deep network needs beside the layers of layers.py: batch normalisation, sums around layers, and a mean.

Stacked plainly, many layers are hard to train. The size of the signal drifts from layer to layer, and the gradient
fades on its way back. A batch norm puts the signal back to one size after each convolution. A residual block adds what
came in to what goes out: so the gradient has a way back that no layer can block.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from scratchnet.numpy_nn.layers import Arrays, Layer

EPS = 1e-5  # added to a variance, so that a channel without any is not divided by 0
MOMENTUM = 0.1  # how much of the running statistics each batch renews


class BatchNorm2d(Layer):
    """y = γ x̂ + β,      x̂ = (x − μ) / s,      s = √(σ² + ε)

    x (N, C, H, W), γ and β (C,) -> y (N, C, H, W). μ and σ² are the mean and the variance of a channel, over the
    M = N·H·W numbers that it has in the batch. So each channel begins with mean 0 and variance 1, and learns others.

        dβ = Σ dy      dγ = Σ dy x̂      dx = γ/s · (dy − dβ/M − x̂ dγ/M)

    each sum over a channel's M numbers. For dx the chain rule has three ways: through x itself, through μ, and through
    σ². With dx̂ = γ dy, μ takes the mean of dx̂ away from every number, and σ² takes away the part along x̂.

    A single picture has no batch to be compared with. So `forward` also keeps a running mean and variance,
        running ← 0.9 · running + 0.1 · the batch's      (of the variance σ² · M / (M − 1), which is not too small)
    and `infer` takes these for μ and σ². They are then constants: dx = γ/s · dy.

    Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
    """

    def __init__(self, gamma: np.ndarray, beta: np.ndarray):
        super().__init__(gamma=gamma, beta=beta)
        self._running = {"running_mean": np.zeros_like(beta), "running_var": np.ones_like(gamma)}

    def forward(self, x):
        self._refuse(x)
        if (count := x[:, 0].size) < 2:
            raise ValueError(f"BatchNorm2d learns from two numbers a channel at least, got x of shape {x.shape}")
        mean = x.mean(axis=(0, 2, 3))
        variance = np.square(x - _of_channels(mean)).mean(axis=(0, 2, 3))
        renew(self._running, mean, variance, count)
        self._learns = True
        return self._normalised(x, mean, variance)

    def infer(self, x):
        self._refuse(x)
        self._learns = False
        return self._normalised(x, self._running["running_mean"], self._running["running_var"])

    def backward(self, dy):
        dbeta, dgamma = dy.sum(axis=(0, 2, 3)), (dy * self._normal).sum(axis=(0, 2, 3))
        self.grads = {"gamma": dgamma, "beta": dbeta}
        count = dy[:, 0].size
        through_x = dy
        if self._learns:
            through_x = dy - _of_channels(dbeta / count) - self._normal * _of_channels(dgamma / count)
        return through_x * _of_channels(self.params["gamma"] / self._s)

    @property
    def buffers(self):
        return self._running

    def _normalised(self, x, mean, variance):
        self._s = np.sqrt(variance + x.dtype.type(EPS))
        self._normal = (x - _of_channels(mean)) / _of_channels(self._s)
        return _of_channels(self.params["gamma"]) * self._normal + _of_channels(self.params["beta"])

    def _refuse(self, x):
        channels = len(self.params["gamma"])
        if x.ndim != 4 or x.shape[1] != channels:
            raise ValueError(f"BatchNorm2d wants x of shape (N, {channels}, H, W), got {x.shape}")


def renew(running: Arrays, mean: np.ndarray, variance: np.ndarray, count: int) -> None:
    """The running statistics, in place, after a batch with `count` numbers a channel. mean and variance are (C,)."""
    running["running_mean"] += MOMENTUM * (mean - running["running_mean"])
    running["running_var"] += MOMENTUM * (variance * (count / (count - 1)) - running["running_var"])


class Unbiased(Layer):
    """A layer whose b is 0 and stays 0, and is no parameter: a batch norm after it would take every b away again."""

    def __init__(self, layer: Layer):
        self._layer = layer

    def forward(self, x):
        return self._layer.forward(x)

    def backward(self, dy):
        return self._layer.backward(dy)

    @property
    def params(self) -> Arrays:
        return {"W": self._layer.params["W"]}

    @property
    def grads(self) -> Arrays:
        return {"W": self._layer.grads["W"]}


class Residual(Layer):
    """y = F(x) + S(x)      dx = F'(x)ᵀ dy + S'(x)ᵀ dy: a gradient that comes to a sum goes both ways unchanged

    F is a chain of named layers. S, the shortcut, is a chain too; an empty one is x itself. Both have to give the same
    shape. Parameters are named LAYER.W, as in a network; the shortcut's layers have names of their own.

    He et al. 2015, arXiv:1512.03385, equations 1 and 2.
    """

    def __init__(self, layers: Mapping[str, Layer], shortcut: Mapping[str, Layer]):
        self.layers, self.shortcut = dict(layers), dict(shortcut)

    def forward(self, x):
        return self._sum(*(_through(chain, x, "forward") for chain in (self.layers, self.shortcut)))

    def infer(self, x):
        return self._sum(*(_through(chain, x, "infer") for chain in (self.layers, self.shortcut)))

    def backward(self, dy):
        both = (_through(dict(reversed(chain.items())), dy, "backward") for chain in (self.layers, self.shortcut))
        return sum(both)

    @property
    def params(self) -> Arrays:
        return {f"{name}.{key}": w for name, layer in self._all() for key, w in layer.params.items()}

    @property
    def grads(self) -> Arrays:
        return {f"{name}.{key}": dw for name, layer in self._all() for key, dw in layer.grads.items()}

    @property
    def buffers(self) -> Arrays:
        return {f"{name}.{key}": array for name, layer in self._all() for key, array in layer.buffers.items()}

    def _all(self) -> Iterator[tuple[str, Layer]]:
        yield from self.layers.items()
        yield from self.shortcut.items()

    @staticmethod
    def _sum(y, shortcut):
        if y.shape != shortcut.shape:
            raise ValueError(f"a residual sum wants both ways to give one shape, got {y.shape} and {shortcut.shape}")
        return y + shortcut


class GlobalAveragePool2d(Layer):
    """y[n, c] = 1 / (H W) Σ_{i, j} x[n, c, i, j]      dx[n, c, i, j] = dy[n, c] / (H W)

    x (N, C, H, W) -> y (N, C): what a channel has found, wherever it was. It has no weights, where a linear layer on
    all pixels has most of a network's. Lin, Chen & Yan 2013, arXiv:1312.4400, section 3.2.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html, with output size 1
    """

    def forward(self, x):
        if x.ndim != 4:
            raise ValueError(f"GlobalAveragePool2d wants x of shape (N, C, H, W), got {x.shape}")
        self._shape = x.shape
        return x.mean(axis=(2, 3))

    def backward(self, dy):
        _, _, height, width = self._shape
        return np.broadcast_to((dy / (height * width))[:, :, None, None], self._shape)


def _through(chain: Mapping[str, Layer], x: np.ndarray, way: str) -> np.ndarray:
    for layer in chain.values():
        x = getattr(layer, way)(x)
    return x


def _of_channels(numbers: np.ndarray) -> np.ndarray:
    """(C,) -> (C, 1, 1), to be paired with (N, C, H, W)."""
    return numbers[:, None, None]
