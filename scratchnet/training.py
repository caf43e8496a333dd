"""One training loop for every backend.

A learner is a network, a loss, an optimizer and the data where the backend wants it. The loop draws, outside the
learner, all that is random in an epoch (the `Order`), so every backend sees the same pictures in the same order.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from scratchnet.names import Stream, below, rng_of
from scratchnet.order import Order, as_stored
from scratchnet.problems import Problem
from scratchnet.records import read_arrays, write_arrays
from scratchnet.timing.phases import Phases

Arrays = dict[str, np.ndarray]
WARM_UP = 64  # samples: a few steps


@dataclass(frozen=True)
class Plan:
    """How to train, for any backend. Every epoch has a random stream of its own, so a resumed run draws the same."""

    epochs: int
    learning_rate: float
    seed: int
    schedule: str = "constant"
    warmup: float = 0.0  # epochs over which the learning rate rises from 0
    augment: str = "none"
    max_shift: int = 0

    def order(self, epoch: int, count: int) -> Order:
        """The order of epoch 1, 2, ... over `count` samples."""
        shuffle, move = (rng_of(self.seed, stream, epoch) for stream in (Stream.SHUFFLE, Stream.MOVE))
        order = as_stored(count)
        flips, shifts = order.flips, order.shifts
        if self.augment != "none":
            flips = move.random(count) < 0.5
        if self.augment == "flip_shift":
            shifts = move.integers(-self.max_shift, self.max_shift + 1, size=(count, 2))
        progress = epoch - 1 + np.arange(1, count + 1) / count  # epochs behind us when a sample's turn is over
        return Order(shuffle.permutation(count), flips, shifts, self._learning_rates(progress))

    def _learning_rates(self, progress: np.ndarray) -> np.ndarray:
        """A linear rise over the warm-up, times 1, or times half a cosine wave that ends at 0.

        arXiv:1706.02677, section 2.2; arXiv:1608.03983, equation 5.
        """
        rise = np.minimum(1.0, progress / self.warmup) if self.warmup else np.ones_like(progress)
        fall = 0.5 * (1 + np.cos(np.pi * progress / self.epochs)) if self.schedule == "cosine" else 1.0
        return self.learning_rate * rise * fall


class Learner(Protocol):
    def train_epoch(self, order: Order) -> float:
        """Train on every sample of `order` once; the mean loss over them, as seen during training."""

    def evaluate(self, split: str) -> tuple[float, float | None]:
        """Loss and accuracy (0 to 1; None without classes) on "train", "val" or "test", unmoved."""

    def outputs(self, split: str) -> np.ndarray:
        """What the network answers to every sample of a split, in the order stored: logits (N, K)."""

    def state(self) -> Arrays:
        """Copies of all that training changes: "weights/NAME" and "optimizer/NAME"."""

    def load_state(self, state: Arrays) -> None: ...

    def synchronize(self) -> None:
        """Wait until the device has done all that was asked of it."""


@dataclass
class History:
    """One row an epoch, and the weights to keep."""

    rows: list[dict] = field(default_factory=list)
    kept_epoch: int = 0
    kept: Arrays = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """epoch, train_loss, val_loss, val_accuracy, seconds (of training alone)."""
        return pd.DataFrame(self.rows)


def train(
    learner: Learner,
    count: int,
    plan: Plan,
    keep: str = "best",
    checkpoint: Path | None = None,
    after_epoch: Callable[[dict], None] = lambda _: None,
    phases: Phases | None = None,
    leads: bool = True,
) -> History:
    """Train for `plan.epochs` over `count` samples; leave the learner with the weights to keep.

    keep: "best" (the epoch of the lowest validation loss; the test split is never asked) or "last".
    checkpoint: a file that holds the run after every epoch; a killed run goes on from it to the same result.
    after_epoch: called with each new row of the history.
    phases: of the run that this is part of; those of a killed run go on from its checkpoint too.
    leads: of several processes that train together all read the checkpoint, and one writes it.
    """
    phases = phases or Phases()
    history = _resume(learner, checkpoint, phases)
    phases.begin("warm_up", learner.synchronize)
    warm_up(learner, as_stored(count)[:WARM_UP])
    for epoch in range(len(history.rows) + 1, plan.epochs + 1):
        phases.begin("preparation", learner.synchronize)
        row = _one_epoch(learner, epoch, plan.order(epoch, count), phases)
        history.rows.append(row)
        if keep == "last" or row["val_loss"] == min(seen["val_loss"] for seen in history.rows):
            history.kept_epoch, history.kept = epoch, learner.state()
        if checkpoint and leads:
            _save(checkpoint, history, learner, phases)
        after_epoch(row)
    learner.load_state(history.kept)
    return history


def warm_up(learner: Learner, order: Order) -> None:
    """Steps that are then undone: kernels, thread pools and memory are set up before the clock starts."""
    before = learner.state()
    learner.train_epoch(order)
    learner.load_state(before)


def _one_epoch(learner: Learner, epoch: int, order: Order, phases: Phases) -> dict:
    phases.begin("train", learner.synchronize)
    try:
        train_loss = learner.train_epoch(order)
    except Problem as problem:
        raise Problem(f"Epoch {epoch}: {problem}") from problem
    seconds = phases.begin("evaluation", learner.synchronize)
    val_loss, val_accuracy = learner.evaluate("val")
    phases.begin("writing", learner.synchronize)
    if not (math.isfinite(train_loss) and math.isfinite(val_loss)):
        raise Problem(
            f"The loss is no longer a number in epoch {epoch} (training {train_loss}, validation {val_loss}). "
            f"The learning rate ({order.learning_rates.max():g}) is probably too high: try a tenth of it."
        )
    row = {"epoch": epoch, "train_loss": train_loss, "val_loss": val_loss}
    if val_accuracy is not None:
        row["val_accuracy"] = val_accuracy
    return row | {"seconds": seconds}


def _save(checkpoint: Path, history: History, learner: Learner, phases: Phases) -> None:
    arrays = {f"kept/{name}": array for name, array in history.kept.items()}
    arrays |= {f"now/{name}": array for name, array in learner.state().items()}
    about = {"rows": history.rows, "kept_epoch": history.kept_epoch, "phases": phases.seconds}
    write_arrays(checkpoint, arrays, about)


def _resume(learner: Learner, checkpoint: Path | None, phases: Phases) -> History:
    if checkpoint is None or not checkpoint.exists():
        return History()
    arrays, about = read_arrays(checkpoint)
    learner.load_state(below("now", arrays))
    phases.go_on(about["phases"])
    return History(about["rows"], about["kept_epoch"], below("kept", arrays))
