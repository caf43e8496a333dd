"""params.yaml is read strictly: every mistake at once, each with its path and a sentence."""

import pytest
from ruamel.yaml import YAML
from source_imports import ROOT

from scratchnet.params import load
from scratchnet.problems import Problem


def changed(tmp_path, **changes):
    """A copy of the project's params.yaml with dotted keys set; returns its path."""
    yaml = YAML()
    tree = yaml.load(ROOT / "params.yaml")
    for dotted, value in changes.items():
        *sections, key = dotted.split("__")
        section = tree
        for name in sections:
            section = section[name]
        section[key] = value
    path = tmp_path / "params.yaml"
    yaml.dump(tree, path)
    return path


def mistakes(path) -> str:
    with pytest.raises(Problem) as caught:
        load(path)
    return str(caught.value)


def test_the_committed_file_is_valid():
    assert load(ROOT / "params.yaml").train_numpy_cnn.batch_size > 0


@pytest.mark.parametrize(
    ("dotted", "value", "sentence"),
    [
        ("train_numpy_cnn__epoch", 3, "train_numpy_cnn.epoch: no such key. Did you mean epochs?"),
        ("train_numpi_cnn", {}, "train_numpi_cnn: no such key. Did you mean train_numpy_cnn?"),
        ("data__drawn__training", 3, "data.drawn.training: no such key. Did you mean train?"),
        ("data__zzz", 3, "data.zzz: no such key. Known: source, classes, path,"),
        ("train_numpy_cnn__epochs", "3", "train_numpy_cnn.epochs: should be a valid integer, not '3'."),
        ("train_numpy_cnn__epochs", True, "train_numpy_cnn.epochs: should be a valid integer, not True."),
        ("train_numpy_cnn__epochs", 0, "train_numpy_cnn.epochs: should be greater than or equal to 1, not 0."),
        ("train_numpy_cnn__learning_rate", float("nan"), "learning_rate: should be a finite number, not nan."),
        ("train_numpy_cnn__loss", "msa", "train_numpy_cnn.loss: should be 'bce' or 'mse', not 'msa'."),
        ("train_numpy_cnn__max_shift", 64, "train_numpy_cnn: max_shift is 64, but pictures are 64 pixels wide."),
        ("data__size", 66, "data.size: should be a multiple of 4, not 66."),
        ("data__source", "folder", "data.path: has to name a directory or a zip, because data.source is folder."),
        ("data__classes", ["apple", "pear"], "data.classes: has to be [cat, dog], for data.source drawn has cats and"),
        ("data__classes", ["cat"], "data.classes: has to name two kinds of pictures"),
        ("data__classes", [3, 7], "data.classes: takes names, and a name of digits in quotes"),
        ("data__path", "~nosuchuser/pets", "data.path: there is no user 'nosuchuser'. Write the path from the root"),
        ("data__download", "~nosuchuser", "data.download: there is no user 'nosuchuser'. Write the path from the root"),
        ("train_cuda_cnn__precision", "float16", "train_cuda_cnn.precision: should be 'float32', 'tf32' or 'bfloat16'"),
        ("archs", ["deep", "deep"], "archs: each network is trained once, not deep, deep."),
        ("archs", ["three_conv"], "archs.0: should be 'one_conv', 'two_conv' or 'deep', not 'three_conv'."),
        ("archs", [], "archs: has to name one network at least, of one_conv, two_conv, deep."),
        ("of_arch__deep__epoch", 3, "of_arch.deep.epoch: no such key. Did you mean epochs?"),
        ("of_arch__deep__epochs", 0, "of_arch.deep.epochs: should be greater than or equal to 1, not 0."),
        ("of_arch__one_conv__implementation", "yours", "of_arch.one_conv.implementation: no such key."),
        ("of_arch__one_conv__max_shift", 70, "of_arch: max_shift is 70, but pictures are 64 pixels wide."),
        ("train_numpy_cnn__strong__zoom", 0.5, "train_numpy_cnn.strong.zoom: should be greater than or equal to 1"),
        ("train_numpy_cnn__strong__stretch", 4.5, "strong.stretch: should be less than or equal to 4, not 4.5."),
        ("train_mlp__binary_rings", 3, "train_mlp.binary_rings: should be a mapping of keys to values, not 3."),
    ],
)
def test_each_mistake_gets_a_sentence(tmp_path, dotted, value, sentence):
    assert sentence in mistakes(changed(tmp_path, **{dotted: value}))


