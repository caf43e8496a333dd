"""How fast each implementation is, as pictures: the ladder, the roofline, and the sweep over scale.

`measured` is what metrics/benchmark.json holds (report.metrics), `swept` the table of sweep.sweep.
"""

from collections.abc import Mapping
from itertools import cycle
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from lab.benchmark.rungs import measured_rungs, where
from lab.benchmark.sweep import AXES
from scratchnet.markdown import digits
from scratchnet.names import PLAIN
from scratchnet.plots.style import BLUE, COLOURS, GREY, INK, ORANGE

LOOKS = {"one_conv": (ORANGE, "o"), "two_conv": (BLUE, "s")}
SMALL_PRINT = 160  # characters of a line
NAMES_APART = 0.06  # of the axis' height
FLOPS_A_BYTE = (1, 8000)  # what the rooflines show
SECOND = 1000  # milliseconds


def ladder(measured: Mapping) -> Figure:
    """Pictures a second of every rung, a panel for each architecture."""
    rungs = {arch: measured_rungs(measured[arch]) for arch in PLAIN}
    figure = Figure(figsize=(12, 2.2 + 0.4 * max(map(len, rungs.values()))), layout="constrained")
    panels = figure.subplots(1, len(rungs), sharex=True, sharey=True)
    for axes, arch in zip(panels, PLAIN, strict=True):
        _bars(axes, rungs[arch])
        ratio = measured[arch]["ratio"]["numpy_over_pytorch_cpu"]
        axes.set_title(f"{arch}: fast NumPy is {ratio:.2f} times as fast as PyTorch")
    panels[0].yaxis.set_inverted(True)
    lowest, highest = panels[0].get_xlim()
    panels[0].set_xlim(lowest, highest * (highest / lowest) ** 0.6)  # room for the figures
    figure.suptitle("One network, ever faster: pictures a second in training")
    figure.supxlabel(_small_print(measured), fontsize="small")
    return figure


