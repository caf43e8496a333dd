"""Whether it means something how sure a network is."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from scratchnet.calibration import by_chance, expected_calibration_error, standard_errors
from scratchnet.plots.style import BLUE, GREY


def reliability(table: pd.DataFrame, title: str) -> Figure:
    """Accuracy by confidence, and below how many pictures each bin has; table: of `calibration`.

    A grey bar holds 19 of 20 accuracies that a bin would have if the confidence were meant as it is said.
    """
    figure = Figure(figsize=(4.6, 5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    confidence, spread = table["mean_confidence"], 2 * standard_errors(table)
    low, high = (confidence - spread).clip(lower=0), (confidence + spread).clip(upper=1)
    above.plot([0.5, 1], [0.5, 1], color=GREY, linewidth=1, linestyle="--", label="right as often as sure")
    above.vlines(confidence, low, high, color=GREY, alpha=0.4, linewidth=6, label="chance alone")
    above.plot(confidence, table["accuracy"], color=BLUE, marker="o", markersize=6, label="the network")
    above.set(ylabel="right", ylim=(min(0.5, low.min(), table["accuracy"].min()) - 0.04, 1.04))
    above.legend(loc="lower right")
    figures = f"{expected_calibration_error(table):.3f} (by chance alone: about {by_chance(table):.3f})"
    above.set_title(f"{title}\ncalibration error {figures}")
    width = table["confidence_high"] - table["confidence_low"]
    bars = below.bar(table["confidence_low"], table["pictures"], 0.9 * width, align="edge", color=BLUE)
    below.bar_label(bars, padding=1)
    below.margins(y=0.4)  # for the numbers
    below.set(ylabel="pictures", yticks=(), xlabel="how sure the network is", xlim=(0.49, 1.01))
    for axis in (above.yaxis, below.xaxis):
        axis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    return figure
