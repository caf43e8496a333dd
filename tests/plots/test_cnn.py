"""Filters and feature maps: every one is drawn."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from scratchnet.numpy_nn.losses import sigmoid
from scratchnet.numpy_nn.networks import cnn
from scratchnet.plots.cnn import SPEAKS, class_activation, feature_maps, filters, looked_at, takes_means
from scratchnet.plots.style import CLASS_COLOURS
from scratchnet.prepared import PreparedSplit


def test_every_filter_is_a_picture_on_one_scale():
    W = np.random.default_rng(0).normal(size=(16, 3, 3, 3))
    pictures = [axes.images[0].get_array() for axes in filters(W).axes]
    assert len(pictures) == 16
    np.testing.assert_allclose(pictures[5], 0.5 + 0.5 * W[5].transpose(1, 2, 0) / np.abs(W).max())


@pytest.mark.parametrize(("arch", "maps"), [("one_conv", 16), ("two_conv", 16 + 32)])
def test_a_cat_and_a_dog_and_all_that_the_network_sees_of_them(arch, maps):
    images = np.random.default_rng(1).integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
    labels = np.array([1, 1, 0, 0, 1, 0], dtype=np.uint8)
    split = PreparedSplit(images, labels, [""] * 6, np.full(3, 0.5), np.full(3, 0.3))
    figure = feature_maps(cnn(arch, 8, 4, np.random.default_rng(2)), split)
    shown = [axes.images[0].get_array() for axes in figure.axes]
    assert len(shown) == 2 * (1 + maps)
    np.testing.assert_array_equal(shown[0], images[2])
    np.testing.assert_array_equal(shown[1 + maps], images[0])


@pytest.fixture
def deep():
    """A deep network whose logits differ from picture to picture."""
    network = cnn("deep", 32, 4, np.random.default_rng(3), np.float64, width=4)
    network.params["fc.b"][...] = 0.3
    return network


def test_what_each_place_adds_is_the_logit_in_all(deep):
    x = np.random.default_rng(4).normal(size=(3, 3, 32, 32))
    maps, logits = class_activation(deep, x)
    assert maps.shape == (3, 2, 2)
    assert maps.std() > 0.01
    np.testing.assert_allclose(maps.sum(axis=(1, 2)) + 0.3, logits, rtol=1e-12)
    np.testing.assert_allclose(logits, deep.infer(x)[:, 0], rtol=1e-12)


def test_eight_of_each_kind_and_the_most_wrong_are_shown(deep):
    images = np.random.default_rng(5).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(20, dtype=np.uint8) % 2
    split = PreparedSplit(images, labels, [""] * 20, np.full(3, 0.5), np.full(3, 0.3), dtype="float64")
    figure = looked_at(deep, split)
    x = (images.transpose(0, 3, 1, 2) / 255 - 0.5) / 0.3
    probability = sigmoid(deep.infer(x)[:, 0])
    truth = np.where(labels == 1, probability, 1 - probability)
    maps = class_activation(deep, x)[0]
    shown = [*range(0, 16, 2), *range(1, 16, 2), *np.argsort(truth)[:8]]
    for axes, index in zip(figure.axes, shown, strict=True):
        picture, layer = axes.images
        np.testing.assert_allclose(picture.get_array(), images[index].mean(-1))
        np.testing.assert_allclose(layer.get_array(), maps[index] / np.quantile(np.abs(maps), 0.98), rtol=1e-5)
        assert axes.get_title() == f"{('cat', 'dog')[index % 2]}: {truth[index]:.1%}"


def test_a_colour_is_as_strong_as_what_speaks_for_it_and_clear_where_nothing_does():
    colours = SPEAKS([0.0, 0.25, 0.499, 0.501, 0.75, 1.0])
    np.testing.assert_allclose(colours[[0, -1], :3], [to_rgb(colour) for colour in CLASS_COLOURS[:2]], atol=0.01)
    np.testing.assert_allclose(colours[:, 3], [0.8, 0.4, 0, 0, 0.4, 0.8], atol=0.01)


def test_only_a_network_that_takes_means_has_such_maps(deep):
    assert takes_means(deep)
    assert not takes_means(cnn("two_conv", 8, 4, np.random.default_rng(6)))
