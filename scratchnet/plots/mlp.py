"""What a two-layer perceptron has learned: a curve made of hinges, or the border between classes."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure

from scratchnet.numpy_nn.networks import Network
from scratchnet.plots.style import BLUE, CLASS_COLOURS, GREY, INK, ORANGE, TRAIN, VAL, VERMILION
from scratchnet.points import Points, Regression1d, square_grid

CELLS = 240  # of a decision picture, each way


def loss_curves(table: pd.DataFrame, limit: Mapping[str, float], tutorial: pd.DataFrame | None = None) -> Figure:
    """Training and validation loss by epoch, beside the tutorial's and the least possible where they are known."""
    figure = Figure(figsize=(6.5, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.plot(table["epoch"], table["train_loss"], color=TRAIN, label="training")
    axes.plot(table["epoch"], table["val_loss"], color=VAL, label="validation")
    if tutorial is not None:
        axes.plot(tutorial["epoch"], tutorial["tutorial_loss"], "o", color=VERMILION, label="the tutorial's, training")
    if limit.get("bayes_loss"):
        axes.axhline(limit["bayes_loss"], color=GREY, linestyle=":", label="variance of the noise")
    axes.set(xlabel="epoch", ylabel="loss", yscale="linear" if tutorial is None else "log")
    axes.legend()
    return figure


def fitted_curve(network: Network, task: Regression1d, points: Points) -> Figure:
    """The points, the function behind them, the network's answer, and where each hidden unit folds it.

    Hidden unit h is a hinge at x = −b[h] / W[h]; there the slope of the answer changes by |W[h]| · V[h].
    """
    x = np.linspace(task.low, task.high, 801, dtype=np.float32)[:, None]
    figure = Figure(figsize=(7.5, 5), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    upper.plot(points.x, points.labels, ".", color=GREY, alpha=0.35, markeredgewidth=0, label="training points")
    upper.plot(x, task.f(x), color=ORANGE, linewidth=5, alpha=0.6, label="the true f")
    upper.plot(x, network.forward(x), color=BLUE, linewidth=1.5, label="the network")
    upper.set(ylabel="y")
    upper.legend(loc="upper center")
    _hinges(lower, network, task)
    return figure


def _hinges(axes: Axes, network: Network, task: Regression1d) -> None:
    W, b, V = (network.params[name].ravel() for name in ("fc1.W", "fc1.b", "fc2.W"))
    place, bend = -b / W, np.abs(W) * V
    inside = (task.low < place) & (place < task.high)
    axes.vlines(place[inside], 0, bend[inside], color=BLUE, linewidth=1.2)
    axes.plot(place[inside], bend[inside], "o", color=BLUE, markersize=3)
    axes.axhline(0, color=GREY, linewidth=0.8)
    for true in task.folds:
        axes.axvline(true, color=ORANGE, linewidth=5, alpha=0.6, zorder=0)
    axes.set(xlabel="x", ylabel="change of slope")
    axes.set_title(f"where {inside.sum()} of {len(W)} hidden units fold the curve; orange: where f does", color=INK)


def decision_boundaries(networks: Mapping[int, Network], task, points: Points) -> Figure:
    """The classes that the network answers after some epochs; the line is the border of the best classifier."""
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    panels = list(figure.subplots(2, 3, sharex=True, sharey=True).flat)
    extent = float(np.abs(points.x).max())
    grid = square_grid(extent, CELLS)
    for axes in panels:
        axes.set_axis_off()
    for axes, (epoch, network) in zip(panels, networks.items(), strict=False):
        answers = network.forward(grid.astype(np.float32)).argmax(axis=1).reshape(CELLS, CELLS)
        colours = to_rgba_array(CLASS_COLOURS)[answers]  # (CELLS, CELLS, 4)
        axes.imshow(colours, origin="lower", extent=(-extent, extent, -extent, extent), alpha=0.35)
        axes.scatter(*points.x.T, s=5, c=np.array(CLASS_COLOURS)[points.labels], linewidths=0)
        _best_border(axes, task.densities(grid), extent)
        axes.set_title(f"epoch {epoch}")
    figure.suptitle("How the border forms; the line is the border of the best possible classifier")
    return figure


def _best_border(axes: Axes, densities: np.ndarray, extent: float) -> None:
    """Where the likeliest class changes: each class leads the others by 0."""
    posterior = densities / densities.sum(axis=1, keepdims=True)
    for k in range(posterior.shape[1]):
        lead = posterior[:, k] - np.delete(posterior, k, axis=1).max(axis=1)
        middle = np.linspace(-extent, extent, CELLS)
        axes.contour(middle, middle, lead.reshape(CELLS, CELLS), levels=[0], colors=INK, linewidths=1.2)
