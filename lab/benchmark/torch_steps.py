"""The rungs of the ladder that PyTorch stands on: one training step of a variant, on the CPU or on a GPU."""

from collections.abc import Mapping

import numpy as np
import torch

from lab.benchmark.rungs import RUNGS
from lab.floor import torch_copy_gb_per_second, torch_gemm_gflops
from lab.variants import settings_of
from scratchnet.params import TrainCuda
from scratchnet.torch_nn.device import check_and_set_precision, cpu_library, fastest, gpu_name, synchronize
from scratchnet.torch_nn.graphs import captured
from scratchnet.torch_nn.inputs import LAYOUTS
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.torch_nn.step import TrainingStep, bce, make_optimizer

MIB = 2**20


class TorchStep:
    """A training step of `model`, which it takes over, on one batch: x (N, 3, H, W) float32, labels (N,) uint8.

    Problem where torch.compile cannot work here, or the GPU has not the rung's precision.
    """

    def __init__(self, rung: str, model: CatDogCNN, x: np.ndarray, labels: np.ndarray, optimizer: str, rate: float):
        where, device = _where(rung)
        check_and_set_precision(where, device)
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        layout, captures = LAYOUTS[where.memory_format], "cuda_graph" in where.compile
        self._device, self._model = device, model.to(device, memory_format=layout)
        self._x = torch.from_numpy(x).to(device, memory_format=layout)
        self._labels = torch.from_numpy(labels).to(device, torch.float32)
        self._rate = torch.tensor(rate, device=device) if captures else rate
        chosen = make_optimizer(self._model, optimizer, rate, 0.0, 0.0, captures)
        self._step = TrainingStep(self._model, bce, chosen, where.precision)
        if "inductor" in where.compile:
            self._step.compile_for(self._x, self._labels)
        self._take = captured(self._eager).replay if captures else self._eager

    def step(self) -> None:
        self._take()

    def _eager(self) -> None:
        self._step(self._x, self._labels, self._rate)

    def synchronize(self) -> None:
        synchronize(self._device)

    def gradients(self, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Those of the batch at these weights."""
        self._model.from_numpy(weights)
        self._step.backward(self._x, self._labels)
        return self._model.gradients()

    def device_memory(self) -> dict[str, float]:
        on_cuda = self._device.type == "cuda"
        return {"peak_device_mib": torch.cuda.max_memory_allocated() / MIB} if on_cuda else {}


def start(threads: int) -> None:
    """Before anything else in the process."""
    torch.set_num_threads(threads)
    fastest()


def about() -> dict:
    """threads and blas of PyTorch on the CPU, and the GPU that it finds, or "none"."""
    return cpu_library() | {"gpu": gpu_name(torch.device("cuda" if torch.cuda.is_available() else "cpu"))}


def limits(rung: str) -> dict[str, float]:
    """gemm_gflops of a large product in the rung's precision, and copy_gb_per_second (read and written)."""
    where, device = _where(rung)
    return {
        "gemm_gflops": torch_gemm_gflops(where.precision, device),
        "copy_gb_per_second": torch_copy_gb_per_second(device),
    }


def _where(rung: str) -> tuple[TrainCuda, torch.device]:
    """The rung's settings and its device."""
    name = RUNGS[rung].device
    return settings_of(RUNGS[rung].variant, name), torch.device(name)
