"""The laboratory's one way in: what there is, what each command is for, and mistakes told in a sentence."""

import importlib
import sys

import pytest
from source_imports import ROOT
from stages_project import run as run_in

from lab.__main__ import COMMANDS, main
from scratchnet.problems import run

ARGUMENTS = {
    "gate": ["--base", "HEAD"],
    "gpu": ["mine", "--device", "cpu"],
    "scaling": ["mine", "--device", "cpu"],
    "timings": ["--base", "HEAD"],
    "keep": ["mine"],
}


@pytest.fixture
def call(monkeypatch, tmp_path, capsys):
    """Run a command in an empty folder; its exit status or the sentence that it ended with, and all that it printed."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments):
        with pytest.raises(SystemExit) as ended:
            run(lambda: sys.exit(main(list(arguments))))
        return ended.value.code, "".join(capsys.readouterr())

    return called


def write_params(folder, of_the_pipeline=lambda text: text, of_the_lab=lambda text: text):
    (folder / "lab").mkdir()
    for file, change in (("params.yaml", of_the_pipeline), ("lab/params.yaml", of_the_lab)):
        (folder / file).write_text(change((ROOT / file).read_text()))


def test_alone_it_lists_what_there_is_without_loading_torch():
    listing = run_in(ROOT, sys.executable, "-X", "importtime", "-m", "lab")
    assert listing.returncode == 0
    assert all(f"\n  {name:8}  {what}" in listing.stdout for name, (_, what) in COMMANDS.items())
    assert "scratchnet.problems" in listing.stderr
    assert "torch" not in listing.stderr


def test_an_unknown_command_is_told_with_those_that_there_are(call):
    status, text = call("tabels")
    assert status == 2
    assert "invalid choice: 'tabels'" in text
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_the_command_does(name, call):
    status, text = call(name, "--help")
    assert status == 0
    assert text.startswith(f"usage: python -m lab {name} ")
    description = importlib.import_module(COMMANDS[name][0]).__doc__.strip()
    assert description in text
    assert f"lab {name}" in description  # an example


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_argument_is_a_status_of_its_own(name, call):
    assert call(name, "--no-such-option")[0] == (3 if name == "gate" else 2)


@pytest.mark.parametrize("name", ["gate", "prove", "gpu", "scaling"])
def test_a_mistake_in_the_laboratorys_params_is_told_before_any_work(name, call, tmp_path):
    write_params(tmp_path, of_the_lab=lambda text: text.replace("  seeds: 10", "  sedes: 10"))
    status, text = call(name, *ARGUMENTS.get(name, []))
    assert "gpu.sedes: no such key. Did you mean seeds?" in f"{status} {text}"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["lab", "params.yaml", "params.yaml"]


@pytest.mark.parametrize("name", ["gpu", "scaling", "keep"])
def test_a_mistake_in_the_pipelines_params_is_told_before_any_work(name, call, tmp_path):
    write_params(tmp_path, of_the_pipeline=lambda text: text.replace("epochs: 200", "epochs: many"))
    assert "binary_rings.epochs: should be a valid integer, not 'many'." in call(name, *ARGUMENTS[name])[0]


@pytest.mark.parametrize("name", ["gpu", "scaling", "keep"])
def test_the_name_of_a_run_is_no_path(name, call, tmp_path):
    write_params(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    status, text = call(name, "../x")
    assert status == 2
    assert "'../x' is no name" in text
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["gpu", "keep"])
def test_what_must_run_first_is_named(name, call, tmp_path):
    write_params(tmp_path)
    status, _ = call(name, *ARGUMENTS[name])
    assert "prepare_images" in status or "dvc repro" in status


def test_the_gpu_is_not_measured_where_there_is_none(call, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    write_params(tmp_path)
    assert "finds no CUDA device here" in call("gpu", "mine")[0]


def test_tables_belong_to_the_projects_root(call):
    assert call("tables")[0] == "There is no docs/photographs.md here. Go to the project's root first."
