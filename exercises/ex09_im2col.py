"""The convolution as one matrix product: im2col."""

import numpy as np

from exercises.exercise import Exercise, Mistake, numbers
from scratchnet.numpy_nn import loops

CASES = (  # shape of W, shape of x, stride, padding
    ((2, 3, 3, 3), (2, 3, 4, 5), 1, 1),
    ((2, 2, 2, 3), (1, 2, 6, 7), 2, 0),
    ((3, 2, 1, 4), (2, 2, 5, 4), 1, 2),
)


def questions():
    return [
        {"x": numbers(*x), "W": numbers(*W, seed=2), "b": numbers(W[0], seed=3), "stride": stride, "padding": padding}
        for W, x, stride, padding in CASES
    ]


def answer(code, x, W, b, stride, padding):
    layer = code.Conv2d(W, b, stride, padding)
    y = layer.forward(x)
    kept = {f"self.{name}": getattr(layer, name, None) for name in ("_cols", "_padded_shape")}
    return {"y": y} | kept


def in_loops(_code, x, W, b, stride, padding):
    """Column p = (r, s) of a picture lists, in the order (c, i, j), what output pixel (r, s) sees."""
    y, around = loops.conv2d(x, W, b, stride, padding), [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    padded, (_, C, kh, kw), (N, _, rows, columns) = np.pad(x, around), W.shape, y.shape
    cols = np.zeros((N, C * kh * kw, rows * columns), dtype=x.dtype)
    for n, r, s in np.ndindex(N, rows, columns):
        seen = padded[n, :, stride * r : stride * r + kh, stride * s : stride * s + kw]
        cols[n, :, r * columns + s] = seen.ravel()
    return {"y": y, "self._cols": cols, "self._padded_shape": padded.shape}


def pytorch(_code, x, W, b, stride, padding):
    import torch

    return {"y": torch.nn.functional.conv2d(*map(torch.from_numpy, (x, W, b)), stride, padding).numpy()}


EXERCISE = Exercise(
    title="Conv2d, forward: im2col",
    chapter=7,
    file="scratchnet/numpy_nn/layers.py",
    symbols=("Conv2d.forward",),
    asks="forward(x) gives y (N, O, H', W') by matrix products. Keep two things for backward: self._cols (N, K, P), "
    "whose column p lists what output pixel p sees in the order (c, i, j), and self._padded_shape, the shape of "
    "x with its padding. self._stride and self._padding are given.",
    hints=(
        "np.pad puts the zeros around x. _taps(padded, (kh, kw), stride), at the end of the file, gives for each "
        "place (i, j) of the filter the pixels that it falls on: a view (N, C, H', W').",
        "Fill an array (N, C, kh, kw, H', W') of x's dtype, cols[:, :, i, j] = seen. Reshaped to (N, C·kh·kw, H'·W') "
        "it is self._cols.",
        "W as (O, C·kh·kw) times self._cols is (N, O, P). Add the bias to every pixel, b[:, None], and reshape to "
        "(N, O, H', W').",
    ),
    mistakes=(
        Mistake(
            "cols[:, :, i, j] = seen",
            "cols[:, :, j, i] = seen",
            "Rows and columns of the filter are exchanged: place (i, j) of W meets the pixel of place (j, i).",
        ),
        Mistake(
            "((0, 0), (0, 0), (p, p), (p, p))",
            "((0, 0), (0, 0), (0, 2 * p), (0, 2 * p))",
            "The padding is not on both sides. The picture has to lie in the middle of its zeros.",
        ),
        Mistake(
            "((0, 0), (0, 0), (p, p), (p, p))",
            "p",
            "np.pad(x, p) puts zeros around all four axes. Name each: ((0, 0), (0, 0), (p, p), (p, p)).",
        ),
        Mistake(
            "        height, width = _output_size(padded.shape, (kh, kw), self._stride)\n"
            "        cols = np.empty((len(x), channels, kh, kw, height, width), dtype=x.dtype)\n"
            "        for i, j, seen in _taps(padded, (kh, kw), self._stride):",
            "        height, width = _output_size(padded.shape, (kh, kw), 1)\n"
            "        cols = np.empty((len(x), channels, kh, kw, height, width), dtype=x.dtype)\n"
            "        for i, j, seen in _taps(padded, (kh, kw), 1):",
            "The filter moves by one pixel each time. It should move by self._stride.",
        ),
        Mistake(
            ".reshape(filters, -1) @",
            " @",
            "W still has four axes. The product wants it as (O, K): reshape(filters, -1).",
        ),
        Mistake(
            'y += self.params["b"][:, None]',
            'y += self.params["b"]',
            "b (O,) is laid along the pixels, the last axis. It belongs along the filters: b[:, None] is (O, 1).",
        ),
        Mistake(
            'y += self.params["b"][:, None]',
            'y = y + self.params["b"]',
            "The bias meets the pixels, the last axis, instead of the filters: b[:, None] is (O, 1).",
        ),
        Mistake('y += self.params["b"][:, None]', "", "The bias is missing: every pixel of filter o gets b[o]."),
        Mistake(", dtype=x.dtype", "", "float64 creeps in: np.empty makes float64 unless it is told dtype=x.dtype."),
        Mistake(
            "cols.reshape(len(x), channels * kh * kw, height * width)",
            "cols.transpose(0, 2, 3, 1, 4, 5).reshape(len(x), channels * kh * kw, height * width)",
            "A column lists (i, j, c), and W is read as (c, i, j). Both need one order.",
        ),
        Mistake(
            "self._padded_shape = padded.shape",
            "self._padded_shape = x.shape",
            "What is kept is the shape of x. backward needs it with the padding.",
        ),
        Mistake(
            "np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))",
            "x",
            "The padding is missing: self._padding zeros belong on every side of the picture.",
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"loops.py": in_loops, "PyTorch": pytorch},
)
