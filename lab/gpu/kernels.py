"""Where the time of a step goes: its kernels, and when the device waits between them."""

from pathlib import Path

import pandas as pd

from lab.bench import Bench, repeated
from lab.gpu.timeline import timeline
from lab.gpu.trace import FILES, step_lengths, traced, typical, visible_kernels
from lab.params import Gpu
from scratchnet.plots.style import save
from scratchnet.problems import Problem
from scratchnet.timing.machine import machine
from scratchnet.torch_nn.device import gpu_name

STEPS, DRAWN = 24, 2
TRACED = ("image_folder", "resident", "channels_last", "bfloat16", "inductor", "cuda_graph", "all")


def kernels(bench: Bench, scale: Gpu, picture: Path) -> dict:
    """RUNG: step_ms of the smallest batch, kernels_a_step, busy_percent of the time, and the milliseconds of each KIND.

    Typical steps go to `picture`. Files are read by the training process itself, so that their time is seen.
    """
    bench, traces, found = bench.changed(batch_size=min(scale.batch_size)), {}, {}
    split = repeated(bench.splits["train"], STEPS * bench.params.batch_size)
    order = bench.plan.order(1, len(split))
    for rung in TRACED:
        try:
            with visible_kernels(), bench.learner(rung, {"train": split}) as learner:
                trace = traced(lambda learner=learner: learner.train_epoch(order), bench.device)
        except Problem as problem:
            found[rung] = {"why_not": str(problem)}
            continue
        found[rung], traces[rung] = _a_step(trace), typical(trace, DRAWN)
    if traces:
        where = gpu_name(bench.device) if bench.device.type == "cuda" else f"the CPU ({machine()['cpu']}), no GPU"
        title = f"Two steps of {bench.arch} on {where}, batch {bench.params.batch_size}: white is waiting for Python"
        save(timeline(traces, title), picture)
    return found


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
