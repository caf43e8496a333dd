"""The whole gate on a small copy of the project: what it finds, what it says, and what it leaves behind."""

import os
import signal
import subprocess
import sys
import time

import pytest
from gate_project import SLOWER_FORWARD, append, git, quick_params, quick_project
from stages_project import change_params, run

from lab.gate import command
from lab.gate.rounds import Roots, build, crew
from scratchnet.records import read_metrics

COMMAND = ("python", "-m", "lab", "gate")


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    return quick_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def project(quick):
    yield quick
    git(quick, "checkout", "-q", ".")


@pytest.fixture
def call(monkeypatch, capsys):
    """Run the command in this process, in a folder; its status, and what it printed on both streams."""

    def called(folder, *arguments):
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as ended:
            command.main(list(arguments))
        return ended.value.code, "".join(capsys.readouterr())

    return called


def checked_out(temporary):
    return list(temporary.glob("revision-*/*/scratchnet"))


def write_params(project, text):
    (project / "lab").mkdir()
    (project / "lab/params.yaml").write_text(text)


def test_what_is_slower_fails_and_the_report_is_written(project, tmp_path):
    append(project / "scratchnet/numpy_nn/networks.py", SLOWER_FORWARD)
    done = run(project, *COMMAND, "--base", "HEAD", "--report", str(tmp_path / "report"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "# FAIL: the working tree against HEAD" in done.stdout
    assert "times as slow, and again" in done.stdout
    assert (tmp_path / "report/gate.md").read_text() == done.stdout.removesuffix("\n")
    found = read_metrics(tmp_path / "report/gate.json")
    assert found["verdict"] == found["cases"]["mlp"]["verdict"] == "FAIL"
    assert found["cases"]["mlp"]["set_2"]["ratio"]["median"] > 1.5


def test_the_same_code_does_not_fail(project, call):
    status, text = call(project, "--base", "HEAD")
    assert status in (0, 2), text


def test_ctrl_c_leaves_nothing_behind(project, tmp_path):
    change_params(project, {"gate": {"rounds": 100000}}, "lab/params.yaml")
    asked = [sys.executable, "-m", "lab", "gate", "--base", "HEAD", "--report", str(tmp_path / "report")]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = subprocess.Popen(asked, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while not checked_out(temporary) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert checked_out(temporary)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert not list(temporary.glob("revision-*"))
    assert not (tmp_path / "report").exists()


def test_an_unknown_revision_is_told(project, call):
    status, text = call(project, "--base", "no-such-branch")
    assert status == 3
    assert "git knows no revision 'no-such-branch' here." in text


def test_a_folder_without_git_is_told(tmp_path, project, call):
    write_params(tmp_path, (project / "lab/params.yaml").read_text())
    status, text = call(tmp_path, "--base", "HEAD")
    assert status == 3
    assert "not a git repository" in text


def test_a_conflict_is_told(project, call):
    blob = git(project, "hash-object", "-w", "README.md").strip()
    lines = "".join(f"100644 {blob} {stage}\tREADME.md\n" for stage in (1, 2, 3))
    subprocess.run(["git", "update-index", "--index-info"], input=lines, text=True, cwd=project, check=True)
    try:
        status, text = call(project, "--base", "HEAD")
    finally:
        git(project, "reset", "-q")
    assert status == 3
    assert "The working tree has conflicts. Resolve them first: README.md." in text


@pytest.mark.parametrize("arguments", [[], ["--bass", "HEAD"]])
def test_bad_arguments_are_not_inconclusive(tmp_path, call, arguments):
    status, text = call(tmp_path, *arguments)
    assert status == 3
    assert "usage:" in text


def test_a_mistake_in_params_is_told(tmp_path, call):
    write_params(tmp_path, "gate: {round: 3}")
    status, text = call(tmp_path, "--base", "HEAD")
    assert status == 3
    assert "gate.round: no such key. Did you mean rounds?" in text


def test_an_error_of_the_code_is_no_verdict(project, call, monkeypatch):
    monkeypatch.setattr(command, "run_gate", lambda *_: 1 / 0)
    status, text = call(project, "--base", "HEAD")
    assert status == 3
    assert "ZeroDivisionError" in text


def test_each_side_runs_its_own_code_and_says_what_it_lacks(project, tmp_path):
    """The harness is that of this process; decode is gone in the head, and the perceptron is another there."""
    head = tmp_path / "head"
    git(project, "worktree", "add", "-q", "--detach", str(head))
    try:
        (head / "scratchnet/photos/decode.py").unlink()
        append(head / "scratchnet/numpy_nn/networks.py", "\ndef mlp(inputs):\n    pass\n")
        with crew(Roots(project, head)) as sides:
            missing = build(sides, ["mlp", "decode", "one_conv", "control"], quick_params(project))
    finally:
        git(project, "worktree", "remove", "--force", str(head))
    assert missing.keys() == {"mlp", "decode"}
    assert missing["decode"] == {"head": "ModuleNotFoundError: No module named 'scratchnet.photos.decode'"}
    assert missing["mlp"].keys() == {"head"}
    assert missing["mlp"]["head"].startswith("TypeError: mlp() takes 1 positional argument")
