"""Why an answer is wrong: the exercise's own list of mistakes is tried out, then what may happen anywhere."""

from functools import cache
from types import ModuleType

import numpy as np

from exercises.exercise import ROOT, Exercise, Mistake, Question
from exercises.folder import solution
from exercises.outcome import AFTERWARDS, Raised, alike, ask, form
from scratchnet.bodies import read


def mistaken_source(exercise: Exercise, mistake: Mistake) -> str:
    """The project's file with one mistake in it. ValueError where the right words are not there exactly once."""
    source, found = read(ROOT / exercise.file), [body.text for body in solution(exercise).values()]
    if sum(text.count(mistake.right) for text in found) != 1:
        raise ValueError(f"{mistake.right!r} should stand once in {', '.join(exercise.symbols)} of {exercise.file}")
    (text,) = (text for text in found if mistake.right in text)
    return source.replace(text, text.replace(mistake.right, mistake.wrong))


def mistaken(exercise: Exercise, mistake: Mistake) -> ModuleType:
    return _module(mistaken_source(exercise, mistake))


@cache
def _module(source: str) -> ModuleType:
    module = ModuleType("mistaken")
    exec(compile(source, "mistaken", "exec"), vars(module))
    return module


def cause(exercise: Exercise, question: Question, entry: str, got: object, right: object, tolerance: float) -> str:
    """The sentence of the mistake that gives just what was got; "" where none is known."""
    for mistake in exercise.mistakes:
        theirs = ask(exercise, mistaken(exercise, mistake), question)
        if isinstance(theirs, Raised) or isinstance(got, Raised):
            same = isinstance(theirs, Raised) and isinstance(got, Raised) and theirs.words == got.words
        else:
            same = alike(theirs[entry], got, tolerance)
        if same:
            return mistake.cause
    return "" if isinstance(got, Raised) else _anywhere(entry, got, right, tolerance)


def _anywhere(entry: str, got: object, right: object, tolerance: float) -> str:
    if got is None:
        return "Nothing is there: it was not returned, or not kept under this name."
    if entry.endswith(AFTERWARDS):
        return "An array that is handed over must stay as it is: make a new one, or work on a copy."
    if not isinstance(right, np.ndarray) or not isinstance(got, np.ndarray):
        return ""
    if got.shape == right.shape:
        return _of_one_shape(got, right, tolerance)
    if got.shape == right.shape[::-1] and alike(got.T.astype(right.dtype), right, tolerance):
        return "It is the transpose of what it should be."
    if got.size == right.size:
        return "There are as many numbers as there should be, in another shape."
    return ""


def _of_one_shape(got: np.ndarray, right: np.ndarray, tolerance: float) -> str:
    if got.dtype != right.dtype:
        return f"{got.dtype} has crept in: an array or a number of this dtype was made on the way. Name the dtype."
    if np.isnan(got).any():
        return "It is not a number (nan): something like 0 / 0, or ∞ − ∞."
    place = np.unravel_index(np.abs(right).argmax(), right.shape)
    factor = got[place] / right[place] if right[place] else 0
    if factor and form(got) == form(right) and alike(got, right * factor, tolerance):
        return f"Every number is {factor:.6g} times what it should be."
    return ""
