"""Two implementations of one network, side by side.

Tables and timings come as [arch][backend], with the backends "numpy" and "pytorch".
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from scratchnet.kinds import probability_of
from scratchnet.names import BACKENDS, TUTORIAL_CNN_LOSS
from scratchnet.plots.style import COLOURS, short


def losses(tables: Mapping[str, Mapping[str, pd.DataFrame]], gaps: Mapping[str, float]) -> Figure:
    """Training and validation loss of both backends on one axis, a panel for each architecture.

    gaps: [arch], the largest difference between the backends in any epoch.
    """
    figure = Figure(figsize=(max(6, 5 * len(tables)), 4), layout="constrained")
    panels = figure.subplots(1, len(tables), sharey=True, squeeze=False)[0]
    for axes, (arch, both) in zip(panels, tables.items(), strict=True):
        for (backend, table), dash in zip(both.items(), ("-", (0, (2, 2))), strict=True):
            look = {"color": COLOURS[backend], "linestyle": dash, "linewidth": 2 if dash == "-" else 3}
            axes.plot(table["epoch"], table["train_loss"], **look, label=f"{BACKENDS[backend]}, training")
            axes.plot(table["epoch"], table["val_loss"], **look, alpha=0.45, label=f"{BACKENDS[backend]}, validation")
        axes.axhline(TUTORIAL_CNN_LOSS, color="grey", linewidth=1, linestyle=":", label="the tutorial's NumPy network")
        axes.set(title=f"{arch}: nowhere more than {gaps[arch]:.2g} apart", xlabel="epoch")
    panels[0].set_ylabel("loss")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figure.suptitle("The same network twice, from the same weights, on the same pictures")
    return figure


def epoch_seconds(timings: Mapping[str, Mapping[str, dict]]) -> Figure:
    """Seconds an epoch, the median and the quartiles over the epochs, and pictures a second."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    bars = [(arch, backend, timings[arch][backend]) for arch in timings for backend in timings[arch]]
    for place, (_, backend, timing) in enumerate(bars):
        seconds, q1, q3 = (timing[f"epoch_seconds{suffix}"] for suffix in ("", "_q1", "_q3"))
        axes.barh(place, seconds, xerr=[[seconds - q1], [q3 - seconds]], color=COLOURS[backend], height=0.7, capsize=3)
        axes.annotate(
            f"{seconds:.2f} s, {timing['images_per_second']:,.0f} pictures/s",
            (q3, place), xytext=(6, 0), textcoords="offset points", va="center",
        )  # fmt: skip
    names = [f"{arch}, {BACKENDS[backend]} on {timing['device'].upper()}" for arch, backend, timing in bars]
    axes.set_yticks(range(len(bars)), names)
    axes.invert_yaxis()
    axes.margins(x=0.4)
    axes.set(
        title="What an epoch costs",
        xlabel="seconds an epoch (training alone; median and quartiles over the epochs)",
        xlim=(0, None),
    )
    return figure


def confusion_matrices(predictions: Mapping[str, Mapping[str, pd.DataFrame]], classes: Sequence[str]) -> Figure:
    """How many test pictures of each class were taken for which. classes: by label."""
    figure = Figure(figsize=(5 * len(predictions), 3.2), layout="constrained")
    pairs = [(arch, backend) for arch in predictions for backend in predictions[arch]]
    for axes, (arch, backend) in zip(figure.subplots(1, len(pairs)), pairs, strict=True):
        table = predictions[arch][backend]
        counts = pd.crosstab(table["label"], table["predicted"]).reindex(index=classes, columns=classes, fill_value=0)
        shares = counts.div(counts.sum(axis=1), axis=0)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(counts.to_numpy()):
            shade = "white" if shares.iat[row, column] > 0.5 else "black"
            axes.text(column, row, count, ha="center", va="center", color=shade, fontsize="large")
        right = (table["label"] == table["predicted"]).mean()
        axes.set(title=f"{arch}\n{BACKENDS[backend]}: {right:.1%} right", xlabel="predicted")
        axes.set_xticks(range(2), map(short, classes))
        axes.set_yticks(range(2), map(short, classes))
        axes.spines[:].set_visible(False)
    return figure


def most_wrong(images: np.ndarray, predictions: pd.DataFrame, classes: Sequence[str], title: str) -> Figure:
    """The test pictures whose true class the network thought least likely; images (N, H, W, 3) in the table's order."""
    probability = predictions[probability_of(classes)]
    probability_of_truth = probability.where(predictions["label"] == classes[1], 1 - probability)
    worst = probability_of_truth.nsmallest(24).index
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    grid = figure.subplots(3, 8).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, index in zip(grid, worst, strict=False):
        axes.imshow(images[index])
        axes.set_title(f"{short(predictions['label'][index])}: {probability_of_truth[index]:.1%}", fontsize="small")
    figure.suptitle(title)
    return figure
