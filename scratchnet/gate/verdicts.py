"""From seconds to a verdict: how many times as long, how sure of it, and whether to believe the measurement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from scipy.stats import bootstrap

from scratchnet.params import TimingGate

RECUR = 2  # sets of rounds in which a FAIL has to be found
Sides = Mapping[str, np.ndarray]  # seconds of "base", "head" and "again" (the base once more), each (rounds,)


class Verdict(StrEnum):
    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class Ratio:
    """How many times as long: the median over the rounds, and the interval around it."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Finding:
    """What one set of rounds says of a case. ratio: head over base; again: the base over itself, the A/A."""

    base_ms: float
    head_ms: float
    ratio: Ratio
    again: float
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Outcome:
    """A case after all its sets. missing: the sides that do not have it ("base", "head"), with the reason."""

    findings: Sequence[Finding] = ()
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        if "head" in self.missing:  # what the base has must not vanish unseen
            return Verdict.INCONCLUSIVE if "base" in self.missing else Verdict.FAIL
        verdicts = [finding.verdict for finding in self.findings]
        if "base" in self.missing or Verdict.PASS in verdicts:
            return Verdict.PASS
        return Verdict.FAIL if verdicts.count(Verdict.FAIL) >= RECUR else Verdict.INCONCLUSIVE


def compare(over: np.ndarray, under: np.ndarray, params: TimingGate) -> Ratio:
    """The median of the paired log-ratios, (rounds,) each, and its bootstrap interval over the rounds."""
    logs, rng = np.log(over / under), np.random.default_rng([params.seed, 2])
    interval = bootstrap(
        (logs,),
        np.median,
        n_resamples=params.resamples,
        confidence_level=params.confidence,
        method="percentile",
        rng=rng,
    ).confidence_interval
    return Ratio(*np.exp([np.median(logs), interval.low, interval.high]).tolist())


def judge(sides: Sides, control: Sides, params: TimingGate) -> Finding:
    """control: what no revision touches, measured in the same rounds."""
    ratio, again = compare(sides["head"], _base(sides), params), drift(sides)
    verdict, why = _verdict(ratio, again, _farthest(_head_ratio(control), drift(control)), params.tolerance)
    base_ms, head_ms = (1e3 * float(np.median(seconds)) for seconds in (_base(sides), sides["head"]))
    return Finding(base_ms, head_ms, ratio, again, verdict, why)


def _base(sides: Sides) -> np.ndarray:
    """Both measurements of the base, as one: their geometric mean, round by round."""
    return np.sqrt(sides["base"] * sides["again"])


def _head_ratio(sides: Sides) -> float:
    return float(np.median(sides["head"] / _base(sides)))


def drift(sides: Sides) -> float:
    """The base over itself: 1, were there no noise."""
    return float(np.median(sides["again"] / sides["base"]))


def _farthest(*ratios: float) -> float:
    return max(ratios, key=lambda ratio: abs(np.log(ratio)))


def _verdict(ratio: Ratio, again: float, control: float, tolerance: float) -> tuple[Verdict, str]:
    limit = 1 + tolerance
    for drifted, what in ((again, "the base, measured twice, differs"), (control, "what no revision touches differs")):
        if not 1 / limit <= drifted <= limit:
            return Verdict.INCONCLUSIVE, f"{what} by a factor of {drifted:.2f}"
    if ratio.low > limit:
        return Verdict.FAIL, f"{ratio} times as slow"
    if ratio.high <= limit:
        return Verdict.PASS, f"faster: {ratio} of the time" if ratio.high < 1 / limit else "no slower"
    return (
        Verdict.INCONCLUSIVE,
        f"the limit of {limit:.2f} lies within the interval, {ratio.low:.2f} to {ratio.high:.2f}",
    )
