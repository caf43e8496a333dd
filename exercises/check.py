"""Is what stands in my/ right? Its answers are compared with slower and clearer ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import numpy as np

from exercises.causes import cause
from exercises.exercise import Answer, Exercise, Question, exercises, of_the_same_file
from exercises.folder import mine
from exercises.limit import limited
from exercises.outcome import AFTERWARDS, Raised, ask, form, in_float32, safely, wrong
from scratchnet.bodies import bodies
from scratchnet.problems import Problem
from scratchnet.yours import give, run_file

FLOAT32 = 1e-4  # tolerance, of the largest number
FORM = "shapes and dtypes"
PYTORCH = "PyTorch"  # the oracle that is asked last, and only where it is installed


Comparison = Callable[[ModuleType, float], None]  # of code, with the seconds that an answer may take


@dataclass
class Verdict:
    """right: the comparisons that went well, in order. wrong: a text on the first that did not. left_out: and why."""

    right: list[str] = field(default_factory=list)
    wrong: str = ""
    left_out: list[str] = field(default_factory=list)


class Wrong(Exception):
    """An answer that is not right: where, and why."""


def judge(number: str, seconds: float) -> Verdict:
    """Compare an exercise's answers, from the fastest comparison to the slowest, up to the first that fails.

    seconds: for one answer.
    """
    exercise, verdict = exercises()[number], Verdict()
    try:
        if exercise.needs_pytorch and not _pytorch():
            raise Problem(f"Exercise {number} is about PyTorch, which is not installed here. README.md says how.")
        code = limited(seconds, lambda: written(number))
        for name, compare in _comparisons(exercise, verdict):
            compare(code, seconds)
            verdict.right.append(name)
    except (Wrong, Problem) as told:
        verdict.wrong = str(told)
    return verdict


def _pytorch() -> bool:
    """Is it installed? Then it is loaded, which takes seconds, before the clock of an answer starts."""
    if find_spec("torch"):
        import_module("torch")
        return True
    return False


def written(number: str) -> ModuleType:
    """The file in my/ as a module. What it holds of other exercises is replaced by the project's.

    Problem where a body is missing, or still empty.
    """
    exercise = exercises()[number]
    path, project = mine(exercise), exercise.project()
    if not path.exists():
        raise Problem(f"There is no {path} yet: python -m exercises start {number}")
    found = bodies(path)
    for name in exercise.symbols:
        if name not in found:
            raise Problem(f"{path} has no {name}. python -m exercises start {number} says how it begins.")
        if found[name].waits:
            raise Problem(f"{path}, line {found[name].line}: {name} is still empty. {exercise.asks}")
    module = run_file(path)
    for other in of_the_same_file(exercise).values():
        for name in other.symbols if other is not exercise else ():
            give(module, name, project)
    return module


def _comparisons(exercise: Exercise, verdict: Verdict) -> Iterator[tuple[str, Comparison]]:
    yield FORM, partial(_compare_forms, exercise)
    for name, oracle in exercise.oracles.items():
        if name != PYTORCH or _pytorch():
            yield name, partial(_compare_answers, exercise, name, oracle)
        else:
            verdict.left_out.append("PyTorch is not installed here, and was not asked.")


def _compare_forms(exercise: Exercise, code: ModuleType, seconds: float) -> None:
    """In float32: shapes, dtypes, and that no array that was handed over is changed."""
    for question in map(in_float32, exercise.questions()):
        got, right = _both(exercise, code, question, seconds)
        for entry, wanted in right.items():
            changed = entry.endswith(AFTERWARDS) and wrong(got[entry], wanted, 0).any()
            if form(got[entry]) != form(wanted) or changed:
                why = cause(exercise, question, entry, got[entry], wanted, 0 if changed else FLOAT32)
                raise Wrong(f"{_difference(entry, got[entry], wanted, 0, question)}\n{_told(question, why)}")


def _compare_answers(
    exercise: Exercise, name: str, oracle: Callable[..., Answer], code: ModuleType, seconds: float
) -> None:
    """In float64: the numbers."""
    for question in exercise.questions():
        got, right = _both(exercise, code, question, seconds)
        found = limited(seconds, lambda asked=question: safely(lambda: oracle(code, **asked)))
        if isinstance(found, Raised):
            _refuse(exercise, question, found)
        for entry, wanted in found.items():
            if form(got[entry]) != form(wanted) or wrong(got[entry], wanted, exercise.tolerance).any():
                why = cause(exercise, question, entry, got[entry], right[entry], exercise.tolerance)
                said = _difference(entry, got[entry], wanted, exercise.tolerance, question)
                raise Wrong(f"{said}\nThe right one is that of {name}. {_told(question, why)}")


def _both(exercise: Exercise, code: ModuleType, question: Question, seconds: float) -> tuple[Answer, Answer]:
    """What the code answers, and what the project does."""
    got = limited(seconds, lambda: ask(exercise, code, question))
    if isinstance(got, Raised):
        _refuse(exercise, question, got)
    return got, ask(exercise, exercise.project(), question)


def _refuse(exercise: Exercise, question: Question, raised: Raised) -> None:
    where = raised.where or f"What {' and '.join(exercise.symbols)} gave cannot be used"
    why = cause(exercise, question, "", raised, None, exercise.tolerance)
    raise Wrong(f"{where}: {raised.words}\n{_told(question, why)}")


def _difference(entry: str, got: object, right: object, tolerance: float, question: Question) -> str:
    if form(got) != form(right):
        return f"{entry} is {form(got)}. It should be {form(right)}."
    if not isinstance(right, np.ndarray) or right.ndim == 0:
        return f"{entry} is {got}. It should be {right}."
    places = np.argwhere(wrong(got, right, tolerance))
    first = tuple(map(int, places[0]))
    if entry.endswith(AFTERWARDS):
        return (
            f"{entry.removesuffix(AFTERWARDS)}{list(first)} was {right[first]:.9g} before the call, and is "
            f"{got[first]:.9g} after it. ({len(places)} of the {right.size} numbers of this argument have changed.)"
        )
    return (
        f"{entry}{list(first)} is {got[first]:.9g}. It should be {right[first]:.9g}.{_there(question, first, right)} "
        f"({entry} has shape {right.shape}, and {len(places)} of its {right.size} numbers are wrong.)"
    )


def _there(question: Question, place: tuple[int, ...], right: np.ndarray) -> str:
    """What the arrays of the question that have the answer's shape hold at its place."""
    arrays = {name: value for name, value in question.items() if getattr(value, "shape", None) == right.shape}
    held = ", ".join(f"{name} = {array[place]:.6g}" for name, array in arrays.items())
    return f" The question has {held} there." if held else ""


def _told(question: Question, why: str) -> str:
    asked = ", ".join(f"{name} {_short(value)}" for name, value in question.items())
    cause = f"Likely cause: {why}" if why else "It is none of the mistakes that this exercise knows."
    return f"The question was {asked}.\n{cause}"


def _short(value: object) -> str:
    return str(value.shape) if isinstance(value, np.ndarray) else str(value)
