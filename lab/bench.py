"""What is measured: learners that a training would use, on prepared pictures, repeated until there are enough."""

import gc
import math
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from lab.setting import Setting
from lab.turns import Deadline
from lab.variants import settings_of
from scratchnet.experiment import initial_network, plan_of
from scratchnet.names import WIDTH
from scratchnet.numpy_fast.chosen import make_learner as make_numpy_learner
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.order import Order
from scratchnet.params import TrainCnn
from scratchnet.prepared import PreparedSplit
from scratchnet.problems import Problem
from scratchnet.timing.machine import cores
from scratchnet.torch_nn.device import check_and_set_precision, told_when_memory_is_full
from scratchnet.torch_nn.inputs import serve
from scratchnet.torch_nn.learner import TorchLearner, make_learner
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.training import Plan

NO_TIME = "There was no time left."
Splits = dict[str, PreparedSplit]  # "train", "val", "test" -> its pictures


@dataclass(frozen=True)
class Bench:
    """Makes the learners that are measured, one after the other, on one device.

    params: how the network is trained, of params.yaml. splits: the prepared pictures. deadline: after it no learner is
    made. failures: names of learners that ended in an error that nobody had foreseen.
    """

    device: torch.device
    arch: str
    params: TrainCnn
    splits: Splits
    deadline: Deadline = field(default_factory=lambda: Deadline(math.inf))
    failures: list[str] = field(default_factory=list)

    def __post_init__(self):
        if self.params.dtype != "float32":
            raise Problem(f"train_numpy_cnn.dtype is {self.params.dtype}: set it to float32, which all is measured in.")

    @property
    def plan(self) -> Plan:
        return plan_of(self.params, self.splits["train"].images.shape[1])

    def epoch(self, count: int, number: int = 1) -> tuple[Order, np.ndarray]:
        """What `train_epoch` takes over `count` pictures: the order, and the rate of each step, (steps,) float64."""
        return self.plan.order(number, count), self.plan.rates(number, count, self.params.batch_size)

    def changed(self, **params) -> "Bench":
        """The same with other params, such as batch_size=8."""
        return replace(self, params=self.params.model_copy(update=params))

    @contextmanager
    def learner(self, variant: str, splits: Splits, width: int = WIDTH, workers: int = 0) -> Iterator[TorchLearner]:
        """A variant of lab/variants.py, with the NumPy network's initial weights.

        width: filters of the first convolution. workers: processes that read files, if the variant has any.
        Problem where the variant cannot work here, where it fails, and where no time is left.
        """
        full = told_when_memory_is_full(min(self.params.batch_size, len(splits["train"])))
        with self._failing_alone(variant), TemporaryDirectory(prefix="image_folder-") as root, full:
            where = settings_of(variant, self.device.type, workers)
            check_and_set_precision(where, self.device)
            forget_compiled()
            model = self.model(splits["train"].images.shape[1], width)
            yield make_learner(model, serve(splits, where, self.device, Path(root)), self.params, where, self.device)

    @contextmanager
    def numpy_learner(self, splits: Splits, width: int = WIDTH) -> Iterator[NumpyLearner]:
        """The fast NumPy network on all cores of the host, which the variants are compared with."""
        params, size = self.params.model_copy(update={"implementation": "fast"}), splits["train"].images.shape[1]
        with self._failing_alone("numpy"), threadpool_limits(1):
            yield make_numpy_learner(initial_network(self.arch, size, params, width), splits, params, Team(cores()))

    @contextmanager
    def _failing_alone(self, name: str) -> Iterator[None]:
        """Problem in place of any error: an error in one learner does not cost the others their figures.

        Problem also where no time is left.
        """
        if self.deadline.passed():
            raise Problem(NO_TIME)
        try:
            yield
        except Problem:
            raise
        except Exception as error:
            traceback.print_exc()
            self.failures.append(name)
            raise Problem(f"It failed {described(error)}.") from error

    def setting(self, size: int, width: int = WIDTH) -> Setting:
        """For pictures of size × size pixels."""
        return Setting(self.arch, self.params.batch_size, size, self.params.hidden, width, self.params.seed)

    def model(self, size: int, width: int = WIDTH) -> CatDogCNN:
        """With the initial weights that the NumPy network has."""
        model = CatDogCNN(self.arch, size, self.params.hidden, width)
        model.from_numpy(initial_network(self.arch, size, self.params, width).arrays)
        return model


def forget_compiled() -> None:
    """Before each of many variants in one process: nothing that was compiled or captured before stays.

    torch.compile compiles the same code only so many times in a process, and every variant is one of them. A step and
    what was compiled from it refer to each other, so their memory comes back only when cycles are collected; a capture
    no longer collects them (torch.compiler.config.force_cudagraph_gc).
    """
    torch.compiler.reset()
    gc.collect()


def or_why_not(measure: Callable[..., dict]) -> Callable[..., dict]:
    """What `measure` returns; where it raises a Problem, {"why_not": its sentences}."""

    @wraps(measure)
    def told(*arguments, **more) -> dict:
        try:
            return measure(*arguments, **more)
        except Problem as problem:
            return {"why_not": str(problem)}

    return told


def described(error: Exception) -> str:
    """In short, for a page: (ValueError, no such kernel)."""
    return f"({type(error).__name__}, {str(error).strip()[:200]})"


def repeated(split: PreparedSplit, count: int, size: int | None = None) -> PreparedSplit:
    """`count` pictures: those of the split, from the first to the last and again.

    size: of the pictures, in pixels, if it shall be another: they are tiled, or cut. (count, size, size, 3)
    """
    images, again = split.images, np.arange(count) % len(split)
    if size is not None:
        times = -(-size // images.shape[1])
        images = np.tile(images[: min(len(images), count)], (1, times, times, 1))[:, :size, :size]
        again = np.arange(count) % len(images)
    return replace(split, images=images[again], labels=split.labels[again], names=[split.names[i] for i in again])
