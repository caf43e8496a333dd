"""The pictures are drawn, and equal on every run."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from scratchnet.numpy_nn.networks import mlp
from scratchnet.plots.mlp import decision_boundaries, fitted_curve, loss_curves
from scratchnet.plots.style import CLASS_COLOURS, save
from scratchnet.points import BinaryRings, MulticlassBlobs, Regression1d

TABLE = pd.DataFrame({"epoch": [1, 2], "train_loss": [0.5, 0.2], "val_loss": [0.4, 0.3]})


def test_a_picture_is_saved_the_same_twice_and_tells_no_versions(tmp_path):
    for name in ("one.png", "two.png"):
        save(loss_curves(TABLE, {}), tmp_path / "new" / name)
    one, two = (tmp_path / "new" / name for name in ("one.png", "two.png"))
    assert one.read_bytes() == two.read_bytes()
    assert sorted(path.name for path in one.parent.iterdir()) == ["one.png", "two.png"]
    with Image.open(one) as picture:
        assert picture.width > 800
        assert set(picture.info) == {"dpi"}


def test_losses_stand_beside_the_tutorials_and_the_least_possible():
    tutorial = pd.DataFrame({"epoch": [2], "tutorial_loss": [0.4], "train_loss": [0.2]})
    (axes,) = loss_curves(TABLE, {"bayes_loss": 0.1}, tutorial).axes
    drawn = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert list(drawn["training"]) == [0.5, 0.2]
    assert list(drawn["validation"]) == [0.4, 0.3]
    assert list(drawn["the tutorial's, training"]) == [0.4]
    assert set(drawn["variance of the noise"]) == {0.1}


def test_hinges_stand_where_the_network_bends():
    network, task = mlp(1, 4, 1, np.random.default_rng(0)), Regression1d(0.1)
    for name, values in {"fc1.W": [2, -1, 1, 1], "fc1.b": [1, 1, 9, 0], "fc2.W": [3, 5, 7, -4]}.items():
        network.params[name][...] = np.reshape(values, network.params[name].shape)
    upper, lower = fitted_curve(network, task, task.draw(20, np.random.default_rng(0))).axes
    places, bends = lower.lines[0].get_data()
    assert list(zip(places, bends, strict=True)) == [(-0.5, 6), (1, 5), (0, -4)]  # the third folds at −9, outside
    x, y = upper.lines[2].get_data()
    measured = [np.interp(p + 0.1, x, y) - 2 * np.interp(p, x, y) + np.interp(p - 0.1, x, y) for p in places]
    np.testing.assert_allclose(measured, 0.1 * bends, atol=1e-5)


@pytest.mark.parametrize("task", [BinaryRings(0.2), MulticlassBlobs(0.5)])
def test_regions_have_the_colours_of_the_classes_answered(task):
    points = task.draw(50, np.random.default_rng(0))
    network = mlp(2, 4, task.outputs, np.random.default_rng(0))
    network.params["fc2.W"][...] = 0
    network.params["fc2.b"][...] = np.eye(task.outputs)[1]  # it answers class 1 everywhere
    figure = decision_boundaries({1: network, 8: network}, task, points)
    assert [axes.get_title() for axes in figure.axes] == ["epoch 1", "epoch 8", "", "", "", ""]
    colours = figure.axes[1].images[0].get_array()
    red = int(CLASS_COLOURS[1][1:3], 16) / 255
    assert np.ptp(colours, axis=(0, 1)).max() == 0
    assert colours[0, 0, 0] == pytest.approx(red)
