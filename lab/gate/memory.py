"""The memory of a step, which two revisions can be compared by without a clock."""

from lab.gate.cases import CASES, COUNTED
from lab.gate.rounds import Roots, build, crew, scale_of
from lab.gate.verdicts import Check, Verdict
from lab.params import Gate


def check_memory(roots: Roots, params: Gate) -> list[Check]:
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
    return Check(f"memory of {CASES[case].label}", Verdict.FAIL if more else Verdict.PASS, why)
