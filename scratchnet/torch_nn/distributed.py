"""One training by several processes that share every batch.

Each process has a GPU of its own, or a part of the CPU. `torchrun` starts them and numbers them from 0; PyTorch calls
this number the rank (https://docs.pytorch.org/docs/stable/elastic/run.html). All have the same weights. In a step each
computes the gradients of its own part of the batch; then all take the mean of the gradients (an all-reduce), and update
alike. The batch stays what params.yaml says, so the losses are those of one process, but for rounding.
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

from scratchnet.order import Order, step_count
from scratchnet.problems import Problem


@dataclass(frozen=True)
class Ranks:
    """Which of `count` processes this is: its `rank`, and its number on its own machine, `local`, both from 0.

    Rank 0 leads: it alone writes files. With count 1 every method does the plain thing, without a word to anybody.
    """

    rank: int
    count: int
    local: int

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def wrap(self, model: nn.Module) -> nn.Module:
        """A network whose backward pass ends with the mean of all processes' gradients.

        A batch norm takes the mean and the variance of its own process's part of a batch. So with more processes it
        sees fewer pictures, and the losses of a network that has one are a little different.
        """
        return model if self.count == 1 else DistributedDataParallel(model, broadcast_buffers=False)

    def shard(self, order: Order, size: int) -> tuple[Order, int, np.ndarray]:
        """This process's part of an order in batches of `size`: the order, the size of its batches, their weights.

        It takes every count-th picture of each batch, from its rank on. With 3 processes and a batch of 8, rank 0 has
        pictures 0, 3, 6, rank 1 has 1, 4, 7 and rank 2 has 2, 5. A loss is a mean over the part; the processes' mean
        is the batch's mean only if each part counts by its length. So step s has weights[s] = len(part) · count / 8,
        here 9/8, 9/8 and 6/8; weights is (steps,) float64. A process without a picture in a short last batch takes
        one with weight 0, because all have to take the step.
        """
        if self.count == 1:
            return order, size, np.ones(step_count(len(order), size))
        parts, weights = [], []
        for batch in order.batches(size):
            has_pictures = self.rank < len(batch)
            parts.append(batch[self.rank :: self.count] if has_pictures else batch[:1])
            weights.append(len(parts[-1]) * self.count / len(batch) if has_pictures else 0.0)
        whole = Order(**{name: np.concatenate([part.fields[name] for part in parts]) for name in order.fields})
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
