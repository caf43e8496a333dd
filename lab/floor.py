"""What the machine itself can do: multiply matrices, copy memory, launch kernels. No training step can do it faster.

Measured with NumPy and with PyTorch. torch is imported where it is used: what measures NumPy never loads it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from lab.turns import Arm, best_seconds
from scratchnet.numpy_fast.team import Team

if TYPE_CHECKING:
    import torch

# By device: large enough for its full speed, and on the CPU small enough for some tens of milliseconds.
SIDE = {"cpu": 1024, "cuda": 8192}  # rows and columns of the matrices that are multiplied
COPIED = {"cpu": 64 * 2**20, "cuda": 2**30}  # bytes, from one place to another: more than caches hold
LAUNCHES = 1000


def numpy_floor(threads: int) -> dict[str, float]:
    """gemm_gflops of a float32 product by NumPy, and copy_gb_per_second (read and written), on so many threads."""
    A, B = np.random.default_rng(0).standard_normal((2, SIDE["cpu"], SIDE["cpu"])).astype(np.float32)
    C = np.empty_like(A)
    source, target = np.ones(COPIED["cpu"], dtype=np.uint8), np.zeros(COPIED["cpu"], dtype=np.uint8)
    team = Team(threads)

    def copy_part(member: int) -> None:
        part = team.share(len(source), member)
        np.copyto(target[part], source[part])

    with threadpool_limits(threads):
        gemm_gflops = _gflops(Arm(lambda: np.matmul(A, B, out=C)), len(A))
    return {"gemm_gflops": gemm_gflops, "copy_gb_per_second": _gb_per_second(Arm(lambda: team.run(copy_part)), source)}


def torch_floor(device: "torch.device") -> dict[str, float]:
    """gemm_gflops of a product in each precision, copy_gb_per_second, and launch_us, by PyTorch.

    launch_us: microseconds that the host takes to start a kernel. Of many kernels on one number, each of which the
    device ends before the next is started.
    """
    import torch

    precisions = ("float32", "tf32", "bfloat16") if device.type == "cuda" else ("float32", "bfloat16")
    found = {f"{precision}_gemm_gflops": torch_gemm_gflops(precision, device) for precision in precisions}
    tiny = torch.zeros(1, device=device)

    def launch() -> None:
        for _ in range(LAUNCHES):
            tiny.add_(1)

    found["copy_gb_per_second"] = torch_copy_gb_per_second(device)
    return found | {"launch_us": 1e6 * best_seconds(_arm(launch, device)) / LAUNCHES}


def torch_gemm_gflops(precision: str, device: "torch.device") -> float:
    """Of a large square product: float32 | tf32 | bfloat16.

    Of random numbers, for a GPU multiplies zeros and ones with less power, and so faster.
    """
    import torch

    from scratchnet.torch_nn.device import allow_tf32

    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    generator = torch.Generator(device).manual_seed(1)
    shape = (SIDE[device.type], SIDE[device.type])
    A, B, C = (torch.randn(shape, generator=generator, device=device).to(dtype) for _ in range(3))
    before = torch.backends.cuda.matmul.allow_tf32
    allow_tf32(precision == "tf32")
    try:
        return _gflops(_arm(lambda: torch.matmul(A, B, out=C), device), len(A))
    finally:
        allow_tf32(before)


def torch_copy_gb_per_second(device: "torch.device") -> float:
    """Read and written, of a large copy within the device."""
    import torch

    source, target = (torch.ones(COPIED[device.type], dtype=torch.uint8, device=device) for _ in range(2))
    return _gb_per_second(_arm(lambda: target.copy_(source), device), source)


def _arm(step: Callable[[], object], device: "torch.device") -> Arm:
    from scratchnet.torch_nn.device import synchronize

    return Arm(step, lambda: synchronize(device))


def _gflops(product: Arm, side: int) -> float:
    return 2 * side**3 / best_seconds(product) / 1e9


def _gb_per_second(copy: Arm, source) -> float:
    """source: an array or a tensor of bytes, which is read once and written once."""
    return 2 * len(source) / best_seconds(copy) / 1e9
