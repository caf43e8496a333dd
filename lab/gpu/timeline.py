"""The picture of a few training steps: when the device works, and when it waits."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lab.gpu.kinds import FILES, LOOKS
from scratchnet.plots.style import INK

SHORT = 0.2  # of the longest lane: what is shorter is shown once more, magnified


def timeline(traces: Mapping[str, pd.DataFrame], title: str) -> Figure:
    """A lane for each trace (see trace.py), by its name, all on one axis of time."""
    ends = {name: (trace["start_us"] + trace["duration_us"]).max() for name, trace in traces.items()}
    panels = [traces]
    if short := {name: traces[name] for name, end in ends.items() if end < SHORT * max(ends.values())}:
        panels.append(short)
    figure = Figure(figsize=(12, 1.5 + 0.8 * sum(map(len, panels))), layout="constrained")
    all_axes = figure.subplots(len(panels), squeeze=False, height_ratios=[len(panel) for panel in panels])[:, 0]
    for axes, panel in zip(all_axes, panels, strict=True):
        _draw(axes, panel)
    shown = [name for name in LOOKS if any((lane["kind"] == name).any() for lane in traces.values())]
    figure.legend(handles=[Patch(label=name, **LOOKS[name]) for name in shown], loc="outside lower center", ncols=5)
    figure.suptitle(title)
    return figure


def _draw(axes: Axes, lanes: Mapping[str, pd.DataFrame]) -> None:
    for place, lane in enumerate(lanes.values()):
        for name, look in LOOKS.items():
            bars = lane.loc[lane["kind"] == name, ["start_us", "duration_us"]] / 1e3
            axes.broken_barh(list(bars.itertuples(index=False, name=None)), (place - 0.2, 0.55), linewidth=0, **look)
        ends = (lane["start_us"] + lane["duration_us"]).groupby(lane["step"]).max() / 1e3
        axes.vlines([0, *ends], place - 0.27, place + 0.42, colors=INK, linewidth=1)
        axes.text(0, place - 0.27, _told(lane, ends), va="bottom", fontsize="small")
    axes.set_yticks(range(len(lanes)), list(lanes))
    axes.yaxis.set_inverted(True)
    axes.set_xlim(left=0)
    axes.set_xlabel("milliseconds")


def _told(lane: pd.DataFrame, ends: pd.Series) -> str:
    """How long a step takes. ends: of the steps, in milliseconds."""
    files = lane.loc[lane["kind"] == FILES, "duration_us"].sum() / 1e3
    waiting = f", {files / len(ends):,.3g} ms of it waiting for files" if files else ""
    return f" {ends.iloc[-1] / len(ends):,.3g} ms a step{waiting}"
