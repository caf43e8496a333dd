"""What a person has set for other programs changes no result, and stops nothing that could go on."""

import ast
import errno
import os
import signal
import subprocess
import sys
from tempfile import TemporaryDirectory

import pytest
from source_imports import ROOT

from scratchnet.problems import Stopped, run

DRAW = """
import {first}
from scratchnet.plots.style import save
from matplotlib.figure import Figure
figure = Figure(figsize=(2, 1))
figure.subplots().plot([1, 3, 2], label="a $x^2$")
figure.legend()
save(figure, "{to}")
"""


def python(code: str, cwd=ROOT, **environment) -> subprocess.CompletedProcess:
    """A program of the project's, under an environment that has these variables besides ours."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="OpenMP is another library there")
def test_openmp_lends_pytorch_all_threads_it_asks_for():
    """With the variable set, a training on a busy machine ended with gradients that were no numbers."""
    code = "import stages.train_cuda_cnn, ctypes; print(ctypes.CDLL(None).omp_get_dynamic())"
    assert python(code, OMP_DYNAMIC="true").stdout.split()[-1:] == [b"0"]


@pytest.mark.parametrize("first", ["scratchnet.plots.cnn", "lab.benchmark.figures", "lab.gpu.timeline"])
def test_pictures_depend_on_the_project_alone(first, tmp_path):
    """Neither on a notebook's backend nor on a matplotlibrc, wherever it lies and whatever its bytes."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    settings = "font.family: serif\nsavefig.bbox: tight\ntext.usetex: True\nlines.linewidth: 9\n"
    (theirs / "matplotlibrc").write_text(settings)
    (tmp_path / "latin1").write_bytes("# größer\n".encode("latin-1"))
    backend = {"MPLBACKEND": "module://no_such_module"}
    for name, how in {
        "plain": {},
        "config": backend | {"MPLCONFIGDIR": str(theirs)},
        "named": backend | {"MATPLOTLIBRC": str(tmp_path / "latin1")},
        "here": {"cwd": theirs},
    }.items():
        done = python(DRAW.format(first=first, to=tmp_path / f"{name}.png"), **how)
        assert done.returncode == 0, done.stderr
    assert len({picture.read_bytes() for picture in tmp_path.glob("*.png")}) == 1


@pytest.mark.parametrize("code", ['print("猫")', 'print("猫", file=sys.stderr)', 'raise Problem("猫")'])
def test_what_a_terminal_cannot_show_stops_nothing_and_files_are_utf_8(code, tmp_path):
    """On Windows the locale is cp1252, which also files would get; on old disks and in containers others are met."""
    code = f"import sys; from scratchnet.problems import Problem, run\ndef command(): {code}\nrun(command)"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252"}
    shown = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert (shown.stdout + shown.stderr).strip() == b"\\u732b"
    with (tmp_path / "file").open("wb") as file:
        subprocess.run([sys.executable, "-c", code], env=environment, stdout=file, stderr=file, check=False)
    assert (tmp_path / "file").read_text("utf-8").strip() == "猫"


def opens_text(call: ast.Call) -> bool:
    """Whether a call opens a text file, or reads what a program prints as text."""
    if {"text", "universal_newlines"} & {keyword.arg for keyword in call.keywords}:
        return True
    match call.func:
        case ast.Attribute(attr="read_text" | "write_text"):
            return True
        case ast.Attribute(attr="open") | ast.Name(id="open"):
            modes = [value.value for value in call.args if isinstance(value, ast.Constant)]
            return all("b" not in mode for mode in modes) if modes else not call.args
    return False


def test_every_text_file_is_utf_8_whatever_the_locale():
    for file in (file for house in ("scratchnet", "stages", "lab") for file in (ROOT / house).rglob("*.py")):
        calls = (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))
        for call in filter(opens_text, calls):
            assert "utf-8" in ast.unparse(call), f"{file}:{call.lineno}"


@pytest.mark.parametrize(
    ("path", "told"),
    [("x" * 300, "File name too long. Choose a shorter name."), ("file/below", "Not a directory. What should be")],
)
def test_a_path_that_the_system_refuses_is_told_in_a_sentence(path, told, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as ended:
        run((tmp_path / path).read_bytes)
    assert ended.value.code.startswith(f"{tmp_path / path} cannot be used: {told}")


def test_a_folder_that_must_not_be_written_is_told_and_other_errors_are_not_hidden():
    def refused(number):
        raise OSError(number, os.strerror(number), "data/prepared")

    with pytest.raises(SystemExit, match=r"^data/prepared cannot be used: Permission denied\. Its permissions"):
        run(lambda: refused(errno.EACCES))
    with pytest.raises(OSError, match="Invalid argument"):
        run(lambda: refused(errno.EINVAL))


def test_a_command_that_is_terminated_takes_its_temporary_files_with_it(tmp_path):
    def command():
        with TemporaryDirectory(dir=tmp_path):
            os.kill(os.getpid(), signal.SIGTERM)
            pytest.fail("the signal ends the command")

    with pytest.raises(SystemExit) as ended:
        run(command)
    assert ended.value.code == 143
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_command_that_has_stopped_says_so(capsys):
    def command():
        raise Stopped(signal.SIGINT, "Stopped after epoch 3.")

    with pytest.raises(SystemExit) as ended:
        run(command)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Stopped after epoch 3.\n"