def _bars(axes: Axes, rungs: list[Mapping]) -> None:
    for place, rung in enumerate(rungs):
        speed = rung["images_per_second"]
        axes.barh(place, speed, color=_colour(rung), height=0.7)
        axes.annotate(
            f"{digits(speed)} a second, {_duration(rung['step_ms'])} a step",
            (speed, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize="small",
        )  # fmt: skip
    names = [f"{rung['label']}{'*' if 'measured' in rung else ''}\n{where(rung)}" for rung in rungs]
    axes.set_yticks(range(len(rungs)), names, fontsize="small")
    axes.set(xscale="log", xlabel="pictures a second")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda speed, _: f"{speed:,.0f}" if speed >= 1 else f"{speed:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(axis="x", labelsize="small")
    axes.grid(axis="x", color=GREY, alpha=0.3)
    axes.set_axisbelow(True)


def _small_print(measured: Mapping) -> str:
    machine, setting = measured["machine"], measured["setting"]
    rungs = measured_rungs(measured[PLAIN[0]])
    scaled = [f"* {rung['label']}: {rung['measured']}" for rung in rungs if "measured" in rung]
    absent = [f"not measured: {reason}" for reason in measured["absent"].values()]
    side = setting["size"]
    about = (
        f"batches of {setting['batch_size']} pictures of {side}×{side} pixels; SGD; medians of interleaved rounds; "
        f"{machine['cpu']}, {machine['cores']} cores, GPU: {machine['gpu']}"
    )
    return "\n".join([about, *(line for sentence in (*scaled, *absent) for line in wrap(sentence, SMALL_PRINT))])


def roofline(measured: Mapping) -> Figure:
    """FLOPs a second of every rung against the FLOPs that its step has for each byte, under the machine's roofs."""
    figure = Figure(figsize=(12, 5.5), layout="constrained")
    panels = figure.subplots(1, len(PLAIN), sharey=True)
    for axes, arch in zip(panels, PLAIN, strict=True):
        work, rungs = measured[arch]["work"], measured_rungs(measured[arch])
        intensity = 1e3 * work["gflop"] / work["least_mb"]
        _roofs(axes, measured["limits"])
        for rung in rungs:
            axes.plot(intensity, rung["gflops"], "o", color=_colour(rung))
        axes.set_title(f"{arch}: {intensity:.0f} FLOPs for each byte it has to move")
        _names_beside(axes, intensity, rungs)
    panels[0].set_ylabel("billion FLOPs a second")
    figure.suptitle("How near each rung comes to what the machine can do: the share of its limit, in percent")
    return figure


def _roofs(axes: Axes, limits: Mapping[str, Mapping]) -> None:
    """A slope, where memory is the limit, and a flat roof, where multiplying is."""
    cpu = limits["cpu"]
    roofs = {
        "CPU, all cores": (cpu["gemm_gflops"], cpu["copy_gb_per_second"]),
        "CPU, one core": (cpu["one_core_gemm_gflops"], cpu["one_core_copy_gb_per_second"]),
    } | {name: (roof["gemm_gflops"], roof["copy_gb_per_second"]) for name, roof in limits.items() if name != "cpu"}
    x = np.geomspace(*FLOPS_A_BYTE, 200)
    for (name, (flops, copied)), dash in zip(roofs.items(), cycle(("-", "--", ":", "-.")), strict=False):
        label = f"{name}: {flops:,.0f} GFLOP/s, {copied:,.0f} GB/s"
        axes.plot(x, np.minimum(flops, x * copied), color=GREY, linestyle=dash, label=label)
    axes.set(xscale="log", yscale="log", xlabel="FLOPs for each byte moved", xlim=FLOPS_A_BYTE)
    axes.legend(loc=(0.02, 0.15), fontsize="small", title="measured limits", alignment="left")


def _names_beside(axes: Axes, x: float, rungs: list[Mapping]) -> None:
    """Each rung's name to the right of its point, from the top down, far enough apart to be read."""
    axes.set_ylim(min(rung["gflops"] for rung in rungs) / 3, axes.get_ylim()[1] * 2)
    low, high = np.log(axes.get_ylim())
    below = 1.0
    for rung in sorted(rungs, key=lambda rung: rung["gflops"], reverse=True):
        height = min((np.log(rung["gflops"]) - low) / (high - low), below - NAMES_APART)
        below = height
        axes.annotate(
            f"{rung['label']}: {_percent(rung['limit_share'])}",
            (x, rung["gflops"]), xytext=(0.6, height), textcoords="axes fraction", va="center", fontsize="small",
            arrowprops={"arrowstyle": "-", "color": _colour(rung), "linewidth": 0.7, "relpos": (0, 0.5)},
            bbox={"color": "white", "pad": 1},
        )  # fmt: skip


def sweep_over_scale(swept: pd.DataFrame) -> Figure:
    """NumPy over PyTorch by batch size, width and picture size; the band holds the middle half of the rounds."""
    figure = Figure(figsize=(12, 4.6), layout="constrained")
    panels = figure.subplots(1, len(AXES), sharey=True)
    for axes, (axis, name) in zip(panels, AXES.items(), strict=True):
        for arch, rows in swept[swept["axis"] == axis].groupby("arch"):
            colour, marker = LOOKS[arch]
            axes.fill_between(rows["value"], rows["ratio_q1"], rows["ratio_q3"], color=colour, alpha=0.25, linewidth=0)
            axes.plot(rows["value"], rows["ratio"], color=colour, marker=marker, label=f"{arch}, fast NumPy")
            clear = rows.dropna(subset="clear_ratio")
            axes.plot(
                clear["value"], clear["clear_ratio"], ":", color=colour, marker=marker, markersize=3,
                label=f"{arch}, clear NumPy on one thread",
            )  # fmt: skip
        _log_axes(axes, sorted(swept[swept["axis"] == axis]["value"].unique()), name)
    ratios = swept[["ratio_q1", "ratio_q3", "clear_ratio"]]
    first, last = np.log2([ratios.min().min(), ratios.max().max()])
    panels[0].set_yticks(2.0 ** np.arange(np.floor(first), np.ceil(last) + 1))
    panels[0].set_ylabel("times PyTorch's pictures a second")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    figure.suptitle("Does the framework's advantage grow with scale? Above the line NumPy is faster, below it PyTorch")
    return figure


def _log_axes(axes: Axes, values: list[int], name: str) -> None:
    axes.axhline(1, color=INK, linewidth=1)
    axes.set(xscale="log", yscale="log", xlabel=name)
    axes.set_xticks(values, [f"{value}" for value in values])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color=GREY, alpha=0.3)


def _colour(rung: Mapping) -> str:
    return BLUE if rung["device"] == "cuda" else COLOURS[rung["backend"]]


def _duration(milliseconds: float) -> str:
    return f"{digits(milliseconds)} ms" if milliseconds < 10 * SECOND else f"{digits(milliseconds / SECOND)} s"


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%"
