"""The proof, short: a slowdown is put into one function and found, no change is not; and its table."""

import subprocess
import sys

import pytest
from gate_project import git, quick_params, quick_project
from source_imports import ROOT

from lab.gate.prove import Trial, busy_cores, hot_share, opened, proof_table, run_trial, trials
from lab.gate.verdicts import Verdict
from scratchnet.problems import Problem
from scratchnet.records import write_metrics


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return quick_project(tmp_path_factory.mktemp("project"))


def test_what_was_made_slower_is_found_and_what_was_not_is_not(project):
    commit, params = git(project, "rev-parse", "HEAD").strip(), quick_params(project)
    share = hot_share(params)
    assert 0.02 < share < 0.6
    slower = run_trial(project, commit, Trial(1, slower=400), share, params)
    assert slower["verdict"] is Verdict.FAIL
    assert slower["sets"] >= 2
    assert slower["ratio"] > 2
    same = run_trial(project, commit, Trial(1, slower=0, busy=True), share, params)
    assert same["verdict"] is not Verdict.FAIL
    assert git(project, "status", "--short", "--", "scratchnet") == ""


def test_a_third_of_the_unchanged_trials_is_busy():
    planned = list(trials(30, 10))
    assert len({trial.name for trial in planned}) == 60
    assert sum(trial.busy for trial in planned if not trial.slower) == 10
    assert [sum(trial.slower == percent for trial in planned) for percent in (0, 10, 25, 50)] == [30, 10, 10, 10]


def test_the_busy_end_with_the_trial():
    with busy_cores(2) as processes:
        assert [process.poll() for process in processes] == [None, None]
    assert all(process.returncode < 0 for process in processes)


def test_the_busy_end_with_their_parent():
    code = "import os; from lab.gate.prove import busy_cores; busy_cores(1).__enter__(); os._exit(0)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, check=True)  # to their end


def result(slower, busy, verdict, ratio):
    return {"slower_percent": slower, "busy": busy, "verdict": verdict, "ratio": ratio}


def test_the_table_counts_every_kind():
    results = {
        "a": result(0, "no", "PASS", 0.98),
        "b": result(0, "no", "INCONCLUSIVE", 1.04),
        "c": result(25, "no", "FAIL", 1.26),
        "d": result(0, "yes", "PASS", 1.01),
    }
    assert proof_table({"proof": {"trials": results}})[2:] == [
        "| no change | 2 | 1 | 0 | 1 | 0.98 to 1.04 |",
        "| no change, other cores busy | 1 | 1 | 0 | 0 | 1.01 to 1.01 |",
        "| 25% slower | 1 | 0 | 1 | 0 | 1.26 to 1.26 |",
    ]


def test_trials_of_other_params_are_not_mixed(project, tmp_path):
    out, params = tmp_path / "proof.json", quick_params(project)
    record = opened(out, "0123", params)
    write_metrics(out, record)
    assert opened(out, "0123", params) == record
    for commit, other in (("4567", params), ("0123", params.model_copy(update={"rounds": 12}))):
        with pytest.raises(Problem, match="has trials of another commit or other params"):
            opened(out, commit, other)
