"""Where the seconds of a run go."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

# Of a run, as metrics name them.
PHASES = ("import", "preparation", "warm_up", "train", "evaluation", "signs", "writing")
IMPORTED = time.perf_counter()


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
    after_the_name = (
        Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    )  # fields 3, 4, ...: see proc(5)
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(after_the_name[22 - 3]) / os.sysconf("SC_CLK_TCK")
