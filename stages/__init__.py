"""The chapters: one script a stage, run as `python -m stages.NAME` from the project's root."""

import os
import sys
from collections.abc import Callable

from scratchnet.problems import Problem


def run(stage: Callable[[], None]) -> None:
    """Run a stage as a command: a Problem is told in its own sentences, without a traceback, with status 1."""
    try:
        stage()
    except Problem as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # `... | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
