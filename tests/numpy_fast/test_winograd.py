"""Winograd's sums against the convolution that they stand for, on rows of one pixel's channels, in float64."""

import numpy as np
import pytest

from scratchnet.numpy_fast import winograd
from scratchnet.numpy_nn.gradients import slope

PAIRS, WIDTH, CHANNELS, FILTERS = 3, 5, 2, 4


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def rows(rng):
    """Eight rows of pixels: of one picture, (rows, width, channels)."""
    return rng.standard_normal((2 * PAIRS + 2, WIDTH, CHANNELS))


@pytest.fixture
def w(rng):
    return rng.standard_normal((3, CHANNELS, FILTERS))


def by_winograd(rows, w):
    """(pairs, 2, width, filters)"""
    even, odd = (rows[e::2].reshape(1, -1, CHANNELS) for e in range(2))
    kernel_sums = np.empty((4, CHANNELS, FILTERS))
    winograd.kernel_sums(w, kernel_sums)
    sums = [add(a, b) for add, a, b in winograd.pixel_sums(even, odd, WIDTH, PAIRS * WIDTH)]
    m = np.stack([x[0] @ kernel for x, kernel in zip(sums, kernel_sums, strict=True)])
    winograd.output_rows(m)
    return m[::3].reshape(2, PAIRS, WIDTH, FILTERS).swapaxes(0, 1)


def directly(rows, w):
    return np.stack([sum(rows[y + i] @ w[i] for i in range(3)) for y in range(2 * PAIRS)]).reshape(PAIRS, 2, WIDTH, -1)


def test_two_rows_of_outputs_from_four_products(rows, w):
    np.testing.assert_allclose(by_winograd(rows, w), directly(rows, w), rtol=1e-13, atol=1e-13)


def test_the_kernel_gradient_is_the_slope(rows, w, rng):
    dy = rng.standard_normal((PAIRS, 2, WIDTH, FILTERS))
    even, odd = (rows[e::2].reshape(1, -1, CHANNELS) for e in range(2))
    sums = [add(a, b)[0] for add, a, b in winograd.pixel_sums(even, odd, WIDTH, PAIRS * WIDTH)]
    pair = dy.swapaxes(0, 1).reshape(2, PAIRS * WIDTH, FILTERS)
    dm = np.empty_like(pair)
    winograd.output_gradients(pair, dm)
    dsums = np.stack([x.T @ d for x, d in zip(sums, (pair[0], *dm, pair[1]), strict=True)])
    measured = slope(lambda: float((directly(rows, w) * dy).sum()), w)
    np.testing.assert_allclose(winograd.kernel_gradient(dsums), measured, rtol=1e-6, atol=1e-8)


def test_nothing_given_is_changed(rows, w):
    before = rows.copy(), w.copy()
    by_winograd(rows, w)
    assert np.array_equal(rows, before[0])
    assert np.array_equal(w, before[1])
