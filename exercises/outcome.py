"""What code answers to a question, and how two answers differ."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from exercises.exercise import Answer, Exercise, Question
from scratchnet.yours import in_words, whereabouts

AFTERWARDS = ", your argument, afterwards"


@dataclass(frozen=True)
class Raised:
    """An exception instead of an answer. where: the line of my/ that it came from, if there is one."""

    words: str
    where: str | None = None


def ask(exercise: Exercise, code: ModuleType, question: Question) -> Answer | Raised:
    """The answer, and what has become of the arrays that were handed over."""
    given = copy.deepcopy(dict(question))
    answer = safely(lambda: exercise.answer(code, **given))
    if isinstance(answer, Raised):
        return answer
    arrays = {name: array for name, array in given.items() if isinstance(array, np.ndarray)}
    return dict(answer) | {f"{name}{AFTERWARDS}": array for name, array in arrays.items()}


def safely(call: Callable[[], Answer]) -> Answer | Raised:
    try:
        with np.errstate(all="ignore"):
            return call()
    except (Exception, SystemExit) as error:
        return Raised(f"{in_words(error)}{_what_there_is(error)}", whereabouts(error))


def _what_there_is(error: BaseException) -> str:
    """Of an object that was asked for a name that it does not have: the names that it has."""
    names = vars(error.obj) if isinstance(error, AttributeError) and hasattr(error.obj, "__dict__") else {}
    return f". It has {', '.join(names)}." if names and not isinstance(error.obj, ModuleType) else ""


def in_float32(question: Question) -> Question:
    return {name: _float32(value) for name, value in question.items()}


def _float32(value):
    if isinstance(value, Mapping):
        return in_float32(value)
    return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype == np.float64 else value


def form(value: object) -> str:
    """What a value is, without its numbers: a number; an array of a shape and a dtype; else its type."""
    if isinstance(value, int | float | np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return "a number"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return "None" if value is None else f"a {type(value).__name__}"


def wrong(got: object, right: object, tolerance: float) -> np.ndarray:
    """Where two values of one form differ by more than `tolerance` of the largest number in `right`, bool."""
    if not isinstance(right, int | float | np.generic | np.ndarray):
        return np.array(got != right)
    got, right = np.asarray(got), np.asarray(right)
    finite = np.abs(right[np.isfinite(right)])
    close = np.isclose(got, right, rtol=0, atol=tolerance * max(finite.max(initial=0), 1e-30), equal_nan=True)
    return ~close


def alike(got: object, other: object, tolerance: float) -> bool:
    return form(got) == form(other) and not wrong(got, other, tolerance).any()
