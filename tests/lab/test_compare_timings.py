"""The timings of a revision and of the workspace, through git."""

import json
import subprocess
import sys

import pytest

from lab import compare_timings
from scratchnet.problems import Problem
from scratchnet.timing.machine import machine


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A repository with one commit, in which training took 4 seconds; in the workspace it takes 2."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "metrics/timing/train_mlp/binary_rings.json"
    file.parent.mkdir(parents=True)
    timing = {"train_seconds": 4.0, "machine": machine()}
    file.write_text(json.dumps(timing))
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.check_call([*git, *command])
    file.write_text(json.dumps(timing | {"train_seconds": 2.0}))
    return tmp_path


def call(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["compare_timings", *arguments])
    compare_timings.main()


def test_the_workspace_is_laid_beside_the_revision(monkeypatch, capsys):
    call(monkeypatch, "--base", "HEAD")
    assert "| train_mlp/binary_rings train_seconds | 4 | 2 | 0.50 |" in capsys.readouterr().out


@pytest.mark.parametrize("revision", ["nowhere", "--help", "HEAD:metrics"])
def test_what_is_no_commit_is_told(monkeypatch, revision):
    with pytest.raises(Problem, match="git knows no revision"):
        call(monkeypatch, f"--base={revision}")


def test_without_timings_it_says_what_to_run(project, monkeypatch):
    (project / "metrics/timing/train_mlp/binary_rings.json").unlink()
    with pytest.raises(Problem, match="no timings in metrics/timing: run the pipeline first"):
        call(monkeypatch, "--base", "HEAD")
