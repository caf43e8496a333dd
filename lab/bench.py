"""What is measured: a variant of the learner on pictures that are repeated until there are enough."""

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

from lab.turns import Deadline
from scratchnet.names import WIDTH
from scratchnet.numpy_fast.chosen import make_learner as make_numpy_learner
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.networks import Network, cnn
from scratchnet.params import TrainCnn, TrainCuda
from scratchnet.prepared import PreparedSplit
from scratchnet.problems import Problem
from scratchnet.timing.machine import cores
from scratchnet.torch_nn.device import check_and_set_precision, told_when_memory_is_full
from scratchnet.torch_nn.inputs import serve
from scratchnet.torch_nn.learner import TorchLearner, make_learner
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.training import Plan

Splits = dict[str, PreparedSplit]
EAGER = {"precision": "float32", "memory_format": "contiguous", "compile": "none", "input": "resident"}
RUNGS = {  # what each adds to EAGER
    "image_folder": {"input": "image_folder"},
    "resident": {},
    "channels_last": {"memory_format": "channels_last"},
    "tf32": {"precision": "tf32", "memory_format": "channels_last"},
    "bfloat16": {"precision": "bfloat16", "memory_format": "channels_last"},
    "inductor": {"compile": "inductor"},
    "inductor_bfloat16": {"compile": "inductor", "precision": "bfloat16", "memory_format": "channels_last"},
    "cuda_graph": {"compile": "cuda_graph"},
    "cuda_graph_bfloat16": {"compile": "cuda_graph", "precision": "bfloat16", "memory_format": "channels_last"},
    "all": {"compile": "inductor_cuda_graph", "precision": "bfloat16", "memory_format": "channels_last"},
}


@dataclass(frozen=True)
class Bench:
    """The device (a torch.device), the default settings of both sections, the prepared pictures, and the time."""

    device: object
    arch: str
    params: TrainCnn
    where: TrainCuda
    splits: Splits
    deadline: Deadline = field(default_factory=lambda: Deadline(math.inf))
    failures: list[str] = field(default_factory=list)  # variants that ended in an error that nobody had foreseen

    def __post_init__(self):
        if self.params.dtype != "float32":
            raise Problem(f"train_numpy_cnn.dtype is {self.params.dtype}: set it to float32, which all is measured in.")

    @property
    def plan(self) -> Plan:
        return Plan(**self.params.model_dump(include=set(Plan.__dataclass_fields__)))

    def changed(self, **params) -> "Bench":
        return replace(self, params=self.params.model_copy(update=params))

    @contextmanager
    def learner(self, rung: str, splits: Splits, width: int = WIDTH, workers: int = 0) -> Iterator[TorchLearner]:
        """The variant that RUNGS names, from the NumPy network's initial weights.

        Problem where it cannot work here, and where no time is left: what is under way is finished, nothing is begun.
        """
        self._begin()
        how = {**EAGER, **RUNGS[rung], "device": self.device.type, "workers": workers}
        where, size = self.where.model_copy(update=how), splits["train"].images.shape[1]
        check_and_set_precision(where, self.device)
        forget_compiled()
        model, batch = self.model(size, width), min(self.params.batch_size, len(splits["train"]))
        folder = TemporaryDirectory(prefix="image_folder-")
        with self._told(rung), folder as root, told_when_memory_is_full(batch):
            yield make_learner(model, serve(splits, where, self.device, Path(root)), self.params, where, self.device)

    @contextmanager
    def numpy_learner(self, splits: Splits, width: int = WIDTH) -> Iterator[NumpyLearner]:
        """The fast NumPy network on all cores of the host, which the variants are compared with."""
        self._begin()
        params, size = self.params.model_copy(update={"implementation": "fast"}), splits["train"].images.shape[1]
        with self._told("numpy"), threadpool_limits(1):
            yield make_numpy_learner(self.network(size, width), splits, params, Team(cores()))

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Problem in place of any error: what one variant runs into costs no other its figures."""
        try:
            yield
        except Problem:
            raise
        except Exception as error:
            traceback.print_exc()
            self.failures.append(name)
            raise Problem(f"It failed {described(error)}.") from error

    def _begin(self) -> None:
        if self.deadline.passed():
            raise Problem("There was no time left.")

    def network(self, size: int, width: int = WIDTH) -> Network:
        """The clear one in NumPy, from which all take their initial weights."""
        rng = np.random.default_rng([self.params.seed, 0])
        return cnn(self.arch, size, self.params.hidden, rng, width=width)

    def model(self, size: int, width: int = WIDTH) -> CatDogCNN:
        model = CatDogCNN(self.arch, size, self.params.hidden, width)
        model.from_numpy(self.network(size, width).params)
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
    """What `measure` returns; why_not where it raises a Problem."""

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
    """`count` pictures: those of the split again and again, and for another `size` their tiles or their corner."""
    images, again = split.images, np.arange(count) % len(split)
    if size is not None:
        times = -(-size // images.shape[1])
        images = np.tile(images[: min(len(images), count)], (1, times, times, 1))[:, :size, :size]
        again = np.arange(count) % len(images)
    return replace(split, images=images[again], labels=split.labels[again], names=[split.names[i] for i in again])
