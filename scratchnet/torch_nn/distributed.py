"""One training by several processes, each with a GPU (or a part of the CPU) and a part of every batch.

`torchrun` starts the processes and tells each its place (https://docs.pytorch.org/docs/stable/elastic/run.html). The
batch stays what params.yaml says, whoever computes it, so that the training is the same.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from scratchnet.order import Order
from scratchnet.problems import Problem


@dataclass(frozen=True)
class Ranks:
    """This process's place among `count`; `local` is its place on its machine. The first one leads: it alone writes."""

    rank: int
    count: int
    local: int

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def wrap(self, model: nn.Module) -> nn.Module:
        """A network whose backward pass ends with the mean of all processes' gradients."""
        return model if self.count == 1 else DistributedDataParallel(model)

    def shard(self, order: Order, size: int) -> tuple[Order, int, np.ndarray]:
        """This process's part of an order in batches of `size`: the order, the size of its batches, their weights.

        Of the batch every count-th picture, from the rank on. A mean over the part, times its weight (steps,), gives
        in the mean over all processes the mean over the batch, even if the parts are not equally long. Where there
        is no picture left for this process it takes one that weighs nothing, for all have to take the step.
        """
        if self.count == 1:
            return order, size, np.ones(-(-len(order) // size))
        batches = list(order.batches(size))
        parts = [batch[self.rank :: self.count] if self.rank < len(batch) else batch[:1] for batch in batches]
        weights = [
            len(part) * self.count / len(batch) if self.rank < len(batch) else 0.0
            for part, batch in zip(parts, batches, strict=True)
        ]
        fields = ("indices", "flips", "shifts")
        whole = Order(*(np.concatenate([getattr(part, field) for part in parts]) for field in fields))
        return whole, len(parts[0]), np.array(weights)

    def mean(self, values: Tensor) -> Tensor:
        """Over all processes, the same in each."""
        if self.count > 1:
            dist.all_reduce(values)
            values /= self.count
        return values

    def the_leaders(self, value):
        """What the leader has: an object that pickle knows."""
        if self.count == 1:
            return value
        told = [value]
        dist.broadcast_object_list(told, src=0)
        return told[0]

    def everyones(self, value) -> list:
        """What each process has, by rank: objects that pickle knows. All wait for the last."""
        if self.count == 1:
            return [value]
        told = [None] * self.count
        dist.all_gather_object(told, value)
        return told

    def exchange(self, size: int, device: torch.device) -> Callable[[], Tensor]:
        """To be timed: the mean over all processes of `size` bytes on the device, as gradients meet."""
        values = torch.zeros(size // 4, dtype=torch.float32, device=device)
        return lambda: self.mean(values)


ALONE = Ranks(rank=0, count=1, local=0)


@contextmanager
def joined(device: str, batch_size: int, key: str = "train_numpy_cnn.batch_size") -> Iterator[Ranks]:
    """The processes that torchrun has started, or this one alone. device: "auto", "cuda" or "cpu".

    Problem where a batch has not a picture for each; `key` of params.yaml says how large it is.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield ALONE
        return
    if batch_size < count:
        raise Problem(
            f"{count} processes cannot share a batch of {batch_size}: start fewer (--nproc-per-node), or give "
            f"{key} at least a picture for each."
        )
    ranks = Ranks(int(os.environ["RANK"]), count, int(os.environ["LOCAL_RANK"]))
    on_cuda = device != "cpu" and torch.cuda.is_available()
    dist.init_process_group("nccl" if on_cuda else "gloo")
    yield ranks
    dist.destroy_process_group()  # not after a failure: the others may be waiting, until torchrun ends them too
