"""What the page is told of a run: all that is there, and a sentence for what is not."""

import json
import shutil
import zlib
from base64 import b64decode
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from page_run import make_run, run_stage

from scratchnet import points
from scratchnet.names import BACKENDS, PLAIN, TASKS
from scratchnet.page import gather as gathering
from scratchnet.page.assemble import assemble
from scratchnet.page.gather import gather
from scratchnet.page.packed import as_json
from scratchnet.page.pictures import choose, pictures
from scratchnet.prepared import PreparedSplit
from scratchnet.records import read_arrays, read_metrics


def inflated(part: dict) -> np.ndarray:
    planes = np.frombuffer(zlib.decompress(b64decode(part["deflated"])), np.uint8).reshape(4, -1)
    return np.ascontiguousarray(planes.T).view("<f4").reshape(part["shape"])


def unpacked(part: dict, dtype=np.float32) -> np.ndarray:
    return np.frombuffer(b64decode(part["base64"]), dtype).reshape(part["shape"])


@pytest.fixture
def here(tiny, tmp_path, monkeypatch) -> Path:
    """A copy of the tiny run, as the working directory."""
    folder = shutil.copytree(tiny, tmp_path / "run")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.usefixtures("here")
def test_a_whole_run_misses_nothing():
    run = gather()
    assert (run["missing"], run["notes"]) == ([], [])
    assert list(run["perceptrons"]) == list(TASKS)
    trained = {arch: list(both) for arch, both in run["networks"].items()}
    assert trained == {arch: list(BACKENDS) for arch in PLAIN}
    assert set(run["comparison"]["two_conv"]) == {"loss_gap", "loss_gap_first_epoch", "speedup"}
    assert run["data"]["splits"] == {"train": 24, "val": 8, "test": 8}
    assert len(run["epochs"]) == 4
    assert run["made"]["versions"]["numpy"] == np.__version__


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("task", TASKS)
def test_a_perceptron_comes_with_every_epoch_and_the_very_points_of_its_training(task):
    found = gather()["perceptrons"][task]
    weights, about = read_arrays(f"models/mlp/{task}.safetensors")
    for name, film in weights.items():
        assert found["weights"][name]["shape"][0] == 2 + 1
        np.testing.assert_array_equal(unpacked(found["weights"][name]), film)
    made = points.TASKS[task](about["noise"])
    for name, split in points.draw_splits(made, {"train": 40, "val": 20}, about["seed"]).items():
        np.testing.assert_array_equal(unpacked(found[name]["x"]), split.x)
        labels = unpacked(found[name]["labels"], np.float32 if task == "regression_1d" else np.uint8)
        np.testing.assert_array_equal(labels, split.labels)
    assert found["settings"]["epochs"] == len(found["loss"]["epoch"]) == 2
    if task == "regression_1d":
        assert (found["kind"], found["low"], found["high"]) == ("regression", -2, 2)
        x = unpacked(found["best"]["x"]).astype(np.float64)
        np.testing.assert_allclose(unpacked(found["best"]["y"]), made.f(x), atol=1e-6)
    else:
        best = unpacked(found["best"], np.uint8)
        middle = points.square_grid(found["extent"], len(best)).reshape(*best.shape, 2)
        assert best[3, 5] == made.densities(middle[3, 5][None]).argmax()
        assert set(best.ravel()) == set(range(found["outputs"]))


def test_the_settings_of_a_perceptron_are_those_that_it_was_trained_with(here):
    text = (here / "params.yaml").read_text()
    (here / "params.yaml").write_text(text.replace("hidden: 64", "hidden: 5"))
    assert gather()["perceptrons"]["binary_rings"]["settings"]["hidden"] == 64


@pytest.mark.usefixtures("here")
def test_a_network_comes_as_it_was_trained():
    found = gather()["networks"]["two_conv"]["pytorch"]
    weights, about = read_arrays("models/pytorch/two_conv.safetensors")
    assert found["about"] == about
    for name, w in weights.items():
        np.testing.assert_array_equal(inflated(found["weights"][name]), w)
    assert found["filters"]["conv2.W"]["shape"] == [3, 32, 16, 3, 3]
    assert found["results"] == read_metrics("metrics/train_cuda_cnn/two_conv.json")
    table = pd.read_csv("plots/train_cuda_cnn/two_conv/predictions.csv")
    np.testing.assert_allclose(found["predictions"]["probability"], table["probability_dog"], rtol=1e-8)


@pytest.mark.usefixtures("here")
def test_pictures_are_where_their_test_index_says():
    run = gather()
    shown, images = run["pictures"], np.load("data/prepared/test/images.npy")
    pixels = np.frombuffer(zlib.decompress(b64decode(shown["deflated"])), np.uint8).reshape(-1, 16, 16, 3)
    np.testing.assert_array_equal(pixels, images[shown["test_index"]])
    predictions = run["networks"]["one_conv"]["numpy"]["predictions"]
    assert [predictions["label"][index] for index in shown["test_index"]] == shown["labels"]


@pytest.mark.usefixtures("here")
def test_the_speed_is_the_benchmarks_with_null_for_what_was_not_measured():
    speed = gather()["speed"]
    assert {rung["arch"] for rung in speed["rungs"]} == set(PLAIN)
    assert all(rung["step_ms"] > 0 for rung in speed["rungs"])
    assert any(row["clear_ms"] is None for row in speed["sweep"])
    assert not any(isinstance(value, float) and np.isnan(value) for row in speed["sweep"] for value in row.values())


