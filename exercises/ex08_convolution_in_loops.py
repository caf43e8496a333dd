"""A convolution, one multiplication at a time."""

from exercises.exercise import Exercise, Mistake, numbers
from scratchnet.numpy_nn import layers, loops

CASES = (  # shape of W, shape of x, stride, padding
    ((2, 3, 3, 3), (2, 3, 4, 5), 1, 1),
    ((2, 2, 2, 3), (1, 2, 6, 7), 2, 0),
    ((1, 1, 3, 3), (1, 1, 3, 3), 1, 0),
)


def questions():
    return [
        {"x": numbers(*x), "W": numbers(*W, seed=2), "b": numbers(W[0], seed=3), "stride": stride, "padding": padding}
        for W, x, stride, padding in CASES
    ]


def answer(code, x, W, b, stride, padding):
    return {"y": code.conv2d(x, W, b, stride, padding)}


def in_loops(_code, x, W, b, stride, padding):
    return {"y": loops.conv2d(x, W, b, stride, padding)}


def as_matrices(_code, x, W, b, stride, padding):
    return {"y": layers.Conv2d(W, b, stride, padding).forward(x)}


def pytorch(_code, x, W, b, stride, padding):
    import torch

    return {"y": torch.nn.functional.conv2d(*map(torch.from_numpy, (x, W, b)), stride, padding).numpy()}


EXERCISE = Exercise(
    title="the convolution in loops",
    chapter=6,
    file="scratchnet/numpy_nn/loops.py",
    symbols=("conv2d",),
    asks="conv2d gives y[n, o, r, s] = b[o] + Σ W[o, c, i, j] · x[n, c, stride·r + i − padding, stride·s + j − "
    "padding], the sum over c, i, j. Beyond the edge x is 0. _conv2d_shape(x, W, stride, padding) is the shape "
    "of y; y has the dtype of x.",
    hints=(
        "Two loops: for every place (n, o, r, s) of y, and in it for every place (c, i, j) of a filter. np.ndindex "
        "gives them.",
        "The row of x is stride * r + i - padding. Above and to the left of the picture it is negative, and x[-1] "
        "would be the last row: look first whether row and column lie inside.",
        "for n, o, r, s in np.ndindex(y.shape): y[n, o, r, s] = b[o]; then for c, i, j in np.ndindex(W.shape[1:]): "
        "where 0 <= row < x.shape[2] and 0 <= column < x.shape[3], add W[o, c, i, j] * x[n, c, row, column].",
    ),
    mistakes=(
        Mistake(
            "0 <= row < x.shape[2] and 0 <= column < x.shape[3]",
            "row < x.shape[2] and column < x.shape[3]",
            "A negative row or column counts from the other end in Python. Beyond the edge x is 0: leave it out.",
        ),
        Mistake(
            "0 <= row < x.shape[2] and 0 <= column < x.shape[3]",
            "True",
            "The filter reaches beyond the edge of x, where no number is. There x counts as 0: look first whether row "
            "and column lie inside, or put a frame of zeros around x.",
        ),
        Mistake(
            "0 <= row < x.shape[2] and 0 <= column < x.shape[3]",
            "0 < row < x.shape[2] and 0 < column < x.shape[3]",
            "Row 0 and column 0 are left out. They are part of the picture: 0 <= row.",
        ),
        Mistake(
            "y[n, o, r, s] = b[o]",
            "y[n, o, r, s] = b[o] * W[o].size",
            "The bias was added with every product. It is added once for each number of y.",
        ),
        Mistake(
            "x[n, c, row, column]",
            "np.pad(x, padding)[n, c, row + padding, column + padding]",
            "np.pad(x, p) puts zeros around all four axes, also before the first picture and the first channel. Rows "
            "and columns alone: ((0, 0), (0, 0), (p, p), (p, p)).",
        ),
        Mistake(
            "np.ndindex(W.shape[1:])",
            "np.ndindex(1, *W.shape[2:])",
            "Only channel 0 was read. The sum goes over all channels c of x.",
        ),
        Mistake(
            "np.zeros(_conv2d_shape(x, W, stride, padding)",
            "np.zeros(tuple(np.subtract(_conv2d_shape(x, W, stride, padding), (0, 0, 1, 1)))",
            "y lacks a row and a column. Places are counted from 0, so the size is ⌊(H + 2p − kh) / stride⌋ + 1.",
        ),
        Mistake("y[n, o, r, s] = b[o]", "pass", "The bias is missing: every number of filter o begins with b[o]."),
        Mistake(
            "W[o, c, i, j] * x",
            "W[o, c, -1 - i, -1 - j] * x",
            "The filter is upside down. Mathematicians turn it, and call the other way cross-correlation; networks "
            "never do.",
        ),
        Mistake(
            "row, column = stride * r + i - padding, stride * s + j - padding",
            "row, column = r + i - padding, s + j - padding",
            "The stride is missing: from one number of y to the next the filter moves `stride` pixels.",
        ),
        Mistake("y[n, o, r, s] += W", "y[n, o, r, s] = W", "Only the last product is left. A sum needs +=."),
        Mistake(", dtype=x.dtype", "", "float64 creeps in: np.zeros makes float64 unless it is told dtype=x.dtype."),
    ),
    questions=questions,
    answer=answer,
    oracles={"the project's own loops": in_loops, "one matrix product": as_matrices, "PyTorch": pytorch},
)
