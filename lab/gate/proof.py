"""Does the gate find what is slower, and nothing else? Trials with the answer known beforehand."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from lab.gate.cases import CASES
from lab.gate.rounds import Roots, run_gate, scale_of
from lab.gate.verdicts import Verdict
from lab.params import Gate
from lab.profile import shares
from lab.revisions import checked_out
from scratchnet.markdown import table
from scratchnet.timing.clock import Stopwatch
from scratchnet.timing.machine import cores

CASE = "two_conv"
SLOWDOWNS = (10, 25, 50)  # percent of a step
BUSY_EVERY = 3  # of so many trials without a change, one has the other cores busy
HOT_FILE, HOT_PARTS = "scratchnet/numpy_fast/conv.py", ("conv1: products, forward", "conv2: products, forward")
SLOWER = """

from time import perf_counter

convolve = Chunk.convolve


def convolve_and_spin(chunk):
    start = perf_counter()
    convolve(chunk)
    end = perf_counter()
    while perf_counter() - end < {times!r} * (end - start):
        pass


Chunk.convolve = convolve_and_spin
"""
SPIN = "import os\nwhile os.getppid() == {parent}: pass"  # ends with its parent, however that ends


@dataclass(frozen=True)
class Trial:
    """slower: percent of a step, 0 for no change; busy: while all cores but one have other work."""

    number: int
    slower: int
    busy: bool = False

    @property
    def name(self) -> str:
        return f"slower_{self.slower}_{self.number}" if self.slower else f"unchanged_{self.number}"


def trials(unchanged: int, slowed: int) -> Iterator[Trial]:
    """So many without a change, and of each slowdown; of all kinds in turn, for a machine has its hours."""
    for number in range(1, max(unchanged, slowed) + 1):
        if number <= unchanged:
            yield Trial(number, 0, busy=number % BUSY_EVERY == 0)
        if number <= slowed:
            yield from (Trial(number, percent) for percent in SLOWDOWNS)


def hot_share(params: Gate) -> float:
    """The part of a step's time that Chunk.convolve takes."""
    with threadpool_limits(1, user_api="blas"):
        found = shares(CASES[CASE](scale_of(params)))
    return sum(found[part] for part in HOT_PARTS)


def run_trial(root: Path, commit: str, trial: Trial, share: float, params: Gate) -> dict:
    """What the gate says of `commit` against itself, the trial's slowdown put into the second copy."""
    params = params.model_copy(
        update={"cases": [CASE], "seed": params.seed + trial.number}
    )  # other turns, other inputs
    with ExitStack() as stack:
        base, head = (stack.enter_context(checked_out(root, commit)) for _ in range(2))
        if trial.slower:
            slow_down(head, trial.slower / 100 / share)
        if trial.busy:
            stack.enter_context(busy_cores(cores() - 1))
        with Stopwatch() as watch:
            outcome = run_gate(Roots(base, head), params)[CASE]
    if outcome.missing:
        raise RuntimeError(f"{CASE} cannot be timed: {dict(outcome.missing)}")
    last = outcome.findings[-1]
    return {
        "slower_percent": trial.slower,
        "busy": "yes" if trial.busy else "no",
        "verdict": outcome.verdict,
        "ratio": last.ratio.median,
        "base_over_base": last.again,
        "sets": len(outcome.findings),
        "seconds": watch.seconds,
    }


def slow_down(tree: Path, times: float) -> None:
    """Chunk.convolve then keeps its thread busy for so many times its own time after it has done its work."""
    with (tree / HOT_FILE).open("a") as file:
        file.write(SLOWER.format(times=times))


@contextmanager
def busy_cores(count: int) -> Iterator[list[subprocess.Popen]]:
    """So many processes that do nothing but that."""
    command = [sys.executable, "-c", SPIN.format(parent=os.getpid())]
    processes = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def proof_table(records: Mapping[str, Mapping]) -> list[str]:
    """What lab/gate/prove.py has kept, as the table of docs/timing.md: a row for each kind of trial."""
    results = [trial for record in records.values() for trial in record["trials"].values()]
    kinds = {(result["slower_percent"], result["busy"]) for result in results}
    head = ("", "trials", *(str(verdict) for verdict in Verdict), "ratio found, least to most", "seconds a trial")
    return table(head, [_row(*kind, results) for kind in sorted(kinds, key=lambda kind: (kind[0], kind[1] == "yes"))])


def _row(slower: int, busy: str, results: Iterable[Mapping]) -> list[str]:
    those = [result for result in results if (result["slower_percent"], result["busy"]) == (slower, busy)]
    ratios = [result["ratio"] for result in those]
    return [
        (f"{slower}% slower" if slower else "no change") + (", other cores busy" if busy == "yes" else ""),
        f"{len(those)}",
        *(f"{sum(result['verdict'] == verdict for result in those)}" for verdict in Verdict),
        f"{min(ratios):.2f} to {max(ratios):.2f}",
        f"{sum(result['seconds'] for result in those) / len(those):.0f}",
    ]
