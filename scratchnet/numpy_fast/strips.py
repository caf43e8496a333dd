"""Pictures as strips of memory, in which a 3×3 convolution finds what it sees without im2col.

im2col copies, for each output, the 9·C numbers that it sees into a row of a matrix; so it writes every number 9 times.
A strip holds every number 3 times, and im2col's rows are already there, overlapping. An example, with C = 1 channel:

    a0 a1 a2 a3        A picture of 4×4 pixels. Around it lies a border of zeros, drawn as ·,
    b0 b1 b2 b3        so that a row is W + 2 = 6 pixels wide. The strip of the even rows, a and c,
    c0 c1 c2 c3        has 12 places, and two more at its end. The odd rows, b and d, have another strip.
    d0 d1 d2 d3        A place holds 3·C numbers: the pixel above, the pixel itself, the pixel below.

    place    0   1   2   3   4   5   6   7   8   9  10  11  12  13
    above    ·   ·   ·   ·   ·   ·   ·  b0  b1  b2  b3   ·
    itself   ·  a0  a1  a2  a3   ·   ·  c0  c1  c2  c3   ·
    below    ·  b0  b1  b2  b3   ·   ·  d0  d1  d2  d3   ·

The output at a0 sees the places 0, 1 and 2: the numbers · · ·, · a0 b0, · a1 b1, which lie side by side in memory.
The output at a1 sees the places 1, 2 and 3, and so on: output o sees the places from o to o + 2. (Outputs 4, 5, 10 and
11 see the end of one row and the beginning of the next, or what is after the last. They are computed for nothing.)

**Quarters.** So im2col's matrix has row o at place o. BLAS refuses a matrix whose rows overlap. But every fourth row
overlaps none of the others: it begins 4 places, 12·C numbers, after the one before, and is 9·C long. So there are four
matrices, for the outputs 4t + 2p + q with p and q = 0 or 1, and each is multiplied with the kernel by itself:

    p, q = 0, 0: outputs 0 4 8      0, 1: outputs 1 5 9      1, 0: outputs 2 6 10      1, 1: outputs 3 7 11

**Planes.** A row is an even number of places wide, so q tells an output's column: even or odd. Even columns are written
to one plane of memory and odd ones to another. With both strips there are four:

    even rows, q = 0:  a0 a2 ·  c0 c2 ·        even rows, q = 1:  a1 a3 ·  c1 c3 ·        (· is computed for nothing)
    odd rows,  q = 0:  b0 b2 ·  d0 d2 ·        odd rows,  q = 1:  b1 b3 ·  d1 d3 ·

The four pixels of a 2×2 pooling window (a0, a1, b0, b1) lie at the same place of the four planes. So a pool compares
whole planes, each a single run of memory.

In the shapes below: n pictures of H × W pixels, C channels, O filters. P = H/2 · (W + 2) places, or outputs, of every
second row. e = 0 or 1: even or odd rows. p, q: the quarter. Its P/4 outputs are g parts of M, each a product by itself
(conv.py says why). All arrays have the dtype of the weights, and all functions but `stacked_sources` return views.

There are two kinds of strips:

    stacked (n, 2, P + 2, 3·C)        as above: all that an output sees lies side by side
    bordered (n, 2, P + W + 4, C)     each pixel once, with a row of the border above and one below; what a block hands
                                      to the next one. It begins with the border, so its even rows are the picture's odd
                                      ones: ·, b, d, and then a, c, ·
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided


def overlapping_rows(strip: np.ndarray, pixels: int, parts: int) -> np.ndarray:
    """im2col's matrix without a copy: what `pixels` outputs see of a strip (n, ·, depth).

    -> (p, q, n, g, M, K), K = 3·depth: the numbers at three places side by side. `parts` is g.
    """
    (picture, pixel, number), depth = strip.strides, strip.shape[2]
    M = pixels // 4 // parts
    shape = (2, 2, len(strip), parts, M, 3 * depth)
    return as_strided(strip, shape, (2 * pixel, pixel, picture, 4 * pixel * M, 4 * pixel, number))


def quarters(outputs: np.ndarray, parts: int) -> np.ndarray:
    """Outputs one after the other, (..., n, P, O), as their quarters: (..., p, q, n, g, M, O)"""
    *before, n, pixels, filters = outputs.shape
    split = outputs.reshape(*before, n, parts, pixels // 4 // parts, 2, 2, filters, copy=False)
    return np.moveaxis(split, (-3, -2), (-6, -5))


def quarters_of_planes(planes: np.ndarray, parts: int) -> np.ndarray:
    """Outputs in two planes, even columns and odd, (..., q, n, P / 2, O), as their quarters: (..., p, q, n, g, M, O)"""
    *before, q, n, pixels, filters = planes.shape
    split = planes.reshape(*before, q, n, parts, pixels // 2 // parts, 2, filters, copy=False)
    return np.moveaxis(split, -2, -6)


def together(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Two views of one array, laid out alike, as one view (2, ...): one call of NumPy then works on both."""
    step = second.ctypes.data - first.ctypes.data
    return as_strided(first, (2, *first.shape), (step, *first.strides))


