"""The machine that a timing was taken on."""

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import threadpoolctl

LOAD = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else "unknown"  # before our own work adds to it


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine(gpu: str = "none") -> dict:
    """What a timing depends on: the CPU, cores in use, threads, BLAS and its kernel, the GPU, its driver, the load.

    load_at_start: how many processes wanted a core over the minute before this one began.
    """
    blas = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    return {
        "cpu": _cpu_name(),
        "cores": cores(),
        "threads": max((pool["num_threads"] for pool in blas), default=1),
        "blas": ", ".join(_describe(pool) for pool in blas) or "unknown",
        "gpu": gpu,
        "driver": driver(gpu),
        "load_at_start": LOAD,
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in ("numpy", "torch", "pillow")},
    }


def lasting(machine: Mapping) -> dict:
    """A fingerprint without the load, which is another at every start: two timings compare where this is the same."""
    return {key: value for key, value in machine.items() if key != "load_at_start"}


def chip(machine: Mapping) -> str:
    """What computed: the GPU, or the CPU where `machine`, a fingerprint with a device, says cpu."""
    return machine["cpu"] if machine["device"] == "cpu" else machine["gpu"]


def versions_of(machine: Mapping) -> str:
    """For people: python 3.11.7, numpy 2.4.6, ..."""
    return ", ".join(f"{name} {number}" for name, number in machine["versions"].items())


def driver(gpu: str) -> str:
    """The version of the GPU's driver, as nvidia-smi tells it; "none" where there is no GPU."""
    if gpu == "none":
        return "none"
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, encoding="utf-8", check=True).stdout.split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def _describe(pool: dict) -> str:
    """openblas 0.3.31 SkylakeX: the library, its version, and the kernel that it chose for this CPU."""
    return " ".join(filter(None, (pool["internal_api"], pool["version"], pool.get("architecture"))))


def _cpu_name() -> str:
    """The model's name; /proc/cpuinfo on Linux, what the platform says elsewhere."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
