"""The folder my/: what an exercise finds there, and what has been reached."""

import hashlib
import json
from functools import cache
from pathlib import Path

from exercises.exercise import ROOT, Exercise, exercises, of_the_same_file
from exercises.taken_out import taken_out
from scratchnet.bodies import Body, bodies, parse, read
from scratchnet.problems import Problem
from scratchnet.yours import FOLDER

REACHED = "reached.json"  # {"passed": {"01": digest of the code that passed}, "hints": {"01": how many were seen}}


def mine(exercise: Exercise) -> Path:
    return FOLDER / exercise.name


def solution(exercise: Exercise) -> dict[str, Body]:
    """The project's bodies, by symbol."""
    found = _of_the_project(exercise.file)
    return {name: found[name] for name in exercise.symbols}


@cache  # a check asks for it again and again
def _of_the_project(file: str) -> dict[str, Body]:
    return bodies(ROOT / file)


def start(exercise: Exercise) -> bool:
    """Write the file into my/, without the bodies of all its exercises. False where it is there: it stays as it is."""
    source = taken_out(read(ROOT / exercise.file), notes(exercise))
    said = f"# Yours: {exercise.file}, of which an exercise takes some bodies out. The rest is there to be read.\n"
    _make_folder()
    try:
        with mine(exercise).open("x", encoding="utf-8", newline="\n") as file:
            file.write(said + source)
    except FileExistsError:
        return False
    return True


def notes(exercise: Exercise) -> dict[str, tuple[str, str]]:
    """For each symbol that the exercise's file lends out: the comment above it, and what the empty body says."""
    return {
        symbol: (f"Exercise {number}: python -m exercises check {number}", f"exercise {number} is to be written here")
        for number, other in of_the_same_file(exercise).items()
        for symbol in other.symbols
    }


def state(number: str) -> str:
    """not started | broken | empty | begun | done: has what stands in my/ passed its check?"""
    exercise = exercises()[number]
    if not mine(exercise).exists():
        return "not started"
    if broken(exercise):
        return "broken"
    found = bodies(mine(exercise))
    if all(name not in found or found[name].waits for name in exercise.symbols):
        return "empty"
    return "done" if _reached()["passed"].get(number) == digest(exercise) else "begun"


def broken(exercise: Exercise) -> str:
    """Why the file in my/ cannot be read as Python; "" where it can."""
    try:
        parse(mine(exercise))
    except Problem as problem:
        return str(problem)
    return ""


def digest(exercise: Exercise) -> str:
    """Of all that the exercise's check reads in my/: the file, without the bodies of its other exercises."""
    source, found = read(mine(exercise)), bodies(mine(exercise))
    for other in of_the_same_file(exercise).values():
        for name in set(other.symbols) & found.keys() if other is not exercise else ():
            source = source.replace(found[name].text, "")
    return hashlib.sha256(source.encode()).hexdigest()


def passed(number: str, well: bool) -> None:
    """Remember how the check ended."""
    known = _reached()
    known["passed"].pop(number, None)
    if well:
        known["passed"][number] = digest(exercises()[number])
    _write(known)


def next_hint(number: str) -> int:
    """1, 2, 3, 3, ...: one more each time."""
    known = _reached()
    step = known["hints"][number] = min(known["hints"].get(number, 0) + 1, 3)
    _write(known)
    return step


def done() -> str:
    return f"{sum(state(number) == 'done' for number in exercises())} of {len(exercises())} done."


def _reached() -> dict[str, dict]:
    try:
        known = json.loads((FOLDER / REACHED).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there yet, or broken: then the checks have to say it again
        known = {}
    known = known if isinstance(known, dict) else {}
    return {key: known[key] if isinstance(known.get(key), dict) else {} for key in ("passed", "hints")}


def _write(known: dict) -> None:
    _make_folder()
    temporary = FOLDER / f".{REACHED}"
    temporary.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    temporary.replace(FOLDER / REACHED)


def _make_folder() -> None:
    try:
        FOLDER.mkdir(exist_ok=True)
    except FileExistsError:
        raise Problem(
            f"{FOLDER.absolute()} is a file; the exercises need a folder there. Give it another name."
        ) from None
