"""Networks with your own layers: what you have written in my/, and the project's where you have not yet.

`python -m exercises start 01` puts a file of the project into my/, without the bodies that are yours to write. A
training whose setting `implementation` is yours runs these files in place of the project's. The file in my/ counts for
all that is in it; a body that still waits there, or is missing, is the project's.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from scratchnet.bodies import bodies, parse
from scratchnet.numpy_nn import layers, losses, networks, optimizers
from scratchnet.problems import Problem

FOLDER = Path("my")
# What DVC watches of my/, and only where a stage's implementation is yours. Git keeps it as a link to my/.
WATCHED = Path("stages/implementations/yours")


@dataclass(frozen=True)
class Parts:
    """The modules that a training in NumPy is made of. digest: of the code in my/, where it is yours."""

    layers: ModuleType
    losses: ModuleType
    optimizers: ModuleType
    networks: ModuleType
    digest: str = ""


PROJECT = Parts(layers, losses, optimizers, networks)
NAMES = ("layers", "losses", "optimizers", "networks")


def parts_of(implementation: str) -> Parts:
    """Your modules where the setting says yours, with a word on whose each part is; else the project's.

    Problem where there is nothing of yours.
    """
    return _yours() if implementation == "yours" else PROJECT


@contextmanager
def told_of(implementation: str) -> Iterator[None]:
    """What your code raises in the block, told with its file and line; without your code, nothing is changed."""
    try:
        yield
    except Exception as error:
        where = whereabouts(error)
        if implementation != "yours" or isinstance(error, Problem) or (isinstance(error, OSError) and not where):
            raise
        where = where or "Your layers do not fit together"
        raise Problem(f"{where}: {in_words(error)}\nTest what you have written: python -m exercises check") from error


def run_file(path: Path) -> ModuleType:
    """A file of my/ as a module, always from its text: no compiled copy of an older one. Problem where it fails."""
    module = ModuleType(f"{path.parent.name}.{path.stem}")
    module.__file__ = str(path)
    code = compile(parse(path), str(path), "exec")
    try:
        exec(code, vars(module))
    except (Exception, SystemExit) as error:
        raise Problem(f"{whereabouts(error, path.parent)}: {in_words(error)}") from error
    return module


def whereabouts(error: BaseException, folder: Path = FOLDER) -> str | None:
    """my/layers.py, line 12, in forward: the last line in the folder that an error came through; None: none did."""
    found, step = None, error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if Path(code.co_filename).parent == folder:
            found = f"{code.co_filename}, line {step.tb_lineno}, in {code.co_name}"
        step = step.tb_next
    return found


def in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def give(module: ModuleType, name: str, giver: ModuleType) -> None:
    """Put the giver's function or method of this name into the module; with its class, where that is missing."""
    owner, _, method = name.rpartition(".")
    if owner and hasattr(module, owner):
        setattr(getattr(module, owner), method, vars(getattr(giver, owner))[method])
    else:
        setattr(module, owner or name, getattr(giver, owner or name))


def _yours() -> Parts:
    _refuse_what_dvc_cannot_watch()
    there = [name for name in NAMES if (FOLDER / f"{name}.py").exists()]
    if not there:
        raise Problem(
            f"The setting implementation is yours, but {FOLDER.absolute()} holds none of your layers. Write them "
            "first: python -m exercises start 01. (An experiment that DVC runs elsewhere, by --queue or --temp, has "
            "only what git tracks, and my/ is yours alone: leave these options out. make photographs runs so, too: "
            "set data.source and data.path in params.yaml instead, and type dvc repro.)"
        )
    found = {}
    for name in NAMES:
        project = getattr(PROJECT, name)
        found[name] = _made_whole(FOLDER / f"{name}.py", project) if name in there else run_file(Path(project.__file__))
    _build_from(found["networks"], found["layers"])
    if rest := [f"{name}.py" for name in NAMES if name not in there]:
        print(f"The project's, for there is none in {FOLDER}: {', '.join(rest)}.")
    print("Whether yours is right, this tells: python -m exercises check")
    code = [file.name.encode() + b"\0" + file.read_bytes() + b"\0" for file in sorted(FOLDER.glob("*.py"))]
    return Parts(**found, digest=hashlib.sha256(b"".join(code)).hexdigest())


def _made_whole(path: Path, project: ModuleType) -> ModuleType:
    """Your module, with the project's bodies where yours wait or are missing. It is told whose each is."""
    module, mine, whole = run_file(path), bodies(path), bodies(Path(project.__file__))
    missing = [name for name in whole if name not in mine or mine[name].waits]
    for name in missing:
        give(module, name, project)
    same = {name for name, body in whole.items() if name in mine and mine[name].text == body.text}
    written = [name for name in mine if name not in same and name not in missing]
    for whose, names in (("Yours", written), ("Still the project's", missing)):
        if names:
            print(f"{whose}, of {path}: {', '.join(names)}.")
    return module


def _build_from(networks: ModuleType, layers: ModuleType) -> None:
    """Networks made of these layers: what the module has imported from the project's becomes theirs."""
    for name, value in vars(PROJECT.layers).items():
        if vars(networks).get(name) is value and isinstance(value, type):
            setattr(networks, name, getattr(layers, name))


def _refuse_what_dvc_cannot_watch() -> None:
    """Where git has made no link, DVC would not see an edit in my/, and show the results of older code as new."""
    if "DVC_STAGE" in os.environ and not WATCHED.is_dir():
        raise Problem(
            f"By {WATCHED.as_posix()} DVC sees when your layers change. It should be a link to my/, and git has made a "
            "file of it, as on Windows without developer mode. Turn this mode on, then: git config core.symlinks "
            f"true, and git checkout -- {WATCHED.as_posix()}. Or run the stages without DVC (--help explains them)."
        )
