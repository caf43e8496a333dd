"""The mean squared error and its gradient: how wrong, and which way."""

import numpy as np

from exercises.exercise import Exercise, Mistake, numbers
from scratchnet.numpy_nn.gradients import slope


def questions():
    return [{"y": numbers(N, M), "targets": numbers(N, M, seed=2)} for N, M in ((4, 3), (5, 1), (1, 2))]


def answer(code, y, targets):
    loss = code.MeanSquaredError()
    value, dy = loss(y, targets)
    return {"the value": value, "dy": dy, "the answer to targets of shape (N,)": _refused(loss, y, targets)}


def _refused(loss, y, targets):
    try:
        loss(y, targets[:, 0])
    except ValueError:
        return "ValueError"
    return "no ValueError"


def one_by_one(_code, y, targets):
    value, dy = 0.0, np.zeros_like(y)
    for place in np.ndindex(y.shape):
        value += (y[place] - targets[place]) ** 2 / y.size
        dy[place] = 2 * (y[place] - targets[place]) / y.size
    return {"the value": value, "dy": dy, "the answer to targets of shape (N,)": "ValueError"}


def measured(code, y, targets):
    loss = code.MeanSquaredError()
    return {"dy": slope(lambda: loss(y, targets)[0], y)}


def pytorch(_code, y, targets):
    import torch

    answers = torch.tensor(y, requires_grad=True)
    value = torch.nn.functional.mse_loss(answers, torch.from_numpy(targets))
    value.backward()
    return {"the value": value.item(), "dy": answers.grad.numpy()}


EXERCISE = Exercise(
    title="mean squared error",
    chapter=2,
    file="scratchnet/numpy_nn/losses.py",
    symbols=("MeanSquaredError.__call__",),
    asks="It gives two things: the mean of (y - targets)² over all N·M numbers, and dy, the gradient of this mean by "
    "y. Targets of another shape than y are a ValueError.",
    hints=(
        "Write L = 1/(N M) Σ (y − t)² with one number alone, L = (y − t)² / (N M). What is dL/dy?",
        "Every number of y is in one square only, so dy has the shape of y: 2 (y − t), divided by how many there are.",
        "difference = y - targets. The value is float(np.square(difference).mean()). The gradient is "
        "2 * difference / difference.size.",
    ),
    mistakes=(
        Mistake(
            "return float(np.square(difference).mean()), 2 * difference / difference.size",
            "return 2 * difference / difference.size, float(np.square(difference).mean())",
            "The gradient came first. Of the two the value is the first.",
        ),
        Mistake(
            "np.square(difference)",
            "np.abs(difference)",
            "These are the sizes of the errors. The loss is the mean of their squares.",
        ),
        Mistake(
            "np.square(difference).mean()",
            "(np.square(difference).mean() / 2)",
            "The value is half of the mean. Some books have a ½ there, so that the 2 of the slope goes; here it stays.",
        ),
        Mistake(
            "np.square(difference).mean()",
            "(np.square(difference).sum() / len(difference))",
            "The sum is divided by N alone, the number of rows. The mean is over all N·M numbers.",
        ),
        Mistake(".mean()", ".sum()", "The squares were added up. The loss is their mean: divide by N·M."),
        Mistake(
            "2 * difference / difference.size", "2 * difference", "1/(N M) is missing in dy: the value is a mean, too."
        ),
        Mistake(
            "2 * difference / difference.size",
            "2 * difference / len(difference)",
            "dy is divided by N alone, the number of rows. The mean is over all N·M numbers.",
        ),
        Mistake("2 * difference /", "difference /", "The 2 is missing in dy: the slope of d² is 2 d."),
        Mistake(
            "difference = y - targets",
            "difference = targets - y",
            "dy has the wrong sign: dL/dy is 2 (y − t), not 2 (t − y).",
        ),
        Mistake(
            "if y.shape != targets.shape:",
            "if False:",
            "y (N, 1) minus targets (N,) is (N, N), without a word from NumPy. So another shape has to be refused.",
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"adding one square at a time": one_by_one, "measured slopes": measured, "PyTorch": pytorch},
)
