"""The exercises as a learner meets them: commands, a file of one's own, and a sentence for every mistake in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from source_imports import ROOT

from exercises.__main__ import main
from exercises.exercise import exercises
from scratchnet.problems import run

COUNT = len(exercises())  # all below 100
LAYERS = Path("my/layers.py")
RELU = """    def forward(self, x):
        self.kept = x
        return np.maximum(x, 0)

    # Exercise 01: python -m exercises check 01
    def backward(self, dy):
        return dy * (self.kept > 0)
"""  # other words than the project's


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """A command in an empty folder, without PyTorch: its status, and all that it printed as one line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("exercises.check.find_spec", lambda _: None)

    def called(*arguments):
        with pytest.raises(SystemExit) as ended:
            run(lambda: sys.exit(not main(list(arguments))))
        told = "" if isinstance(ended.value.code, int) else ended.value.code
        return (1 if told else int(ended.value.code)), " ".join(f"{told} {''.join(capsys.readouterr())}".split())

    return called


def solve(body=RELU):
    text = LAYERS.read_text(encoding="utf-8")
    place = text.index("    def forward", text.index("class ReLU"))
    LAYERS.write_text(f"{text[:place]}{body}\n\n{text[text.index('class Flatten') :]}", encoding="utf-8")


def test_from_the_first_start_to_the_first_that_is_done(call):
    assert f"0 of {COUNT} done" in call()[1]
    assert call("check") == (1, "There is nothing of yours to check yet: python -m exercises start 01")
    status, told = call("start", "1")
    assert status == 0
    assert "ReLU.forward waits to be written: my/layers.py, line" in told
    assert "01 ReLU chapter 1 waits in my/layers.py" in call()[1]
    assert call("check", "01")[0] == 1
    solve()
    assert "01 ReLU chapter 1 begun: python -m exercises check 01" in call()[1]
    status, told = call("check")
    assert status == 0
    assert "01 ReLU: right as it should be: shapes and dtypes" in told
    assert "PyTorch is not installed here, and was not asked." in told
    assert f"1 of {COUNT} done" in told
    assert f"1 of {COUNT} done" in call()[1]


def test_what_is_right_may_be_compared_with_the_solution(call):
    call("start", "01")
    solve()
    assert "Compare it with the project's: python -m exercises show 01 1 of" in call("check", "01")[1]
    assert "Compare" not in call("check")[1]


def test_what_was_done_is_to_be_checked_again_once_it_is_edited(call):
    call("start", "01")
    solve()
    call("check", "01")
    text = LAYERS.read_text(encoding="utf-8")
    LAYERS.write_text(text.replace('NotImplementedError("exercise 04', 'NotImplementedError("4'), encoding="utf-8")
    assert f"1 of {COUNT} done" in call()[1]  # another exercise's body
    LAYERS.write_text(text.replace("dy * (self", "dy + (self"), encoding="utf-8")
    assert f"0 of {COUNT} done" in call()[1]
    assert call("check")[0] == 1


def test_where_all_bodies_wait_the_first_of_them_is_named(call):
    call("start", "03")
    assert call("check") == (1, "There is nothing of yours to check yet: python -m exercises start 03")


@pytest.mark.parametrize("mine", ["", "my own thoughts\n", "\ufeff# ünïcödé 你好\n"])
def test_nothing_that_is_there_is_overwritten(call, mine):
    LAYERS.parent.mkdir()
    LAYERS.write_text(mine, encoding="utf-8")
    for arguments in (["start", "01"], ["check", "01"], ["check"], ["hint", "01"], ["show", "01"], []):
        call(*arguments)
        assert LAYERS.read_text(encoding="utf-8") == mine


def test_what_has_come_to_the_project_later_is_given_to_be_put_in(call):
    call("start", "01")
    text = LAYERS.read_text(encoding="utf-8")
    cut = text[: text.index("    # Exercise 11")] + text[text.rindex("    @property") :]
    LAYERS.write_text(cut, encoding="utf-8")
    status, told = call("start", "11")
    assert status == 0
    assert "It has no MaxPool2d.backward, which the project has. Put in: # Exercise 11" in told
    assert 'def backward(self, dy): raise NotImplementedError("exercise 11 is to be written here")' in told
    assert "my/layers.py has no MaxPool2d.backward. python -m exercises start 11 says" in call("check", "11")[1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("def f(:\n", "my/layers.py, line 1: invalid syntax. It reads: def f(:"),
        ("import numpy as np\nnp.nothing\n", "my/layers.py has no ReLU.forward"),
        ("x = 1\0\n", "my/layers.py: source code string cannot contain null bytes."),
        ("class ReLU:\n  def forward(self, x): return x\n", "my/layers.py has no ReLU.backward"),
    ],
)
def test_a_file_that_is_no_solution_gets_a_sentence(call, text, sentence):
    LAYERS.parent.mkdir()
    LAYERS.write_text(text, encoding="utf-8")
    status, told = call("check", "01")
    assert status == 1
    assert sentence in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (RELU.replace("np.maximum", "np.maxximum"), "in forward: AttributeError: module 'numpy' has no attribute"),
        (
            RELU.replace("        self.kept = x\n", ""),
            "in backward: AttributeError: 'ReLU' object has no attribute 'kept'",
        ),
        (RELU.replace("return np.maximum(x, 0)", "pass"), "y is None. It should be an array of shape (3, 4)"),
        (RELU.replace("return np.maximum(x, 0)", "return [1]"), "y is a list. It should be an array of shape (3, 4)"),
        (
            RELU.replace("self.kept = x", "self.kept = None"),
            "Likely cause: Something is None here: is a return missing?",
        ),
        (RELU.replace("self.kept = x", "raise SystemExit"), "in forward: SystemExit"),
        (
            RELU.replace("self.kept = x", "return self.forward(x)"),
            "in forward: RecursionError: maximum recursion depth",
        ),
        (RELU.replace("np.maximum(x, 0)", "np.maximum(x, 0).T"), "y is an array of shape (4, 3) and dtype float32. It"),
        (RELU.replace("(x, 0)", "(x, 0) * 2"), "Likely cause: Every number is 2 times what it should be."),
        (RELU.replace("np.maximum(x, 0)", "max(x, 0)"), "Likely cause: if, and, not and Python's max want one number"),
        (RELU.replace("self.kept >", "x >"), "name 'x' is not defined The question was x (3, 4), dy (3, 4). Likely"),
        (RELU.replace("self.kept >", "self.x >"), "object has no attribute 'x'. It has params, grads, kept."),
        (RELU.replace("dy * (", "("), "Likely cause: It is True and False: a comparison that was not yet multiplied"),
        (RELU.replace("(x, 0)", "(x, 0), x"), "Likely cause: 2 things were returned together, where one is asked for."),
        (
            RELU.replace("dy * (self.kept > 0)", "dy + 1"),
            "should be 0. The question has x = -1.06197, dy = -0.97201 there. (dx",
        ),
        (
            RELU.replace("        return dy", "        dy[self.kept <= 0] = 0\n        return dy"),
            "dy[0, 0] was -0.972010314 before the call, and is 0 after it. (6 of the 12 numbers of this argument have",
        ),
    ],
)
def test_a_body_that_is_wrong_in_its_own_way_gets_a_sentence(call, body, sentence):
    call("start", "01")
    solve(body)
    status, told = call("check", "01")
    assert status == 1
    assert sentence in told
    assert "Traceback" not in told