def test_one_architecture_alone(here):
    for file in here.glob("models/*/two_conv*"):
        file.unlink()
    run = gather()
    assert list(run["networks"]) == list(run["comparison"]) == ["one_conv"]
    assert "two_conv was not trained in NumPy: python -m stages.train_numpy_cnn two_conv" in run["missing"]
    assert "Something was not run" in assemble(run)


@pytest.mark.usefixtures("here")
def test_without_pytorch():
    shutil.rmtree("models/pytorch")
    run = gather()
    trained = {arch: list(both) for arch, both in run["networks"].items()}
    assert trained == {arch: ["numpy"] for arch in PLAIN}
    assert run["comparison"] == {}
    assert len(run["epochs"]) == 2
    assert "one_conv was not trained in PyTorch: python -m stages.train_cuda_cnn one_conv" in run["missing"]


@pytest.mark.parametrize("file", ["metrics/benchmark.json", "plots/benchmark/sweep.csv"])
def test_without_a_benchmark(here, file):
    (here / file).unlink()
    run = gather()
    assert run["speed"] is None
    assert run["missing"] == ["The speed was not measured here: python -m stages.benchmark"]


def test_networks_of_other_pictures_are_left_out(here):
    names = here / "data/prepared/test/names.csv"
    names.write_text(names.read_text().replace("cat.0", "cat.99"))
    run = gather()
    assert run["networks"] == {}
    assert run["missing"][0].startswith("one_conv in NumPy learned from other pictures than are there: ")
    assert len(run["pictures"]["names"]) == 8


def test_networks_of_other_kinds_are_left_out(here):
    file = here / "data/prepared/statistics.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"classes": ["dog", "cat"]}))
    run = gather()
    assert (run["networks"], run["classes"]) == ({}, ["dog", "cat"])
    assert run["missing"][0].startswith("one_conv in NumPy learned from other pictures than are there: ")


def test_before_anything_was_run_there_is_a_page_that_says_so(here):
    for folder in ("data", "metrics", "models", "plots"):
        shutil.rmtree(folder)
    run = gather()
    assert (run["perceptrons"], run["networks"], run["data"], run["speed"]) == ({}, {}, None, None)
    assert "pictures" not in run
    assert len(run["missing"]) == 1 + len(TASKS) + 4 + 2
    run_stage(here, "page")
    assert "Something was not run" in Path("plots/page/index.html").read_text("utf-8")


def test_any_number_of_units_and_epochs(tmp_path, monkeypatch):
    task = {"epochs": 1, "hidden": 1, "train": 3, "val": 3}
    make_run(tmp_path, {"train_mlp": {"binary_rings": task}}, [("train_mlp", "binary_rings")])
    monkeypatch.chdir(tmp_path)
    weights = gather()["perceptrons"]["binary_rings"]["weights"]
    assert [weights[name]["shape"] for name in ("fc1.W", "fc2.W")] == [[2, 2, 1], [2, 1, 2]]


def test_the_same_run_gives_the_same_page_and_tells_no_path(here, tiny):
    first = (tiny / "plots/page/index.html").read_bytes()
    run_stage(here, "page")
    assert Path("plots/page/index.html").read_bytes() == first
    assert str(tiny).encode() not in first


def test_photographs_keep_the_place_where_they_lay_to_themselves(of_photographs, monkeypatch):
    monkeypatch.chdir(of_photographs)
    run = gather()
    assert run["data"]["source"] == "folder"
    assert [row[:2] for row in run["data"]["rejected_files"]] == [["3/9.jpg", "not_an_image"]]
    page = Path("plots/page/index.html").read_text("utf-8")
    assert "your own photographs" in page
    assert "secret" not in page
    assert str(of_photographs) not in page


@pytest.mark.usefixtures("here")
def test_a_run_too_large_for_twenty_megabytes_has_few_pictures_and_says_so(monkeypatch):
    monkeypatch.setattr(gathering, "LARGEST", gathering.SHELL + len(as_json(gather())) - 1)
    assert gather()["notes"][0].startswith("The networks of this run are large: this page is about ")


def split_of(count: int, size: int = 8) -> PreparedSplit:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    labels = (np.arange(count) % 2).astype(np.uint8)
    return PreparedSplit(images, labels, [f"{n}.jpg" for n in range(count)], np.zeros(3), np.ones(3))


def test_half_of_the_pictures_are_mistakes_the_worst_first_and_half_are_right_cats_and_dogs_alike():
    labels = (np.arange(400) % 2).astype(np.uint8)
    right = np.where(labels == 1, 0.9, 0.1)
    one, other = right.copy(), right.copy()
    one[:60] = 1 - right[:60]
    other[60:120] = 1 - right[60:120]
    one[50], other[70] = 0.99, 0.999  # the worst of each
    chosen = choose(labels, [one, other], 20)
    assert len(set(chosen)) == 20
    assert list(chosen) == sorted(chosen)
    assert (chosen < 120).sum() == 10
    assert {50, 70} < set(chosen)
    assert labels[chosen[chosen >= 120]].sum() == 5
    assert list(choose(labels, [], 4)) == [0, 1, 2, 3]


def test_where_there_is_little_room_there_are_fewer_pictures():
    test = split_of(150)
    counts = [len(pictures(test, [], room)["names"]) for room in (10**6, 15_000, 0)]
    assert counts[0] == 100
    assert 12 < counts[1] < 100
    assert counts[2] == 12


def test_a_number_that_is_not_finite_does_not_reach_the_page():
    with pytest.raises(ValueError, match="JSON"):
        as_json({"loss": float("nan")})
    assert json.loads(as_json({"loss": 0.1})) == {"loss": 0.1}
