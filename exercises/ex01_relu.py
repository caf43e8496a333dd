"""ReLU, forward and backward: the fold."""

import numpy as np

from exercises.exercise import Exercise, Mistake, numbers
from scratchnet.numpy_nn.gradients import slope


def questions():
    x = numbers(3, 4)
    with_zeros = np.where(numbers(2, 3, 4) > 0.5, 0.0, numbers(2, 3, 4, seed=2))
    return {"x": x, "dy": numbers(3, 4, seed=3)}, {"x": with_zeros, "dy": numbers(2, 3, 4, seed=3)}


def answer(code, x, dy):
    layer = code.ReLU()
    return {"y": layer.forward(x), "dx": layer.backward(dy)}


def one_by_one(_code, x, dy):
    y, dx = np.zeros_like(x), np.zeros_like(x)
    for place in np.ndindex(x.shape):
        if x[place] > 0:
            y[place], dx[place] = x[place], dy[place]
    return {"y": y, "dx": dx}


def measured(code, x, dy):
    """At 0 itself there is a corner, and no slope: the zeros stay out."""
    away, layer = np.where(x == 0, 1.0, x), code.ReLU()
    dx = slope(lambda: float((layer.forward(away) * dy).sum()), away)
    return {"dx": np.where(x == 0, 0.0, dx)}


def pytorch(_code, x, dy):
    import torch

    inputs = torch.tensor(x, requires_grad=True)
    y = torch.relu(inputs)
    y.backward(torch.from_numpy(dy))
    return {"y": y.detach().numpy(), "dx": inputs.grad.numpy()}


EXERCISE = Exercise(
    title="ReLU",
    chapter=1,
    file="scratchnet/numpy_nn/layers.py",
    symbols=("ReLU.forward", "ReLU.backward"),
    asks="forward(x) gives max(x, 0) for arrays of any shape. backward(dy) gives dx: dy where x was positive, else 0.",
    hints=(
        "backward does not get x. What does forward have to remember for it?",
        "Where x > 0 the slope of y is 1, everywhere else it is 0, also at x = 0. dx is dy times this slope.",
        "forward: keep `x > 0`, an array of True and False, in self, and return np.maximum(x, 0). "
        "backward: multiply dy by what was kept.",
    ),
    mistakes=(
        Mistake(
            "return dy * self._positive",
            "return dy",
            "The gradient passes everywhere. Where x is not positive, y stays 0 whatever x does, so dx is 0 there.",
        ),
        Mistake(
            "return dy * self._positive",
            "return np.maximum(dy, 0)",
            "It is dy that was cut off at 0. Whether the gradient passes depends on x, not on dy.",
        ),
        Mistake(
            "x > 0", "x >= 0", "At x = 0 the gradient passes. The project counts 0 as folded, as PyTorch does: dx is 0."
        ),
        Mistake("np.maximum(x, 0)", "np.maximum(x, 0, out=x)", "forward writes into x. It has to make a new array."),
        Mistake("np.maximum(x, 0)", "np.abs(x)", "Negative numbers were turned around. ReLU makes them 0."),
        Mistake(
            "x > 0",
            "(x > 0).astype(np.float64)",
            "float64 creeps in with what forward keeps. A bool array times dy has the dtype of dy.",
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"comparing one number at a time": one_by_one, "measured slopes": measured, "PyTorch": pytorch},
)
