"""Winograd's F(2, 3): two rows of a convolution's outputs from four products, where each row by itself takes three.

Two rows of outputs, y₀ and y₁, see four rows of pixels, x₀ to x₃. The kernel has three rows, w₀ to w₂. A product here
is a convolution along the row:

    y₀ = x₀ w₀ + x₁ w₁ + x₂ w₂ = m₀ + m₁ + m₂        m₀ = (x₀ − x₂) w₀     m₁ = (x₁ + x₂) (w₀ + w₁ + w₂) / 2
    y₁ = x₁ w₀ + x₂ w₁ + x₃ w₂ = m₁ − m₂ + m₃        m₃ = (x₃ − x₁) w₂     m₂ = (x₂ − x₁) (w₀ − w₁ + w₂) / 2

So there are four products for six. The kernel's sums are made once for all pixels, those of pixels once for all
filters. Nested in both directions it would take 16 products for 36. Along the columns alone each sum is one call on
long runs of memory.

Winograd, "Arithmetic Complexity of Computations", 1980; Lavin and Gray, arXiv:1509.09308.

In the shapes below n are pictures, C channels, and a first axis of 4 counts the products m₀ to m₃. The dtype is that of
the weights, float32 or float64.
"""

from collections.abc import Callable

import numpy as np

Sum = tuple[Callable, np.ndarray, np.ndarray]  # of two arrays: np.add or np.subtract, and what it is called with


def pixel_sums(even: np.ndarray, odd: np.ndarray, width: int, pixels: int) -> list[Sum]:
    """The four sums of rows, for all pairs of output rows at once, as calls that are still to be made.

    even, odd (n, ·, C): every second row of pixels, x₀ and x₂ of a pair in `even`, x₁ and x₃ in `odd`; a row is `width`
    pixels long. A sum is (n, pixels, C), which may end within a row.
    """
    return row_sums(*(rows[:, start : start + pixels] for start in (0, width) for rows in (even, odd)))


def row_sums(x0: np.ndarray, x1: np.ndarray, x2: np.ndarray, x3: np.ndarray) -> list[Sum]:
    """The same of four rows, or of as many rows in each."""
    return [(np.subtract, x0, x2), (np.add, x1, x2), (np.subtract, x2, x1), (np.subtract, x3, x1)]


def kernel_sums(w: np.ndarray, sums: np.ndarray) -> None:
    """A kernel's rows w (3, ...) into `sums` (4, ...): what m₀ to m₃ multiply the sums of pixels with."""
    np.add(w[0], w[2], out=sums[3])
    np.add(sums[3], w[1], out=sums[1])
    np.subtract(sums[3], w[1], out=sums[2])
    sums[1:3] /= 2
    sums[0], sums[3] = w[0], w[2]


def output_rows(m: np.ndarray) -> None:
    """The products m (4, ...) -> y₀ and y₁, in place: they are m[0] and m[3] then, and m[1], m[2] stay."""
    np.add(m[::3], m[1], out=m[::3])
    np.add(m[0], m[2], out=m[0])
    np.subtract(m[3], m[2], out=m[3])


def output_gradients(dy: np.ndarray, dm: np.ndarray) -> None:
    """dy₀ and dy₁, dy (2, ...), -> dm₁ and dm₂, into dm (2, ...). dm₀ is dy₀, and dm₃ is dy₁.

    So it says above: m₁ counts in y₀ and in y₁; m₂ counts in y₀, and in y₁ with a minus.
    """
    np.add(dy[0], dy[1], out=dm[0])
    np.subtract(dy[0], dy[1], out=dm[1])


def kernel_gradient(dsums: np.ndarray) -> np.ndarray:
    """The gradients (4, ...) of the kernel's sums -> dw (3, ...), a new array."""
    both, difference = (dsums[1] + dsums[2]) / 2, (dsums[1] - dsums[2]) / 2
    return np.stack([dsums[0] + both, difference, dsums[3] + both])
