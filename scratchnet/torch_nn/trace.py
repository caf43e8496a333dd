"""What happens in a few training steps, kernel by kernel, as torch.profiler sees it."""

from collections.abc import Callable

import pandas as pd
import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile, schedule


def traced(work: Callable[[], object], device: torch.device) -> pd.DataFrame:
    """The kernels of `work`, in the order in which they start: name, start_us (from the first), duration_us.

    On the CPU, where there are no kernels, the operators that call no other.
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
    wanted = DeviceType.CUDA if on_cuda else DeviceType.CPU
    rows = [
        (event.name, event.time_range.start, event.time_range.elapsed_us())
        for event in recorded.events()
        if event.device_type == wanted
        and (on_cuda or not event.cpu_children)
        and not event.is_user_annotation  # such as "Optimizer.step", which CUDA's timeline has beside its kernels
    ]
    table = pd.DataFrame(rows, columns=["name", "start_us", "duration_us"]).sort_values("start_us", ignore_index=True)
    table["start_us"] -= table["start_us"].min()
    return table
