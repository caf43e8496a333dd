"""Why an answer is wrong: the exercise's own list of mistakes is tried out, then what may happen anywhere."""

from functools import cache
from types import ModuleType

import numpy as np

from exercises.exercise import ROOT, Exercise, Mistake, Question
from exercises.folder import solution
from exercises.outcome import AFTERWARDS, Raised, alike, ask, form
from scratchnet.bodies import read

NAN = "It is not a number (nan): something like 0 / 0, ∞ / ∞ or ∞ − ∞."
SAID = {  # words in what Python or NumPy says of an error -> what they mostly mean
    "The truth value of an array": "if, and, not and Python's max want one number, and this is an array. "
    "Use np.maximum or np.where, or multiply by a comparison: x > 0 is an array of True and False.",
    "mismatch in its core dimension": "In A @ B the last axis of A has to be as long as the first of B. Write the "
    "shapes side by side. Does one have to be transposed (.T)? Do they stand in the wrong order?",
    "could not be broadcast together": "Number by number these shapes do not fit. Is keepdims=True missing in a "
    "sum? Or is a matrix product meant? That is @, not *.",
    "is out of bounds for axis": "Places are counted from 0: on an axis of size 5 the last is 4. Which index grows too "
    "large, and which array should be longer?",
    "cannot unpack non-iterable": "One thing was returned, where several are asked for: return a, b.",
    "bitwise_xor": "^ is no power in Python. It is **.",
    "NameError: name": "Nothing here has this name. What another method has is known only if it was kept in self, "
    "as in self._x = x.",
    "NoneType": "Something is None here: is a return missing?",
    "object has no attribute": "Nothing is kept under this name. Read which names __init__ and forward put into self.",
    "KeyError": "The dict has no such entry yet. Only = makes one, += does not.",
}


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
    return _of_an_error(got.words) if isinstance(got, Raised) else _anywhere(entry, got, right, tolerance)


def _of_an_error(words: str) -> str:
    return next((meaning for part, meaning in SAID.items() if part in words), "")


def _anywhere(entry: str, got: object, right: object, tolerance: float) -> str:
    if got is None:
        return "Nothing is there: it was not returned, or not kept under this name."
    if entry.endswith(AFTERWARDS):
        return "An array that is handed over must stay as it is: make a new one, or work on a copy."
    if isinstance(got, tuple):
        return f"{len(got)} things were returned together, where one is asked for."
    if form(got) == "a number":
        return _of_a_number(float(got), right)
    if form(right) == "a number" and isinstance(got, np.ndarray):
        return "A single number is wanted: add up, or take the mean, over all axes."
    if not isinstance(right, np.ndarray) or not isinstance(got, np.ndarray):
        return ""
    if got.shape == right.shape:
        return _of_one_shape(got, right, tolerance)
    if got.shape == right.shape[::-1] and alike(got.T.astype(right.dtype), right, tolerance):
        return "It is the transpose of what it should be."
    if got.size == right.size:
        return "There are as many numbers as there should be, in another shape."
    return ""


def _of_a_number(got: float, right: object) -> str:
    if form(right) != "a number":
        return "It is one number, where an array is wanted: something was added up, or averaged, that stays apart."
    if np.isnan(got):
        return NAN
    for many in range(2, 101):  # any two numbers have a ratio: only a whole one says something
        for factor in (many, 1 / many):
            if alike(got, right * factor, 1e-9):
                return f"It is {factor:.6g} times what it should be."
    return "The sign is wrong." if alike(got, -right, 1e-9) else ""


def _of_one_shape(got: np.ndarray, right: np.ndarray, tolerance: float) -> str:
    if got.dtype == bool:
        return "It is True and False: a comparison that was not yet multiplied by anything."
    if got.dtype != right.dtype:
        return f"{got.dtype} has crept in: an array or a number of this dtype was made on the way. Name the dtype."
    if np.isnan(got).any():
        return NAN
    place = np.unravel_index(np.abs(right).argmax(), right.shape)
    factor = got[place] / right[place] if right[place] else 0
    if factor and form(got) == form(right) and alike(got, right * factor, tolerance):
        return f"Every number is {factor:.6g} times what it should be."
    return ""
