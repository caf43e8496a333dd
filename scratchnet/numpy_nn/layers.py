"""The layers of a network: what each computes, and how a gradient flows back through it.

Every layer keeps one contract. `forward(x) -> y` remembers what `backward(dy) -> dx` will need; `backward` also fills
`grads`, which has the keys of `params`. d<name> is ∂L/∂<name> and has the shape of <name>. Neither changes its
argument, and dtype in is dtype out. Pictures are (N, C, H, W): number, channels, height, width.
"""

from collections.abc import Iterator

import numpy as np

Arrays = dict[str, np.ndarray]


class Layer:
    """A function of x, with or without parameters to learn."""

    def __init__(self, **params: np.ndarray):
        self.params: Arrays = params
        self.grads: Arrays = {}

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def infer(self, x: np.ndarray) -> np.ndarray:
        """What a trained network answers. Only a layer that sees the batch as a whole answers otherwise in training."""
        return self.forward(x)

    @property
    def buffers(self) -> Arrays:
        """What is kept beside the parameters, and no gradient changes: a batch norm's running statistics."""
        return {}

    def backward(self, dy: np.ndarray) -> np.ndarray | None:
        raise NotImplementedError


class Linear(Layer):
    """y = x W + b

    x (N, D), W (D, M), b (M,) -> y (N, M)
    dW = xᵀ dy      db = Σₙ dy[n]      dx = dy Wᵀ

    needs_dx=False leaves out dx: for a network's first layer, whose dx nobody reads.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html, where W is stored transposed.
    """

    def __init__(self, W: np.ndarray, b: np.ndarray, needs_dx: bool = True):
        super().__init__(W=W, b=b)
        self._needs_dx = needs_dx

    def forward(self, x):
        W, b = self.params["W"], self.params["b"]
        if x.ndim != 2 or x.shape[1] != len(W):
            raise ValueError(f"Linear wants x of shape (N, {len(W)}), got {x.shape}")
        self._x = x
        return x @ W + b

    def backward(self, dy):
        self.grads = {"W": self._x.T @ dy, "b": dy.sum(axis=0)}
        return dy @ self.params["W"].T if self._needs_dx else None


class Conv2d(Layer):
    """y[n, o, r, s] = b[o] + Σ_{c, i, j} W[o, c, i, j] · x̂[n, c, stride·r + i, stride·s + j]

    x (N, C, H, W), W (O, C, kh, kw), b (O,) -> y (N, O, H', W'); x̂ is x with `padding` zeros on every side;
    H' = ⌊(H + 2·padding − kh) / stride⌋ + 1, and W' likewise.

    Per picture it is one matrix product (im2col: Chellapilla, Puri & Simard 2006, "High Performance Convolutional
    Neural Networks for Document Processing"). Column p of X̂ (K, P) lists the K = C·kh·kw numbers that output pixel
    p sees, P = H'·W', and W is read as (O, K):
        Y = W X̂ + b      dW = Σₙ dYₙ X̂ₙᵀ      db = Σ_{n, p} dYₙ      dX̂ = Wᵀ dY
    dx adds up the entries of dX̂ wherever they were copied from, for a number seen k times has k gradients.

    needs_dx=False leaves out dx: for a network's first layer, whose dx nobody reads.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
    """

    def __init__(self, W: np.ndarray, b: np.ndarray, stride: int = 1, padding: int = 0, needs_dx: bool = True):
        super().__init__(W=W, b=b)
        self._stride, self._padding, self._needs_dx = stride, padding, needs_dx

    def forward(self, x):
        filters, channels, kh, kw = self.params["W"].shape
        if x.ndim != 4 or x.shape[1] != channels:
            raise ValueError(f"Conv2d wants x of shape (N, {channels}, H, W), got {x.shape}")
        p = self._padding
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        height, width = _output_size(padded.shape, (kh, kw), self._stride)
        cols = np.empty((len(x), channels, kh, kw, height, width), dtype=x.dtype)
        for i, j, seen in _taps(padded, (kh, kw), self._stride):
            cols[:, :, i, j] = seen
        self._padded_shape = padded.shape
        self._cols = cols.reshape(len(x), channels * kh * kw, height * width)  # (N, K, P)
        y = self.params["W"].reshape(filters, -1) @ self._cols  # (O, K) (N, K, P) -> (N, O, P)
        y += self.params["b"][:, None]
        return y.reshape(len(x), filters, height, width)

    def backward(self, dy):
        W = self.params["W"]
        dY = dy.reshape(*dy.shape[:2], -1)  # (N, O, P)
        dW = (dY @ self._cols.transpose(0, 2, 1)).sum(axis=0)  # (N, O, P) (N, P, K) -> (N, O, K) -> (O, K)
        self.grads = {"W": dW.reshape(W.shape), "b": dY.sum(axis=(0, 2))}
        return self._dx(dY, dy.shape[2:]) if self._needs_dx else None

    def _dx(self, dY, size):
        W, p = self.params["W"], self._padding
        dcols = W.reshape(len(W), -1).T @ dY  # (K, O) (N, O, P) -> (N, K, P)
        dcols = dcols.reshape(len(dY), *W.shape[1:], *size)  # (N, C, kh, kw, H', W')
        dpadded = np.zeros(self._padded_shape, dtype=dY.dtype)
        for i, j, seen in _taps(dpadded, W.shape[2:], self._stride):
            seen += dcols[:, :, i, j]
        _, _, height, width = dpadded.shape
        return dpadded[:, :, p : height - p, p : width - p]


