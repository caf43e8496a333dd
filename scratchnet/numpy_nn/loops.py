"""The layers that multiply or compare, one number at a time: far too slow to train with, too plain to be wrong.

The oracle for `layers.py`: every sum below is written as it stands in the docstrings there. The backward passes ask
of each multiplication y += W · x what its two factors contributed: dx += W · dy and dW += x · dy.
"""

import numpy as np


def conv2d(x: np.ndarray, W: np.ndarray, b: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """x (N, C, H, W), W (O, C, kh, kw), b (O,) -> y (N, O, H', W')"""
    y = np.zeros(_conv2d_shape(x, W, stride, padding), dtype=x.dtype)
    for n, o, r, s in np.ndindex(y.shape):
        y[n, o, r, s] = b[o]
        for c, i, j in np.ndindex(W.shape[1:]):
            row, column = stride * r + i - padding, stride * s + j - padding
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:  # beyond the edge x is zero
                y[n, o, r, s] += W[o, c, i, j] * x[n, c, row, column]
    return y


def conv2d_backward(
    x: np.ndarray, W: np.ndarray, dy: np.ndarray, stride: int, padding: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx, dW, db"""
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(len(W), dtype=W.dtype)
    for n, o, r, s in np.ndindex(dy.shape):
        db[o] += dy[n, o, r, s]
        for c, i, j in np.ndindex(W.shape[1:]):
            row, column = stride * r + i - padding, stride * s + j - padding
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                dx[n, c, row, column] += W[o, c, i, j] * dy[n, o, r, s]
                dW[o, c, i, j] += x[n, c, row, column] * dy[n, o, r, s]
    return dx, dW, db


def max_pool2d(x: np.ndarray, size: int) -> np.ndarray:
    """x (N, C, H, W) -> y (N, C, ⌊H / size⌋, ⌊W / size⌋)"""
    N, C, H, W = x.shape
    y = np.zeros((N, C, H // size, W // size), dtype=x.dtype)
    for place in np.ndindex(y.shape):
        y[place] = x[_winner(x, place, size)]
    return y


def max_pool2d_backward(x: np.ndarray, dy: np.ndarray, size: int) -> np.ndarray:
    """dx"""
    dx = np.zeros_like(x)
    for place in np.ndindex(dy.shape):
        dx[_winner(x, place, size)] += dy[place]
    return dx


def linear(x: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """x (N, D), W (D, M), b (M,) -> y (N, M)"""
    y = np.zeros((len(x), len(b)), dtype=x.dtype)
    for n, m in np.ndindex(y.shape):
        y[n, m] = b[m]
        for d in range(len(W)):
            y[n, m] += x[n, d] * W[d, m]
    return y


def linear_backward(x: np.ndarray, W: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx, dW, db"""
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(W.shape[1], dtype=W.dtype)
    for n, m in np.ndindex(dy.shape):
        db[m] += dy[n, m]
        for d in range(len(W)):
            dx[n, d] += W[d, m] * dy[n, m]
            dW[d, m] += x[n, d] * dy[n, m]
    return dx, dW, db


def _winner(x: np.ndarray, place: tuple[int, ...], size: int) -> tuple[int, ...]:
    """Where the largest pixel of a pooling window stands; of equal ones the first in row-major order."""
    n, c, r, s = place
    winner = (n, c, size * r, size * s)
    for i, j in np.ndindex(size, size):
        pixel = (n, c, size * r + i, size * s + j)
        if x[pixel] > x[winner]:
            winner = pixel
    return winner


def _conv2d_shape(x: np.ndarray, W: np.ndarray, stride: int, padding: int) -> tuple[int, int, int, int]:
    (N, _, height, width), (filters, _, kh, kw) = x.shape, W.shape
    return N, filters, (height + 2 * padding - kh) // stride + 1, (width + 2 * padding - kw) // stride + 1
