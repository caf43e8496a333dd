"""How sure a network is, and how often it is right then."""

import numpy as np
import pytest

from scratchnet.calibration import LIMITS, by_chance, calibration, expected_calibration_error


def test_a_table_by_hand():
    """Sure to 60% and right once of two; to 90% and right twice of two; the cats' confidence is 1 − p."""
    table = calibration(np.array([0.6, 0.4, 0.9, 0.1]), np.array([1, 1, 1, 0], dtype=np.uint8))
    assert table.to_numpy() == pytest.approx(np.array([[0.6, 0.65, 2, 0.6, 0.5], [0.9, 0.95, 2, 0.9, 1.0]]))
    assert list(table) == ["confidence_low", "confidence_high", "pictures", "mean_confidence", "accuracy"]
    assert expected_calibration_error(table) == pytest.approx((2 * 0.1 + 2 * 0.1) / 4)
    errors = np.sqrt([0.6 * 0.4 / 2, 0.9 * 0.1 / 2])
    assert by_chance(table) == pytest.approx(np.sqrt(2 / np.pi) * errors.mean())


def test_a_bin_weighs_as_much_as_it_has_pictures():
    table = calibration(np.array([0.97, 0.97, 0.97, 0.72]), np.array([1, 1, 1, 0]))
    assert expected_calibration_error(table) == pytest.approx((3 * 0.03 + 1 * 0.72) / 4)


def test_each_limit_belongs_to_the_bin_above_it_and_the_last_bin_holds_certainty():
    table = calibration(LIMITS, np.ones(len(LIMITS), dtype=int))
    assert list(table["confidence_low"]) == list(LIMITS[:-1])
    assert list(table["pictures"]) == [1] * 9 + [2]
    assert (table["mean_confidence"] < table["confidence_high"]).all()


def test_of_a_calibrated_network_only_chance_is_left():
    rng = np.random.default_rng(1)
    probability = rng.random(100_000)
    table = calibration(probability, (rng.random(len(probability)) < probability).astype(int))
    assert table["pictures"].sum() == len(probability)
    assert expected_calibration_error(table) < 2 * by_chance(table) < 0.01


def test_chance_alone_brings_about_as_much_as_is_told():
    rng = np.random.default_rng(2)
    probability = rng.beta(0.5, 0.5, size=500)
    tables = [calibration(probability, rng.random(500) < probability) for _ in range(200)]
    found = np.mean([expected_calibration_error(table) for table in tables])
    assert by_chance(tables[0]) == pytest.approx(found, rel=0.08)


@pytest.mark.parametrize(("labels", "error"), [([1], 0.2), ([0], 0.8), ([1, 0, 1, 1], 0.05)])
def test_one_bin_and_one_picture(labels, error):
    table = calibration(np.full(len(labels), 0.8), np.array(labels))
    assert len(table) == 1
    assert expected_calibration_error(table) == pytest.approx(error)


def test_who_is_certain_is_off_by_as_much_as_it_is_wrong_and_chance_excuses_nothing():
    table = calibration(np.array([1.0, 1.0, 0.0, 1.0]), np.array([1, 1, 0, 0]))
    assert expected_calibration_error(table) == 0.25
    assert by_chance(table) == 0


def test_an_answer_that_is_undecided_is_a_cat():
    assert calibration(np.array([0.5]), np.array([0]))["accuracy"].item() == 1
