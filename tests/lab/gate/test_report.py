"""The page says what was found, in words; the metrics say it in figures."""

import pytest
from source_imports import ROOT

from lab.gate.cases import CASES, COUNTED
from lab.gate.report import Report, metrics, page
from lab.gate.verdicts import Check, Finding, Outcome, Ratio, Verdict
from lab.params import load
from scratchnet.records import write_metrics

MACHINE = {"cpu": "EPYC", "cores": 2, "blas": "openblas", "versions": {"numpy": "2.4"}}
SLOW = Finding(8.0, 10.0, Ratio(1.25, 1.2, 1.3), 1.01, Verdict.FAIL, "1.25 (1.20 to 1.30) times as slow")
EVEN = Finding(8.0, 8.0, Ratio(1.0, 0.98, 1.02), 1.01, Verdict.PASS, "no slower")
OPEN = Finding(8.0, 8.0, Ratio(1.0, 0.8, 1.2), 1.01, Verdict.INCONCLUSIVE, "the limit of 1.10 lies within the interval")
FINE = Check("metrics/train_linear.json", Verdict.PASS, "is the committed file")
MEMORY = Check("memory of two_conv", Verdict.PASS, "23.00 MiB in the base, 23.00 MiB here")


def report(checks=(FINE, MEMORY), **outcomes):
    params = load(ROOT / "lab/params.yaml").gate
    return Report("main (0123)", outcomes, checks, MACHINE, params)


@pytest.mark.parametrize(
    ("outcome", "row"),
    [
        (Outcome([EVEN]), "| 8 | 8 | 1.00 (0.98 to 1.02) | 1.01 | **PASS**: no slower |"),
        (Outcome([SLOW, SLOW]), "**FAIL**: 1.25 (1.20 to 1.30) times as slow, and again 1.25 (1.20 to 1.30) |"),
        (Outcome([SLOW, EVEN]), "**PASS**: no slower; 1.25 (1.20 to 1.30) times as slow in an earlier set, which did"),
        (Outcome([OPEN] * 3), "**INCONCLUSIVE**: the limit of 1.10 lies within the interval |"),
        (Outcome([], {"base": "ImportError: x"}), "**PASS**: new: the base has no such step (ImportError: x) |"),
        (Outcome([], {"head": "ImportError: x"}), "**FAIL**: gone: the base has this step, the working tree has not"),
        (Outcome([], {"base": "x", "head": "y"}), "**INCONCLUSIVE**: neither side has such a step (y) |"),
    ],
)
def test_a_case_is_told_in_words(outcome, row):
    text = page(report(mlp=outcome))
    assert row in text
    assert text.startswith(f"# {outcome.verdict}: the working tree against main (0123)")
    assert ("End what else runs" in text) == (outcome.verdict is Verdict.INCONCLUSIVE)


def test_the_worst_counts():
    assert report(mlp=Outcome([EVEN]), decode=Outcome([OPEN])).verdict is Verdict.INCONCLUSIVE
    assert report(mlp=Outcome([SLOW, SLOW]), decode=Outcome([OPEN])).verdict is Verdict.FAIL
    failed = Check("metrics/train_linear.json", Verdict.FAIL, "test_loss is 1, committed 2")
    assert report((failed, FINE), mlp=Outcome([EVEN])).verdict is Verdict.FAIL


def test_what_needs_no_clock_is_told():
    failed = Check("metrics/train_mlp/a.json", Verdict.FAIL, "test_loss is 1, committed 2")
    text = page(report((failed, FINE, MEMORY), mlp=Outcome([EVEN])))
    assert "- **FAIL**: metrics/train_mlp/a.json: test_loss is 1, committed 2.\n" in text
    assert "- **PASS**: memory of two_conv: 23.00 MiB in the base, 23.00 MiB here.\n" in text
    assert "- Files of results that agree with the committed ones: 1." in text


def test_the_metrics_hold_every_set(tmp_path):
    found = metrics(report(mlp=Outcome([SLOW, EVEN]), decode=Outcome([], {"base": "x"})))
    write_metrics(tmp_path / "gate.json", found)
    assert found["cases"]["mlp"]["set_1"]["ratio"]["low"] == 1.2
    assert found["cases"]["mlp"]["set_2"]["verdict"] == "PASS"


def test_the_params_name_every_case():
    assert set(load(ROOT / "lab/params.yaml").gate.cases) == CASES.keys() - {"control"}
    assert set(COUNTED) < CASES.keys()
