"""Measuring. The base, the head, and the base again take turns, case by case.

A crew is one fresh process for each of these three sides. A round is one turn of every side in every case. A set is
some rounds, shared by some crews. As many sets are measured as it takes to settle every case, up to a limit.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lab.gate.cases import CONTROL, Scale
from lab.gate.side import Side
from lab.gate.verdicts import RECUR, Finding, Outcome, Sides, Verdict, judge
from lab.params import Gate
from lab.turns import LabStream, interleave, steps_that_fit
from scratchnet.names import rng_of
from scratchnet.timing.machine import cores

PAIR = 2  # rounds: an order and its reverse


@dataclass(frozen=True)
class Roots:
    """The folders of the two revisions; the head's may have changes that nobody has committed."""

    base: Path
    head: Path

    def sides(self) -> dict[str, Path]:
        return {"base": self.base, "head": self.head, "again": self.base}


def run_gate(roots: Roots, params: Gate) -> dict[str, Outcome]:
    """The outcome of every case. Each set measures the cases still open: those not passed, and not failed twice."""
    findings: dict[str, list[Finding]] = {case: [] for case in params.cases}
    missing: dict[str, dict[str, str]] = {}
    for number in range(params.sets):
        open_cases = [case for case in params.cases if case not in missing and not settled(findings[case])]
        if not open_cases:
            break
        rng = rng_of(params.seed, LabStream.TURNS, number)
        seconds, missed = measure(roots, open_cases, params, rng, f"set {number + 1}")
        missing |= missed
        for case in seconds.keys() - {CONTROL}:
            findings[case].append(judge(seconds[case], seconds[CONTROL], params))
    return {case: Outcome(findings[case], missing.get(case, {})) for case in params.cases}


def settled(findings: Sequence[Finding]) -> bool:
    verdicts = [finding.verdict for finding in findings]
    return Verdict.PASS in verdicts or verdicts.count(Verdict.FAIL) >= RECUR


def measure(
    roots: Roots, cases: Sequence[str], params: Gate, rng: np.random.Generator, title: str
) -> tuple[dict[str, Sides], dict[str, dict[str, str]]]:
    """One set of rounds.

    The first answer: by case and side the seconds of the shortest step of each turn, (rounds,) float64. The second: for
    each case that a side lacks, which side, and why.
    """
    turns: dict[str, dict[str, list[np.ndarray]]] = defaultdict(lambda: defaultdict(list))
    pairs = params.rounds // PAIR // params.crews
    with tqdm(total=params.crews * pairs, desc=title, unit="pair of rounds", disable=None) as bar:
        for _ in range(params.crews):
            with crew(roots) as sides:
                missing = build(sides, [*cases, CONTROL], params)
                there = [case for case in [*cases, CONTROL] if case not in missing]
                steps = {case: _steps(sides["base"], case, params) for case in there}
                for _ in range(pairs):
                    for case in rng.permutation(there).tolist():
                        rivals = {name: partial(side.ask, "turn", case) for name, side in sides.items()}
                        timed = interleave(rivals, dict.fromkeys(rivals, steps[case]), PAIR, rng)
                        for name, seconds in timed.items():
                            turns[case][name].append(seconds.min(axis=1))
                    bar.update()
    seconds = {case: {name: np.concatenate(parts) for name, parts in sides.items()} for case, sides in turns.items()}
    return seconds, missing


@contextmanager
def crew(roots: Roots) -> Iterator[dict[str, Side]]:
    """A fresh process for each side."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Side(name, root)) for name, root in roots.sides().items()}


def build(sides: Mapping[str, Side], cases: Sequence[str], params: Gate) -> dict[str, dict[str, str]]:
    """Make the steps of the cases on all sides at once. The answer: for each missing case the sides, and why."""
    with ThreadPoolExecutor(len(sides)) as pool:
        answers = pool.map(lambda side: side.ask("build", list(cases), scale_of(params)), sides.values())
        missing = dict(zip(sides, answers, strict=True))
    return {
        case: {name: reasons[case] for name, reasons in missing.items() if case in reasons}
        for case in cases
        if any(case in reasons for reasons in missing.values())
    }


def scale_of(params: Gate) -> Scale:
    return Scale(params.batch_size, params.size, params.hidden, params.seed, cores())


def _steps(side: Side, case: str, params: Gate) -> int:
    """How many steps a turn has. It must be the same for all sides: the more steps, the shorter the shortest."""
    step_seconds = float(side.ask("turn", case, 2, 1).min())
    return max(params.least_steps, steps_that_fit(params.turn_seconds, step_seconds))
