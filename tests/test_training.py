"""The loop: what it draws, what it keeps, how it stops and goes on."""

import math
import time

import numpy as np
import pytest
import torch

from scratchnet.journal import Journal
from scratchnet.numpy_nn.vital_signs import SIGNS
from scratchnet.order import Order, as_stored
from scratchnet.problems import Problem
from scratchnet.records import read_arrays
from scratchnet.timing.phases import Phases
from scratchnet.torch_nn.device import told_when_memory_is_full
from scratchnet.training import Plan, train


class Walker:
    """A learner with one weight, whose validation loss is as told; it dies in the epoch told, of the error told."""

    batch_size, steps = 4, 3  # an epoch of 10 samples has 3 steps

    def __init__(self, val_losses, dies_in=None, of=None):
        self.val_losses, self.dies_in, self.of = val_losses, dies_in, of
        self.weight = np.zeros(1)

    def train_steps(self, order, rates):
        assert len(rates) == len(list(order.batches(self.batch_size)))
        if self.epoch + 1 == self.dies_in:
            raise self.of
        losses = []
        for batch in order.batches(self.batch_size):
            self.weight += 1 + batch.indices[0] / 1000
            losses.append(float(self.weight[0]))
        return losses

    def mean_loss(self, losses, count):
        assert len(losses) == self.steps
        assert count == 10
        return float(np.mean(losses))

    def evaluate(self, split):
        assert split == "val", "training must not look at any other split"
        return self.val_losses[self.epoch - 1], 0.5

    @property
    def epoch(self):
        return int(self.weight[0]) // self.steps

    def weights(self, beginning=""):
        return {name: self.weight.copy() for name in ("w", "v") if name.startswith(beginning)}

    def state(self):
        return {"weights/w": self.weight.copy()}

    def load_state(self, state):
        self.weight = state["weights/w"].copy()

    def synchronize(self):
        pass

    mark, return_to = state, load_state

    def is_finite(self):
        return True

    def vital_signs(self, mark):
        sign = float(self.weight[0] - mark["weights/w"][0])
        return {"fc": dict.fromkeys(SIGNS, sign)}

    def first_not_finite(self, split, order=None):  # noqa: ARG002
        return "the output of fc" if split == "val" else None


def plan(**changes):
    return Plan(**{"epochs": 4, "learning_rate": 0.1, "seed": 3} | changes)


def test_the_best_epoch_by_validation_is_kept():
    learner = Walker([0.5, 0.3, 0.4, 0.6])
    history = train(learner, 10, plan())
    assert history.kept_epoch == 2
    assert learner.epoch == 2
    assert list(history.table().columns) == ["epoch", "train_loss", "val_loss", "val_accuracy", "seconds"]


def test_or_the_last():
    history = train(Walker([0.5, 0.3, 0.4, 0.6]), 10, plan(keep="last"))
    assert history.kept_epoch == 4


@pytest.mark.parametrize(
    ("of", "told"), [(KeyboardInterrupt(), KeyboardInterrupt), (torch.OutOfMemoryError("CUDA out of memory"), Problem)]
)
def test_a_run_that_ended_early_goes_on_to_the_same_result(tmp_path, of, told):
    losses, checkpoint = [0.5, 0.3, 0.4, 0.2], tmp_path / "checkpoint.safetensors"
    whole = train(Walker(losses), 10, plan(), Journal(watched="w", signs_every=1))
    with pytest.raises(told), told_when_memory_is_full(10):
        train(Walker(losses, dies_in=3, of=of), 10, plan(), Journal(checkpoint=checkpoint, watched="w", signs_every=1))
    assert len(read_arrays(checkpoint)[1]["rows"]) == 2

    learner, seen = Walker(losses), []
    journal = Journal(checkpoint=checkpoint, after_epoch=seen.append, watched="w", signs_every=1)
    resumed = train(learner, 10, plan(), journal)
    assert [row["epoch"] for row in seen] == [3, 4]
    timeless = [table.drop(columns="seconds") for table in (whole.table(), resumed.table())]
    assert timeless[0].equals(timeless[1])
    assert resumed.signs_table().equals(whole.signs_table())
    assert list(resumed.signs_table()["epoch"]) == [1, 2, 3, 4]
    np.testing.assert_array_equal(resumed.kept["weights/w"], whole.kept["weights/w"])
    np.testing.assert_array_equal(resumed.filmed()["w"], whole.filmed()["w"])


def test_what_is_watched_is_copied_before_the_first_epoch_and_after_each():
    history = train(Walker([0.5, 0.3, 0.4, 0.6]), 10, plan(), Journal(watched="w"))
    assert list(history.filmed()) == ["w"]
    assert history.filmed()["w"].astype(int).tolist() == [[0], [3], [6], [9], [12]]
    assert list(train(Walker([0.5] * 4), 10, plan(), Journal(watched="")).filmed()) == ["w", "v"]
    assert train(Walker([0.5] * 4), 10, plan()).filmed() == {}


