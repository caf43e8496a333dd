"""What happens in a few training steps, kernel by kernel, as torch.profiler sees it."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch
from torch._inductor import config as inductor
from torch.autograd import DeviceType
from torch.autograd.profiler_util import FunctionEvent
from torch.profiler import ProfilerActivity, profile, schedule

from scratchnet.problems import Problem

FILES, UPDATE, SMALL, REST = "opening and decoding files", "optimizer", "elementwise and copies", "the rest"
KINDS = (  # the first whose words are in a kernel's name; of PyTorch, inductor, cuDNN, cuBLAS and CUTLASS
    (FILES, ("dataloader",)),
    (UPDATE, ("optimizer.step", "multi_tensor", "adam", "sgd")),
    ("fused by inductor", ("triton_", "cpp_fused")),
    (SMALL, ("nchwtonhwc", "nhwctonchw", "memcpy", "memset")),  # cuDNN's change of the layout is no convolution
    ("pooling", ("pool",)),
    ("convolution, backward", ("convolution_backward", "dgrad", "wgrad", "bgrad", "bprop")),
    ("convolution, forward", ("conv", "fprop", "winograd", "cudnn")),
    ("matrix products", ("gemm", "gemv", "aten::mm", "addmm", "linear", "splitk", "cutlass", "nvjet")),
    (SMALL, ("aten::", "at::native")),
)
ON_THE_CPU = ("aten::", "graph_", "enumerate(DataLoader")  # operators, inductor's kernels, and one batch of files


def kind(kernel: str) -> str:
    """What a kernel's or an operator's name says of its work: of KINDS, or REST."""
    return next((name for name, words in KINDS if any(word in kernel.lower() for word in words)), REST)


def visible_kernels():
    """A context: what inductor compiles in it for the CPU tells the profiler of its kernels. On CUDA all do anyway."""
    return inductor.patch({"cpp.enable_kernel_profile": True})


def traced(work: Callable[[], object], device: torch.device) -> pd.DataFrame:
    """The kernels of the training steps of `work` but its first: kind, step (from 1), start_us, duration_us.

    On the CPU, where there are no kernels, the operators that no other calls. A step lasts from the end of the
    optimizer's work to the next such end; start_us is counted from the first.
    """
    on_cuda = device.type == "cuda"
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * on_cuda
    once_warm = schedule(wait=0, warmup=1, active=1, repeat=1)  # the profiler's own start is long
    with profile(activities=activities, schedule=once_warm, acc_events=True) as recorded:
        for _ in range(2):
            work()
            if on_cuda:
                torch.cuda.synchronize()
            recorded.step()
    rows = [
        (kind(name), event.time_range.start, event.time_range.elapsed_us())
        for event in recorded.events()
        if (name := _name_on_cuda(event) if on_cuda else _name_on_the_cpu(event))
    ]
    table = pd.DataFrame(rows, columns=["kind", "start_us", "duration_us"])
    return whole_steps(table.sort_values("start_us", ignore_index=True))


def whole_steps(table: pd.DataFrame) -> pd.DataFrame:
    """`traced`'s table of one that has no steps yet and is sorted by start_us, counted from anywhere.

    Problem where there is no whole step.
    """
    kernels = table[table["kind"] != FILES]  # the host opens files while the device may still update
    updates = kernels["kind"] == UPDATE
    ends = (kernels["start_us"] + kernels["duration_us"])[updates & ~updates.shift(-1, fill_value=False)].to_numpy()
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
    """The neighbouring steps whose mean length is nearest to the median of all, numbered from 1 and counted from 0."""
    lengths = step_lengths(trace)
    last = (lengths.rolling(count).mean() - lengths.median()).abs().idxmin()
    before = last - count
    part = trace[trace["step"].between(before + 1, last)]
    return part.assign(step=part["step"] - before, start_us=part["start_us"] - lengths[:before].sum())


def _name_on_cuda(event: FunctionEvent) -> str | None:
    """None where it is no kernel, but for the host's mark of a batch of files.

    A mark such as "Optimizer.step" is in CUDA's timeline beside its kernels.
    """
    on_host = event.device_type != DeviceType.CUDA
    marked = on_host and event.name.startswith("enumerate(DataLoader")
    return event.name if marked or not (on_host or event.is_user_annotation) else None


def _name_on_the_cpu(event: FunctionEvent) -> str | None:
    """None where it is no operator, or another calls it. What the optimizer calls has the optimizer's name."""
    callers = [caller.name for caller in _callers(event)]
    if not event.name.startswith(ON_THE_CPU) or any(name.startswith(ON_THE_CPU) for name in callers):
        return None
    return next((name for name in callers if name.startswith("Optimizer.step")), event.name)


def _callers(event: FunctionEvent) -> Iterator[FunctionEvent]:
    while event := event.cpu_parent:
        yield event
