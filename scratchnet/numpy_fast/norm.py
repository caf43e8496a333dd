"""Batch normalisation at the speed of the machine: what it needs of a whole batch is gathered a few pictures at a time.

The numbers are those of `deep_layers.BatchNorm2d`. Both of its ways come down to one multiplication and one addition
a number, once the sums over the batch are known:

    y = scale · x + shift            scale = γ/s                  shift = β − scale · μ
    dx = scale · dy + along · x + rest      along = −scale · dγ / (M s)      rest = −scale · dβ / M − along · μ

Each thread adds up what it has just computed, while it is in the cache. Its sums go into a place of their own, and the
places are added up in their order. So it does not matter who computed what.

In the shapes below: n pictures, H × W pixels, C channels. A row is W·C numbers: NumPy is fast on long runs.
"""

import numpy as np

from scratchnet.numpy_nn.deep_layers import EPS, renew
from scratchnet.numpy_nn.layers import Arrays


class FastNorm:
    """name.gamma, name.beta (C,): the network's own arrays; so are their gradients, and the running statistics.

    width: W. scale, shift, along, rest, mean: rows (W·C,), as the top of this file has them.
    """

    def __init__(self, name: str, params: Arrays, grads: Arrays, buffers: Arrays, width: int):
        self.gamma, self.beta = params[f"{name}.gamma"], params[f"{name}.beta"]
        self.dgamma, self.dbeta = grads[f"{name}.gamma"], grads[f"{name}.beta"]
        self.running = {key: buffers[f"{name}.{key}"] for key in ("running_mean", "running_var")}
        channels, dtype = len(self.gamma), self.gamma.dtype
        rows = np.zeros((5, width * channels), dtype=dtype)
        self.scale, self.shift, self.along, self.rest, self.mean = rows
        self._tiles = rows.reshape(5, width, channels)
        self.ones = np.ones((1, 1), dtype=dtype)

    def measure(self, y: np.ndarray, squares: np.ndarray, told: np.ndarray) -> None:
        """Of y (n, H, W, C) each channel's mean, and its sum of squares around it, into told (2, C).

        squares (n, H, W, C) is overwritten.
        """
        channels = y.shape[-1]
        matrix = y.reshape(-1, channels, copy=False)
        ones = self._ones(len(matrix))
        np.matmul(ones, matrix, out=told[:1])
        told[0] /= len(matrix)
        np.subtract(_rows(y), np.tile(told[0], y.shape[2]), out=_rows(squares))
        np.multiply(squares, squares, out=squares)
        np.matmul(ones, squares.reshape(-1, channels, copy=False), out=told[1:])

    def learn(self, told: np.ndarray, counts: np.ndarray) -> None:
        """From the parts' means and sums of squares, told (parts, 2, C): the batch's. counts (parts,): numbers of each.

        Chan, Golub & LeVeque 1983, "Algorithms for computing the sample variance".
        """
        self.learns, self.count = True, int(counts.sum())
        if self.count < 2:
            raise ValueError("a batch norm learns from two numbers a channel at least, got one")
        means, squares = told[:, 0].astype(np.float64), told[:, 1].astype(np.float64)
        mean = counts @ means / self.count
        variance = (squares.sum(axis=0) + counts @ np.square(means - mean)) / self.count
        mean, variance = mean.astype(self.gamma.dtype), variance.astype(self.gamma.dtype)
        renew(self.running, mean, variance, self.count)
        self._take(mean, variance)

    def infer(self) -> None:
        """The running statistics in place of the batch's."""
        self.learns = False
        self._take(self.running["running_mean"], self.running["running_var"])

    def apply(self, y: np.ndarray, out: np.ndarray) -> None:
        """scale · y + shift, (n, H, W, C); `out` may lie within a border."""
        rows = _rows(out)
        np.multiply(_rows(y), self.scale, out=rows)
        np.add(rows, self.shift, out=rows)

    def gather(self, y: np.ndarray, dy: np.ndarray, products: np.ndarray, told: np.ndarray) -> None:
        """Of ∂L/∂(scale · y + shift), dy (n, H, W, C): dβ's and s · dγ's parts, into told (2, C).

        products (n, H, W, C) is overwritten.
        """
        channels = y.shape[-1]
        ones = self._ones(y.size // channels)
        np.matmul(ones, dy.reshape(-1, channels, copy=False), out=told[:1])
        np.subtract(_rows(y), self.mean, out=_rows(products))
        np.multiply(products, dy, out=products)
        np.matmul(ones, products.reshape(-1, channels, copy=False), out=told[1:])

    def turn_back(self, told: np.ndarray) -> None:
        """From all parts' told (parts, 2, C): the gradients of γ and β, and what `backward` needs."""
        sums = told.sum(axis=0)
        self.dbeta[...], self.dgamma[...] = sums[0], sums[1] / self._s
        scale = self.gamma / self._s
        along = -scale * self.dgamma / (self.count * self._s) if self.learns else np.zeros_like(scale)
        rest = -scale * self.dbeta / self.count - along * self._tiles[4, 0] if self.learns else along
        self._tiles[2], self._tiles[3] = along, rest

    def backward(self, y: np.ndarray, dy: np.ndarray, scratch: np.ndarray, out: np.ndarray) -> None:
        """dx = scale · dy + along · y + rest, (n, H, W, C); `out` may lie within a border. scratch is overwritten."""
        rows, products = _rows(out), _rows(scratch)
        np.multiply(_rows(dy), self.scale, out=rows)
        if self.learns:
            np.multiply(_rows(y), self.along, out=products)
            np.add(rows, products, out=rows)
            np.add(rows, self.rest, out=rows)

    def _take(self, mean: np.ndarray, variance: np.ndarray) -> None:
        self._s = np.sqrt(variance + variance.dtype.type(EPS))
        scale = self.gamma / self._s
        self._tiles[0], self._tiles[1], self._tiles[4] = scale, self.beta - scale * mean, mean

    def _ones(self, count: int) -> np.ndarray:
        """(1, count): a sum over all pixels is a product with them. Made once, for the largest count."""
        if self.ones.size < count:
            self.ones = np.ones((1, count), dtype=self.gamma.dtype)
        return self.ones[:, :count]


def _rows(pixels: np.ndarray) -> np.ndarray:
    """(n, H, W, C) as (n, H, W·C)"""
    return pixels.reshape(*pixels.shape[:2], -1, copy=False)
