"""The points and the best that anybody can do with them."""

import numpy as np
import pytest

from scratchnet.order import as_stored
from scratchnet.points import TASKS, BinaryRings, MulticlassBlobs, Regression1d, draw_splits, square_grid

CLASSIFIERS = pytest.mark.parametrize("task", [BinaryRings(0.15), BinaryRings(0.4), MulticlassBlobs(0.5)])


@CLASSIFIERS
def test_the_densities_are_those_of_the_points_drawn(task):
    """Each integrates to 1, and gives as many points to a corner of the plane as are drawn there."""
    grid = square_grid(task.extent, 200)
    mass = task.densities(grid) * (2 * task.extent / 200) ** 2
    np.testing.assert_allclose(mass.sum(axis=0), 1, atol=1e-4)
    points = task.draw(60_000, np.random.default_rng(1))
    for k in range(task.outputs):
        x = points.x[points.labels == k]
        share = (x > 0.3).any(axis=1).mean()
        assert share == pytest.approx(mass[(grid > 0.3).any(axis=1), k].sum(), abs=0.015)


@CLASSIFIERS
def test_the_bayes_accuracy_is_that_of_the_bayes_classifier(task):
    points = task.draw(200_000, np.random.default_rng(2))
    right = task.densities(points.x.astype(np.float64)).argmax(axis=1) == points.labels
    assert right.mean() == pytest.approx(task.limit()["bayes_accuracy"], abs=4 * right.std() / np.sqrt(len(right)))


def test_the_regression_is_two_hinges_and_noise_of_the_stated_size():
    np.testing.assert_allclose(Regression1d.f(np.array([-2.0, -0.4, 0.5, 2.0])), [0.75, 0.27, 0.45, 1.2])
    points = Regression1d(0.03).draw(50_000, np.random.default_rng(3))
    rest = points.labels - Regression1d.f(points.x)
    assert np.square(rest).mean() == pytest.approx(Regression1d(0.03).limit()["bayes_loss"], rel=0.03)
    assert (points.x.min(), points.x.max()) == pytest.approx((-2, 2), abs=0.01)


@pytest.mark.parametrize("name", TASKS)
def test_splits_come_from_the_seed_and_do_not_share_points(name):
    task = TASKS[name](0.2)
    counts = {"train": 40, "val": 20, "test": 30}
    splits, again, longer = (draw_splits(task, c, 5) for c in (counts, counts, counts | {"train": 50}))
    for split, count in counts.items():
        assert len(splits[split]) == count
        np.testing.assert_array_equal(splits[split].x, again[split].x)
        np.testing.assert_array_equal(splits[split].labels, again[split].labels)
    np.testing.assert_array_equal(splits["val"].x, longer["val"].x)
    assert len(np.unique(np.concatenate([split.x for split in splits.values()]), axis=0)) == 90
    assert not np.array_equal(splits["train"].x, draw_splits(task, counts, 6)["train"].x)


@pytest.mark.parametrize("name", TASKS)
def test_a_batch_is_what_the_order_asks_for(name):
    points = TASKS[name](0.2).draw(10, np.random.default_rng(4))
    x, labels = points.batch(as_stored(10)[3:6])
    np.testing.assert_array_equal(x, points.x[3:6])
    np.testing.assert_array_equal(labels, points.labels[3:6])
    assert x.dtype == np.float32
