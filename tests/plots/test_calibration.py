"""The reliability diagram shows what is in its table."""

import numpy as np

from scratchnet.calibration import calibration
from scratchnet.plots.calibration import reliability


def test_points_bars_and_counts_are_those_of_the_table():
    rng = np.random.default_rng(1)
    table = calibration(rng.random(60), rng.integers(0, 2, size=60))
    above, below = reliability(table, "two_conv").axes
    diagonal, points = above.lines
    assert diagonal.get_xydata().tolist() == [[0.5, 0.5], [1, 1]]
    np.testing.assert_array_equal(points.get_xydata(), table[["mean_confidence", "accuracy"]])
    assert [bar.get_height() for bar in below.patches] == list(table["pictures"])
    assert [text.get_text() for text in below.texts] == [str(count) for count in table["pictures"]]
    low, high = above.get_ylim()
    assert low < table["accuracy"].min() <= table["accuracy"].max() < high


def test_a_gap_beyond_the_bar_of_chance_is_seen():
    table = calibration(np.full(400, 0.8), np.arange(400) % 2)
    above, _ = reliability(table, "two_conv").axes
    ((start, end),) = above.collections[0].get_segments()
    np.testing.assert_allclose([start, end], [[0.8, 0.76], [0.8, 0.84]])  # two standard errors of 0.02
    assert above.lines[1].get_ydata() == [0.5]
    assert above.get_title() == "two_conv\ncalibration error 0.300 (by chance alone: about 0.016)"
