"""From seconds to a verdict: how many times as long a step takes, how sure that is, and whether to believe it.

The three sides are the base, the head (the working tree), and "again": the base once more, in a process of its own. An
A/A comparison is of the base with itself. It should find no difference; what it finds is noise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from scipy.stats import bootstrap

from lab.params import Gate
from lab.turns import LabStream
from scratchnet.names import rng_of

RECUR = 2  # sets of rounds in which a FAIL has to be found
Sides = Mapping[str, np.ndarray]  # seconds of a step of "base", "head" and "again": each (rounds,) float64


class Verdict(StrEnum):
    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class Ratio:
    """How many times as long a step takes: the median over the rounds, and the bounds of the interval around it."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Finding:
    """What one set of rounds says of a case.

    base_ms, head_ms: milliseconds of a step. ratio: the head over the base. again: the base over itself, 1 were there
    no noise. why: a clause that explains the verdict.
    """

    base_ms: float
    head_ms: float
    ratio: Ratio
    again: float
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Check:
    """A verdict on something that needs no clock: its name, and a clause that says why."""

    name: str
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Outcome:
    """A case after all its sets of rounds. missing: for each side that does not have the case, the reason.

    FAIL: two sets failed, or the head lacks what the base has. PASS: one set passed, or the case is new. INCONCLUSIVE:
    anything else.
    """

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


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of them."""
    verdicts = set(verdicts)
    return next((worst for worst in (Verdict.FAIL, Verdict.INCONCLUSIVE) if worst in verdicts), Verdict.PASS)


def compare(sides: Sides, params: Gate) -> Ratio:
    """Head over base: the median of the log-ratios of pairs, and its interval.

    A pair is of one round. Each round has two: the head with "base", and the head with "again". So one bad turn of the
    base spoils one pair of two. The interval is a bootstrap's: the rounds are drawn anew, with replacement, many times,
    and the middle part of all those medians is the interval.
    """
    logs = [np.log(sides["head"] / sides[base]) for base in ("base", "again")]
    interval = bootstrap(
        logs,
        _median_of_all,
        paired=True,  # a round is drawn with all that was measured in it
        n_resamples=params.resamples,
        confidence_level=params.confidence,
        method="percentile",
        rng=rng_of(params.seed, LabStream.BOOTSTRAP),
    ).confidence_interval
    return Ratio(*np.exp([_median_of_all(*logs), interval.low, interval.high]).tolist())


def _median_of_all(*samples: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.median(np.concatenate(samples, axis=axis), axis=axis)


def judge(sides: Sides, control: Sides, params: Gate) -> Finding:
    """The verdict on a case. control: a step that no revision touches, measured in the same rounds."""
    ratio, again = compare(sides, params), drift(sides)
    machine = max(compare(control, params).median, drift(control), key=lambda ratio: abs(np.log(ratio)))
    verdict, why = _verdict(ratio, again, machine, params)
    base_ms = 1e3 * float(_median_of_all(sides["base"], sides["again"]))
    return Finding(base_ms, 1e3 * float(np.median(sides["head"])), ratio, again, verdict, why)


def drift(sides: Sides) -> float:
    """The base over itself, the median over the rounds: 1, were there no noise."""
    return float(np.median(sides["again"] / sides["base"]))


def _verdict(ratio: Ratio, again: float, machine: float, params: Gate) -> tuple[Verdict, str]:
    for drifted, what in ((again, "the base, measured twice, differs"), (machine, "what no revision touches differs")):
        if abs(np.log(drifted)) > np.log(1 + params.drift):
            return Verdict.INCONCLUSIVE, f"{what} by a factor of {drifted:.2f}"
    limit = 1 + params.tolerance
    if ratio.low > limit:
        return Verdict.FAIL, f"{ratio} times as slow"
    if ratio.high <= limit:
        return Verdict.PASS, f"faster: {ratio} of the time" if ratio.high < 1 / limit else "no slower"
    return (
        Verdict.INCONCLUSIVE,
        f"the limit of {limit:.2f} lies within the interval, {ratio.low:.2f} to {ratio.high:.2f}",
    )
