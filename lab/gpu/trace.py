"""What happens in a few training steps, kernel by kernel, as torch.profiler sees it.

A kernel is a function that runs on the GPU; the host starts each. On the CPU PyTorch's operators take their place.

A trace is a pandas.DataFrame with a row for each kernel: kind (see kinds.py), step (from 1), start_us and duration_us,
float64 microseconds. start_us counts from the start of the first step.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch
from torch._inductor import config as inductor
from torch.autograd import DeviceType
from torch.autograd.profiler_util import FunctionEvent
from torch.profiler import ProfilerActivity, profile, schedule

from lab.gpu.kinds import FILES, UPDATE, kind_of
from scratchnet.problems import Problem

FILES_MARK = "enumerate(DataLoader"  # how the profiler names the loading of one batch of files
ON_THE_CPU = ("aten::", "graph_", FILES_MARK)  # how the names of PyTorch's operators and of inductor's kernels begin


def visible_kernels():
    """A context for code that inductor compiles: for the CPU, its kernels then tell the profiler when they run.

    On CUDA the profiler sees them anyway.
    """
    return inductor.patch({"cpp.enable_kernel_profile": True})


def traced(work: Callable[[], object], device: torch.device) -> pd.DataFrame:
    """The trace of the training steps that `work` takes, but for its first step.

    `work` is called twice: the profiler's own start is long, and ruins what it sees first.
    """
    activities = [ProfilerActivity.CPU]
    if device.type == "cuda":
        activities.append(ProfilerActivity.CUDA)
    second_call = schedule(wait=0, warmup=1, active=1, repeat=1)
    with profile(activities=activities, schedule=second_call, acc_events=True) as recorded:
        for _ in range(2):
            work()
            if device.type == "cuda":
                torch.cuda.synchronize()
            recorded.step()
    name_of = _name_on_cuda if device.type == "cuda" else _name_on_the_cpu
    rows = [
        (kind_of(name), event.time_range.start, event.time_range.elapsed_us())
        for event in recorded.events()
        if (name := name_of(event))
    ]
    table = pd.DataFrame(rows, columns=["kind", "start_us", "duration_us"])
    return whole_steps(table.sort_values("start_us", ignore_index=True))


def whole_steps(table: pd.DataFrame) -> pd.DataFrame:
    """The trace of rows without a step: kind, start_us (from any start, sorted), duration_us.

    A step lasts from the end of one update to the end of the next. What comes before the first such end, or after the
    last, is no whole step and left out. Problem where there is no whole step.
    """
    kernels = table[table["kind"] != FILES]  # the host opens files while the device may still update
    updates = kernels["kind"] == UPDATE
    last_of_update = updates & ~updates.shift(-1, fill_value=False)
    ends = (kernels["start_us"] + kernels["duration_us"])[last_of_update].to_numpy()
    if len(ends) < 2:
        raise Problem("The profiler saw no two updates, and so no step: it may not be let at the GPU's counters.")
    end = table["start_us"] + table["duration_us"]
    start = table["start_us"].clip(lower=ends[0])
    told = table.assign(step=np.searchsorted(ends, end), start_us=start - ends[0], duration_us=end - start)
    return told[told["step"].between(1, len(ends) - 1)].reset_index(drop=True)


def step_lengths(trace: pd.DataFrame) -> pd.Series:
    """step -> microseconds."""
    ends = (trace["start_us"] + trace["duration_us"]).groupby(trace["step"]).max()
    return ends.diff().fillna(ends)


def typical(trace: pd.DataFrame, count: int) -> pd.DataFrame:
    """The trace of `count` steps in a row alone: those whose mean length is nearest to the median of all steps."""
    lengths = step_lengths(trace)
    last = (lengths.rolling(count).mean() - lengths.median()).abs().idxmin()
    before = last - count
    part = trace[trace["step"].between(before + 1, last)]
    return part.assign(step=part["step"] - before, start_us=part["start_us"] - lengths[:before].sum())


def _name_on_cuda(event: FunctionEvent) -> str | None:
    """The name of a kernel, or of the host's loading of files; None for all else.

    A mark such as "Optimizer.step" is in CUDA's timeline beside its kernels, and left out.
    """
    if event.device_type == DeviceType.CUDA:
        return None if event.is_user_annotation else event.name
    return event.name if event.name.startswith(FILES_MARK) else None


def _name_on_the_cpu(event: FunctionEvent) -> str | None:
    """The name of an operator that no other operator calls; None for all else.

    An operator that the optimizer calls has the optimizer's name.
    """
    callers = [caller.name for caller in _callers(event)]
    if not event.name.startswith(ON_THE_CPU) or any(name.startswith(ON_THE_CPU) for name in callers):
        return None
    return next((name for name in callers if name.startswith("Optimizer.step")), event.name)


def _callers(event: FunctionEvent) -> Iterator[FunctionEvent]:
    while event := event.cpu_parent:
        yield event
