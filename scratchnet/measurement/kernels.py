"""Where the time of a step goes: its kernels, and when the device waits between them."""

from pathlib import Path

from scratchnet.measurement.bench import Bench, repeated
from scratchnet.params import MeasureCuda
from scratchnet.plots.style import save
from scratchnet.plots.timeline import timeline
from scratchnet.problems import Problem
from scratchnet.torch_nn.device import gpu_name
from scratchnet.torch_nn.trace import traced

STEPS = 3
TRACED = ("resident", "inductor", "cuda_graph", "all")  # before, fused, without the host, and everything


def kernels(bench: Bench, scale: MeasureCuda, picture: Path) -> dict:
    """RUNG: kernels_a_step of the smallest batch, and busy_percent of the time; the timeline goes to `picture`."""
    bench, traces, found = bench.changed(batch_size=min(scale.batch_size)), {}, {}
    split = repeated(bench.splits["train"], STEPS * bench.params.batch_size)
    order = bench.plan.order(1, len(split))
    for rung in TRACED:
        try:
            with bench.learner(rung, {"train": split}) as learner:
                table = traced(lambda learner=learner: learner.train_epoch(order), bench.device)
        except Problem as problem:
            found[rung] = {"why_not": str(problem)}
            continue
        busy = table["duration_us"].sum() / (table["start_us"] + table["duration_us"]).max()
        traces[rung] = table
        found[rung] = {"kernels_a_step": len(table) / STEPS, "busy_percent": 100 * float(busy)}
    if traces:
        where = gpu_name(bench.device) if bench.device.type == "cuda" else "the CPU"
        save(timeline(traces, where), picture)
    return found
