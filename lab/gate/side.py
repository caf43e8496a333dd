"""One side of the comparison: a revision's code, in a process of its own, run by the harness of the working tree.

The process starts with the harness's own `scratchnet` (this file, cases.py, the clock), then forgets its name: what is
imported from then on comes from the revision's folder. So all sides are timed by one and the same code, however much
the revisions differ.
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
    """root: the revision's folder. Starts without waiting."""

    def __init__(self, name: str, root: Path):
        super().__init__(f"the side {name}", ["-m", "lab.gate.side", str(root)], SAME_FOR_ALL)


class Rival:
    """A case of a side, as one that takes turns."""

    def __init__(self, side: Side, case: str):
        self._side, self._case = side, case

    def turn(self, steps: int, warm_up: int) -> np.ndarray:
        return self._side.ask("turn", self._case, steps, warm_up)


class Bench:
    """What answers in the process."""

    def __init__(self, root: Path):
        import_from(root)
        self._arms: dict[str, Arm] = {}

    def build(self, cases: list[str], scale: Scale) -> dict[str, str]:
        """Makes the cases' steps; for each that this revision does not have, the reason."""
        missing = {}
        for case in cases:
            try:
                step = CASES[case](scale)
                step()
            except Exception as error:  # whatever code raises that knows no such thing, or is broken
                missing[case] = f"{type(error).__name__}: {error}".splitlines()[0]
            else:
                self._arms[case] = Arm(step)
        return missing

    def turn(self, case: str, steps: int, warm_up: int) -> np.ndarray:
        return self._arms[case].turn(steps, warm_up)

    def peak_mib(self, case: str, scale: Scale) -> float:
        """The most that Python and NumPy hold at once from making a network to its second step: the same every time."""
        gc.collect()
        tracemalloc.start()
        try:
            step = CASES[case](scale)
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
        serve(lambda: Bench(Path(sys.argv[1])))