def rows_inside(strip: np.ndarray, size: int) -> np.ndarray:
    """A bordered strip (n, 2, P + W + 4, C) as pictures without the border, size = H = W.

    -> (2, n, H/2, W, C): the pictures' even rows, which are the strip's odd ones, then the others.
    """
    n, _, _, channels = strip.shape
    half = size // 2
    rows = strip[:, :, : (half + 1) * (size + 2)].reshape(n, 2, half + 1, size + 2, channels, copy=False)[:, :, :, 1:-1]
    return together(rows[:, 1, :half], rows[:, 0, 1:])


def stacking(strip: np.ndarray, stacked: np.ndarray, size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The copies that make a stacked strip (n, 2, P + 2, 3·C) of a bordered one (n, 2, P + W + 4, C): where to, what.

    Three, each of whole rows, even and odd ones together. In the example above:
    a, b, c, d are themselves; a is above b, c above d, b below a, d below c; c is below b, and b above c.
    The border's places in `stacked` stay as they are: zeros.
    """
    n, half = len(strip), size // 2
    even, odd = pixels = whole_pixels(rows_inside(strip, size))  # each (n, H/2, W)
    rows = stacked[:, :, : half * (size + 2)].reshape(n, 2, half, size + 2, 3, -1, copy=False)[:, :, :, 1:-1]
    of_even, of_odd = np.moveaxis(whole_pixels(rows), (1, 4), (0, 1))  # each (3, n, H/2, W): above, itself, below
    return [
        (together(of_even[1], of_odd[1]), pixels),
        (together(of_odd[0], of_even[2]), pixels),
        (together(of_odd[2, :, :-1], of_even[0, :, 1:]), together(even[:, 1:], odd[:, :-1])),
    ]


def whole_pixels(pictures: np.ndarray) -> np.ndarray:
    """(n, H, W, C) as (n, H, W), where an item is all C numbers of a pixel: NumPy copies these several times as fast.

    The dtype is np.void, good for copying alone.
    """
    return pictures.view(np.dtype((np.void, pictures.shape[-1] * pictures.itemsize)))[..., 0]


def stacked_sources(channels: int, size: int) -> np.ndarray:
    """For each number of one picture's stacked strip, its place in the picture (C, H, W): np.take makes the strip.

    -> (2 · (P + 2) · 3 · C,) int64. In the border, where zeros are written later, it is the nearest pixel's place.
    The two places after the last row have one too, which does not matter: only outputs for nothing see them.
    """
    even_and_odd = np.arange(size, dtype=np.int64).reshape(-1, 2).T  # (e, t): the rows 2t + e
    rows = np.clip(even_and_odd[:, :, None] + [-1, 0, 1], 0, size - 1)  # (e, t, i)
    columns = np.clip(np.arange(-1, size + 1, dtype=np.int64), 0, size - 1)
    place = (np.arange(channels) * size + rows[:, :, None, :, None]) * size + columns[:, None, None]  # (e, t, w, i, c)
    after = np.zeros((2, 2, 3, channels), dtype=np.int64)
    return np.concatenate([place.reshape(2, -1, 3, channels), after], axis=1).ravel()
