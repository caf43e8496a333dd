"""What else two revisions can be compared by without a clock: the memory of a step, and how long the code is."""

from collections.abc import Sequence
from pathlib import Path

from lab.benchmark.lines import count
from lab.benchmark.rungs import RUNGS
from lab.gate.cases import COUNTED, LABELS
from lab.gate.rounds import Roots, build, crew, scale_of
from lab.gate.verdicts import Check, Verdict
from scratchnet.params import TimingGate


def check_memory(roots: Roots, params: TimingGate) -> list[Check]:
    """The most that a step holds at once, on both sides, of every case that Python can count and both sides have."""
    cases = [case for case in COUNTED if case in params.cases]
    with crew(roots) as sides:
        missing = build(sides, cases, params)
        peaks = {
            case: [sides[name].ask("peak_mib", case, scale_of(params)) for name in ("base", "head")]
            for case in cases
            if case not in missing
        }
    return [_memory(case, *peak, params.memory_tolerance) for case, peak in peaks.items()]


def _memory(case: str, base: float, head: float, tolerance: float) -> Check:
    more = head > base * (1 + tolerance)
    why = f"{base:.2f} MiB in the base, {head:.2f} MiB here" + (f": more than {tolerance:.0%} too much" if more else "")
    return Check(f"memory of {LABELS[case]}", Verdict.FAIL if more else Verdict.PASS, why)


def lines(roots: Roots) -> dict[str, tuple[int | None, int | None]]:
    """Lines of code of every implementation, by its sources: in the base and here; None where one has no such code."""
    labels: dict[tuple[str, ...], str] = {}
    for rung in RUNGS.values():
        labels.setdefault(rung.sources, rung.label)
    return {label: (_count(roots.base, files), _count(roots.head, files)) for files, label in labels.items()}


def _count(root: Path, sources: Sequence[str]) -> int | None:
    try:
        return count(sources, root)
    except (OSError, LookupError, SyntaxError):
        return None
