"""What the chapters ask git."""

import subprocess

from scratchnet.problems import Problem


def git(*arguments: str) -> str:
    """What `git ARGUMENTS` prints. Problem, in git's own words, where it fails."""
    try:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        raise Problem("There is no git here, and this needs the project's history: install it.") from None
    except subprocess.CalledProcessError as error:
        raise Problem(f"git {' '.join(arguments)} failed: {error.stderr.strip()}") from None


def commit(revision: str) -> str:
    """The full name of a commit. Problem where `revision` names none."""
    try:
        return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    except Problem:
        raise Problem(
            f"{revision} is no commit of this repository: name a branch, a tag or a commit that `git log` shows. "
            "(A shallow clone holds only the last ones: git fetch --unshallow.)"
        ) from None
