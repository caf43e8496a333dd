"""The decision, on made-up machines: steady, drifting, bursting, and with processes that are slow all their life."""

import numpy as np
import pytest
from source_imports import ROOT

from scratchnet.gate import rounds
from scratchnet.gate.rounds import Roots, run_gate
from scratchnet.gate.verdicts import Finding, Outcome, Ratio, Verdict, compare, judge
from scratchnet.params import load

PARAMS = load(ROOT / "params.yaml").timing_gate.model_copy(update={"cases": ["two_conv"], "resamples": 1000})
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


NOISY = {"noise": 0.1, "bias": 0.04, "burst": 0.3, "wander": 0.3}


@pytest.mark.parametrize("machine", [{}, NOISY], ids=["idle", "noisy"])
def test_no_change_never_fails(monkeypatch, machine):
    assert verdicts(monkeypatch, 100, **machine)[FAIL] == 0


def test_no_change_seldom_stays_open_on_an_idle_machine(monkeypatch):
    assert verdicts(monkeypatch, 50)[PASS] >= 49


@pytest.mark.parametrize(("slower", "found"), [(1.25, 29), (1.5, 30)])
@pytest.mark.parametrize("machine", [{}, {**NOISY, "noise": 0.06}], ids=["idle", "noisy"])
def test_slower_steps_are_found(monkeypatch, slower, found, machine):
    assert verdicts(monkeypatch, 30, slower=slower, **machine)[FAIL] >= found
