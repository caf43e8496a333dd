"""What went wrong, told to the person who can put it right."""

import os
import sys
from collections.abc import Callable


class Problem(Exception):
    """A mistake in the input, not in the code.

    The message is one or more whole sentences: what was wrong, where, and what to do about it. `run` prints it without
    a traceback and ends with status 1.
    """


def no_number(where: str, rate: float) -> Problem:
    """A loss that is infinite or NaN, where it was seen, and the learning rate that was probably too high."""
    return Problem(
        f"The loss is no longer a number ({where}). The learning rate ({rate:g}) is probably too high: "
        "try a tenth of it."
    )


def run(command: Callable[[], None]) -> None:
    """Run a command: a Problem is told in its own sentences, without a traceback, with status 1."""
    try:
        command()
    except Problem as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # `... | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
