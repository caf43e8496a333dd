"""The rungs of the ladder that PyTorch stands on: one training step, on a device, in a layout and a precision."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from scratchnet.problems import Problem
from scratchnet.timing import Arm, best_seconds
from scratchnet.torch_nn.learner import bce, cpu_library, gpu_name, make_optimizer
from scratchnet.torch_nn.model import CatDogCNN

MIB = 2**20
MATRIX = {"cpu": 1024, "cuda": 8192}  # rows and columns of the product that measures the device's limit
COPIED = 2**28  # float32 numbers, of the copy that does


@dataclass(frozen=True)
class Configuration:
    """precision: float32 means float32, "tf32" rounds the factors of every product, "bf16" is autocast to bfloat16."""

    device: str = "cpu"
    memory_format: torch.memory_format = torch.contiguous_format
    compiled: bool = False
    precision: str = "float32"


CHANNELS_LAST = Configuration(memory_format=torch.channels_last)
CONFIGURATIONS = {
    "pytorch_nchw": Configuration(),
    "pytorch_nchw_keeping": Configuration(),
    "pytorch_channels_last": CHANNELS_LAST,
    "pytorch_channels_last_keeping": CHANNELS_LAST,
    "pytorch_compile": Configuration(compiled=True),
    "cuda_float32": Configuration("cuda"),
    "cuda_tf32": Configuration("cuda", precision="tf32"),
    "cuda_bf16": Configuration("cuda", precision="bf16"),
}


class TorchStep:
    """A training step of `model`, which it takes over, on one batch: x (N, 3, H, W) float32, labels (N,) uint8.

    Problem where torch.compile cannot work here.
    """

    def __init__(self, rung: str, model: CatDogCNN, x: np.ndarray, labels: np.ndarray, optimizer: str, rate: float):
        self._configuration = configuration = CONFIGURATIONS[rung]
        self._on_cuda = configuration.device == "cuda"
        _set_precision(configuration.precision)
        if self._on_cuda:
            torch.cuda.reset_peak_memory_stats()
        self._model = model.to(configuration.device, memory_format=configuration.memory_format)
        self._x = torch.from_numpy(x).to(configuration.device, memory_format=configuration.memory_format)
        self._labels = torch.from_numpy(labels).to(configuration.device, torch.float32)
        self._optimizer = make_optimizer(self._model, optimizer, rate, momentum=0.0, weight_decay=0.0)
        self._loss = _compiled(self._backward, self._eager_loss) if configuration.compiled else self._eager_loss

    def step(self) -> None:
        self._backward(self._loss)
        self._optimizer.step()

    def synchronize(self) -> None:
        if self._on_cuda:
            torch.cuda.synchronize()

    def gradients(self, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Those of the batch at these weights."""
        self._model.from_numpy(weights)
        self._backward(self._loss)
        return self._model.gradients()

    def device_memory(self) -> dict[str, float]:
        return {"peak_device_mib": torch.cuda.max_memory_allocated() / MIB} if self._on_cuda else {}

    def _backward(self, loss: Callable[[Tensor, Tensor], Tensor]) -> None:
        self._optimizer.zero_grad()
        loss(self._x, self._labels).backward()

    def _eager_loss(self, x: Tensor, labels: Tensor) -> Tensor:
        with _autocast(self._configuration):
            return bce(self._model(x), labels)


def start(threads: int) -> None:
    """Before anything else in the process."""
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True  # PyTorch may try its algorithms out, while the steps warm up


def about() -> dict:
    """threads and blas of PyTorch on the CPU, and the GPU that it finds, or "none"."""
    return cpu_library() | {"gpu": gpu_name(torch.device("cuda" if torch.cuda.is_available() else "cpu"))}


def limits(rung: str) -> dict[str, float]:
    """gemm_gflops of a large product in the rung's precision; on a GPU also copy_gb_per_second (read and written)."""
    configuration = CONFIGURATIONS[rung]
    device, side = configuration.device, MATRIX[configuration.device]
    _set_precision(configuration.precision)
    dtype = torch.bfloat16 if configuration.precision == "bf16" else torch.float32
    A, B, C = (torch.ones((side, side), dtype=dtype, device=device) for _ in range(3))
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    found = {"gemm_gflops": 2 * side**3 / best_seconds(Arm(lambda: torch.matmul(A, B, out=C), wait)) / 1e9}
    if device == "cuda":
        source, target = (torch.ones(COPIED, dtype=torch.float32, device=device) for _ in range(2))
        found["copy_gb_per_second"] = 2 * source.nbytes / best_seconds(Arm(lambda: target.copy_(source), wait)) / 1e9
    return found


def _set_precision(precision: str) -> None:
    products = "tf32" if precision == "tf32" else "ieee"
    torch.backends.cudnn.conv.fp32_precision = products
    torch.backends.cuda.matmul.fp32_precision = products


def _autocast(configuration: Configuration):
    if configuration.precision == "bf16":
        return torch.autocast(configuration.device, torch.bfloat16)
    return contextlib.nullcontext()


def _compiled(backward: Callable, loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """`loss` compiled, with its gradient: the compiler works when both are asked for the first time."""
    compiled = torch.compile(loss)
    try:
        backward(compiled)
    except RuntimeError as error:  # what torch's compilers raise, a missing C++ compiler among them
        raise Problem(f"torch.compile cannot work here: {str(error).strip().splitlines()[0]}") from error
    return compiled
