"""Does the gate find what is slower, and nothing else? It is asked where the answer is known.

A trial measures a commit against itself, or against a copy of it that was made slower. Of the trials without a change a
third has the other cores busy. X% slower means: one function (Chunk.convolve of the fast network, on one thread) keeps
its core busy for X% of a step after its work is done.

Reads the section gate of lab/params.yaml. Writes each trial as it ends to metrics/reference/gate/proof.json, so that a
run that was stopped goes on. Needs an otherwise idle machine for half an hour. Then `python -m lab tables` brings the
table of docs/timing.md up to date.

Example: python -m lab prove --aa 3 --slow 1 --out /tmp/proof.json
"""

import os
import subprocess
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from lab.gate.cases import CASES
from lab.gate.rounds import Roots, run_gate, scale_of
from lab.gate.verdicts import Verdict
from lab.params import Gate, load
from lab.profile import shares
from lab.revisions import checked_out, commit_of
from scratchnet.markdown import table
from scratchnet.names import REFERENCE
from scratchnet.problems import Problem
from scratchnet.records import read_metrics, write_metrics
from scratchnet.timing.clock import Stopwatch
from scratchnet.timing.machine import cores, machine

PROOF = REFERENCE / "gate" / "proof.json"
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
        found = shares(CASES[CASE].step(scale_of(params)))
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
    with (tree / HOT_FILE).open("a", encoding="utf-8") as file:
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
    """The trials that were kept, as the table of docs/timing.md: a row for each kind."""
    results = [trial for record in records.values() for trial in record["trials"].values()]
    kinds = {(result["slower_percent"], result["busy"]) for result in results}
    head = ("change", "trials", *(str(verdict) for verdict in Verdict), "ratio found, least to most")
    return table(head, [_row(*kind, results) for kind in sorted(kinds, key=lambda kind: (kind[0], kind[1] == "yes"))])


def _row(slower: int, busy: str, results: Iterable[Mapping]) -> list[str]:
    those = [result for result in results if (result["slower_percent"], result["busy"]) == (slower, busy)]
    ratios = [result["ratio"] for result in those]
    return [
        (f"{slower}% slower" if slower else "no change") + (", other cores busy" if busy == "yes" else ""),
        f"{len(those)}",
        *(f"{sum(result['verdict'] == verdict for result in those)}" for verdict in Verdict),
        f"{min(ratios):.2f} to {max(ratios):.2f}",
    ]


def opened(out: Path, commit: str, params: Gate) -> dict:
    """What `out` has of this commit and these params; a new record where there is none."""
    setting = {"commit": commit, "params": params.model_dump(exclude={"cases"})}
    if not out.exists():
        return {**setting, "convolve_share": hot_share(params), "machine": machine(), "trials": {}}
    record = read_metrics(out)
    if {key: record.get(key) for key in setting} != setting:
        raise Problem(f"{out} has trials of another commit or other params. Remove it to begin anew.")
    return record


def main(arguments: list[str]) -> None:
    parser = ArgumentParser("python -m lab prove", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--aa", type=int, default=30, help="trials without a change (default: %(default)s)")
    parser.add_argument("--slow", type=int, default=10, help="trials of each slowdown (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=PROOF, help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    params, root = load().gate, Path.cwd()
    commit = commit_of(root, "HEAD")
    record = opened(options.out, commit, params)
    for trial in trials(options.aa, options.slow):
        if trial.name not in record["trials"]:
            record["trials"][trial.name] = result = run_trial(root, commit, trial, record["convolve_share"], params)
            write_metrics(options.out, record)
            print(f"{trial.name}: {result['verdict']}, {result['ratio']:.2f}", flush=True)
