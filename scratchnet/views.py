"""Pictures seen otherwise: larger or smaller, turned, brighter or darker, with a patch left out.

A network that sees every picture a little differently in each epoch cannot learn the pictures by heart. All is drawn
once outside of the backends. All is computed in integers: so NumPy and PyTorch give the same pixels to the bit.

A view is ten whole numbers, int64. Distances are in 65536ths of a pixel, gains in 64ths:

    a, b, c, d, e, f    pixel (i, j) of the new picture lies at row a·i + b·j + e, column c·i + d·j + f, of the old one
    gain                what the pixel is then multiplied with
    top, left, side     of the patch, in pixels; it may begin above the picture, or left of it

Between four pixels the value is their mean, the nearer ones counting more (bilinear interpolation). Beyond the edge the
edge is repeated. The patch gets the mean colour, which normalisation turns into 0:
DeVries & Taylor 2017, "Improved Regularization of Convolutional Neural Networks with Cutout", arXiv:1708.04552.
"""

import math

import numpy as np

ONE = 1 << 16  # a pixel's width
GAIN = 1 << 6  # a gain of 1; at most four times as much fits
AS_IT_IS = np.array([[ONE, 0, 0, ONE, 0, 0, GAIN, 0, 0, 0]], dtype=np.int64)


def draw_views(rng: np.random.Generator, count: int, size: int, params) -> np.ndarray:
    """(count, 10) int64 for pictures of size × size pixels, half of them mirrored left to right.

    params: of the section `strong` of params.yaml: what a view may differ by at most, zoom and gain as a factor either
    way. They are drawn evenly: zoom and gain on a logarithmic scale.
    """
    angle = np.deg2rad(rng.uniform(-params.rotation, params.rotation, count))
    zoom = np.exp(rng.uniform(-1, 1, (count, 1, 1)) * math.log(params.zoom))
    stretch = np.exp(rng.uniform(-1, 1, count) * math.log(params.stretch) / 2)
    mirror = np.where(rng.random(count) < 0.5, -1.0, 1.0)
    shift = rng.uniform(-params.shift, params.shift, (count, 2))
    gain = np.exp(rng.uniform(-1, 1, count) * math.log(params.brightness))
    corner = rng.integers(-(params.patch // 2), size - params.patch // 2, (count, 2))

    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.stack([np.stack([cos * stretch, -sin * stretch], 1), np.stack([sin, cos], 1) / stretch[:, None]], 1)
    turned = turned / zoom * np.stack([np.ones(count), mirror], 1)[:, None, :]  # (count, 2, 2)
    middle = np.full(2, (size - 1) / 2)  # stays where it is, but for the shift
    start = middle - turned @ middle + shift
    place = np.concatenate([turned.reshape(count, 4), start], axis=1)
    side = np.full((count, 1), params.patch)
    numbers = np.concatenate([place * ONE, gain[:, None] * GAIN, corner, side], axis=1)
    return np.rint(numbers).astype(np.int64)


def seen(pictures: np.ndarray, views: np.ndarray, fill: np.ndarray) -> np.ndarray:
    """pictures (N, H, W, 3) uint8, views (N, 10) int64 -> (N, H, W, 3) uint8. fill (3,) uint8: of patches."""
    count, height, width, _ = pictures.shape
    packed = np.zeros((count, height * width, 4), dtype=np.uint8)  # a pixel is one number: taken four times as fast
    packed[..., :3] = pictures.reshape(count, -1, 3)
    pixels = packed.view(np.uint32)[..., 0]
    out = np.empty_like(pictures)
    i, j = np.arange(height, dtype=np.int32)[:, None], np.arange(width, dtype=np.int32)
    for n, (a, b, c, d, e, f, gain, top, left, side) in enumerate(views.tolist()):
        rows = np.clip(a * i + b * j + e, 0, (height - 1) * ONE)
        columns = np.clip(c * i + d * j + f, 0, (width - 1) * ONE)
        out[n] = _interpolated(pixels[n], rows, columns, gain)
        out[n, max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)] = fill
    return out


def _interpolated(pixels: np.ndarray, rows: np.ndarray, columns: np.ndarray, gain: int) -> np.ndarray:
    """pixels (H·W,) uint32; rows, columns (H, W) in 65536ths -> (H, W, 3) uint16, as `seen` has them.

    No number is larger than 255 · 256 + 128, so all fit uint16.
    """
    height, width = rows.shape
    place = (rows >> 16) * width + (columns >> 16)
    down, right = ((part >> 8 & 255).astype(np.uint16)[..., None] for part in (rows, columns))  # in 256ths
    below = np.where(rows >> 16 < height - 1, width, 0)
    beside = np.where(columns >> 16 < width - 1, 1, 0)

    def at(places: np.ndarray) -> np.ndarray:
        return pixels.take(places).view(np.uint8).reshape(height, width, 4)

    def between(one: np.ndarray, other: np.ndarray, part: np.ndarray) -> np.ndarray:
        return (one * (256 - part) + other * part + 128) >> 8

    upper = between(at(place), at(place + beside), right)
    lower = between(at(place + below), at(place + below + beside), right)
    return np.minimum(between(upper, lower, down)[..., :3] * np.uint16(gain) >> 6, 255)
