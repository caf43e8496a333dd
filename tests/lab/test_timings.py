"""Timings of two revisions: a ratio where the machines agree, and the difference where they do not."""

import json

import pytest
from gate_project import git

from lab.timings import differences, main, page
from scratchnet.problems import Problem
from scratchnet.timing.machine import machine

HERE = machine() | {"cpu": "EPYC", "cores": 2, "load_at_start": 0.1}
THERE = HERE | {"cores": 16, "versions": HERE["versions"] | {"numpy": "2.5"}, "load_at_start": 3.0}


def timing(machine, images_per_second):
    return {"images_per_second": images_per_second, "train_seconds": 4.0, "machine": machine}


def row(text, begin):
    return next(line for line in text.splitlines() if line.startswith(f"| {begin} "))


def test_machines_differ_in_what_they_differ_in_but_not_in_the_load():
    assert differences(HERE, HERE | {"load_at_start": 9.0}) == []
    assert differences(HERE, THERE) == ["cores", "versions.numpy"]
    assert differences(HERE, {key: value for key, value in HERE.items() if key != "driver"}) == ["driver"]


def test_a_ratio_needs_the_same_machine():
    base = {"train_mlp/a": timing(HERE, 200.0), "train_mlp/b": timing(HERE, 200.0)}
    head = {"train_mlp/a": timing(HERE | {"load_at_start": 0.7}, 300.0), "train_mlp/b": timing(THERE, 300.0)}
    text = page("0123abc", base, head)
    assert row(text, "train_mlp/a images_per_second") == "| train_mlp/a images_per_second | 200 | 300 | 1.50 |"
    assert row(text, "train_mlp/b images_per_second").endswith("| 200 | 300 | not comparable |")
    assert "**train_mlp/b**: not comparable, for they differ in cores, versions.numpy." in text
    assert "**train_mlp/a**: comparable." in text
    assert row(text, "**cores**") == "| **cores** | **2** | **16** |"
    assert row(text, "load_at_start") == "| load_at_start | 0.1 | 0.7 |"


def test_files_of_the_same_machines_share_a_table_and_each_has_its_load():
    base = {name: timing(HERE, 200.0) for name in "ab"}
    head = {name: timing(HERE | {"load_at_start": load}, 300.0) for name, load in (("a", 0.5), ("b", 1.5))}
    text = page("0123abc", base, head)
    assert "**a, b**: comparable." in text
    assert row(text, "load_at_start") == "| load_at_start | 0.1 | 0.5, 1.5 |"
    assert row(text, "cpu") == "| cpu | EPYC | EPYC |"


def test_what_only_one_side_has_is_named():
    text = page("0123abc", {"old": timing(HERE, 1.0)}, {"new": timing(HERE, 1.0)})
    assert "- old: only in base." in text
    assert "- new: only in head." in text


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with one commit, in which training took 4 seconds; in the workspace it takes 2."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "metrics/timing/train_mlp/binary_rings.json"
    file.parent.mkdir(parents=True)
    timing = {"train_seconds": 4.0, "machine": machine()}
    file.write_text(json.dumps(timing))
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        git(tmp_path, *command)
    file.write_text(json.dumps(timing | {"train_seconds": 2.0}))
    return tmp_path


@pytest.mark.usefixtures("project")
def test_the_workspace_is_laid_beside_the_revision(capsys):
    main(["--base", "HEAD"])
    assert "| train_mlp/binary_rings train_seconds | 4 | 2 | 0.50 |" in capsys.readouterr().out


@pytest.mark.parametrize("revision", ["nowhere", "--help", "HEAD:metrics"])
@pytest.mark.usefixtures("project")
def test_what_is_no_commit_is_told(revision):
    with pytest.raises(Problem, match="git knows no revision"):
        main([f"--base={revision}"])


def test_without_timings_it_says_what_to_run(project):
    (project / "metrics/timing/train_mlp/binary_rings.json").unlink()
    with pytest.raises(Problem, match="no timings in metrics/timing: run the pipeline first"):
        main(["--base", "HEAD"])
