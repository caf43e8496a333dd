"""Pictures seen otherwise: what a view does, that it is drawn evenly, and that PyTorch sees the very same."""

import numpy as np
import pytest
import torch

from scratchnet.params import Strong, load
from scratchnet.torch_nn.views import seen_on_device
from scratchnet.views import AS_IT_IS, GAIN, ONE, draw_views, seen

STRONG = load().train_numpy_cnn.strong
FILL = np.array([9, 8, 7], dtype=np.uint8)


def pictures(count=5, height=16, width=16):
    return np.random.default_rng(1).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def view(**changes):
    names = ("a", "b", "c", "d", "e", "f", "gain", "top", "left", "side")
    return np.array([list((dict(zip(names, AS_IT_IS[0].tolist(), strict=True)) | changes).values())])


def test_the_view_as_it_is_changes_nothing():
    images = pictures(1)
    np.testing.assert_array_equal(seen(images, AS_IT_IS, FILL), images)


def test_a_shift_a_mirror_a_gain_and_a_patch():
    images = pictures(1)
    np.testing.assert_array_equal(seen(images, view(e=2 * ONE), FILL)[:, :-2], images[:, 2:])
    np.testing.assert_array_equal(seen(images, view(d=-ONE, f=15 * ONE), FILL), images[:, :, ::-1])
    np.testing.assert_array_equal(seen(images, view(gain=2 * GAIN), FILL), np.minimum(images.astype(int) * 2, 255))
    patched = seen(images, view(top=-1, left=13, side=4), FILL)
    assert (patched[0, :3, 13:] == FILL).all()
    np.testing.assert_array_equal(patched[0, 3:], images[0, 3:])
    np.testing.assert_array_equal(patched[0, :, :13], images[0, :, :13])


def test_between_two_pixels_is_their_mean_and_beyond_the_edge_the_edge():
    images = pictures(1).astype(int)
    half = seen(images.astype(np.uint8), view(f=ONE // 2), FILL)
    np.testing.assert_allclose(half[:, :, :-1], (images[:, :, :-1] + images[:, :, 1:]) / 2, atol=0.51)
    np.testing.assert_array_equal(half[:, :, -1], images[:, :, -1])


@pytest.mark.parametrize("sides", [(16, 16), (11, 20)])
def test_pytorch_sees_the_same_to_the_bit(sides):
    images = pictures(7, *sides)
    views = draw_views(np.random.default_rng(3), 7, min(sides), STRONG.model_copy(update={"patch": 6}))
    indices = np.array([3, 0, 6, 2, 2, 1, 5])
    given = (torch.from_numpy(array) for array in (images, indices, views, FILL))
    np.testing.assert_array_equal(seen_on_device(*given).numpy(), seen(images[indices], views, FILL))


def test_views_differ_by_what_the_settings_allow():
    views = draw_views(np.random.default_rng(1), 4000, 64, STRONG)
    a, b, c, d = (views[:, k] / ONE for k in range(4))
    area = a * d - b * c  # of the old picture that a pixel of the new one covers; negative where it is mirrored
    assert np.mean(area < 0) == pytest.approx(0.5, abs=0.03)
    np.testing.assert_allclose([np.abs(area).min(), np.abs(area).max()], [STRONG.zoom**-2, STRONG.zoom**2], rtol=0.02)
    middle = views[:, 4:6] / ONE + np.stack([a + b, c + d], 1) * 31.5 - 31.5
    np.testing.assert_allclose(np.abs(middle).max(axis=0), STRONG.shift, rtol=0.02)
    gains = views[:, 6] / GAIN
    np.testing.assert_allclose([gains.min(), gains.max()], [1 / STRONG.brightness, STRONG.brightness], rtol=0.03)
    assert (views[:, 7:9].min(), views[:, 7:9].max()) == (-(STRONG.patch // 2), 63 - STRONG.patch // 2)
    assert set(views[:, 9]) == {STRONG.patch}


def test_the_farthest_views_of_the_largest_pictures_fit_their_whole_numbers():
    farthest = {"rotation": 180.0, "zoom": 4.0, "stretch": 4.0, "shift": 511.0, "brightness": 4.0, "patch": 511}
    size = 512
    views = draw_views(np.random.default_rng(1), 40, size, Strong(**farthest))
    a, b, c, d, e, f = np.abs(views[:, :6]).T
    assert max(((a + b) * (size - 1) + e).max(), ((c + d) * (size - 1) + f).max()) < 2**31
    seen(pictures(1, size, size), views[:1], FILL)


def test_where_nothing_may_differ_pictures_are_only_mirrored():
    still = STRONG.model_copy(update={"rotation": 0, "zoom": 1, "stretch": 1, "shift": 0, "brightness": 1, "patch": 0})
    images = pictures(40)
    both = zip(images, seen(images, draw_views(np.random.default_rng(1), 40, 16, still), FILL), strict=True)
    mirrored = [(new == old[:, ::-1]).all() for old, new in both if not (new == old).all()]
    assert all(mirrored)
    assert 10 < len(mirrored) < 30
