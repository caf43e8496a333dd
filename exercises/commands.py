"""What can be asked of an exercise, and what is printed."""

import sys
from textwrap import fill, indent

from exercises import folder
from exercises.check import judge
from exercises.exercise import ROOT, Exercise, exercises
from exercises.folder import mine, solution, state
from exercises.taken_out import taken_out
from scratchnet.bodies import bodies, bodies_of, read
from scratchnet.problems import Problem

WIDTH = 100  # letters of a line that is printed


def listing() -> None:
    for number, exercise in exercises().items():
        print(f"{number}  {exercise.title:30}  chapter {exercise.chapter:2}  {_state_in_words(number)}")
    print(f"\n{folder.done()} Begin one with: python -m exercises start NN (all commands: python -m exercises --help)")


def _state_in_words(number: str) -> str:
    exercise, now = exercises()[number], state(number)
    words = {
        "broken": f"{mine(exercise)} cannot be read: python -m exercises check {number}",
        "empty": f"waits in {mine(exercise)}",
        "begun": f"begun: python -m exercises check {number}",
    }
    return words.get(now, now)


def start(number: str) -> None:
    """Put the file of an exercise into my/, without the bodies to write. What is there already stays as it is."""
    exercise = exercises()[number]
    path = mine(exercise)
    if folder.start(exercise):
        print(f"{path} is yours now: {exercise.file}, without the bodies of its exercises.")
    else:
        print(f"{path} is there already, and stays as it is.")
    found = bodies(path)
    for name in exercise.symbols:
        if name not in found:
            print(f"It has no {name}, which the project has. Put in:\n\n{_empty(exercise, name)}\n")
        else:
            waits = "waits to be written" if found[name].waits else "is written"
            print(f"{name} {waits}: {path}, line {found[name].line}.")
    print(f"\nExercise {number}, {exercise.title}\n\n{fill(exercise.asks, WIDTH)}\n")
    print(f"Then: python -m exercises check {number}. Stuck? python -m exercises hint {number}")


def check(number: str | None, seconds: float) -> bool:
    """Compare what you have written with slower and clearer answers. Without NN: all that you have begun.

    In this order: shapes and dtypes, plain loops, measured slopes, PyTorch where it is installed. The first entry that
    is wrong is named, with the likely cause. The status is 1 where something is wrong.
    """
    states = {name: state(name) for name in exercises()}
    asked = [number] if number else [name for name, now in states.items() if now in ("begun", "done")]
    unreadable = {folder.broken(exercises()[name]) for name, now in states.items() if now == "broken" and not number}
    if not asked and not unreadable:
        waiting = next((name for name, now in states.items() if now == "empty"), "01")
        raise Problem(f"There is nothing of yours to check yet: python -m exercises start {waiting}")
    for sentence in sorted(unreadable):
        print(sentence)
    well = [_check_one(each, seconds) for each in asked]
    if number and all(well):
        print(f"    Compare it with the project's: python -m exercises show {number}")
    print(f"\n{folder.done()}")
    return all(well) and not unreadable


def _check_one(number: str, seconds: float) -> bool:
    exercise, verdict = exercises()[number], judge(number, seconds)
    folder.passed(number, not verdict.wrong)
    print(f"{number} {exercise.title}: {'not right yet' if verdict.wrong else 'right'}")
    for name in verdict.right:
        print(f"    as it should be: {name}")
    for sentence in [*verdict.wrong.splitlines(), *verdict.left_out]:
        print(indent(fill(sentence, WIDTH), "    "))
    if verdict.wrong:
        print(f"    Stuck? python -m exercises hint {number}")
    sys.stdout.flush()
    return not verdict.wrong


def hint(number: str, step: int | None) -> None:
    """Three hints, one more each time; the third is nearly the solution."""
    exercise = exercises()[number]
    step = step or folder.next_hint(number)
    print(f"{number} {exercise.title}, hint {step} of 3\n\n{fill(exercise.hints[step - 1], WIDTH)}")


def show(number: str) -> None:
    """The solution: the project's own code."""
    exercise = exercises()[number]
    for name, body in solution(exercise).items():
        print(f"{exercise.file}, line {body.node.lineno}: {name}\n\n{body.text}\n")


def _empty(exercise: Exercise, name: str) -> str:
    """A symbol as `start` would have written it."""
    source = taken_out(read(ROOT / exercise.file), folder.notes(exercise))
    return bodies_of(source)[name].text
