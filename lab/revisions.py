"""What git knows: another revision as a folder of its own, and the files that it holds."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from scratchnet.problems import Problem


def commit_of(root: Path, revision: str) -> str:
    """The full name of the commit. Problem where `root` is no repository, is in a conflict, or has no such revision."""
    inside = _run(root, "rev-parse", "--is-inside-work-tree")
    if inside.returncode:  # no repository, or one of another user's: git says which, and what to do
        raise Problem(f"There is no other revision of {root} to compare with, for git says: {inside.stderr.strip()}")
    conflicts = sorted(set(git(root, "diff", "--name-only", "--diff-filter=U").splitlines()))
    if conflicts:
        raise Problem(f"The working tree has conflicts. Resolve them first: {', '.join(conflicts)}.")
    found = _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode:
        raise Problem(
            f"git knows no revision {revision!r} here. Try a branch, a tag or a commit that `git log` shows;"
            " in a shallow clone, `git fetch --unshallow` first."
        )
    return found.stdout.strip()


@contextmanager
def checked_out(root: Path, commit: str) -> Iterator[Path]:
    """The files of a commit in a folder that is gone when the block ends, also by an error or Ctrl-C."""
    with TemporaryDirectory(prefix="revision-") as folder:
        tree, packed = Path(folder).resolve() / commit[:12], Path(folder, "files.zip")
        git(root, "archive", f"--output={packed}", commit)
        shutil.unpack_archive(packed, tree)
        packed.unlink()
        yield tree


def files_in(root: Path, commit: str, *folders: str) -> list[str]:
    """Paths of all files that the commit has in these folders."""
    return git(root, "ls-tree", "-r", "--name-only", commit, *folders).splitlines()


def text_in(root: Path, commit: str, path: str) -> str:
    return git(root, "show", f"{commit}:{path}")


def git(root: Path, *arguments: str) -> str:
    done = _run(root, *arguments)
    if done.returncode:
        raise Problem(f"git {arguments[0]} failed in {root}: {done.stderr.strip()}")
    return done.stdout


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Ask git about `root`, even where we were started by a hook: GIT_DIR or GIT_INDEX_FILE then name another place.

    Settings that a person gives by variables (GIT_CONFIG_...), such as safe.directory, still count.
    """
    command = ["git", "-C", str(root), *arguments]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG_")
    }
    try:
        return subprocess.run(
            command, env=environment, capture_output=True, encoding="utf-8", errors="backslashreplace", check=False
        )
    except FileNotFoundError:
        raise Problem("There is no git here, and without it no other revision to compare with.") from None
