"""A copy of the project that the gate answers for within seconds."""

import subprocess
from pathlib import Path

from stages_project import change_params, copy_project

from lab.params import Gate, load

QUICK = {
    "cases": ["mlp"],
    "batch_size": 4,
    "size": 16,
    "hidden": 8,
    "resamples": 1000,
    "rounds": 10,
    "crews": 1,
    "sets": 3,
    "tolerance": 0.5,  # the machine that runs the tests has other work, too
    "drift": 9.0,  # so these tests are about what the gate does, not about the machine
    "turn_seconds": 0.005,
}
SLOWER_FORWARD = """

forward = Network.forward
Network.forward = lambda network, x: [forward(network, x) for _ in range(50)][-1]
"""


def quick_project(to: Path) -> Path:
    copy_project(to)
    change_params(to, {"gate": QUICK}, "lab/params.yaml")
    git(to, "commit", "-qam", "quick")
    return to


def quick_params(project: Path, **changes) -> Gate:
    return load(project / "lab/params.yaml").gate.model_copy(update=changes)


def git(project: Path, *arguments: str) -> str:
    me = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    return subprocess.check_output(["git", *me, *arguments], cwd=project, text=True)


def append(file: Path, text: str) -> None:
    with file.open("a") as opened:
        opened.write(text)
