"""A perceptron with its points, for the page: as they were when it was trained, from the settings kept with it."""

import numpy as np

from scratchnet import points
from scratchnet.page.packed import packed, packed_all

SETTINGS = ("hidden", "epochs", "batch_size", "learning_rate", "schedule", "weight_decay", "seed")
CELLS = 160  # of the picture of the best classifier, each way
STEPS = 400  # of the true curve


def perceptron(weights: dict[str, np.ndarray], about: dict) -> dict:
    """weights: of every epoch, (epochs + 1, ...) each; about: the task and its settings, as train_mlp keeps them."""
    task = points.TASKS[about["task"]](about["noise"])
    splits = points.draw_splits(task, {name: about[name] for name in ("train", "val")}, about["seed"])
    regression = isinstance(task, points.Regression1d)
    return {
        "inputs": task.inputs,
        "outputs": task.outputs,
        "kind": "regression" if regression else "classes",
        "noise": about["noise"],
        "settings": {name: about[name] for name in SETTINGS},
        **{name: _points(split) for name, split in splits.items()},
        "weights": packed_all(weights),
        **(_curve(task) if regression else _classes(task, splits.values())),
    }


def _points(split: points.Points) -> dict[str, dict]:
    labels = split.labels if split.labels.ndim == 2 else split.labels.astype(np.uint8)
    return {"x": packed(split.x), "labels": packed(labels)}


def _curve(task: points.Regression1d) -> dict:
    """The function behind the points, and the range of x."""
    x = np.linspace(task.low, task.high, STEPS + 1)
    best = {"x": packed(x), "y": packed(task.f(x))}
    return {"low": task.low, "high": task.high, "best": best, "least_loss": task.limit()["bayes_loss"]}


def _classes(task, splits) -> dict:
    """The square that holds the points, |x| < extent, and what the Bayes classifier answers in it.

    best (CELLS, CELLS) uint8: row 0 is the lowest x₂, as square_grid has it.
    """
    extent = max(float(np.abs(split.x).max()) for split in splits)
    answers = task.densities(points.square_grid(extent, CELLS)).argmax(axis=1)
    best = packed(answers.reshape(CELLS, CELLS).astype(np.uint8))
    return {"extent": extent, "best": best, "least_loss": _least_loss(task)}


def _least_loss(task, cells: int = 400) -> float:
    """1/K Σₖ ∫ −p(x | k) log p(k | x) dx: the cross-entropy of the Bayes classifier, by the midpoint rule."""
    p = task.densities(points.square_grid(task.extent, cells))  # (cells², K)
    total = p.sum(axis=1, keepdims=True)
    surprise = np.log(total, where=p > 0, out=np.zeros_like(p)) - np.log(p, where=p > 0, out=np.zeros_like(p))
    return float((p * surprise).sum() / p.shape[1] * (2 * task.extent / cells) ** 2)