def test_a_file_that_cannot_be_read_is_told_once(call):
    call("start", "01")
    with LAYERS.open("a", encoding="utf-8") as file:
        file.write("class\n")
    status, told = call("check")
    assert status == 1
    assert told.count("invalid syntax") == 1
    assert "my/layers.py cannot be read: python -m exercises check 09" in call()[1]


def test_a_file_of_another_encoding_gets_a_sentence(call):
    LAYERS.parent.mkdir()
    LAYERS.write_bytes("# Größe".encode("latin-1"))
    assert "my/layers.py is not UTF-8 (invalid start byte at byte 4). Save it as UTF-8." in call("check", "01")[1]


def test_an_endless_loop_is_ended_and_its_line_told(tmp_path):
    """In a process of its own, under a locale that knows no letter beyond ASCII: the loop's thread ends with it."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    def exercise(*arguments):
        command = [sys.executable, "-m", "exercises", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, encoding="ascii", check=False
        )

    assert exercise("start", "03").returncode == 0
    file = tmp_path / "my/gradients.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("raise NotImpl", "while True: pass\n    raise NotImpl"), encoding="utf-8")
    ended = exercise("check", "--seconds", "0.5")
    assert ended.returncode == 1
    told = " ".join(ended.stdout.split())
    assert "in slope still runs after 0.5 seconds. Is there a loop that never ends?" in told
    assert "my/gradients.py, line " in told
    assert not ended.stderr


def test_what_is_about_pytorch_needs_it(call):
    call("start", "13")
    assert "Exercise 13 is about PyTorch, which is not installed here." in call("check", "13")[1]


def test_hints_come_one_by_one_and_stay_at_the_last(call):
    hints = exercises()["04"].hints
    for step, hint in [*enumerate(hints, 1), (3, hints[2])]:
        assert call("hint", "04") == (0, f"04 Linear, backward, hint {step} of 3 {' '.join(hint.split())}")
    assert "hint 1 of 3" in call("hint", "04", "--step", "1")[1]


def test_the_solution_is_the_projects_own_code(call):
    told = call("show", "04")[1]
    assert 'return dy @ self.params["W"].T if self._needs_dx else None' in told
    assert "scratchnet/numpy_nn/layers.py, line" in told


def test_what_was_reached_may_be_lost_or_broken(call):
    call("start", "01")
    solve()
    call("check")
    for broken in ("{", "[]", '{"passed": 3}', '{"passed": {"01": 1}}'):
        Path("my/reached.json").write_text(broken, encoding="utf-8")
        assert f"0 of {COUNT} done" in call()[1]
    assert f"1 of {COUNT} done" in call("check")[1]


def test_a_file_in_the_folders_place_gets_a_sentence(call):
    Path("my").write_text("mine", encoding="utf-8")
    assert "my is a file; the exercises need a folder there. Give it another name." in call("start", "01")[1]
    assert Path("my").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("number", ["0", str(COUNT + 1), "one", "1" * 400])
def test_an_unknown_exercise_is_told_with_those_that_there_are(call, number):
    status, told = call("check", number)
    assert status == 2
    assert f"there is no exercise {number}: they are 01 to {COUNT}" in told


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "nan", "soon"])
def test_a_time_without_an_end_is_refused(call, seconds):
    assert call("check", "01", f"--seconds={seconds}")[0] == 2


def test_a_folder_in_a_files_place_gets_a_sentence(call):
    LAYERS.mkdir(parents=True)
    assert "my/layers.py is a folder, where a file of Python should be." in call("check")[1]


def test_the_listing_loads_neither_pytorch_nor_pandas():
    command = [sys.executable, "-X", "importtime", "-m", "exercises"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "exercises.exercise" in listing.stderr
    assert " torch" not in listing.stderr
    assert " pandas" not in listing.stderr


def test_help_says_what_the_commands_do(call):
    assert "python -m exercises start 01" in call("--help")[1]
    for command in ("start", "check", "hint", "show"):
        assert call(command, "--help")[0] == 0
