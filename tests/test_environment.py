"""What a person has set for other programs changes no result, and stops nothing that could go on."""

import os
import subprocess
import sys

import pytest
from source_imports import ROOT

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


@pytest.mark.parametrize("first", ["scratchnet.plots.cnn", "lab.benchmark.figures", "lab.gpu.timeline"])
def test_pictures_depend_on_the_project_alone(first, tmp_path):
    """Neither on a notebook's backend nor on a matplotlibrc, wherever it lies and whatever its bytes."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    settings = "font.family: serif\nsavefig.bbox: tight\ntext.usetex: True\nlines.linewidth: 9\n"
    (theirs / "matplotlibrc").write_text(settings)
    (tmp_path / "latin1").write_bytes("# größer\n".encode("latin-1"))
    backend = {"MPLBACKEND": "module://no_such_module"}
    for name, environment in {
        "plain": {},
        "kernel": backend,
        "config": backend | {"MPLCONFIGDIR": str(theirs)},
        "named": {"MATPLOTLIBRC": str(tmp_path / "latin1")},
    }.items():
        done = python(DRAW.format(first=first, to=tmp_path / f"{name}.png"), **environment)
        assert done.returncode == 0, done.stderr
    here = python(DRAW.format(first=first, to=tmp_path / "here.png"), cwd=theirs)
    assert here.returncode == 0, here.stderr
    assert len({picture.read_bytes() for picture in tmp_path.glob("*.png")}) == 1
