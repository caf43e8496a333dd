"""The chapters: one script a stage, run as `python -m stages.NAME` from the project's root."""

import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

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


def missing(requirements: Iterable[str]) -> list[str]:
    """The packages that are not installed; of any version, for it is a lent machine's own that has to do."""
    names = [re.match(r"[\w.-]+", requirement)[0] for requirement in requirements]
    return [name for name in names if not _installed(name)]


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
if lacking := [name for name in missing(_PROJECT["dependencies"]) if name != "dvc"]:  # which no stage imports
    sys.exit(
        f"Python packages are missing here: {', '.join(lacking)}. pip install -r requirements.txt brings them all."
    )
