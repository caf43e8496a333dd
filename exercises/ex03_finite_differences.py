"""A gradient measured by finite differences: the check of all that is derived by hand."""

import numpy as np

from exercises.exercise import Exercise, Mistake, numbers


def questions():
    """The function is Σ a x³. Its step is large, so that the two ways of taking a difference differ much."""
    return [
        {"x": numbers(*shape), "a": numbers(*shape, seed=2), "step": step}
        for shape, step in (((2, 3), 0.1), ((4,), 0.5))
    ]


def answer(code, x, a, step):
    own = x.copy()
    dx = code.slope(lambda: float((a * own**3).sum()), own, step)
    put_back = "as it was" if np.array_equal(own, x) else "changed"
    fine = code.slope(lambda: float(np.sin(own).sum()), own) if own.dtype == np.float64 else None
    return {"dx": dx, "x, after the measurement,": put_back, "dx with the step that is the default": fine}


def by_hand(_code, x, a, step):
    """((x + h)³ − (x − h)³) / 2h = 3 x² + h²"""
    return {
        "dx": a * (3 * x**2 + step**2),
        "x, after the measurement,": "as it was",
        "dx with the step that is the default": np.cos(x),
    }


def pytorch(_code, x, **_):
    import torch

    inputs = torch.tensor(x, requires_grad=True)
    torch.sin(inputs).sum().backward()
    return {"dx with the step that is the default": inputs.grad.numpy()}


EXERCISE = Exercise(
    title="the slope, measured",
    chapter=2,
    file="scratchnet/numpy_nn/gradients.py",
    symbols=("slope",),
    asks="slope(f, x, step) gives dx, of the shape and dtype of x: how much f() grows when one number of x does. "
    "f takes no argument. It reads x, so change x in place, call f, and put x back.",
    hints=(
        "For each number of x, one after the other: a step up, f(), a step down, f(). np.ndindex(x.shape) gives all "
        "places.",
        "The two values of f lie 2·step apart, so the slope is their difference divided by 2·step.",
        "Keep the number: kept = x[place]. Set x[place] = kept + step and call f, set it to kept - step and call f, "
        "set it to kept. Fill np.zeros_like(x) with (above - below) / (2 * step).",
    ),
    mistakes=(
        Mistake("/ (2 * step)", "/ step", "It is divided by step. From x − step to x + step it is 2·step."),
        Mistake(
            "above = f()",
            "above = f(x)",
            "f takes no argument. It reads x itself: change x[place], then call f().",
        ),
        Mistake(
            "kept = x[place]",
            "x = x.copy(); kept = x[place]",
            "A copy was changed, and f reads the array that was handed over. Change that one, and put it back.",
        ),
        Mistake(
            "np.ndindex(x.shape)",
            "range(len(x))",
            "A whole row of x takes the step at once. The gradient asks for each number alone: np.ndindex(x.shape).",
        ),
        Mistake(
            "x[place] = kept - step\n        dx[place] = (above - f()) / (2 * step)",
            "x[place] = kept\n        dx[place] = (above - f()) / step",
            "This is one step aside: (f(x + step) − f(x)) / step. Its error shrinks with step only. Central "
            "differences go to x − step as well, and their error shrinks with step².",
        ),
        Mistake(
            "x[place] = kept - step",
            "x[place] = kept",
            "The lower of the two values is taken at x itself. Then it is one step from there, not two.",
        ),
        Mistake(
            "dx[place] = (above - f()) / (2 * step)\n        x[place] = kept",
            "dx[place] = (above - f()) / (2 * step)",
            "x is not put back: every further number is measured at another place than the first.",
        ),
        Mistake(
            "x[place] = kept + step",
            "x += step",
            "All numbers of x take the step together. The gradient asks for each alone: x[place].",
        ),
        Mistake(
            "(above - f())",
            "(f() - above)",
            "The sign is wrong: it is what f is above, minus what it is below, not the other way.",
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"the formula of Σ a x³ and of Σ sin x": by_hand, "PyTorch": pytorch},
)
