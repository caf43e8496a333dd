"""A file of weights, pictures in any container, and what comes out."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from scratchnet.numpy_nn.networks import cnn
from scratchnet.photos.sources import unlabelled
from scratchnet.predict import Classifier, predict, submission
from scratchnet.problems import Problem
from scratchnet.records import write_arrays


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


def test_a_submission_is_in_numeric_order():
    predictions = pd.DataFrame({"path": ["t.zip/test1/10.jpg", "t.zip/test1/2.jpg"], "label": ["dog", "cat"]})
    assert submission(predictions).to_csv(index=False) == "id,label\n2,0\n10,1\n"


def test_a_submission_of_anything_else_is_refused():
    with pytest.raises(Problem, match=r"album/rex\.jpg is not named by a number"):
        submission(pd.DataFrame({"path": ["1.jpg", "album/rex.jpg"], "label": ["dog", "cat"]}))


def test_a_submission_with_two_pictures_of_a_number_is_refused():
    with pytest.raises(Problem, match="more than one picture number 1:"):
        submission(pd.DataFrame({"path": ["a/1.jpg", "b/1.jpg"], "label": ["dog", "cat"]}))


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
