"""Photographs of a person's own, as an experiment: under any name, and back again, also after a failure."""

import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML
from stages_project import copy_project, run

from scratchnet.names import CLASSES
from scratchnet.photographs import checked, main, quoted, settings
from scratchnet.problems import Problem

NAME = """Bob's "$2024" `y` ${HOME}, [a=b:c] {d} é\\"""
WITHOUT_A_NAME = ["env", "-u", "EMAIL", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null"]


def album(path: Path, pictures=6, kinds=CLASSES) -> Path:
    rng = np.random.default_rng(0)
    for kind in kinds:
        (path / kind).mkdir(parents=True)
        for number in range(pictures):
            Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(path / kind / f"{number}.png")
    return path


@pytest.mark.parametrize(
    "name",
    [NAME, "plain", "'", "\\'", "\\\\", "\\${x}", "${", "null", "1e3", " a ", "a\\\\'b", "猫", "new\nline"],
)
def test_dvc_reads_any_name_as_it_is(name, tmp_path):
    from dvc.utils.hydra import apply_overrides

    params = tmp_path / "params.yaml"
    params.write_text("data:\n  path: ''\n", encoding="utf-8")
    apply_overrides(params, [f"data.path={quoted(name)}"])
    assert YAML(typ="safe").load(params)["data"]["path"] == name


def test_a_name_that_params_cannot_hold_is_refused():
    with pytest.raises(Problem, match="not UTF-8"):
        checked("/photos/gr\udcfc\udcdfe", CLASSES)


def test_the_kinds_are_those_of_an_option_or_of_params():
    assert settings(["-S", "train_numpy_cnn.epochs=2,3"]).data.classes == ["cat", "dog"]
    assert settings(["-f", "-S", "data.classes=[hot dog,'7']", "-S", "data.size=32"]).data.classes == ["hot dog", "7"]
    assert settings(["--set-param=params.yaml:data.classes=['Äpfel',pear]"]).data.classes == ["Äpfel", "pear"]
    assert settings(["-S", "other.yaml:data.classes=3"]).data.classes == ["cat", "dog"]


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("data.classes=[3,7]", "data.classes: takes names, and a name of digits in quotes"),
        ("data.classes=[Äpfel,pear]", "cannot be read: .* stands in single quotes"),
        ("data.classes=[apple", "cannot be read: "),
        ("archs=deep", "params.yaml, as the options -S change it, has a mistake:\n  archs: should be a valid list"),
        ("of_arch.deep.max_shift=3", r"'of_arch\.deep\.max_shift'\. .* use \+of_arch\.deep\.max_shift=3"),
        ("data.sizes=3", "Could not override 'data.sizes'"),
    ],
)
def test_options_that_are_wrong_stop_it_before_it_begins(option, sentence):
    with pytest.raises(Problem, match=sentence) as caught:
        settings(["-S", option])
    assert "/tmp" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], "arguments are required: PATH\n"), (["-S", "data.size=32", "p"], "PATH comes first, and each OPTION after")],
)
def test_the_path_comes_first(arguments, told, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert told in capsys.readouterr().err


def test_a_folder_of_two_other_kinds_is_told_what_to_type(tmp_path):
    two = album(tmp_path / "the fruit", kinds=("Apples", "3"))
    with pytest.raises(Problem) as caught:
        checked(str(two), CLASSES)
    assert """For one run, add -S "data.classes=['3',Apples]"; with make, type:""" in str(caught.value)
    typed = shlex.split(f"{caught.value}".rpartition("\n  ")[2])
    assert typed[:2] == ["make", "photographs"]
    assert typed[2] == f"DATA={two}"
    options = shlex.split(typed[3].removeprefix("SET="))
    assert checked(str(two), settings(options).data.classes) == str(two)


STAGE = """
from pathlib import Path
from ruamel.yaml import YAML
path = YAML(typ="safe").load(Path("params.yaml"))["data"]["path"]
sizes = {"none": 1}
if path:
    sizes = {str(picture): picture.stat().st_size for picture in sorted(Path(path).glob("*/*.png"))}
assert sizes and all(sizes.values()), "an empty picture"
Path("data/prepared").mkdir(parents=True)
Path("data/prepared/names").write_text("".join(sizes), encoding="utf-8")
Path("metrics.json").write_text(f'{{"pictures": {len(sizes)}}}', encoding="utf-8")
Path("plots/prepare_images").mkdir(parents=True, exist_ok=True)
Path("plots/prepare_images", "of photographs" if path else "of drawings").touch()
"""


@pytest.fixture
def project(tmp_path):
    """A project of one quick stage: its committed run, and then changes of another run that were not committed."""
    project = copy_project(tmp_path / "project")
    (project / "stage.py").write_text(STAGE)
    stage = {"cmd": "python stage.py", "params": ["data"], "deps": ["stage.py"], "outs": ["data/prepared"]}
    stage["outs"].append({"plots/prepare_images": {"cache": False}})
    stage["metrics"] = [{"metrics.json": {"cache": False}}]
    YAML().dump({"stages": {"prepare": stage}}, project / "dvc.yaml")
    assert run(project, "dvc", "repro", "-q").returncode == 0
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    for command in (["add", "-A"], ["commit", "-qm", "a run"]):
        subprocess.check_call([*git, *command], cwd=project)
    (project / "dvc.lock").write_text((project / "dvc.lock").read_text() + "# as after another run\n")
    (project / ".venv").symlink_to(Path(shutil.which("dvc")).parent.parent)
    return project


def contents(project: Path) -> dict[str, bytes]:
    """Every file that git or DVC keeps."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", ".", ":!.venv"]
    kept = subprocess.check_output(listing, cwd=project, text=True).splitlines()
    prepared = [path.relative_to(project) for path in (project / "data").rglob("*") if path.is_file()]
    return {str(name): (project / name).read_bytes() for name in [*kept, *prepared] if (project / name).is_file()}


def make(project: Path, *arguments: str):
    return run(project, *WITHOUT_A_NAME, "make", "-o", ".venv/ready", *arguments)


def test_an_experiment_comes_whole_or_not_at_all_and_there_is_a_way_back(project, tmp_path):
    before = contents(project)
    mistyped = make(project, "photographs", f"DATA={tmp_path}/no such")
    assert f"There is no {tmp_path}/no such." in mistyped.stderr
    damaged = album(tmp_path / "damaged")
    for picture in damaged.glob("*/*"):
        picture.write_bytes(b"")
    failed = make(project, "photographs", f"DATA={damaged}")
    assert failed.returncode != 0
    assert contents(project) == before

    earlier = [project / name for name in ("plots/prepare_images/apple.png", "metrics/train_numpy_cnn/deep.json")]
    mine = project / "metrics/reference/mine.json"
    for path in (*earlier, mine):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"of another run")
    done = make(project, "photographs", f"DATA={album(tmp_path / NAME)}")
    assert done.returncode == 0, done.stderr
    assert "in metrics/ and plots/.\nThe networks of this run: one_conv, two_conv.\n" in done.stdout
    assert [path.exists() for path in (*earlier, mine)] == [False, False, True]
    assert [path.name for path in (project / "plots/prepare_images").iterdir()] == ["of photographs"]
    assert run(project, "dvc", "status", "-q").returncode == 0
    mine.unlink()
    assert YAML(typ="safe").load(project / "params.yaml")["data"]["path"] == f"{tmp_path}/{NAME}"
    assert "cat/0.png" in (project / "data/prepared/names").read_text(encoding="utf-8")

    # an experiment without --temp that fails: its stage's results are gone, and git may take dvc.lock for unchanged
    assert run(project, "dvc", "exp", "run", "-S", "data.path=/no/such").returncode != 0
    assert not (project / "metrics.json").exists()
    for path in earlier:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"of another run")
    back = make(project, "committed")
    assert back.returncode == 0, back.stderr
    committed = before | {"dvc.lock": before["dvc.lock"].removesuffix(b"# as after another run\n")}
    assert contents(project) == committed
