"""The laboratory measures. `python -m lab COMMAND --help` explains each command.

(How long a step of each implementation takes is a stage of the pipeline: dvc repro -f -s benchmark.)
"""

import sys
from difflib import get_close_matches
from importlib import import_module

from scratchnet.problems import run

COMMANDS = {  # name -> the module whose `main(arguments)` it is, and what it answers or does
    "gate": ("lab.gate.command", "is the working tree slower than another revision?"),
    "prove": ("lab.gate.prove", "does the gate find what is slower, and nothing else?"),
    "gpu": ("lab.gpu.command", "how fast does a GPU train, in which setting?"),
    "scaling": ("lab.scaling.command", "what do several processes bring that train together?"),
    "timings": ("lab.timings", "lay the timings of two revisions side by side"),
    "keep": ("lab.kept", "keep the figures of the run in the workspace under a name"),
    "tables": ("lab.tables", "write the tables of kept runs in docs/ anew"),
}


def listing() -> str:
    commands = [f"  {name:8}  {what}" for name, (_, what) in COMMANDS.items()]
    return "\n".join(["usage: python -m lab COMMAND ...", "", __doc__.strip(), "", *commands])


def unknown(command: str) -> str:
    close = get_close_matches(command, COMMANDS, n=1)
    guess = f"Did you mean {close[0]}?" if close else f"Known: {', '.join(COMMANDS)}."
    return f"python -m lab: there is no command {command!r}. {guess}"


def main(arguments: list[str]) -> None:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(listing())
        return
    command, *rest = arguments
    if command not in COMMANDS:
        print(unknown(command), file=sys.stderr)
        sys.exit(2)
    import_module(COMMANDS[command][0]).main(rest)  # only now: some of them load torch


if __name__ == "__main__":
    run(lambda: main(sys.argv[1:]))
