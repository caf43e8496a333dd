"""A file of weights, pictures in any container, and what comes out."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from source_imports import ROOT

from scratchnet import __main__ as scratchnet
from scratchnet.names import CLASSES
from scratchnet.numpy_nn.networks import cnn
from scratchnet.photos.sources import unlabelled
from scratchnet.predict import Classifier, main, predict, submission
from scratchnet.problems import Problem, run
from scratchnet.records import read_arrays, write_arrays


@pytest.fixture(params=["float32", "float64"])
def weights(tmp_path, request):
    """An untrained network whose answer depends on the picture."""
    network = cnn("one_conv", 8, 4, np.random.default_rng(3), request.param)
    about = {"arch": "one_conv", "size": 8, "hidden": 4, "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.2, 0.3]}
    path = tmp_path / "one_conv.safetensors"
    write_arrays(path, network.params, about)
    return path


def jpeg(seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def album(tmp_path):
    folder = tmp_path / "album"
    folder.mkdir()
    for name in ("10.jpg", "2.jpg"):
        (folder / name).write_bytes(jpeg(int(name[:-4])))
    (folder / "3.jpg").write_text("not a picture")
    (folder / "4.jpg").write_bytes(jpeg(4)[:-200])
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("test1/1.jpg", jpeg(1))
    return [folder, tmp_path / "more.zip"]


@pytest.mark.parametrize("backend", ["numpy", "pytorch"])
def test_good_pictures_are_answered_and_bad_ones_told(weights, album, backend):
    told = []
    table = pd.concat(predict(Classifier(weights, backend), unlabelled(album), lambda *why: told.append(why)))
    assert [path.split("/")[-1] for path in table["path"]] == ["2.jpg", "10.jpg", "1.jpg"]
    assert [path.split("/")[-1] for path, _ in told] == ["3.jpg", "4.jpg"]
    assert ((table["label"] == "dog") == (table["probability_dog"] > 0.5)).all()


def test_both_backends_answer_alike(weights, album):
    numpy, pytorch = (
        pd.concat(predict(Classifier(weights, backend), unlabelled(album), lambda *_: None))["probability_dog"]
        for backend in ("numpy", "pytorch")
    )
    np.testing.assert_allclose(numpy, pytorch, rtol=1e-5)
    assert numpy.nunique() == 3


def test_the_two_kinds_are_those_of_the_file(weights, album, tmp_path):
    arrays, about = read_arrays(weights)
    write_arrays(tmp_path / "fruit.safetensors", arrays, about | {"classes": ["apple", "pear"]})
    old = pd.concat(predict(Classifier(weights, "numpy"), unlabelled(album), lambda *_: None))
    new = pd.concat(predict(Classifier(tmp_path / "fruit.safetensors", "numpy"), unlabelled(album), lambda *_: None))
    assert list(old["probability_dog"]) == list(new["probability_pear"])
    assert list(new["label"]) == [{"cat": "apple", "dog": "pear"}[label] for label in old["label"]]


def test_a_submission_has_1_for_the_second_kind():
    predictions = pd.DataFrame({"path": ["1.jpg", "2.jpg"], "label": ["zebra", "ape"]})
    assert submission(predictions, ("zebra", "ape")).to_csv(index=False) == "id,label\n1,0\n2,1\n"


def test_a_submission_is_in_numeric_order():
    predictions = pd.DataFrame({"path": ["t.zip/test1/10.jpg", "t.zip/test1/2.jpg"], "label": ["dog", "cat"]})
    assert submission(predictions, CLASSES).to_csv(index=False) == "id,label\n2,0\n10,1\n"


def test_numbers_in_a_submission_may_be_of_any_length():
    numbers = ["9" * 5000, "20230101120000000001", "007", "0", "10", "9"]
    predictions = pd.DataFrame({"path": [f"{number}.jpg" for number in numbers], "label": "dog"})
    assert list(submission(predictions, CLASSES)["id"]) == ["0", "7", "9", "10", "20230101120000000001", "9" * 5000]


@pytest.mark.parametrize(
    "names", [["1.jpg", "01.jpg"], ["001.png", "a/1.jpg"], ["1.jpg", "1.jpg (2)"], ["0", "00.jpg"]]
)
def test_numbers_in_a_submission_are_compared_as_numbers(names):
    with pytest.raises(Problem, match=r"more than one picture number [01]: name each once"):
        submission(pd.DataFrame({"path": names, "label": "dog"}), CLASSES)


@pytest.mark.parametrize("bad", ["empty", "zip"])
def test_a_submission_without_a_picture_that_cannot_be_read_is_refused(weights, tmp_path, capsys, bad):
    for n in (1, 2, 4):
        (tmp_path / "test1").mkdir(exist_ok=True)
        (tmp_path / "test1" / f"{n}.jpg").write_bytes(jpeg(n))
    (tmp_path / "test1" / {"empty": "3.jpg", "zip": "3.zip"}[bad]).write_bytes(b"")
    with pytest.raises(Problem, match=r"wants an answer for each picture, and 1 cannot be read: .*test1/3\."):
        main(["--model", str(weights), "--submission", str(tmp_path / "test1")])
    assert capsys.readouterr().out == ""


def test_a_submission_of_anything_else_is_refused():
    with pytest.raises(Problem, match=r"album/rex\.jpg is not named by a number"):
        submission(pd.DataFrame({"path": ["1.jpg", "album/rex.jpg"], "label": ["dog", "cat"]}), CLASSES)


def test_a_submission_with_two_pictures_of_a_number_is_refused():
    with pytest.raises(Problem, match="more than one picture number 1:"):
        submission(pd.DataFrame({"path": ["a/1.jpg", "b/1.jpg"], "label": ["dog", "cat"]}), CLASSES)


def test_a_path_given_twice_is_answered_twice(weights, album):
    table = pd.concat(predict(Classifier(weights, "numpy"), unlabelled([album[1]] * 2), lambda *_: None))
    assert len(table) == 2


@pytest.mark.parametrize("backend", ["numpy", "pytorch"])
def test_weights_of_something_else_are_told(tmp_path, backend):
    about = {"arch": "two_conv", "size": 8, "hidden": 4, "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.2, 0.3]}
    write_arrays(tmp_path / "other.safetensors", cnn("one_conv", 8, 4, np.random.default_rng(0)).params, about)
    write_arrays(tmp_path / "checkpoint.safetensors", {"w": np.ones(1)}, {"rows": []})
    for name in ("other", "checkpoint"):
        with pytest.raises(Problem, match=f"{name}.safetensors does not hold a trained network"):
            Classifier(tmp_path / f"{name}.safetensors", backend)
    with pytest.raises(Problem, match="not a file of weights"):
        Classifier(tmp_path, backend)


@pytest.mark.parametrize(
    "lie",
    [
        {"arch": ["one_conv"]},
        {"arch": {}},
        {"size": "8"},
        {"size": 0},
        {"size": 9},
        {"size": True},
        {"size": 10**30},
        {"hidden": 4.0},
        {"hidden": -4},
        {"hidden": 10**9},
        {"mean": 0.4},
        {"mean": [0.4, 0.5]},
        {"mean": {"red": 0.4}},
        {"std": ["x", "y", "z"]},
        {"classes": "cat"},
        {"classes": ["cat", 1]},
        {"classes": ["cat", "cats"]},
        {"classes": ["=1+1", "dog"]},
    ],
    ids=str,
)
def test_weights_of_which_is_told_what_cannot_be_are_refused(tmp_path, lie):
    about = {"arch": "one_conv", "size": 8, "hidden": 4, "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.2, 0.3]}
    params = cnn("one_conv", 8, 4, np.random.default_rng(0)).params
    write_arrays(tmp_path / "lies.safetensors", params, about | lie)
    with pytest.raises(Problem, match="does not hold a trained network"):
        Classifier(tmp_path / "lies.safetensors", "numpy")


@pytest.mark.parametrize("backend", ["numpy", "pytorch"])
@pytest.mark.parametrize(("weight", "std"), [(np.nan, 0.2), (np.inf, 0.2), (3e38, 0.2), (1.0, 0.0), (1.0, 1e-300)])
def test_an_answer_that_is_no_number_is_told(tmp_path, album, backend, weight, std):
    about = {"arch": "one_conv", "size": 8, "hidden": 4, "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.2, std]}
    params = cnn("one_conv", 8, 4, np.random.default_rng(0)).params
    write_arrays(tmp_path / "odd.safetensors", {n: np.full_like(w, weight) for n, w in params.items()}, about)
    with pytest.raises(Problem, match="answers with what is no finite number"):
        list(predict(Classifier(tmp_path / "odd.safetensors", backend), unlabelled(album), lambda *_: None))


def test_the_command_answers_with_a_table_and_tells_of_what_is_left_out(weights, album, capsys):
    main(["--model", str(weights), *map(str, album)])
    answer = capsys.readouterr()
    table = pd.read_csv(io.StringIO(answer.out))
    assert list(table.columns) == ["path", "label", "probability_dog"]
    assert list(table["path"]) == [f"{album[0]}/2.jpg", f"{album[0]}/10.jpg", f"{album[1]}/test1/1.jpg"]
    assert f"{album[0]}/3.jpg is left out: It begins with b'not a picture', as no picture does." in answer.err
    main(["--model", str(weights), "--submission", str(album[1])])
    assert capsys.readouterr().out.splitlines()[0] == "id,label"


def test_a_zip_that_cannot_be_read_is_told_and_the_others_go_on(weights, album, tmp_path, capsys):
    folder, more = album
    (folder / "extra.zip").write_text("<html>")
    with zipfile.ZipFile(more, "a") as archive:
        archive.writestr("inner.zip", "no zip")
    (tmp_path / "empty.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    main(["--model", str(weights), *map(str, album), str(tmp_path / "empty.zip")])
    answer = capsys.readouterr()
    assert len(answer.out.splitlines()) == 4
    assert f"{folder}/extra.zip is left out: {folder}/extra.zip is a web page, not a zip" in answer.err
    assert f"{more}/inner.zip is left out: inner.zip in {more} is not a zip." in answer.err
    assert f"{tmp_path}/empty.zip is left out: The zip {tmp_path}/empty.zip is empty." in answer.err


def test_a_file_that_is_too_large_is_left_out(weights, album, capsys):
    with (album[0] / "10.jpg").open("ab") as file:
        file.truncate(1 << 20 | 1)
    main(["--model", str(weights), "--max-file-mib", "1", str(album[0])])
    answer = capsys.readouterr()
    assert "10.jpg is left out: It has 1.0 MiB; at most 1 are read." in answer.err
    assert len(answer.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("nowhere.jpg", "There is no nowhere.jpg. Name a folder or a zip with photographs."),
        ("notes.txt", "No usable picture in notes.txt."),
        ("notes.zip", "No usable picture in notes.zip."),
    ],
)
def test_what_cannot_be_answered_is_told_in_a_sentence(weights, tmp_path, monkeypatch, path, sentence):
    monkeypatch.chdir(tmp_path)
    for name in ("notes.txt", "notes.zip"):
        (tmp_path / name).write_text("not a picture")
    with pytest.raises(Problem) as told:
        main(["--model", str(weights), path])
    assert str(told.value) == sentence


def call(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["scratchnet", *arguments])
    with pytest.raises(SystemExit) as ended:
        run(scratchnet.main)
    return ended.value.code


def test_without_a_trained_network_the_command_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "predict", "cat.jpg") == "There is no params.yaml here. Go to the project's root first."
    params = (ROOT / "params.yaml").read_text(encoding="utf-8")
    Path("params.yaml").write_text(params.replace("archs: [one_conv, two_conv]", "archs: [two_conv, deep]"))
    assert call(monkeypatch, "predict", "cat.jpg").startswith("There is no models/numpy/deep.safetensors. dvc repro")
    told = call(monkeypatch, "predict", "--arch", "one_conv", "cat.jpg")
    assert told.startswith("There is no models/numpy/one_conv.safetensors. dvc repro trains the networks that archs")


def test_the_help_has_an_example(monkeypatch, capsys):
    assert call(monkeypatch, "predict", "--help") == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: python -m scratchnet predict ")
    assert "\n  python -m scratchnet predict my/cat.jpg my/album photos.zip\n" in text


def test_scratchnet_alone_lists_what_there_is_and_refuses_what_there_is_not(monkeypatch):
    told = subprocess.run([sys.executable, "-m", "scratchnet"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "python -m scratchnet predict PATH" in told.stdout
    assert call(monkeypatch, "guess").startswith("There is no command guess. What there is beside the pipeline")
