"""Every exercise three ways: the real body passes, the empty one fails itself alone, each mistake gets its sentence."""

import pytest
from source_imports import ROOT

from exercises import check
from exercises.causes import mistaken_source
from exercises.check import FORM, judge
from exercises.exercise import Mistake, exercises, of_the_same_file
from exercises.folder import mine, notes
from exercises.outcome import ask, form, wrong
from exercises.taken_out import taken_out
from scratchnet.bodies import bodies, read

SECONDS = 60  # an answer takes some thousandths; a machine that is busy with other tests may not
MISTAKES = [(number, mistake) for number, exercise in exercises().items() for mistake in exercise.mistakes]
every_exercise = pytest.mark.parametrize("number", exercises())


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A project's root where nothing is begun."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my").mkdir()


def write(exercise, source):
    mine(exercise).write_text(source, encoding="utf-8")


def emptied(exercise, symbols) -> str:
    lent = {name: note for name, note in notes(exercise).items() if name in symbols}
    return taken_out(read(ROOT / exercise.file), lent)


@every_exercise
def test_the_real_body_passes_every_comparison(number):
    exercise = exercises()[number]
    write(exercise, read(ROOT / exercise.file))
    verdict = judge(number, SECONDS)
    assert not verdict.wrong
    assert verdict.right == [FORM, *exercise.oracles]
    assert not verdict.left_out


@every_exercise
def test_the_empty_body_fails_its_own_check_and_no_other(number):
    """Those of other files cannot fail: a check reads its own exercise's file alone."""
    exercise = exercises()[number]
    for symbol in exercise.symbols:
        write(exercise, emptied(exercise, [symbol]))
        assert f"{symbol} is still empty" in judge(number, SECONDS).wrong
        for other in of_the_same_file(exercise).keys() - {number}:
            assert_answers_like_the_project(other)


def assert_answers_like_the_project(number):
    """What every comparison of a check begins with; the rest are the tests above."""
    exercise, code = exercises()[number], check.written(number)
    for question in exercise.questions():
        got, right = (ask(exercise, module, question) for module in (code, exercise.project()))
        assert got.keys() == right.keys()
        assert not any(wrong(got[entry], right[entry], exercise.tolerance).any() for entry in right)


@every_exercise
def test_all_but_one_may_be_empty(number):
    """So that no check needs a later exercise: what it calls of others is the project's."""
    exercise = exercises()[number]
    write(exercise, emptied(exercise, notes(exercise).keys() - set(exercise.symbols)))
    assert_answers_like_the_project(number)


@pytest.mark.parametrize(("number", "mistake"), MISTAKES, ids=[f"{n} {m.wrong!r:.40}" for n, m in MISTAKES])
def test_each_mistake_gets_its_sentence(number, mistake):
    exercise = exercises()[number]
    write(exercise, mistaken_source(exercise, mistake))
    said = judge(number, SECONDS).wrong
    assert said.endswith(f"Likely cause: {mistake.cause}"), said
    assert "The question was " in said


def test_a_small_change_of_an_argument_is_not_told_as_a_mistake_that_leaves_it_alone():
    exercise, decay = exercises()["12"], "self._weight_decay * w\n"
    in_place = Mistake(f"grads[name] + {decay}", f"grads[name]\n            g += {decay}", "")
    write(exercise, mistaken_source(exercise, in_place))
    assert "Likely cause: An array that is handed over must stay as it is" in judge("12", SECONDS).wrong


@every_exercise
def test_an_exercise_is_whole(number):
    exercise = exercises()[number]
    assert len(exercise.mistakes) >= 3
    assert len({mistake.cause for mistake in exercise.mistakes}) == len(exercise.mistakes)
    assert len(exercise.hints) == 3
    assert set(exercise.symbols) <= bodies(ROOT / exercise.file).keys()
    assert len({mine(other) for other in exercises().values()}) == len({other.file for other in exercises().values()})
    assert sum(symbol in other.symbols for other in exercises().values() for symbol in exercise.symbols) == len(
        exercise.symbols
    )


@every_exercise
def test_every_entry_is_found_in_another_way_that_sees_what_is_wrong(number):
    """An oracle's answer is not that of the code it judges: another number in one entry is seen."""
    exercise = exercises()[number]
    question = exercise.questions()[0]
    answer, found = exercise.answer(exercise.project(), **question), set()
    for oracle in exercise.oracles.values():
        for name, right in oracle(exercise.project(), **question).items():
            assert not wrong(answer[name], right, exercise.tolerance).any()
            other = answer[name] * 1.1 + 0.1 if form(right) == "a number" or "array" in form(right) else "other"
            assert wrong(other, right, exercise.tolerance).all()
            found.add(name)
    assert found == answer.keys()
