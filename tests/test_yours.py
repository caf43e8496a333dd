"""Networks with layers of one's own: whose body is run, and how a mistake in it is told."""

from pathlib import Path

import numpy as np
import pytest
from source_imports import ROOT

from scratchnet import yours
from scratchnet.numpy_nn import layers, networks
from scratchnet.problems import Problem
from scratchnet.yours import PROJECT, parts_of, told_of

LAYERS = (ROOT / "scratchnet/numpy_nn/layers.py").read_text(encoding="utf-8")
EMPTY = 'raise NotImplementedError("to be written")'


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_STAGE", raising=False)
    Path("my").mkdir()


def write(name, text):
    Path(f"my/{name}.py").write_text(text, encoding="utf-8")


def changed(text, old, new):
    assert text.count(old) == 1
    return text.replace(old, new)


def network(parts):
    return parts.networks.cnn("two_conv", 8, 4, np.random.default_rng(1), np.float64)


def pictures():
    return np.random.default_rng(2).standard_normal((3, 3, 8, 8))


def test_every_other_implementation_is_the_projects(capsys):
    assert parts_of("clear") is PROJECT
    assert parts_of("fast") is PROJECT
    assert not capsys.readouterr().out


def test_written_bodies_are_yours_and_empty_ones_the_projects(capsys):
    text = changed(LAYERS, "return np.maximum(x, 0)", "return 2 * np.maximum(x, 0)")
    write("layers", changed(text, 'return dy @ self.params["W"].T if self._needs_dx else None', "pass"))
    text = Path("my/layers.py").read_text(encoding="utf-8")
    write("layers", changed(text, 'self.grads = {"W": self._x.T @ dy, "b": dy.sum(axis=0)}\n        pass', EMPTY))
    parts = parts_of("yours")
    told = capsys.readouterr().out
    assert "Yours, of my/layers.py: ReLU.forward.\n" in told
    assert "Still the project's, of my/layers.py: Linear.backward.\n" in told
    assert "The project's, for there is none in my: losses.py, optimizers.py, networks.py.\n" in told

    mine, x = network(parts), pictures()
    assert mine.layers["relu1"].forward(x).max() == 2 * x.max()
    assert type(mine.layers["fc1"]) is parts.layers.Linear
    assert type(mine.layers["fc1"]).backward is layers.Linear.backward
    assert networks.cnn("two_conv", 8, 4, np.random.default_rng(1)).layers["relu1"].forward(x).max() == x.max()


def test_a_whole_network_of_yours_computes_what_the_projects_does():
    for name in yours.NAMES:
        write(name, (ROOT / f"scratchnet/numpy_nn/{name}.py").read_text(encoding="utf-8"))
    mine, theirs, x = network(parts_of("yours")), network(PROJECT), pictures()
    assert {name: w.shape for name, w in mine.params.items()} == {name: w.shape for name, w in theirs.params.items()}
    np.testing.assert_array_equal(mine.forward(x), theirs.forward(x))
    mine.backward(np.ones((3, 1)))
    theirs.backward(np.ones((3, 1)))
    for name, gradient in theirs.grads.items():
        np.testing.assert_array_equal(mine.grads[name], gradient)
    assert not {type(layer) for layer in mine.layers.values()} & {type(layer) for layer in theirs.layers.values()}


def test_initial_weights_are_of_your_he_std():
    source = (ROOT / "scratchnet/numpy_nn/networks.py").read_text(encoding="utf-8")
    write("networks", changed(source, "return (2 / fan_in) ** 0.5", "return 0.0"))
    assert not network(parts_of("yours")).params["conv1.W"].any()


def test_a_class_that_is_missing_is_the_projects(capsys):
    write("layers", LAYERS[: LAYERS.index("class MaxPool2d")] + LAYERS[LAYERS.index("class ReLU") :])
    assert type(network(parts_of("yours")).layers["pool1"]) is layers.MaxPool2d
    assert "MaxPool2d.forward, MaxPool2d.backward" in capsys.readouterr().out


def test_where_there_is_nothing_it_is_told_how_to_begin():
    write("loops", "")  # no part of a training
    with pytest.raises(Problem, match=r"holds none of your layers. Write them first: python -m exercises start 01"):
        parts_of("yours")


def test_an_edit_is_another_digest():
    write("layers", LAYERS)
    digests = {parts_of("yours").digest}
    write("helpers", "x = 1\n")
    digests.add(parts_of("yours").digest)
    write("layers", LAYERS + "\n")
    digests.add(parts_of("yours").digest)
    assert len(digests) == 3
    assert PROJECT.digest == ""


def test_a_mistake_is_told_with_its_line_and_other_trainings_keep_their_traceback():
    write("layers", changed(LAYERS, "return np.maximum(x, 0)", "return x / nothing"))
    line = LAYERS.split("return np.maximum(x, 0)")[0].count("\n") + 1
    mine = network(parts_of("yours"))
    wanted = f"^my/layers.py, line {line}, in forward: NameError: name 'nothing' is not defined\nTest what"
    with pytest.raises(Problem, match=wanted), told_of("yours"):
        mine.forward(pictures())
    with pytest.raises(NameError), told_of("clear"):
        mine.forward(pictures())
    with pytest.raises(Problem, match=r"^Your layers do not fit together: ValueError: Linear wants"), told_of("yours"):
        network(PROJECT).forward(pictures()[:, :, :4])
    with pytest.raises(Problem, match=r"^as it was$"), told_of("yours"):
        raise Problem("as it was")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 / 0\n", "my/layers.py, line 1, in <module>: ZeroDivisionError"),
        ("def\n", "my/layers.py, line 1: invalid syntax"),
    ],
)
def test_a_file_that_cannot_be_run_gets_a_sentence(text, sentence):
    write("layers", text)
    with pytest.raises(Problem, match=sentence):
        parts_of("yours")


def test_no_compiled_copy_is_left_or_used():
    write("layers", LAYERS)
    parts_of("yours")
    assert [path.name for path in Path("my").iterdir()] == ["layers.py"]


def test_dvc_is_not_trusted_where_it_cannot_see_an_edit(monkeypatch):
    write("layers", LAYERS)
    monkeypatch.setenv("DVC_STAGE", "train_mlp@regression_1d")
    yours.WATCHED.parent.mkdir(parents=True)
    yours.WATCHED.write_text("../../my")  # as git leaves a link on Windows
    with pytest.raises(Problem, match=r"It should be a link to my/.*git config core.symlinks true"):
        parts_of("yours")
    yours.WATCHED.unlink()
    yours.WATCHED.symlink_to("../../my")
    parts_of("yours")
