"""Where the time of a training step goes: into which kernels, and into waiting between them."""

from pathlib import Path

import pandas as pd

from lab.bench import Bench, repeated
from lab.gpu.kinds import FILES
from lab.gpu.timeline import timeline
from lab.gpu.trace import step_lengths, traced, typical, visible_kernels
from lab.params import Gpu
from scratchnet.plots.style import save
from scratchnet.problems import Problem
from scratchnet.timing.machine import machine
from scratchnet.torch_nn.device import gpu_name

STEPS = 24  # of a profiled epoch: enough for a median
DRAWN = 2  # steps in a row of the picture
TRACED = ("image_folder", "resident", "channels_last", "bfloat16", "inductor", "cuda_graph", "all")


def kernels(bench: Bench, scale: Gpu, picture: Path) -> dict:
    """By variant, of a step of the smallest batch, medians: step_ms, kernels_a_step, busy_percent, and KIND_ms.

    busy_percent: the part of a step in which kernels run. KIND_ms: milliseconds in kernels of a kind (see kinds.py).
    The timeline of typical steps goes to `picture`, a file. The training process itself reads the image folder, so that
    the profiler sees it.
    """
    bench, traces, found = bench.changed(batch_size=min(scale.batch_size)), {}, {}
    for variant in TRACED:
        try:
            trace = _trace(bench, variant)
        except Problem as problem:
            found[variant] = {"why_not": str(problem)}
        else:
            found[variant], traces[variant] = _a_step(trace), typical(trace, DRAWN)
    if traces:
        where = gpu_name(bench.device) if bench.device.type == "cuda" else f"the CPU ({machine()['cpu']}), no GPU"
        title = f"Two steps of {bench.arch} on {where}, batch {bench.params.batch_size}: white is waiting for Python"
        save(timeline(traces, title), picture)
    return found


def _trace(bench: Bench, variant: str) -> pd.DataFrame:
    split = repeated(bench.splits["train"], STEPS * bench.params.batch_size)
    epoch = bench.epoch(len(split))
    with visible_kernels(), bench.learner(variant, {"train": split}) as learner:
        return traced(lambda: learner.train_epoch(*epoch), bench.device)


def _a_step(trace: pd.DataFrame) -> dict[str, float]:
    """The medians over its steps."""
    lengths, work = step_lengths(trace), trace[trace["kind"] != FILES]
    busy = work.groupby("step")["duration_us"].sum() / lengths
    by_kind = trace.pivot_table("duration_us", "step", "kind", "sum", fill_value=0).median()
    return {
        "step_ms": float(lengths.median() / 1e3),
        "kernels_a_step": float(work.groupby("step").size().median()),
        "busy_percent": 100 * float(busy.median()),
        **{f"{kind.replace(',', '').replace(' ', '_')}_ms": float(us / 1e3) for kind, us in by_kind.items()},
    }
