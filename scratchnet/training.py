"""One training loop for every backend.

A learner is a network, a loss, an optimizer and the data where the backend wants it. All that is random in an epoch is
drawn outside the learner, as an `Order`, so every backend sees the same pictures in the same order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from scratchnet.journal import Arrays, History, Journal
from scratchnet.names import Stream, rng_of
from scratchnet.not_finite import are_finite, spoiled
from scratchnet.order import Order, as_stored, step_count
from scratchnet.problems import Problem
from scratchnet.views import draw_views

WARM_UP = 64  # samples: a few steps


@dataclass(frozen=True)
class Plan:
    """How to train, for any backend. Every epoch has a random stream of its own, so a resumed run draws the same."""

    epochs: int
    learning_rate: float
    seed: int
    schedule: str = "constant"  # constant | cosine
    warmup: float = 0.0  # epochs over which the learning rate rises from 0
    augment: str = "none"  # none | flip | flip_shift | strong
    max_shift: int = 0  # pixels
    strong: Any = None  # what a view differs by at most, see views.draw_views
    size: int = 0  # pixels of a picture's side, for the views
    keep: str = "best"  # best: the epoch of the lowest validation loss | last

    def order(self, epoch: int, count: int) -> Order:
        """The order of epoch 1, 2, ... over `count` samples."""
        shuffle, move = (rng_of(self.seed, stream, epoch) for stream in (Stream.SHUFFLE, Stream.MOVE))
        still = as_stored(count)
        flips, shifts = still.flips, still.shifts
        if self.augment == "strong":
            return Order(shuffle.permutation(count), flips, shifts, draw_views(move, count, self.size, self.strong))
        if self.augment != "none":
            flips = move.random(count) < 0.5
        if self.augment == "flip_shift":
            shifts = move.integers(-self.max_shift, self.max_shift + 1, size=(count, 2))
        return Order(shuffle.permutation(count), flips, shifts)

    def rates(self, epoch: int, count: int, batch_size: int) -> np.ndarray:
        """The learning rate of each step of an epoch, (steps,) float64.

        A linear rise over the warm-up, times 1, or times half a cosine wave that ends at 0: arXiv:1706.02677, section
        2.2; arXiv:1608.03983, equation 5. Progress is counted in epochs, up to the first sample of each batch.
        """
        progress = epoch - 1 + (np.arange(0, count, batch_size) + 1) / count
        rise = np.minimum(1.0, progress / self.warmup) if self.warmup else np.ones_like(progress)
        fall = 0.5 * (1 + np.cos(np.pi * progress / self.epochs)) if self.schedule == "cosine" else 1.0
        return self.learning_rate * rise * fall


class Learner(Protocol):
    batch_size: int

    def train_steps(self, order: Order, rates: np.ndarray) -> list[float]:
        """One step for each batch of `order`, with its learning rate: forward, loss, backward, step.

        rates (steps,) float64. The loss of each step, before its update; one that is not finite may be the last. An
        epoch may be cut into several calls, each of whole batches: the numbers are the same to the bit.
        """

    def mean_loss(self, losses: list[float], count: int) -> float:
        """Over the `count` samples of an epoch, as seen during training, from the loss of each of its steps."""

    def evaluate(self, split: str) -> tuple[float, float | None]:
        """Loss and accuracy (0 to 1; None without classes) on "train", "val" or "test", unmoved."""

    def outputs(self, split: str, mirrored: bool = False) -> np.ndarray:
        """What the network answers to every sample of a split, in the order stored: logits (N, K).

        mirrored: to the pictures left to right.
        """

    def weights(self, beginning: str = "") -> Arrays:
        """Copies of the weights whose names begin so: weights("conv") are the filters and their biases."""

    def state(self) -> Arrays:
        """Copies of all that training changes: "weights/NAME" and "optimizer/NAME"."""

    def load_state(self, state: Arrays) -> None: ...

    def synchronize(self) -> None:
        """Wait until the device has done all that was asked of it."""

    def mark(self) -> Any:
        """Copies of all that training changes, where the backend has it: for `return_to` and `vital_signs`."""

    def return_to(self, mark: Any) -> None: ...

    def is_finite(self) -> bool:
        """Are all weights finite?"""

    def vital_signs(self, mark: Any) -> dict[str, dict[str, float]]:
        """LAYER -> dead_units, activation_rms, gradient_rms, update_ratio since `mark`; see numpy_nn/vital_signs.py."""

    def first_not_finite(self, split: str, order: Order | None = None) -> str | None:
        """Of a split, or an order of it: what is not finite first, forward and back, such as "the output of conv2"."""


def train(learner: Learner, count: int, plan: Plan, journal: Journal | None = None) -> History:
    """Train for `plan.epochs` over `count` samples; leave the learner with the weights to keep.

    The test split is never asked. journal: keeps the time and the checkpoint; without one nothing is written.
    """
    journal = journal or Journal()
    history = journal.resume(learner)
    with journal.phase("warm_up", learner):
        warm_up(learner, as_stored(count)[:WARM_UP])
    with journal.listening():
        for epoch in range(len(history.rows) + 1, plan.epochs + 1):
            order, rates = plan.order(epoch, count), plan.rates(epoch, count, learner.batch_size)
            with journal.phase("signs", learner):
                mark = learner.mark()
            with _told_of(epoch):
                train_loss = train_epoch(learner, order, rates, history, journal, mark)
            with journal.phase("evaluation", learner), _told_of(epoch):
                val_loss, val_accuracy = learner.evaluate("val")
            with journal.phase("signs", learner), _told_of(epoch):
                signs = learner.vital_signs(mark) if journal.wants_signs(epoch, plan.epochs) else {}
                numbers = [number for layer in signs.values() for number in layer.values()]
                if not learner.is_finite() or not are_finite(val_loss, *numbers):
                    raise spoiled(learner, mark, order, rates)
            history.add(epoch, train_loss, val_loss, val_accuracy)
            history.signs += [{"epoch": epoch, "layer": layer} | found for layer, found in signs.items()]
            journal.epoch_over(history, learner, keep=plan.keep == "last" or history.is_best())
    learner.load_state(history.kept)
    return history


def train_epoch(
    learner: Learner, order: Order, rates: np.ndarray, history: History, journal: Journal, mark: Any
) -> float:
    """The epoch's steps that `history` has not yet; its mean loss. After some steps the journal may save, or stop.

    mark: of the learner as the epoch begins. Problem where a loss is no longer a number.
    """
    begun, size = history.begun, learner.batch_size
    journal.epoch_begins(learner)
    while (done := len(begun.losses)) < len(rates):
        end = done + journal.steps if journal.steps else len(rates)
        part = order[done * size : end * size]
        with journal.phase("train", learner) as clock:
            begun.losses += learner.train_steps(part, rates[done:end])  # each: forward, loss, backward, step
        if not are_finite(*begun.losses[done:]):
            raise spoiled(learner, mark, order, rates)
        begun.seconds += clock.seconds
        journal.steps_over(history, learner, len(begun.losses) - done, clock.seconds)
    return learner.mean_loss(begun.losses, len(order))


def warm_up(learner: Learner, order: Order) -> None:
    """Steps that are then undone: kernels, thread pools and memory are set up before the clock starts."""
    before = learner.state()
    learner.train_steps(order, np.zeros(step_count(len(order), learner.batch_size), dtype=np.float64))
    learner.load_state(before)


@contextmanager
def _told_of(epoch: int) -> Iterator[None]:
    """A problem in the block is told with its epoch."""
    try:
        yield
    except Problem as problem:
        raise Problem(f"Epoch {epoch}: {problem}") from problem
