"""Rivals take turns, so that a machine that slows down slows them all down."""

import sys

import numpy as np
import pytest

from lab.turns import Arm, balanced_orders, interleave, median_and_iqr, steps_that_fit


def test_an_arm_warms_up_and_waits_for_the_device_at_each_step():
    calls = []
    seconds = Arm(lambda: calls.append("step"), lambda: calls.append("wait")).turn(2, warm_up=1)
    assert calls == ["step", *["wait", "step", "wait"] * 2]
    assert seconds.shape == (2,)


class Recorder:
    def __init__(self, name, turns):
        self.name, self.turns = name, turns

    def turn(self, steps, warm_up):
        self.turns.append((self.name, steps, warm_up))
        return np.full(steps, len(self.turns), dtype=np.float64)


def test_rivals_take_turns_in_every_round():
    turns = []
    rivals = {name: Recorder(name, turns).turn for name in "abc"}
    seconds = interleave(rivals, {"a": 3, "b": 1, "c": 2}, 2, np.random.default_rng(0))
    names = [name for name, _, _ in turns]
    assert sorted(names[:3]) == ["a", "b", "c"]
    assert names[3:] == names[:3][::-1]
    assert set(turns) == {("a", 3, 1), ("b", 1, 0), ("c", 2, 1)}  # one long step needs no warm-up
    assert {name: values.shape for name, values in seconds.items()} == {"a": (2, 3), "b": (2, 1), "c": (2, 2)}
    assert seconds["a"][0].tolist() == [names.index("a") + 1] * 3


def test_a_bar_is_shown_where_it_has_a_title_and_a_person_looks(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    for title in ("", "a ladder"):
        interleave({"a": Arm(lambda: None).turn}, {"a": 1}, 2, np.random.default_rng(0), title)
    shown = capsys.readouterr().err
    assert "a ladder: 100%" in shown
    assert shown.count("100%") == 1


def test_over_two_rounds_every_rival_is_before_every_other_once():
    orders = list(balanced_orders("abcd", 40, np.random.default_rng(1)))
    before = sum(order.index("a") < order.index("d") for order in orders)
    assert before == 20
    assert len({tuple(order) for order in orders}) > 10


def test_as_many_steps_as_fit_but_one_at_least():
    assert steps_that_fit(0.1, 0.02) == 5
    assert steps_that_fit(0.1, 3.0) == 1


def test_median_and_iqr():
    assert median_and_iqr(np.array([1.0, 2.0, 3.0, 4.0, 100.0])) == pytest.approx((3, 2))
