"""A side: one revision's code in a process of its own. The gate has three, the base, the head, and the base again.

Two revisions of a package cannot be imported into one process. So each side's process starts here, in the working tree,
whose code takes the steps and reads the clock on all sides. Then it forgets every module of `scratchnet`, and puts its
revision's folder first on sys.path. From then on `import scratchnet` brings that revision's code.
"""

import gc
import os
import sys
import tracemalloc
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from lab.gate.cases import CASES, Scale
from lab.process import ROOT, Process, serve
from lab.turns import Arm

MIB = 2**20
STEPS_OF_MEMORY = 2  # the second finds everything made
SAME_FOR_ALL = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


class Side(Process):
    """The parent's end. root: the revision's folder. Starts the process and does not wait for it."""

    def __init__(self, name: str, root: Path):
        super().__init__(f"the side {name}", ["-m", "lab.gate.side", str(root)], SAME_FOR_ALL)


class SideService:
    """The other end: what answers in the side's process. Each method is a question that `Side.ask` can put."""

    def __init__(self, root: Path):
        import_from(root)
        self._arms: dict[str, Arm] = {}

    def build(self, cases: list[str], scale: Scale) -> dict[str, str]:
        """Make the cases' steps. The answer: for each case that this revision does not have, the reason."""
        missing = {}
        for case in cases:
            try:
                step = CASES[case].step(scale)
                step()
            except Exception as error:  # whatever code raises that knows no such thing, or is broken
                missing[case] = f"{type(error).__name__}: {error}".splitlines()[0]
            else:
                self._arms[case] = Arm(step)
        return missing

    def turn(self, case: str, steps: int, warm_up: int) -> np.ndarray:
        """Seconds of each step after the warm-up: (steps,) float64."""
        return self._arms[case].turn(steps, warm_up)

    def peak_mib(self, case: str, scale: Scale) -> float:
        """The most that Python and NumPy hold at once, from making the network to the end of its second step.

        tracemalloc counts every allocation, so the figure is the same every time.
        """
        gc.collect()
        tracemalloc.start()
        try:
            step = CASES[case].step(scale)
            for _ in range(STEPS_OF_MEMORY):
                step()
            return tracemalloc.get_traced_memory()[1] / MIB
        finally:
            tracemalloc.stop()


def import_from(root: Path) -> None:
    """From now on `import scratchnet` means the one in `root`; what has been imported stays with those who have it."""
    for name in [name for name in sys.modules if name.split(".")[0] == "scratchnet"]:
        del sys.modules[name]
    os.chdir(root)
    sys.path[:] = [str(root), *(entry for entry in sys.path if Path(entry).resolve() != ROOT.resolve())]


if __name__ == "__main__":
    with threadpool_limits(1, user_api="blas"):
        serve(lambda: SideService(Path(sys.argv[1])))
