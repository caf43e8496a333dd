"""Does the framework's advantage grow with scale? The fast network against PyTorch, in many sizes.

An axis is one of batch size, width and picture size. One axis is varied at a time. A point is one setting on an axis.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from tqdm import tqdm

from lab.benchmark.ladder import Workers, build, round_medians
from lab.benchmark.rungs import EAGER_KEEPING
from lab.params import Benchmark
from lab.setting import Setting
from lab.turns import LabStream
from lab.work import flops
from scratchnet.names import rng_of

AXES = {"batch_size": "pictures in a batch", "width": "filters of the first convolution", "size": "pixels of a side"}
CLEAR_UP_TO = 2.0  # times the work of the ladder's step: beyond that the clear layers would take most of the time


def sweep(workers: Workers, setting: Setting, params: Benchmark) -> pd.DataFrame:
    """A row for each point; the other two axes are as in `setting`, which is itself a point of every axis. The columns:

    arch, axis, value: which point it is.
    fast_ms, pytorch_ms, clear_ms: of a step, the median over the rounds. PyTorch keeps its memory, and has the `layout`
    that was faster here. clear_ms is NaN where the clear layers were left out.
    ratio: of pictures a second, fast over PyTorch; ratio_q1 and ratio_q3: its quartiles over the rounds.
    clear_ratio: the clear layers over PyTorch. flops: of a step.
    """
    points = list(_points(setting, params))
    distinct = list(dict.fromkeys(point for _, _, point in points))
    rng = rng_of(params.seed, LabStream.SWEEP)
    bar = tqdm(distinct, f"{setting.arch}, sweep", unit="point", disable=None)
    measured = {point: _measure(workers, point, setting, params, rng) for point in bar}
    return pd.DataFrame(
        {"arch": setting.arch, "axis": axis, "value": value} | measured[point] for axis, value, point in points
    )


def _points(setting: Setting, params: Benchmark) -> Iterator[tuple[str, int, Setting]]:
    for axis in AXES:
        for value in sorted({getattr(setting, axis), *getattr(params.sweep, axis)}):
            yield axis, value, replace(setting, **{axis: value})


def _measure(
    workers: Workers, point: Setting, setting: Setting, params: Benchmark, rng: np.random.Generator
) -> dict[str, float | str]:
    names = ["fast", *EAGER_KEEPING, *(["clear"] if flops(point) <= CLEAR_UP_TO * flops(setting) else [])]
    rivals = {name: workers[name] for name in names}
    built = {name: build(worker, point) for name, worker in rivals.items()}
    seconds = round_medians(rivals, built, params.sweep, rng)
    layout = faster(seconds, EAGER_KEEPING)
    times = {"fast": seconds["fast"], "pytorch": seconds[layout], "clear": seconds.get("clear", np.array([np.nan]))}
    row = {f"{name}_ms": 1e3 * float(np.median(values)) for name, values in times.items()}
    q1, ratio, q3 = np.quantile(times["pytorch"] / times["fast"], (0.25, 0.5, 0.75))
    row |= {"ratio": float(ratio), "ratio_q1": float(q1), "ratio_q3": float(q3), "layout": layout}
    return row | {"clear_ratio": float(np.median(times["pytorch"] / times["clear"])), "flops": flops(point)}


def faster(seconds: dict[str, np.ndarray], layouts: tuple[str, ...]) -> str:
    """Of these rungs the one with the shorter median."""
    return min(layouts, key=lambda name: np.median(seconds[name]))
