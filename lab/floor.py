"""What the device itself can do: the floor under every step."""

import torch

from lab.turns import Arm, best_seconds
from scratchnet.torch_nn.device import allow_tf32, synchronize

SIDE = {"cpu": 1024, "cuda": 8192}  # of the matrices that are multiplied
COPIED = {"cpu": 2**22, "cuda": 2**28}  # float32 numbers
LAUNCHES = 1000


def floor(device: torch.device) -> dict[str, float]:
    """gemm_gflops of a product in each precision, copy_gb_per_second, and launch_us of a kernel.

    launch_us is what it takes the host to ask for one: of many tiny kernels, which the device ends sooner.
    """
    precisions = ("float32", "tf32", "bfloat16") if device.type == "cuda" else ("float32", "bfloat16")
    found = {f"{precision}_gemm_gflops": gemm_gflops(precision, device) for precision in precisions}
    allow_tf32(False)
    tiny = torch.zeros(1, device=device)

    def launch() -> None:
        for _ in range(LAUNCHES):
            tiny.add_(1)

    found["copy_gb_per_second"] = copy_gb_per_second(device)
    return found | {"launch_us": 1e6 * _best(launch, device) / LAUNCHES}


def gemm_gflops(precision: str, device: torch.device) -> float:
    """Of a large square product. Of random numbers: a GPU multiplies zeros and ones with less power, and so faster."""
    allow_tf32(precision == "tf32")
    side, dtype = SIDE[device.type], torch.bfloat16 if precision == "bfloat16" else torch.float32
    generator = torch.Generator(device).manual_seed(1)
    A, B, C = (torch.randn((side, side), generator=generator, device=device).to(dtype) for _ in range(3))
    return 2 * side**3 / _best(lambda: torch.matmul(A, B, out=C), device) / 1e9


def copy_gb_per_second(device: torch.device) -> float:
    """Read and written, of a large copy."""
    source, target = (torch.ones(COPIED[device.type], dtype=torch.float32, device=device) for _ in range(2))
    return 2 * source.nbytes / _best(lambda: target.copy_(source), device) / 1e9


def _best(step, device: torch.device) -> float:
    return best_seconds(Arm(step, lambda: synchronize(device)))
