"""The rungs of the ladder that PyTorch stands on: one training step, on a device, in a layout and a precision."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from lab.floor import copy_gb_per_second, gemm_gflops
from scratchnet.problems import Problem
from scratchnet.torch_nn.device import allow_tf32, cpu_library, fastest, gpu_name, has_precision
from scratchnet.torch_nn.graphs import captured
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.torch_nn.step import TrainingStep, bce, make_optimizer

MIB = 2**20


@dataclass(frozen=True)
class Configuration:
    """precision: see device.py."""

    device: str = "cpu"
    memory_format: torch.memory_format = torch.contiguous_format
    compiled: bool = False
    precision: str = "float32"
    captured: bool = False  # replayed as a CUDA graph


CHANNELS_LAST = Configuration(memory_format=torch.channels_last)
CONFIGURATIONS = {
    "pytorch_nchw": Configuration(),
    "pytorch_nchw_keeping": Configuration(),
    "pytorch_channels_last": CHANNELS_LAST,
    "pytorch_channels_last_keeping": CHANNELS_LAST,
    "pytorch_compile": Configuration(compiled=True),
    "cuda_float32": Configuration("cuda"),
    "cuda_tf32": Configuration("cuda", precision="tf32"),
    "cuda_bf16": Configuration("cuda", precision="bfloat16"),
    "cuda_graph": Configuration("cuda", captured=True),
    "cuda_graph_bf16": Configuration("cuda", torch.channels_last, compiled=True, precision="bfloat16", captured=True),
}


class TorchStep:
    """A training step of `model`, which it takes over, on one batch: x (N, 3, H, W) float32, labels (N,) uint8.

    Problem where torch.compile cannot work here, or the GPU has not the rung's precision.
    """

    def __init__(self, rung: str, model: CatDogCNN, x: np.ndarray, labels: np.ndarray, optimizer: str, rate: float):
        configuration = CONFIGURATIONS[rung]
        self._on_cuda = configuration.device == "cuda"
        if not has_precision(configuration.precision, torch.device(configuration.device)):
            raise Problem(f"This GPU is older than Ampere and has no {configuration.precision}.")
        self._rate = torch.tensor(rate, device=configuration.device) if configuration.captured else rate
        allow_tf32(configuration.precision == "tf32")
        if self._on_cuda:
            torch.cuda.reset_peak_memory_stats()
        self._model = model.to(configuration.device, memory_format=configuration.memory_format)
        self._x = torch.from_numpy(x).to(configuration.device, memory_format=configuration.memory_format)
        self._labels = torch.from_numpy(labels).to(configuration.device, torch.float32)
        chosen = make_optimizer(self._model, optimizer, rate, 0.0, 0.0, configuration.captured)
        self._step = TrainingStep(self._model, bce, chosen, configuration.precision)
        if configuration.compiled:
            self._step.compile_for(self._x, self._labels)
        self._take = captured(self._eager).replay if configuration.captured else self._eager

    def step(self) -> None:
        self._take()

    def _eager(self) -> None:
        self._step(self._x, self._labels, self._rate)

    def synchronize(self) -> None:
        if self._on_cuda:
            torch.cuda.synchronize()

    def gradients(self, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Those of the batch at these weights."""
        self._model.from_numpy(weights)
        self._step.backward(self._x, self._labels)
        return self._model.gradients()

    def device_memory(self) -> dict[str, float]:
        return {"peak_device_mib": torch.cuda.max_memory_allocated() / MIB} if self._on_cuda else {}


def start(threads: int) -> None:
    """Before anything else in the process."""
    torch.set_num_threads(threads)
    fastest()


def about() -> dict:
    """threads and blas of PyTorch on the CPU, and the GPU that it finds, or "none"."""
    return cpu_library() | {"gpu": gpu_name(torch.device("cuda" if torch.cuda.is_available() else "cpu"))}


def limits(rung: str) -> dict[str, float]:
    """gemm_gflops of a large product in the rung's precision; on a GPU also copy_gb_per_second (read and written)."""
    configuration = CONFIGURATIONS[rung]
    device = torch.device(configuration.device)
    found = {"gemm_gflops": gemm_gflops(configuration.precision, device)}
    return found | ({"copy_gb_per_second": copy_gb_per_second(device)} if device.type == "cuda" else {})
