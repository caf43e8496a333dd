"""The decision, on made-up machines: steady, drifting, bursting, and with processes that are slow all their life."""

import numpy as np
import pytest
from source_imports import ROOT

from lab.gate import rounds
from lab.gate.rounds import Roots, run_gate
from lab.gate.verdicts import Finding, Outcome, Ratio, Verdict, compare, judge
from lab.params import load

PARAMS = load(ROOT / "lab/params.yaml").gate.model_copy(update={"cases": ["two_conv"], "resamples": 1000})
SIDES = ("base", "head", "again")
PASS, FAIL, INCONCLUSIVE = Verdict


class Machine:
    """Made-up rounds. All parts are standard deviations of a logarithm, but `burst`, the share of turns that take half
    as long again, and `wander`, by which the whole machine has become slower in each round."""

    def __init__(self, seed, noise=0.03, bias=0.02, burst=0.1, wander=0.1, slower=1.0, uneven=1.0):
        self.rng = np.random.default_rng(seed)
        self.noise, self.bias, self.burst, self.wander = noise, bias, burst, wander
        self.slower = {"base": 1.0, "head": slower, "again": uneven}

    def measure(self, _roots, cases, params, _rng, _title):
        pace = np.exp(np.cumsum(self.rng.normal(0, self.wander, params.rounds)))
        return {case: self._case(pace, params, case) for case in [*cases, "control"]}, {}

    def _case(self, pace, params, case):
        return {side: pace * self._side(params, self.slower[side] if case != "control" else 1.0) for side in SIDES}

    def _side(self, params, slower):
        biased = np.repeat(self.rng.normal(0, self.bias, params.crews), params.rounds // params.crews)
        bursts = np.where(self.rng.random(params.rounds) < self.burst, 1.5, 1.0)
        return 0.01 * slower * bursts * np.exp(biased + self.rng.normal(0, self.noise, params.rounds))


def verdicts(monkeypatch, trials, **machine):
    """How often the whole gate, with all its sets, answers what."""
    counts = dict.fromkeys(Verdict, 0)
    for seed in range(trials):
        monkeypatch.setattr(rounds, "measure", Machine(seed, **machine).measure)
        counts[run_gate(Roots(ROOT, ROOT), PARAMS)["two_conv"].verdict] += 1
    return counts


NOISY = {"noise": 0.05, "bias": 0.04, "burst": 0.2, "wander": 0.3}


@pytest.mark.parametrize("machine", [{}, NOISY], ids=["idle", "noisy"])
def test_no_change_never_fails(monkeypatch, machine):
    assert verdicts(monkeypatch, 60, **machine)[FAIL] == 0


def test_no_change_seldom_stays_open_on_an_idle_machine(monkeypatch):
    assert verdicts(monkeypatch, 30)[PASS] >= 29


@pytest.mark.parametrize(("slower", "machine", "found"), [(1.25, {}, 30), (1.5, {}, 30), (1.5, NOISY, 28)])
def test_slower_steps_are_found(monkeypatch, slower, machine, found):
    assert verdicts(monkeypatch, 30, slower=slower, **machine)[FAIL] >= found


def test_what_is_slower_by_less_than_the_tolerance_does_not_fail(monkeypatch):
    assert verdicts(monkeypatch, 30, slower=1.03)[FAIL] == 0


def test_a_base_that_differs_from_itself_is_no_measure(monkeypatch):
    assert verdicts(monkeypatch, 5, slower=1.5, uneven=1.3)[INCONCLUSIVE] == 5


def test_a_machine_that_treats_the_sides_unequally_is_no_measure():
    sides = {side: np.full(12, 0.01) for side in SIDES}
    finding = judge({**sides, "head": np.full(12, 0.02)}, {**sides, "head": np.full(12, 0.012)}, PARAMS)
    assert finding.verdict is INCONCLUSIVE
    assert finding.why == "what no revision touches differs by a factor of 1.20"


@pytest.mark.parametrize(
    ("head", "verdict", "why"),
    [
        (0.020, FAIL, "2.00 (2.00 to 2.00) times as slow"),
        (0.010, PASS, "no slower"),
        (0.005, PASS, "faster: 0.50 (0.50 to 0.50) of the time"),
    ],
)
def test_the_verdict_is_a_sentence(head, verdict, why):
    even = {side: np.full(12, 0.01) for side in SIDES}
    finding = judge({**even, "head": np.full(12, head)}, even, PARAMS)
    assert (finding.verdict, finding.why) == (verdict, why)
    assert (finding.base_ms, finding.head_ms) == pytest.approx((10, 1e3 * head))


@pytest.mark.parametrize("slower", [1.09, 1.15])
def test_a_limit_within_the_interval_is_inconclusive(slower):
    rng = np.random.default_rng(0)
    noisy = {side: 0.01 * np.exp(rng.normal(0, 0.2, 12)) for side in SIDES}
    finding = judge({**noisy, "head": slower * noisy["head"]}, {side: np.ones(12) for side in SIDES}, PARAMS)
    assert finding.verdict is INCONCLUSIVE
    assert finding.why.startswith("the limit of 1.05 lies within the interval")


def test_both_measurements_of_the_base_count_the_same():
    one = np.ones(12)
    sides = {"base": one, "head": 1.2 * one, "again": 1.44 * one}
    assert compare(sides, PARAMS).median == pytest.approx(1.0)


def test_the_ratio_does_not_see_a_machine_that_slows_down():
    pace = np.geomspace(1, 100, 12)
    sides = {"base": pace, "head": 1.2 * pace, "again": pace}
    assert compare(sides, PARAMS) == Ratio(*[pytest.approx(1.2)] * 3)


def found(*sets):
    return Outcome([Finding(1, 1, Ratio(1, 1, 1), 1, verdict, "") for verdict in sets])


@pytest.mark.parametrize(
    ("sets", "verdict"),
    [
        ([PASS], PASS),
        ([FAIL, FAIL], FAIL),
        ([FAIL, PASS], PASS),  # did not recur
        ([FAIL, INCONCLUSIVE, FAIL], FAIL),
        ([FAIL, INCONCLUSIVE, INCONCLUSIVE], INCONCLUSIVE),
        ([INCONCLUSIVE, INCONCLUSIVE, PASS], PASS),
    ],
)
def test_a_failure_has_to_recur(sets, verdict):
    assert found(*sets).verdict is verdict


@pytest.mark.parametrize(
    ("sides", "verdict"), [(["head"], FAIL), (["base"], PASS), (["base", "again", "head"], INCONCLUSIVE)]
)
def test_a_case_must_not_vanish(sides, verdict):
    assert Outcome(missing=dict.fromkeys(sides, "ImportError")).verdict is verdict


def test_a_case_that_has_passed_is_measured_no_more(monkeypatch):
    measured = []

    def measure(_roots, cases, params, _rng, _title):
        measured.append(list(cases))
        even = {side: np.full(params.rounds, 0.01) for side in SIDES}
        slow = {**even, "head": np.full(params.rounds, 0.02)}
        return {"mlp": even, "two_conv": slow, "control": even}, {"decode": {"base": "ImportError: decode"}}

    monkeypatch.setattr(rounds, "measure", measure)
    params = PARAMS.model_copy(update={"cases": ["mlp", "two_conv", "decode"]})
    outcomes = run_gate(Roots(ROOT, ROOT), params)
    assert measured == [["mlp", "two_conv", "decode"], ["two_conv"]]
    assert {case: outcome.verdict for case, outcome in outcomes.items()} == {
        "mlp": PASS,
        "two_conv": FAIL,
        "decode": PASS,
    }
