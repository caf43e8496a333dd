"""Where PyTorch computes: which device, what it cannot do, and what to do when its memory is full."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from scratchnet.params import TrainCuda
from scratchnet.problems import Problem
from scratchnet.torch_nn.precision import set_products

AMPERE = (8, 0)  # the first compute capability with TF32 and bfloat16
# What the CPU's allocator says, and CUDA, cuDNN and cuBLAS where it is not PyTorch's own allocator that fails.
NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory", "ALLOC_FAILED")


def choose_device(name: str, local_rank: int = 0) -> torch.device:
    """ "auto": CUDA where there is one, else the CPU. Problem where "cuda" is asked for and there is none.

    local_rank: which of the machine's GPUs, when each process of a run has its own.
    """
    torch.backends.cudnn.deterministic = True  # some of its kernels for dW add up in an order that varies
    if name == "cuda" and not torch.cuda.is_available():
        raise Problem(
            f"train_cuda_cnn.device is cuda, but PyTorch {torch.__version__} finds no CUDA device here. "
            "Set it to auto or cpu, or run on a machine with an NVIDIA GPU and its driver."
        )
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    if local_rank >= torch.cuda.device_count():
        raise Problem(
            f"There are more processes than the {torch.cuda.device_count()} GPUs of this machine: "
            "start as many with --nproc-per-node."
        )
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)


def prepare(where: TrainCuda, device: torch.device, processes: int = 1) -> None:
    """Set the precision for the whole process. Problem where the device cannot do what is asked of it."""
    section = "train_cuda_cnn"
    if "graph" in where.compile and device.type != "cuda":
        raise Problem(
            f"{section}.compile is {where.compile}, but training runs on the CPU, and only CUDA has graphs. "
            "Set it to none or inductor, or run on a machine with an NVIDIA GPU."
        )
    if where.compile != "none" and processes > 1:
        raise Problem(
            f"{section}.compile is {where.compile}, but with {processes} processes the gradients meet between the "
            "backward pass and the update, which is neither compiled nor captured here. Set it to none."
        )
    if where.precision == "tf32" and device.type != "cuda":
        raise Problem(
            f"{section}.precision is tf32, but training runs on the CPU, and only NVIDIA's GPUs have TF32. "
            "Set it to float32 or bfloat16."
        )
    if not has_precision(where.precision, device):
        raise Problem(
            f"{section}.precision is {where.precision}, but {gpu_name(device)} is older than Ampere and has none. "
            "Set it to float32."
        )
    set_products(where.precision)


def has_precision(precision: str, device: torch.device) -> bool:
    """Whether the device computes in it, or would compute in float32 in its name: a GPU older than Ampere."""
    return precision == "float32" or device.type != "cuda" or torch.cuda.get_device_capability(device) >= AMPERE


def start_afresh() -> None:
    """For a process that measures many variants: nothing compiled before counts, and cuDNN may try its algorithms out.

    torch.compile compiles the same code only so many times in a process, and every variant is one of them. A step and
    what was compiled from it know each other: their memory comes back when cycles are collected, and a capture no
    longer collects them (torch.compiler.config.force_cudagraph_gc).
    """
    torch.compiler.reset()
    gc.collect()
    torch.backends.cudnn.deterministic = False
    torch.backends.cudnn.benchmark = True


@contextmanager
def told_when_memory_is_full(batch_size: int) -> Iterator[None]:
    """Problem in place of the allocator's error, whose message differs between devices."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:  # torch.OutOfMemoryError is a RuntimeError
        if not (
            isinstance(error, torch.OutOfMemoryError | MemoryError) or any(word in str(error) for word in NO_MEMORY)
        ):
            raise
        raise Problem(
            f"The device's memory is full: {str(error).strip().splitlines()[0]} The batch has {batch_size:,} pictures; "
            f"try a smaller one, such as train_numpy_cnn.batch_size={max(1, batch_size // 2)}, or, where the pictures "
            "themselves are too many for the device, train_cuda_cnn.input=mapped."
        ) from error


def synchronize(device: torch.device) -> None:
    """Wait until the device has done all that was asked of it; the first time, CUDA starts up."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def cpu_library() -> dict:
    """The threads and the library of matrix products that PyTorch uses on the CPU: not those of NumPy."""
    return {"threads": torch.get_num_threads(), "blas": "MKL" if torch.backends.mkl.is_available() else "unknown"}


def gpu_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "none"
