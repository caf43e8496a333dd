"""The pipeline on photographs of your own, as an experiment: a run that DVC keeps beside the commits.

PATH is a folder or a zip. It is looked at first: a mistyped path, or pictures without labels, stop it before it begins.
The experiment runs in a copy of the project. Where it fails, your files stay as they are; where it ends well, its
results come here. OPTION is anything that `dvc exp run` knows.

Two kinds of pictures are told apart, cats and dogs unless you name others:

  python -m scratchnet photographs train.zip -S train_numpy_cnn.epochs=20
  python -m scratchnet photographs fruit -S "data.classes=[apple,pear]"
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from argparse import REMAINDER, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from scratchnet.params import Params, load, whole_path
from scratchnet.photos.held import OtherKinds
from scratchnet.photos.sources import folder
from scratchnet.problems import Problem

PARAMS = "params.yaml"
QUOTES = """. A name of other than plain Latin letters stands in single quotes: -S "data.classes=['Äpfel','7']\""""
OF_A_RUN = ("metrics/timing", "metrics/train_*", "plots/compare", "plots/prepare_images", "plots/train_*")
NAMELESS = {"NAME": "scratchnet", "EMAIL": "scratchnet@localhost"}  # who commits where git was told no name


def main(arguments: Sequence[str]) -> None:
    """The command: python -m scratchnet photographs ARGUMENTS."""
    parser = ArgumentParser(
        prog="python -m scratchnet photographs", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("path", metavar="PATH", help="a folder or a zip")
    options = parser.add_argument("options", metavar="OPTION", nargs=REMAINDER, help="such as -S data.limit=2000")
    options.required = False
    if arguments and arguments[0].startswith("-") and arguments[0] not in ("-h", "--help"):
        parser.error("PATH comes first, and each OPTION after it")
    asked = parser.parse_args(arguments)
    path = checked(asked.path, settings(asked.options).data.classes)
    os.environ |= identity()
    before = experiments()
    run = [sys.executable, "-m", "dvc", "exp", "run", "--temp", "-S", "data.source=folder"]
    done = subprocess.run([*run, "-S", f"data.path={quoted(path)}", *asked.options], check=False)
    if done.returncode:
        sys.exit(done.returncode)
    for experiment in experiments() - before:  # one; none where an option has put it in the queue
        commit, ref = experiment.split(" ", 1)
        name = ref.rpartition("/")[2]
        bring_here(name, commit)
        print(f"Your workspace has the results of the experiment {name} now, in metrics/ and plots/.")
        print(f"The networks of this run: {', '.join(load().archs)}.")


def settings(options: Sequence[str]) -> Params:
    """params.yaml as the options -S change it. Problem where they cannot be read, or where a setting is wrong."""
    from dvc.exceptions import InvalidArgumentError  # loads slowly
    from dvc.utils.cli_parse import to_path_overrides
    from dvc.utils.hydra import apply_overrides, get_hydra_sweeps
    from hydra.errors import HydraException, OverrideParseException

    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-S", "--set-param", action="append", default=[])
    load()  # whose own mistakes are told first
    given = to_path_overrides(parser.parse_known_args(options)[0].set_param).get(PARAMS, [])
    with TemporaryDirectory() as temporary:
        changed = Path(temporary, PARAMS)
        shutil.copy(PARAMS, changed)
        try:
            first, *_ = get_hydra_sweeps({PARAMS: given})  # of many where the options are a grid for the queue
            apply_overrides(changed, ["data.source=folder", "data.path=photographs", *first[PARAMS]])
        except (InvalidArgumentError, HydraException) as error:
            why = error if isinstance(error, HydraException) else error.__cause__ or error
            hint = QUOTES if isinstance(why, OverrideParseException) else ""
            raise Problem(f"The options -S cannot be read: {' '.join(f'{why}'.split())}{hint}") from None
        try:
            return load(changed)
        except Problem as problem:
            raise Problem(f"{problem}".replace(f"{changed}", f"{PARAMS}, as the options -S change it,", 1)) from None


def checked(named: str, classes: Sequence[str]) -> str:
    """The whole path of photographs that have labels, as params.yaml can hold it. Problem where there are none."""
    if not named:
        raise Problem("Say where the photographs are: make photographs DATA=path/to/folder-or-zip")
    try:
        path = whole_path(named)
        path.encode()
    except UnicodeEncodeError:
        raise Problem(f"{named!r} is not UTF-8, as params.yaml is: rename it, or make a link to it.") from None
    except ValueError as error:
        raise Problem(f"{named}: {error}.") from None
    try:
        folder(Path(path), classes=classes)
    except OtherKinds as problem:
        if not problem.option:
            raise
        line = f"make photographs DATA={shlex.quote(named)} SET={shlex.quote(problem.option)}"
        raise Problem(f"{problem} For one run, add {problem.option}; with make, type:\n\n  {line}") from None
    return path


def quoted(text: str) -> str:
    """The text as a value of -S, whose grammar gives a meaning to quotes, commas, brackets and ${...}.

    In quotes a backslash counts as itself, except before a quote, before ${ and at the end: there it is doubled.
    """
    text = re.sub(r"(\\*)\$\{", r"\1\1\\${", text)
    text = re.sub(r"(\\*)'", r"\1\1\\'", text)
    return "'" + re.sub(r"(\\*)\Z", r"\1\1", text, count=1) + "'"


def experiments() -> set[str]:
    """A line for each of DVC's experiments: its commit, and its name after the last slash."""
    listing = ["git", "for-each-ref", "--format=%(objectname) %(refname)", "refs/exps/??/*/*"]
    return set(subprocess.check_output(listing, encoding="utf-8").splitlines())


def bring_here(experiment: str, commit: str) -> None:
    """As `dvc exp apply` does, which fails where DVC has never kept the results of a stage that was not asked for.

    Results that the experiment has not go, as those of other kinds of pictures: `dvc exp apply` leaves them.
    """
    from dvc.repo import Repo  # loads slowly

    with Repo() as repo:
        repo.experiments.apply(experiment, allow_missing=True)
    here = _listed("ls-files", "--cached", "--others", "--exclude-standard", "--", *OF_A_RUN)
    for name in here - _listed("ls-tree", "-r", "--name-only", commit):
        Path(name).unlink(missing_ok=True)


def _listed(*git: str) -> set[str]:
    """The names of files that a command of git lists."""
    listing = subprocess.check_output(["git", git[0], "-z", *git[1:]])
    return {os.fsdecode(name) for name in listing.split(b"\0") if name}


def identity() -> dict[str, str]:
    """DVC commits, and so wants a name: what both git's configuration and the environment lack of it."""
    unknown = [part for part in NAMELESS if not _configured(f"user.{part.lower()}")]
    wanted = {f"GIT_{role}_{part}": NAMELESS[part] for role in ("AUTHOR", "COMMITTER") for part in unknown}
    return {name: value for name, value in wanted.items() if not os.environ.get(name)}


def _configured(setting: str) -> bool:
    return not subprocess.run(["git", "config", setting], stdout=subprocess.DEVNULL, check=False).returncode
