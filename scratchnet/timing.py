"""Clocks, and the machine they were read on."""

import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
import threadpoolctl

PHASES = ("import", "preparation", "warm_up", "train", "evaluation", "writing")  # of a run, as metrics name them
IMPORTED = time.perf_counter()
LOAD = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else "unknown"  # before our own work adds to it


class Stopwatch:
    """`with Stopwatch(synchronize) as watch: ...`, then `watch.seconds`.

    processor_seconds: those of all threads of this process together; over `seconds`, the cores that it kept busy.
    synchronize: waits for the device; called before the clock starts and before it stops, because a GPU works on
    after the call that asked it to has returned.
    """

    def __init__(self, synchronize: Callable[[], None] = lambda: None):
        self._synchronize = synchronize
        self.seconds = self.processor_seconds = 0.0

    def __enter__(self) -> "Stopwatch":
        self._synchronize()
        self._start, self._processor_start = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_) -> None:
        self._synchronize()
        self.seconds = time.perf_counter() - self._start
        self.processor_seconds = time.process_time() - self._processor_start


class Phases:
    """Where the seconds of a run go: each belongs to one of PHASES, so that together they are the whole run.

    The first, "import", began when the process did, and goes on until `begin` is first called.
    """

    def __init__(self):
        self.seconds = dict.fromkeys(PHASES, 0.0)
        self._running, self._since = PHASES[0], time.perf_counter() - _age_of_process()

    def begin(self, name: str, synchronize: Callable[[], None] = lambda: None) -> float:
        """End the phase that runs, once the device has done its work, and begin another; the seconds of what ended."""
        if name not in self.seconds:
            raise ValueError(f"a phase is one of {', '.join(PHASES)}, not {name!r}")
        synchronize()
        now = time.perf_counter()
        seconds = now - self._since
        self.seconds[self._running] += seconds
        self._running, self._since = name, now
        return seconds

    def go_on(self, seconds: Mapping[str, float]) -> None:
        """Add what the run had spent before it was killed and taken up again."""
        for name, before in seconds.items():
            self.seconds[name] += before

    def metrics(self) -> dict[str, float]:
        """PHASE_seconds of each until now, and total_seconds."""
        self.begin(self._running)
        each = {f"{name}_seconds": seconds for name, seconds in self.seconds.items()}
        return each | {"total_seconds": sum(each.values())}


def _age_of_process() -> float:
    """Seconds since this process began, to a hundredth; where the system does not tell, since this file was read."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return time.perf_counter() - IMPORTED
    after_the_name = Path("/proc/self/stat").read_text().rpartition(")")[2].split()  # fields 3, 4, ...: see proc(5)
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(after_the_name[22 - 3]) / os.sysconf("SC_CLK_TCK")


class Deadline:
    """So many seconds from now on."""

    def __init__(self, seconds: float):
        self._end = time.perf_counter() + seconds

    def passed(self) -> bool:
        return time.perf_counter() > self._end


class Rival(Protocol):
    """What takes part in `interleave`: an `Arm` of this process, or a stand-in for one that lives in another."""

    def turn(self, steps: int, warm_up: int) -> np.ndarray:
        """Do `warm_up` steps that do not count and `steps` that do; the seconds of each of these, (steps,) float64."""
        ...


@dataclass(frozen=True)
class Arm:
    """A step to be timed, and how to wait until the device has done it."""

    step: Callable[[], object]
    synchronize: Callable[[], None] = lambda: None

    def turn(self, steps: int, warm_up: int = 1) -> np.ndarray:
        for _ in range(warm_up):
            self.step()
        seconds = np.empty(steps, dtype=np.float64)
        for index in range(steps):
            with Stopwatch(self.synchronize) as watch:
                self.step()
            seconds[index] = watch.seconds
        return seconds


def best_seconds(arm: Arm, tries: int = 7) -> float:
    """The shortest of some steps: for a limit, which nothing but disturbances keeps from being reached."""
    return float(arm.turn(tries, warm_up=2).min())


def interleave(
    rivals: Mapping[str, Rival],
    steps: Mapping[str, int],
    rounds: int,
    rng: np.random.Generator,
    after_turn: Callable[[], None] = lambda: None,
) -> dict[str, np.ndarray]:
    """Seconds of every step, by the rival's name: (rounds, steps[name]) float64.

    In each round every rival has a turn, so that a machine that slows down slows them all down; what is compared is
    what was measured in the same round. A turn begins with a step that does not count, for the caches are full of
    another's numbers. A rival that takes one step a turn has none: its step is long, and fills the caches itself.
    """
    seconds: dict[str, list[np.ndarray]] = {name: [] for name in rivals}
    for order in balanced_orders(list(rivals), rounds, rng):
        for name in order:
            seconds[name].append(rivals[name].turn(steps[name], warm_up=int(steps[name] > 1)))
            after_turn()
    return {name: np.stack(turns) for name, turns in seconds.items()}


def balanced_orders(names: Sequence[str], rounds: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """An order for each round: shuffled, then the same backwards, so that no rival is always behind another."""
    for number in range(rounds):
        if number % 2 == 0:
            shuffled = rng.permutation(len(names))
        yield [names[place] for place in (shuffled[::-1] if number % 2 else shuffled)]


def steps_that_fit(seconds: float, step_seconds: float) -> int:
    """How many steps take about so many seconds; at least one."""
    return max(1, round(seconds / step_seconds))


def median_and_iqr(values: np.ndarray) -> tuple[float, float]:
    """The median, and the distance between the quartiles."""
    q1, median, q3 = np.quantile(values, (0.25, 0.5, 0.75))
    return float(median), float(q3 - q1)


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


def versions_of(machine: Mapping) -> str:
    """For people: python 3.11.7, numpy 2.4.6, ..."""
    return ", ".join(f"{name} {number}" for name, number in machine["versions"].items())


def driver(gpu: str) -> str:
    """The version of the GPU's driver, as nvidia-smi tells it; "none" where there is no GPU."""
    if gpu == "none":
        return "none"
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


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