def test_a_network_has_what_is_said_of_it_and_else_what_is_said_of_all(tmp_path):
    params = load(changed(tmp_path, of_arch__two_conv__epochs=3, train_numpy_cnn__seed=7))
    assert params.cnn("one_conv") == params.train_numpy_cnn
    assert params.cnn("two_conv") == params.train_numpy_cnn.model_copy(update={"epochs": 3})
    assert (params.cnn("deep").seed, params.cnn("deep").augment) == (7, "strong")
    archs = ("one_conv", "two_conv", "deep")
    assert [params.section(arch) for arch in archs] == ["train_numpy_cnn", "of_arch.two_conv", "of_arch.deep"]


def test_deep_wants_pictures_that_can_be_halved_four_times_and_are_seen(tmp_path):
    both = ["one_conv", "deep"]
    assert "data: size is 16, but deep halves pictures" in mistakes(changed(tmp_path, archs=both, data__size=16))
    far = changed(tmp_path, archs=both, data__size=32, train_numpy_cnn__strong__shift=32.0)
    assert "of_arch: strong.shift is 32, but pictures are 32 pixels wide." in mistakes(far)
    large = changed(tmp_path, archs=both, train_numpy_cnn__strong__patch=64)
    assert "of_arch: strong.patch is 64, but pictures are 64 pixels wide." in mistakes(large)
    assert load(changed(tmp_path, train_numpy_cnn__strong__shift=70.0)), "nobody shifts so far"


def test_all_mistakes_are_told_at_once(tmp_path):
    told = mistakes(changed(tmp_path, data__seed=-1, train_cuda_cnn__device="gpu", train_cuda_cnn__wokers=1))
    assert "3 mistakes" in told
    assert all(path in told for path in ("data.seed", "train_cuda_cnn.device", "train_cuda_cnn.wokers"))


def test_a_graph_of_pictures_from_the_disk_is_refused(tmp_path):
    path = changed(tmp_path, train_cuda_cnn__input="mapped", train_cuda_cnn__compile="cuda_graph")
    assert "train_cuda_cnn.compile: cuda_graph wants input: resident" in mistakes(path)


def test_a_lower_precision_of_float64_is_refused(tmp_path):
    path = changed(tmp_path, train_numpy_cnn__dtype="float64", train_cuda_cnn__precision="bfloat16")
    assert "train_cuda_cnn: precision bfloat16 wants train_numpy_cnn.dtype: float32." in mistakes(path)


def test_a_missing_key_is_told(tmp_path):
    path = tmp_path / "params.yaml"
    text = (ROOT / "params.yaml").read_text()
    path.write_text(text.replace("  device: auto", "  # device: auto"))
    assert "train_cuda_cnn.device: missing." in mistakes(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("data: [", "is not valid YAML"),
        ("a: 1\na: 2\n", "is not valid YAML"),  # two equal keys: PyYAML would keep the last
        ("", "data: missing."),
        ("- 1", "should be a mapping"),
    ],
)
def test_broken_yaml_is_told(tmp_path, text, sentence):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    assert sentence in mistakes(path)


def test_a_missing_file_is_told(tmp_path):
    assert "Go to the project's root first." in mistakes(tmp_path / "params.yaml")


def test_an_exponent_is_a_number(tmp_path):
    path = changed(tmp_path)
    path.write_text(path.read_text().replace("learning_rate: 0.001", "learning_rate: 1e-3"))
    assert load(path).train_numpy_cnn.learning_rate == 1e-3


def test_photographs_are_named_from_the_root_on(tmp_path, monkeypatch):
    """So that an experiment of the queue, which runs elsewhere, says where it has looked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    assert load(changed(tmp_path, data__path="photos")).data.path == f"{tmp_path}/photos"
    assert load(changed(tmp_path, data__path="~/photos")).data.path == "/home/me/photos"
    assert load(changed(tmp_path)).data.path == ""
