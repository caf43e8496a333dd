"""Labels that a network doubts which has never seen them: cross-validation, then confident learning.

The pictures are divided into folds. For each fold a network learns from all others, and says how probable the labels
of this fold are. Northcutt, Jiang and Chuang, "Confident Learning" (arXiv:1911.00068), count a label as doubted where
the other class is at least as probable as it is, on average, for the pictures that are labelled so (their section 3.1).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from scratchnet.experiment import initial_network, plan_of
from scratchnet.names import rng_of
from scratchnet.numpy_fast.chosen import make_learner
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import sigmoid
from scratchnet.order import Order, as_stored
from scratchnet.params import TrainCnn
from scratchnet.prepared import PreparedSplit
from scratchnet.training import warm_up

TIMED = 512  # pictures, by which the time of the whole is told before it begins


@dataclass(frozen=True)
class Part:
    """Some of the pictures of a split, without a copy of them. rows (n,) int64: their places in it."""

    whole: PreparedSplit
    rows: np.ndarray

    @property
    def images(self) -> np.ndarray:
        return self.whole.images

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, order: Order) -> tuple[np.ndarray, np.ndarray]:
        return self.whole.batch(replace(order, indices=self.rows[order.indices]))


def folds(groups: np.ndarray, labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(N,) int64: the fold of each picture, 0 to count − 1, every class alike; −1 where it has no label.

    A group is in one fold, that of its first picture with a label.

    groups (N,): equal for near duplicates. They would tell the network the label that it is asked for.
    """
    order = rng_of(seed).permutation(len(groups))
    fold = np.full(len(groups), -1, dtype=np.int64)
    for label in (0, 1):
        members = order[labels[order] == label]
        fold[members] = np.arange(len(members)) % count
    labelled = np.nonzero(fold >= 0)[0]
    _, first, of_group = np.unique(groups[labelled], return_index=True, return_inverse=True)
    fold[labelled] = fold[labelled[first]][of_group]
    return fold


def cross_validate(
    whole: PreparedSplit, fold: np.ndarray, arch: str, params: TrainCnn, team: Team, told: Callable[[float], None]
) -> Iterator[tuple[int, int, np.ndarray | None]]:
    """Trains a network for each fold, an epoch at a time: fold, epoch, and after the last epoch the answers.

    fold (N,) int64; of a negative one nothing is learnt or asked. The answers are the places of the fold's pictures
    and the probability of label 1, (2, n) float64. told: gets the seconds that all of it will take, before it begins.
    """
    for held_out in range(fold.max() + 1):
        others = (fold >= 0) & (fold != held_out)
        train, test = (Part(whole, np.nonzero(rows)[0]) for rows in (others, fold == held_out))
        network = initial_network(arch, whole.images.shape[1], params)
        learner = make_learner(network, {"train": train, "test": test}, params, team)
        warm_up(learner, as_stored(len(train))[: params.batch_size])
        if held_out == 0:
            told(_seconds_a_picture(learner, len(train)) * params.epochs * (fold.max() + 1) * len(train))
        plan = plan_of(params, whole.images.shape[1])
        for epoch in range(1, params.epochs + 1):
            learner.train_epoch(plan.order(epoch, len(train)), plan.rates(epoch, len(train), params.batch_size))
            if epoch < params.epochs:
                yield held_out, epoch, None
        yield held_out, params.epochs, np.stack([test.rows, sigmoid(learner.outputs("test")[:, 0].astype(np.float64))])


def _seconds_a_picture(learner: NumpyLearner, count: int) -> float:
    timed = as_stored(count)[:TIMED]
    start = perf_counter()
    warm_up(learner, timed)
    return (perf_counter() - start) / len(timed)


@dataclass(frozen=True)
class Doubts:
    """given (N,) float64: how probable each label is, in a network that has not seen it. doubted (N,) bool.

    thresholds: of each label, how probable it is on average for the pictures that have it. right: the share of all
    labels that the networks would have given too.
    """

    given: np.ndarray
    doubted: np.ndarray
    thresholds: list[float]
    right: float


def doubts(probability: np.ndarray, labels: np.ndarray) -> Doubts:
    """probability (N,) float64: of label 1. labels (N,) uint8."""
    given = np.where(labels == 1, probability, 1 - probability)
    usual = np.array([given[labels == label].mean() for label in (0, 1)])
    return Doubts(given, 1 - given >= usual[1 - labels], usual.tolist(), float((given > 0.5).mean()))
