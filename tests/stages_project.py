"""A copy of the project as it stands, small enough to run in a test."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML
from source_imports import ROOT
from warm_python import WHERE

TINY = {
    "data": {"size": 16, "drawn": {"train": 24, "val": 8, "test": 8}},
    "train_mlp": {
        task: {"epochs": 2, "train": 40, "val": 20, "test": 100}
        for task in ("regression_1d", "binary_rings", "multiclass_blobs")
    },
    "train_linear": {"epochs": 2},
    "train_numpy_cnn": {"epochs": 2, "hidden": 4, "batch_size": 8, "augment": "flip_shift", "max_shift": 2},
}
TINY_LAB = {
    "benchmark": {
        "batch_size": 4,
        "size": 8,
        "hidden": 4,
        "width": 4,
        "rounds": 2,
        "turn_seconds": 0.001,
        "compile": False,
        "sweep": {"rounds": 1, "turn_seconds": 0.001, "batch_size": [2], "width": [4], "size": [16]},
    },
    "gpu": {
        "batch_size": [8],
        "steps": 2,
        "rounds": 2,
        "workers": 0,
        "sweep_batch_size": [4],
        "sweep_width": [4],
        "sweep_size": [8],
        "pictures": 40,
        "epochs": 1,
        "accuracy": 0.1,
        "seeds": 2,
    },
    "scaling": {
        "batch_size": [4, 8],
        "all_reduce_kib": [4, 256],
        "rounds": 2,
        "turn_seconds": 0.005,
        "pictures": 40,
    },
}


MADE = ("metrics", "plots", "data", "models", "dvc.lock")
READ_BY_CHAPTERS = ("metrics/reference/drawn_float64.json", "metrics/reference/gpu/cpu_timeline.png")


def copy_project(to: Path) -> Path:
    """Every file that git tracks or would track, but no results, with both files of params made tiny; a repository."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(listing, cwd=ROOT, text=True).splitlines():
        if (ROOT / name).exists() and (name.split("/")[0] not in MADE or name in READ_BY_CHAPTERS):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name, follow_symlinks=False)
    change_params(to, TINY)
    change_params(to, TINY_LAB, "lab/params.yaml")
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "the project"]):
        subprocess.check_call([*git, *command], cwd=to)
    return to


def change_params(project: Path, changes: dict, file: str = "params.yaml") -> None:
    """Set keys of the file, given as nested dicts."""
    yaml = YAML()
    tree = yaml.load(project / file)
    _update(tree, changes)
    yaml.dump(tree, project / file)


def _update(tree: dict, changes: dict) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and key in tree:
            _update(tree[key], value)
        else:
            tree[key] = value


def run(project: Path, *command: str, **variables: str) -> subprocess.CompletedProcess:
    """A command in the project with this interpreter's programs first on the PATH and one thread; output as text.

    "python" starts in no time where the system allows it: see warm_python.py.
    """
    first = filter(None, [os.environ.get(WHERE), str(Path(sys.executable).parent)])
    path = os.pathsep.join([*first, os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | variables
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
