"""When the device works and when it waits, in a training step before and after."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from scratchnet.plots.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION

KINDS = {  # the first whose words are in a kernel's name; names of cuDNN, cuBLAS, PyTorch and inductor
    "convolutions": (("conv", "cudnn", "dgrad", "wgrad", "implicit"), BLUE),
    "matrix products": (("gemm", "cutlass", "addmm", "mm", "splitk"), GREEN),
    "pooling": (("pool",), PURPLE),
    "update": (("adam", "sgd", "multi_tensor"), VERMILION),
    "pictures": (("index", "gather", "copy", "clamp", "arange"), ORANGE),
}


def timeline(traces: Mapping[str, pd.DataFrame], where: str) -> Figure:
    """A row for each trace (title -> name, start_us, duration_us), all on one axis of time. where: the device."""
    figure = Figure(figsize=(12, 1.6 + 1.1 * len(traces)), layout="constrained")
    axes = figure.subplots()
    for place, trace in enumerate(traces.values()):
        for name, (_, colour) in {**KINDS, "the rest": ((), GREY)}.items():
            part = trace[[kind(kernel) == name for kernel in trace["name"]]]
            bars = list(part[["start_us", "duration_us"]].itertuples(index=False, name=None))
            axes.broken_barh(bars, (place - 0.35, 0.7), facecolors=colour, label=None if place else name)
        end = (trace["start_us"] + trace["duration_us"]).max()
        axes.annotate(
            f"{len(trace)} kernels, {trace['duration_us'].sum():,.0f} of {end:,.0f} µs at work",
            (0, place - 0.38), va="bottom", fontsize="small", color=INK,
        )  # fmt: skip
    axes.set_yticks(range(len(traces)), list(traces))
    axes.yaxis.set_inverted(True)
    axes.set_xlabel("microseconds from the first kernel")
    figure.legend(loc="outside lower center", ncols=6)
    figure.suptitle(f"The same training steps on {where}: coloured is work, white is waiting")
    return figure


def kind(kernel: str) -> str:
    return next((name for name, (words, _) in KINDS.items() if any(w in kernel.lower() for w in words)), "the rest")
