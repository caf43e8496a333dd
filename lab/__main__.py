"""The laboratory measures. `python -m lab COMMAND --help` explains each command.

(How long a step of each implementation takes is a stage of the pipeline: dvc repro -f -s benchmark.)
"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from importlib import import_module

from scratchnet.problems import run

COMMANDS = {  # name -> the module whose `main(arguments)` it is, and what it answers or does
    "gate": ("lab.gate.command", "is the working tree slower than another revision?"),
    "prove": ("lab.gate.prove", "does the gate find what is slower, and nothing else?"),
    "gpu": ("lab.gpu.command", "how fast does a GPU train, in which setting?"),
    "scaling": ("lab.scaling.command", "what do several processes bring that train together?"),
    "deep": ("lab.deep", "how long is a step of the deep network in NumPy and in PyTorch?"),
    "timings": ("lab.timings", "lay the timings of two revisions side by side"),
    "keep": ("lab.kept", "keep the figures of the run in the workspace under a name"),
    "tables": ("lab.tables", "write the tables of kept runs in docs/ anew"),
}


def main(arguments: list[str]) -> None:
    listing = "\n".join(["commands:", *(f"  {name:8}  {what}" for name, (_, what) in COMMANDS.items())])
    parser = ArgumentParser("python -m lab", None, __doc__, listing, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    command = parser.parse_args(arguments[:1] or ["--help"]).command
    import_module(COMMANDS[command][0]).main(arguments[1:])  # only now: some of them load torch


if __name__ == "__main__":
    run(lambda: main(sys.argv[1:]))
