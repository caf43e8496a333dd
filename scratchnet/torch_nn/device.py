"""Where PyTorch computes and in which precision: what a device cannot do, and what to do when its memory is full.

The precision is that of products: matrix products and convolutions. All else stays float32.
- float32: every factor has a significand of 24 bits.
- tf32: an NVIDIA GPU rounds the factors of every product to 11 bits and adds up in float32.
- bfloat16: autocast computes convolutions and linear layers in bfloat16 (8 bits). Weights, gradients and the
  optimizer's moments are float32.
"""

import contextlib
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

from scratchnet.params import TrainCuda
from scratchnet.problems import Problem

AMPERE = (8, 0)  # the first compute capability with TF32 and bfloat16
# What the CPU's allocator says, and CUDA, cuDNN and cuBLAS where it is not PyTorch's own allocator that fails.
NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory", "ALLOC_FAILED")


def choose_device(name: str, local_rank: int = 0) -> torch.device:
    """ "auto": CUDA where there is one, else the CPU. Problem where "cuda" is asked for and there is none.

    local_rank: which of the machine's GPUs, when each process of a run has its own.
    """
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


def repeatable() -> None:
    """For a training: cuDNN takes only algorithms that give the same bits in every run.

    Some of its kernels for dW add up in an order that varies. On the CPU this changes nothing.
    """
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


def fastest() -> None:
    """For a measurement: cuDNN tries its algorithms out for each new shape, and takes the fastest."""
    torch.backends.cudnn.deterministic = False
    torch.backends.cudnn.benchmark = True


def check_and_set_precision(where: TrainCuda, device: torch.device, processes: int = 1) -> None:
    """Set the precision of products for the whole process.

    Problem, and nothing set, where the device cannot do what `where` asks, or so many processes cannot.
    """
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
    on_gpu = device.type == "cuda"
    if on_gpu and where.precision != "float32" and torch.cuda.get_device_capability(device) < AMPERE:
        raise Problem(
            f"{section}.precision is {where.precision}, but {gpu_name(device)} is older than Ampere and has none. "
            "Set it to float32."
        )
    allow_tf32(where.precision == "tf32")


def allow_tf32(allowed: bool) -> None:
    """Whether products of float32 numbers may be TF32, in the whole process. In cuDNN they are, unless told otherwise.

    https://docs.pytorch.org/docs/stable/notes/cuda.html#tensorfloat-32-tf32-on-ampere-and-later-devices tells of two
    ways to say it. This is the older: torch.compile still reads its flags. They cannot be read once one of the newer
    (fp32_precision) was set by itself: https://github.com/pytorch/pytorch/issues/166387
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some versions recommend the new way
        torch.set_float32_matmul_precision("high" if allowed else "highest")
        torch.backends.cudnn.allow_tf32 = allowed


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """What the forward pass runs in: for bfloat16 PyTorch's autocast, else nothing.

    Without the cache of converted weights. Each is used once a step, and a captured graph must convert it in each
    replay.
    """
    if precision == "bfloat16":
        return torch.autocast(device.type, torch.bfloat16, cache_enabled=False)
    return contextlib.nullcontext()


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
