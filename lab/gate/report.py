"""What the gate found, as metrics and as a Markdown page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from lab.gate.cases import CASES
from lab.gate.verdicts import Check, Outcome, Verdict, overall
from lab.params import Gate
from scratchnet.markdown import table
from scratchnet.timing.machine import versions_of

HEAD = ("case", "base, ms", "here, ms", "here / base", "base / base", "verdict")
ADVICE = """\
INCONCLUSIVE is about the measurement, not about the code: something else was running, or the change is too close to the
tolerance to tell. End what else runs and ask again; or ask for more rounds (gate.rounds in lab/params.yaml)."""


@dataclass(frozen=True)
class Report:
    """All that the gate found. base: the revision as it was asked for, and its commit."""

    base: str
    outcomes: Mapping[str, Outcome]
    checks: Sequence[Check]
    machine: Mapping
    params: Gate

    @property
    def verdict(self) -> Verdict:
        return overall(found.verdict for found in (*self.outcomes.values(), *self.checks))


def page(report: Report) -> str:
    params, outcomes = report.params, report.outcomes
    rows = [_row(CASES[case].label, outcome) for case, outcome in outcomes.items()]
    inconclusive = any(outcome.verdict is Verdict.INCONCLUSIVE for outcome in outcomes.values())
    return "\n".join(
        [
            f"# {report.verdict}: the working tree against {report.base}",
            "",
            *table(HEAD, rows, words=HEAD[-1:]),
            "",
            f"Milliseconds of the shortest step of a turn, the median over {params.rounds} rounds; their ratio with its"
            f" {params.confidence:.0%} interval. A case fails where it is slower by more than {params.tolerance:.0%},"
            " beyond doubt, in two sets of rounds.",
            "",
            *([ADVICE, ""] if inconclusive else []),
            *_checks(report.checks),
            "",
            _measured_on(report.machine),
            "",
        ]
    )


def metrics(report: Report) -> dict:
    """The same as nested dicts, with every set's figures."""
    return {
        "verdict": report.verdict,
        "base": report.base,
        "cases": {case: _metrics(outcome) for case, outcome in report.outcomes.items()},
        "checks": {check.name: {"verdict": check.verdict, "why": check.why} for check in report.checks},
        "machine": report.machine,
        "params": report.params.model_dump(exclude={"cases"}),
    }


def sentence(outcome: Outcome) -> str:
    """Why, for people."""
    if outcome.missing:
        return _missing(outcome.missing)
    *before, last = outcome.findings
    earlier = [finding for finding in before if finding.verdict is Verdict.FAIL]
    if last.verdict is Verdict.FAIL and earlier:
        return f"{earlier[-1].ratio} times as slow, and again {last.ratio}"
    if earlier:
        return f"{last.why}; {earlier[-1].ratio} times as slow in an earlier set, which did not recur"
    return last.why


def _missing(missing: Mapping[str, str]) -> str:
    if "head" not in missing:
        return f"new: the base has no such step ({missing['base']})"
    if "base" not in missing:
        return f"gone: the base has this step, the working tree has not ({missing['head']})"
    return f"neither side has such a step ({missing['head']})"


def _row(label: str, outcome: Outcome) -> list[str]:
    verdict = f"**{outcome.verdict}**: {sentence(outcome)}"
    if outcome.missing:
        return [label, *["–"] * 4, verdict]
    last = outcome.findings[-1]
    return [label, f"{last.base_ms:.3g}", f"{last.head_ms:.3g}", str(last.ratio), f"{last.again:.2f}", verdict]


def _checks(checks: Sequence[Check]) -> list[str]:
    """A line for each check of memory and each that fails; of the others their number."""
    shown = [check for check in checks if check.verdict is not Verdict.PASS or check.name.startswith("memory")]
    lines = [f"- **{check.verdict}**: {check.name}: {check.why}." for check in shown]
    passed = len(checks) - len(shown)
    return [*lines, f"- Files of results that agree with the committed ones: {passed}."]


def _measured_on(machine: Mapping) -> str:
    return f"Measured on {machine['cpu']}, {machine['cores']} cores, {machine['blas']}; {versions_of(machine)}."


def _metrics(outcome: Outcome) -> dict:
    findings = {f"set_{number}": asdict(finding) for number, finding in enumerate(outcome.findings, start=1)}
    return {"verdict": outcome.verdict, "why": sentence(outcome), **findings}
