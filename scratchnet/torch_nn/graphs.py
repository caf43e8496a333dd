"""A whole epoch that the GPU runs by itself: a CUDA graph for each step, and all that a step needs in GPU memory.

A training step is dozens of small programs for the GPU, called kernels. Python launches them one after the other; a
small network's kernel is done before the next one is launched, and the GPU waits. A CUDA graph records the launches of
a step once and replays them all by one call (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs).

A replay uses the same memory addresses and the same constants as the recording. So what differs from step to step must
lie in memory, at a fixed address: the epoch's order, its learning rates, and a counter that says which step is next.
"""

import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from scratchnet.order import Order, as_stored, batch_sizes, step_count
from scratchnet.torch_nn.inputs import ResidentSplit
from scratchnet.torch_nn.step import TrainingStep

WARM_UP = 3  # steps before the capture, as the notes above advise


def captured(step: Callable[[], object], before: Callable[[], object] = lambda: None) -> torch.cuda.CUDAGraph:
    """A graph of `step`. Three steps are taken first, outside of it, so that nothing is set up while it records.

    before: called before each of them, and before the capture, where nothing is computed.
    """
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream), warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*capturable=True", UserWarning)  # Adam, of steps outside of the graph
        for _ in range(WARM_UP):
            before()
            step()
    torch.cuda.current_stream().wait_stream(stream)
    before()
    graph = torch.cuda.CUDAGraph()
    # Around it the stream that is current: where a capture fails, older versions leave its own behind.
    with torch.cuda.stream(torch.cuda.current_stream()), torch.cuda.graph(graph, stream=stream):
        step()
    return graph


class DeviceEpoch:
    """Training steps over a split that is resident on the device, for orders of up to len(pictures) samples.

    The buffers on the device: those of the epoch's order, indices (N,) int64, flips (N,) bool, shifts (N, 2) int64 and,
    `with_views`, views (N, 10) int64; rates (steps,) float32; losses (steps,), which the steps fill; start and number
    (1,) int64, the next sample and step.
    Where a graph was captured for the size of a batch it is replayed; else the same step is launched kernel by kernel.
    """

    def __init__(self, step: TrainingStep, pictures: ResidentSplit, batch_size: int, with_views: bool = False):
        count, device = len(pictures), pictures.images.device
        self._step, self._pictures, self._batch_size = step, pictures, batch_size
        order = as_stored(count, with_views)
        self._fields = {name: torch.from_numpy(field).to(device) for name, field in order.fields.items()}
        steps = step_count(count, batch_size)
        self._rates = torch.zeros(steps, dtype=torch.float32, device=device)
        self._losses = torch.zeros(steps, dtype=pictures.normalise.dtype, device=device)
        self._start, self._number = (torch.zeros(1, dtype=torch.int64, device=device) for _ in range(2))
        self._graphs: dict[int, torch.cuda.CUDAGraph] = {}

    def train(self, order: Order, rates: np.ndarray) -> Tensor:
        """Every batch of the order once, with its learning rate. The loss of each step, (steps,), on the device."""
        self._load(order, torch.from_numpy(rates.astype(np.float32)))
        sizes = batch_sizes(len(order), self._batch_size)
        for size in sizes:
            if graph := self._graphs.get(size):
                graph.replay()
            else:
                self._take(size)
        return self._losses[: len(sizes)].clone()

    def capture(self, size: int) -> None:
        """A graph for batches of this size. The steps before it change the weights: the caller puts them back."""
        self._graphs[size] = captured(lambda: self._take(size), self._rewind)

    def _take(self, size: int) -> None:
        """The next step, of the next `size` pictures: all that is read or written is on the device."""
        places = self._start + torch.arange(size, device=self._start.device)
        x, labels = self._pictures.take(**{name: field[places] for name, field in self._fields.items()})
        rate = self._rates[self._number][0]
        self._losses.index_copy_(0, self._number, self._step(x, labels, rate)[None])
        self._start += size
        self._number += 1

    def _load(self, order: Order, rates: Tensor) -> None:
        for name, field in order.fields.items():
            self._fields[name][: len(order)].copy_(torch.from_numpy(field))
        self._rates[: len(rates)].copy_(rates)
        self._rewind()

    def _rewind(self) -> None:
        self._start.zero_()
        self._number.zero_()
