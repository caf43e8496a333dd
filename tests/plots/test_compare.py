"""The pictures of the comparison show what is in the tables."""

import numpy as np
import pandas as pd
import pytest

from scratchnet.names import CLASSES
from scratchnet.plots.compare import confusion_matrices, epoch_seconds, losses, most_wrong

BACKENDS = ("numpy", "pytorch")


def predictions(count=40, classes=CLASSES):
    rng = np.random.default_rng(0)
    labels = rng.choice(classes, count)
    probability = rng.random(count)
    predicted = np.where(probability > 0.5, classes[1], classes[0])
    return pd.DataFrame({"label": labels, "predicted": predicted, f"probability_{classes[1]}": probability})


def test_the_loss_curves_are_those_of_the_tables():
    table = pd.DataFrame({"epoch": [1, 2], "train_loss": [0.6, 0.5], "val_loss": [0.7, 0.4]})
    both = {"numpy": table, "pytorch": table + 1e-3}
    figure = losses({"one_conv": both, "two_conv": both}, {"one_conv": 1e-3, "two_conv": 2e-3})
    assert [axes.get_title() for axes in figure.axes] == [
        "one_conv: nowhere more than 0.001 apart",
        "two_conv: nowhere more than 0.002 apart",
    ]
    drawn = [list(line.get_ydata()) for line in figure.axes[0].lines]
    assert drawn == [[0.6, 0.5], [0.7, 0.4], [0.601, 0.501], [0.701, 0.401], [0.7, 0.7]]


def test_a_bar_says_where_it_ran():
    timing = {"epoch_seconds": 2.0, "epoch_seconds_q1": 1.5, "epoch_seconds_q3": 3.0, "images_per_second": 1000.0}
    both = {"numpy": timing | {"device": "cpu"}, "pytorch": timing | {"device": "cuda", "epoch_seconds": 1.5}}
    (axes,) = epoch_seconds({"two_conv": both}).axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["two_conv, NumPy on CPU", "two_conv, PyTorch on CUDA"]
    assert [bar.get_width() for bar in axes.patches] == [2.0, 1.5]


def test_the_confusion_matrix_counts_every_picture_once():
    table = predictions()
    (axes, _) = confusion_matrices({"two_conv": dict.fromkeys(BACKENDS, table)}, CLASSES).axes
    counts = [int(text.get_text()) for text in axes.texts]
    wanted = [((table["label"] == t) & (table["predicted"] == p)).sum() for t in ("cat", "dog") for p in ("cat", "dog")]
    assert counts == wanted


@pytest.mark.parametrize(("count", "shown"), [(40, 24), (5, 5)])
def test_the_most_wrong_come_first(count, shown):
    table, images = predictions(count), np.zeros((count, 8, 8, 3), dtype=np.uint8)
    images[:, 0, 0, 0] = np.arange(count)
    figure = most_wrong(images, table, CLASSES, "title")
    places = [int(axes.images[0].get_array()[0, 0, 0]) for axes in figure.axes if axes.images]
    truth = np.where(table["label"] == "dog", table["probability_dog"], 1 - table["probability_dog"])
    assert places == list(np.argsort(truth)[:shown])


def test_the_longest_names_that_are_allowed_leave_room_for_the_picture(tmp_path):
    long = ("a" * 40, "b" * 40)
    table, images = predictions(classes=long), np.zeros((40, 8, 8, 3), dtype=np.uint8)
    both = {arch: dict.fromkeys(BACKENDS, table) for arch in ("one_conv", "two_conv")}
    for figure in (confusion_matrices(both, long), most_wrong(images, table, long, "title")):
        figure.savefig(tmp_path / "picture.png")  # matplotlib warns where nothing is left
        assert min(axes.get_position().width * figure.get_figwidth() for axes in figure.axes if axes.images) > 0.7