class MaxPool2d(Layer):
    """y[n, c, r, s] = max_{0 ≤ i, j < size} x[n, c, size·r + i, size·s + j]

    x (N, C, H, W) -> y (N, C, ⌊H / size⌋, ⌊W / size⌋); rows and columns left over at the edge are not read.
    dx is dy at the one pixel of each window that won, and 0 elsewhere. Of equal pixels the first in row-major order
    wins, as in PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
    """

    def __init__(self, size: int):
        super().__init__()
        self._size = size

    def forward(self, x):
        if x.ndim != 4:
            raise ValueError(f"MaxPool2d wants x of shape (N, C, H, W), got {x.shape}")
        self._x = x
        self._y = np.full((*x.shape[:2], *_output_size(x.shape, self._window, self._size)), -np.inf, dtype=x.dtype)
        for _, _, seen in _taps(x, self._window, self._size):
            np.maximum(self._y, seen, out=self._y)
        return self._y

    def backward(self, dy):
        dx = np.zeros_like(self._x)
        unclaimed = dy.copy()  # of the windows whose winner is not found yet
        pairs = zip(*(_taps(array, self._window, self._size) for array in (self._x, dx)), strict=True)
        for (_, _, seen), (_, _, dseen) in pairs:
            won = unclaimed * (seen == self._y)
            dseen[...] = won
            unclaimed -= won
        return dx

    @property
    def _window(self):
        return self._size, self._size


class ReLU(Layer):
    """y = max(x, 0)      dx = dy · [x > 0]

    Any shape. https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
    """

    def forward(self, x):
        self._positive = x > 0
        return np.maximum(x, 0)

    def backward(self, dy):
        return dy * self._positive


class Flatten(Layer):
    """y = x with all but the first axis laid end to end: x (N, ...) -> y (N, D)      dx = dy in the shape of x

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html
    """

    def forward(self, x):
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy):
        return dy.reshape(self._shape)


def _output_size(shape: tuple[int, ...], kernel: tuple[int, int], stride: int) -> tuple[int, int]:
    """How often a kernel fits into pictures of `shape` (N, C, H, W), downwards and across."""
    height, width = ((size - k) // stride + 1 for size, k in zip(shape[2:], kernel, strict=True))
    if height < 1 or width < 1:
        raise ValueError(f"a kernel of {kernel} wants pictures at least as large, got {shape} (with its padding)")
    return height, width


def _taps(x: np.ndarray, kernel: tuple[int, int], stride: int) -> Iterator[tuple[int, int, np.ndarray]]:
    """Each place (i, j) of a kernel in row-major order, with a view (N, C, H', W') of the pixels that it falls on.

    A loop over the few places of the kernel, not over the many of the picture: all slow work stays inside NumPy.
    """
    height, width = _output_size(x.shape, kernel, stride)
    for i, j in np.ndindex(kernel):
        yield i, j, x[:, :, i : i + stride * height : stride, j : j + stride * width : stride]
