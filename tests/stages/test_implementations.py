"""What DVC watches of a training's implementation: your layers where they are trained, and nowhere else."""

import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML
from source_imports import ROOT

from scratchnet.params import TrainCnn, TrainMlp
from scratchnet.yours import WATCHED

SECTIONS = {"train_mlp": TrainMlp, "train_numpy_cnn": TrainCnn}
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of libraries that DVC uses
STAGES = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_implementation_has_something_to_watch(section):
    dependency = f"stages/implementations/${{{section}.implementation}}"
    assert dependency in STAGES[section]["deps"]
    for name in get_args(SECTIONS[section].model_fields["implementation"].annotation):
        assert (ROOT / dependency.replace(f"${{{section}.implementation}}", name)).exists()


def test_yours_is_a_link_to_the_folder():
    assert (ROOT / WATCHED).readlink() == Path("../../my")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with the same dependency, and a stage that takes no time."""
    monkeypatch.chdir(tmp_path)
    subprocess.check_call(["git", "init", "-q"])
    shutil.copytree(ROOT / WATCHED.parent, WATCHED.parent, symlinks=True)
    shutil.copy(ROOT / ".dvcignore", ".dvcignore")
    Path("my").mkdir()
    shutil.copy(ROOT / "my/README.md", "my/README.md")
    (dependency,) = (dep for dep in STAGES["train_mlp"]["deps"] if "implementations" in dep)
    stage = {"cmd": "echo done> done.txt", "deps": [dependency], "outs": [{"done.txt": {"cache": False}}]}
    YAML().dump({"stages": {"train": stage}}, Path("dvc.yaml"))
    Repo.init().close()


def train(implementation):
    Path("params.yaml").write_text(f"train_mlp:\n  implementation: {implementation}\n", encoding="utf-8")
    with Repo() as repo:
        repo.reproduce()


def is_clean() -> bool:
    with Repo() as repo:
        return not repo.status()


def test_an_edit_makes_stale_what_was_trained_with_it_alone(project):  # noqa: ARG001
    layers = Path("my/layers.py")
    train("clear")
    assert is_clean()
    layers.write_text("x = 1\n", encoding="utf-8")
    assert is_clean()
    train("yours")
    assert is_clean()
    Path("my/__pycache__").mkdir()
    for beside in ("__pycache__/layers.pyc", ".layers.py.swp", "cat.jpg", "reached.json"):
        Path("my", beside).write_text("beside", encoding="utf-8")
    assert is_clean()
    layers.write_text("x = 2\n", encoding="utf-8")
    assert not is_clean()
    train("yours")
    assert is_clean()


def test_yours_may_be_asked_for_where_there_is_nothing(project):  # noqa: ARG001
    """Then DVC runs the stage, and the stage says what to do."""
    train("yours")
    assert is_clean()
