"""The batch that is measured, and how an error is told."""

import numpy as np
import pytest

from lab.setting import FEW, Setting, draw, largest_error

SETTING = Setting("one_conv", batch_size=11, size=8, hidden=3, width=2, seed=4)


def test_the_batch_is_normalised_and_shows_the_few_pictures_again():
    x, labels = SETTING.batch(draw(8, seed=4))
    assert x.shape == (11, 3, 8, 8)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x[:FEW].mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(x[:FEW].std(axis=(0, 2, 3)), 1, atol=1e-5)
    np.testing.assert_array_equal(x[FEW:], x[: 11 - FEW])
    assert labels.tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]


def test_every_implementation_starts_from_the_same_weights():
    for name, w in SETTING.network(np.float64).params.items():
        np.testing.assert_array_equal(SETTING.network().params[name], w.astype(np.float32))


def test_the_error_is_relative_to_the_largest_of_each_parameter():
    wanted = {"W": np.array([10.0, -100.0]), "b": np.array([1.0])}
    got = {"W": np.array([11.0, -100.0]), "b": np.array([1.05])}
    assert largest_error(got, wanted) == pytest.approx(0.05)
