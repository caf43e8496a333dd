"""Pictures as strips of pixels, and the views by which products and pools read and write them (see fast_conv.py).

In the shapes e says even or odd rows. Outputs 4t + 2p + q (p, q = 0, 1) are a quarter; its M outputs stand in g parts,
each small enough for a small product.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided


def overlapping_rows(strip: np.ndarray, pixels: int, parts: int) -> np.ndarray:
    """The beginning of a strip (n, ·, depth) as what `pixels` outputs see of it: (p, q, n, g, M, K), K = 3·depth."""
    (picture, pixel, number), depth = strip.strides, strip.shape[2]
    M = pixels // 4 // parts
    shape = (2, 2, len(strip), parts, M, 3 * depth)
    return as_strided(strip, shape, (2 * pixel, pixel, picture, 4 * pixel * M, 4 * pixel, number))


def quarters(outputs: np.ndarray, parts: int) -> np.ndarray:
    """(..., n, pixels, O) as (..., p, q, n, g, M, O)"""
    *before, n, pixels, filters = outputs.shape
    split = outputs.reshape(*before, n, parts, pixels // 4 // parts, 2, 2, filters, copy=False)
    return np.moveaxis(split, (-3, -2), (-6, -5))


def quarters_of_planes(planes: np.ndarray, parts: int) -> np.ndarray:
    """(..., q, n, pixels / 2, O), the even columns and the odd, as (..., p, q, n, g, M, O)"""
    *before, q, n, pixels, filters = planes.shape
    split = planes.reshape(*before, q, n, parts, pixels // 2 // parts, 2, filters, copy=False)
    return np.moveaxis(split, -2, -6)


def together(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Two views of one array, laid out alike, as one view (2, ...)."""
    step = second.ctypes.data - first.ctypes.data
    return as_strided(first, (2, *first.shape), (step, *first.strides))


def rows_inside(strip: np.ndarray, size: int) -> np.ndarray:
    """A strip (n, 2, ·, C) as pictures without the border: their even rows, then their odd ones, (2, n, H/2, W, C).

    The border's first row is the strip's row 0, so the pictures' even rows are the strip's odd ones.
    """
    n, _, _, channels = strip.shape
    half = size // 2
    rows = strip[:, :, : (half + 1) * (size + 2)].reshape(n, 2, half + 1, size + 2, channels, copy=False)[:, :, :, 1:-1]
    return together(rows[:, 1, :half], rows[:, 0, 1:])


def stacking(strip: np.ndarray, stacked: np.ndarray, size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """What to copy, and where to: each pixel of a strip with a border (n, 2, ·, C) three times into one (n, 2, ·, 3·C)
    in which every pixel lies between the ones above and below it. The border's places in the latter stay as they are.
    """
    n, half = len(strip), size // 2
    even, odd = pixels = whole_pixels(rows_inside(strip, size))
    rows = stacked[:, :, : half * (size + 2)].reshape(n, 2, half, size + 2, 3, -1, copy=False)[:, :, :, 1:-1]
    of_even, of_odd = np.moveaxis(whole_pixels(rows), (1, 4), (0, 1))  # each (3, n, H/2, W): above, itself, below
    return [
        (together(of_even[1], of_odd[1]), pixels),
        (together(of_odd[0], of_even[2]), pixels),
        (together(of_odd[2, :, :-1], of_even[0, :, 1:]), together(even[:, 1:], odd[:, :-1])),
    ]


def whole_pixels(pictures: np.ndarray) -> np.ndarray:
    """(n, H, W, C) as (n, H, W) of one item a pixel: NumPy copies these several times as fast as C numbers each."""
    return pictures.view(np.dtype((np.void, pictures.shape[-1] * pictures.itemsize)))[..., 0]


def stacked_sources(channels: int, size: int) -> np.ndarray:
    """For each number of the first layer's strip, its place in a picture (C, H, W); the border's: the nearest pixel's.

    The two pixels after the last row have one too, which does not matter: only outputs for nothing see them.
    (2 · (H/2 · (W + 2) + 2) · 3 · C,) int64
    """
    even_and_odd = np.arange(size, dtype=np.int64).reshape(-1, 2).T  # (e, t): the rows 2t + e
    rows = np.clip(even_and_odd[:, :, None] + [-1, 0, 1], 0, size - 1)  # (e, t, i)
    columns = np.clip(np.arange(-1, size + 1, dtype=np.int64), 0, size - 1)
    place = (np.arange(channels) * size + rows[:, :, None, :, None]) * size + columns[:, None, None]  # (e, t, w, i, c)
    after = np.zeros((2, 2, 3, channels), dtype=np.int64)
    return np.concatenate([place.reshape(2, -1, 3, channels), after], axis=1).ravel()
