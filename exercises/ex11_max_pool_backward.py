"""The backward pass of max-pooling: the winner takes the gradient."""

import numpy as np

from exercises.exercise import Exercise, Mistake, numbers
from scratchnet.numpy_nn import loops
from scratchnet.numpy_nn.gradients import slope


def questions():
    """The second one has ties in nearly every window. Of the third a row is in no window."""
    few = np.random.default_rng(2).integers(0, 2, (1, 2, 4, 6)).astype(np.float64)
    return [
        {"x": numbers(2, 3, 4, 6), "dy": numbers(2, 3, 2, 3), "size": 2},
        {"x": few, "dy": numbers(1, 2, 2, 3), "size": 2},
        {"x": numbers(1, 1, 7, 6), "dy": numbers(1, 1, 2, 2), "size": 3},
    ]


def answer(code, x, dy, size):
    layer = code.MaxPool2d(size)
    layer.forward(x)
    return {"dx": layer.backward(dy)}


def in_loops(_code, x, dy, size):
    return {"dx": loops.max_pool2d_backward(x, dy, size)}


def measured(code, x, dy, size):
    layer = code.MaxPool2d(size)
    ties = len(np.unique(x)) < x.size  # where there is a corner, and no slope
    return {} if ties else {"dx": slope(lambda: float((layer.forward(x) * dy).sum()), x)}


def pytorch(_code, x, dy, size):
    import torch

    inputs = torch.tensor(x, requires_grad=True)
    torch.nn.functional.max_pool2d(inputs, size).backward(torch.from_numpy(dy))
    return {"dx": inputs.grad.numpy()}


EXERCISE = Exercise(
    title="MaxPool2d, backward",
    chapter=7,
    file="scratchnet/numpy_nn/layers.py",
    symbols=("MaxPool2d.backward",),
    asks="backward(dy) gives dx: dy at the one pixel of each window that won, 0 elsewhere. Of equal pixels the first "
    "in row-major order wins. forward has kept x in self._x and y in self._y. A loop over all windows is right, too, "
    "but takes hours in a training.",
    hints=(
        "A pixel has won where it equals its window's y. _taps(x, self._window, self._size) gives all pixels of one "
        "place of the windows together, as a view with the shape of y.",
        "Two pixels of a window may equal y. Keep an array of the dy that nobody has taken yet. Who wins takes it, "
        "and leaves 0.",
        "unclaimed = dy.copy(). Go through _taps of self._x and of dx side by side, with zip. won = unclaimed * "
        "(seen == self._y); put won into the view of dx, dseen[...] = won, and take it away: unclaimed -= won.",
    ),
    mistakes=(
        Mistake(
            "            unclaimed -= won\n",
            "",
            "All of a tie win: every pixel that equals the maximum gets dy. It is the first alone.",
        ),
        Mistake(
            "won = unclaimed * (seen == self._y)",
            "won = unclaimed / self._size**2",
            "Every pixel of a window gets something. That is average pooling; here the winner takes all.",
        ),
        Mistake(
            "unclaimed = dy.copy()",
            "unclaimed = dy",
            "dy is changed in place: what was taken is taken from the caller's array.",
        ),
        Mistake(
            "np.zeros_like(self._x)",
            "np.zeros(self._x.shape)",
            "float64 creeps in: np.zeros makes float64, np.zeros_like keeps the dtype.",
        ),
        Mistake(
            "for (_, _, seen), (_, _, dseen) in pairs:",
            "for (_, _, seen), (_, _, dseen) in reversed(list(pairs)):",
            "Of equal pixels the last one wins. It is the first, in row-major order.",
        ),
        Mistake(
            "dseen[...] = won",
            "dseen = won",
            "dx stays 0: dseen = ... gives the name to another array. dseen[...] = ... writes into the view.",
        ),
        Mistake(
            "dseen[...] = won",
            "dseen[...] = won != 0",
            "The winners get 1. They get dy: the gradient is passed on, not made anew.",
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"loops.py": in_loops, "measured slopes": measured, "PyTorch": pytorch},
)