class Sleeper(Walker):
    def train_steps(self, order, rates):
        time.sleep(0.01)
        return super().train_steps(order, rates)

    def evaluate(self, split):
        time.sleep(0.02)
        return super().evaluate(split)


def test_what_an_epoch_does_is_counted_where_it_belongs():
    phases = Phases()
    phases.begin("preparation")
    history = train(Sleeper([0.5] * 4), 10, plan(), Journal(phases, after_epoch=lambda _: time.sleep(0.03)))
    phases.begin("writing")
    assert phases.seconds["warm_up"] >= 0.01
    assert phases.seconds["train"] >= 4 * 0.01
    assert phases.seconds["evaluation"] >= 4 * 0.02
    assert phases.seconds["writing"] >= 4 * 0.03
    assert history.table()["seconds"].sum() == pytest.approx(phases.seconds["train"])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_the_run_and_names_the_epoch(bad):
    told = r"^Epoch 2: After the last step, .*validation.*no longer a number.*the output of fc.*learning rate \(0\.1\)"
    with pytest.raises(Problem, match=told):
        train(Walker([0.5, bad, 0.4, 0.6]), 10, plan())


@pytest.mark.parametrize(("every", "looked"), [(None, []), (1, [1, 2, 3, 4]), (3, [1, 3, 4])])
def test_the_signs_are_taken_of_the_first_epoch_of_every_nth_and_of_the_last(every, looked):
    phases = Phases()
    phases.begin("preparation")
    history = train(Walker([0.5, 0.3, 0.4, 0.6]), 10, plan(), Journal(phases, signs_every=every))
    assert [row["epoch"] for row in history.signs] == looked
    assert all(3 <= row["update_ratio"] < 3.2 for row in history.signs), "of this epoch alone"
    assert phases.seconds["signs"] > 0


def test_every_epoch_sees_every_sample_once_in_its_own_order():
    orders = [plan().order(epoch, 50) for epoch in (1, 2)]
    for order in orders:
        assert sorted(order.indices) == list(range(50))
    assert list(orders[0].indices) != list(orders[1].indices)
    assert list(plan().order(1, 50).indices) == list(orders[0].indices)
    assert list(plan(seed=4).order(1, 50).indices) != list(orders[0].indices)


def test_augmentation_changes_the_moves_and_not_the_order():
    orders = {name: plan(augment=name, max_shift=3).order(1, 2000) for name in ("none", "flip", "flip_shift")}
    assert all((order.indices == orders["none"].indices).all() for order in orders.values())
    assert not orders["none"].flips.any()
    assert 0.45 < orders["flip"].flips.mean() < 0.55
    assert not orders["flip"].shifts.any()
    assert set(orders["flip_shift"].shifts.ravel()) == set(range(-3, 4))


def rates(**changes):
    """The learning rates of 4 epochs with 2 steps each."""
    return np.concatenate([plan(**changes).rates(epoch, 2, batch_size=1) for epoch in (1, 2, 3, 4)])


def test_the_learning_rate_follows_the_schedule():
    assert rates() == pytest.approx([0.1] * 8)
    assert rates(warmup=2.0) == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1, 0.1, 0.1, 0.1])
    cosine = [0.05 * (1 + math.cos(math.pi * progress / 8)) for progress in range(1, 9)]
    assert rates(schedule="cosine") == pytest.approx(cosine)
    assert rates(schedule="cosine", warmup=1.0) == pytest.approx([cosine[0] / 2, *cosine[1:]])


def test_a_batch_steps_with_the_rate_of_its_first_sample():
    each = plan(schedule="cosine", warmup=0.5).rates(2, 7, batch_size=1)
    assert plan(schedule="cosine", warmup=0.5).rates(2, 7, batch_size=3).tolist() == each[[0, 3, 6]].tolist()


def test_batches_hold_every_sample_and_the_last_may_be_small():
    parts = list(as_stored(7).batches(3))
    assert [len(part) for part in parts] == [3, 3, 1]
    assert np.concatenate([part.indices for part in parts]).tolist() == list(range(7))


def test_a_moved_picture_is_mirrored_then_shifted_and_its_edge_repeated():
    picture = np.arange(12).reshape(3, 4)
    order = Order(np.array([0]), np.array([True]), np.array([[1, -1]]))
    (rows,), (columns,) = order.source_pixels(3, 4)
    # mirrored it is 3 2 1 0 / 7 6 5 4 / 11 10 9 8; then one pixel down and one to the left
    assert picture[rows[:, None], columns].tolist() == [[2, 1, 0, 0], [2, 1, 0, 0], [6, 5, 4, 4]]
