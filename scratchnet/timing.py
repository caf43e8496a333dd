"""Clocks, and the machine they were read on."""

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import threadpoolctl


class Stopwatch:
    """`with Stopwatch(synchronize) as watch: ...`, then `watch.seconds`.

    synchronize: waits for the device; called before the clock starts and before it stops, because a GPU works on
    after the call that asked it to has returned.
    """

    def __init__(self, synchronize: Callable[[], None] = lambda: None):
        self._synchronize = synchronize
        self.seconds = 0.0

    def __enter__(self) -> "Stopwatch":
        self._synchronize()
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_) -> None:
        self._synchronize()
        self.seconds = time.perf_counter() - self._start


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def machine(gpu: str = "none") -> dict:
    """What a timing depends on: cpu, cores in use, threads, BLAS and its kernel, GPU, versions."""
    blas = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    return {
        "cpu": _cpu_name(),
        "cores": cores(),
        "threads": max((pool["num_threads"] for pool in blas), default=1),
        "blas": ", ".join(_describe(pool) for pool in blas) or "unknown",
        "gpu": gpu,
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in ("numpy", "torch", "pillow")},
    }


def _describe(pool: dict) -> str:
    """openblas 0.3.31 SkylakeX: the library, its version, and the kernel that it chose for this CPU."""
    return " ".join(filter(None, (pool["internal_api"], pool["version"], pool.get("architecture"))))


def _cpu_name() -> str:
    """The model's name; /proc/cpuinfo on Linux, what the platform says elsewhere."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
