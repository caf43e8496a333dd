"""The exercises of the tutorial: you write the lines that decide, and are told what is right and what is not.

  python -m exercises             all exercises, and what you have done
  python -m exercises start 01    put the exercise's file into my/, a copy of the project's without the bodies to write
  python -m exercises check 01    compare what you have written with slower and clearer answers
  python -m exercises check       compare all that you have begun
  python -m exercises hint 01     three hints, one more each time
  python -m exercises show 01     the solution: the project's own code

Only start writes files of yours, and never over one that is there: a file in my/ is yours. To begin anew, give it
another name. Each check takes what other exercises ask for from the project, so they may be done in any order.

The prize is a network with your layers: dvc exp run -S train_mlp.implementation=yours for the perceptrons, and
dvc exp run -S train_numpy_cnn.implementation=yours for cats and dogs. What is still empty in my/ is the project's.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter

from exercises.commands import check, hint, listing, show, start
from exercises.exercise import exercises
from scratchnet.problems import run

SECONDS = 20  # for an answer that takes some thousandths: also on a busy machine


def number(text: str) -> str:
    """1 and 01 are "01"."""
    known = exercises()
    if (wanted := text.zfill(2)) in known:
        return wanted
    raise ArgumentTypeError(f"there is no exercise {text}: they are {min(known)} to {max(known)}")


def seconds(text: str) -> float:
    if 0 < float(text) <= 3600:
        return float(text)
    raise ArgumentTypeError(f"{text} is not between 0 and 3600")


def parser() -> ArgumentParser:
    whole = ArgumentParser("python -m exercises", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    commands = whole.add_subparsers(metavar="COMMAND", dest="command")
    for call in (start, check, hint, show):
        command = commands.add_parser(call.__name__, help=call.__doc__.splitlines()[0], description=call.__doc__)
        command.set_defaults(call=call)
        count = {"nargs": "?"} if call is check else {}
        command.add_argument("number", type=number, metavar="NN", help="of the exercise: 01, 02, ...", **count)
        if call is check:
            command.add_argument("--seconds", type=seconds, default=SECONDS, help=f"for one answer ({SECONDS})")
        if call is hint:
            command.add_argument("--step", type=int, choices=(1, 2, 3), help="this hint, instead of the next one")
    return whole


def main(arguments: list[str]) -> bool:
    """False where a check failed."""
    options = vars(parser().parse_args(arguments))
    call = options.pop("call", listing)
    del options["command"]
    return call(**options) is not False


if __name__ == "__main__":
    run(lambda: sys.exit(not main(sys.argv[1:])))
