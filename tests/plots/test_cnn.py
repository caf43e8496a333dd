"""Filters and feature maps: every one is drawn."""

import numpy as np
import pytest

from scratchnet.numpy_nn.networks import cnn
from scratchnet.plots.cnn import feature_maps, filters
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
