"""The vital signs of a training, by which one sees that a layer does not learn, and why."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from scratchnet.plots.style import BLUE, GREEN, ORANGE, VERMILION

SIGNS = {
    "dead_units": "dead units of the layer",
    "activation_rms": "size of activations",
    "gradient_rms": "size of gradients",
    "update_ratio": "update to weights, of an epoch",
}
COLOURS = (ORANGE, BLUE, GREEN, VERMILION)  # from the first layer to the last


def vital_signs(table: pd.DataFrame) -> Figure:
    """The four signs by epoch, a line for each layer. Of a logarithmic axis zeros are left out."""
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True).flat
    for axes, (sign, title) in zip(panels, SIGNS.items(), strict=True):
        for (layer, rows), colour in zip(table.groupby("layer", sort=False), COLOURS, strict=False):
            axes.plot(rows["epoch"], rows[sign], color=colour, marker="o" * (len(rows) < 20), markersize=3, label=layer)
        axes.set_title(title)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if sign == "dead_units":
            axes.set_ylim(-0.02, 1.02)
            axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
        elif (table[sign] > 0).any():
            axes.set_yscale("log", nonpositive="mask")
    for axes in figure.axes[2:]:
        axes.set_xlabel("epoch")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(COLOURS))
    return figure
