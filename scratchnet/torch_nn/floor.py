"""What the device itself can do: the floor under every step."""

import torch

from scratchnet.timing import Arm
from scratchnet.torch_nn.precision import set_products

SIDE = {"cpu": 512, "cuda": 8192}  # of the matrices that are multiplied
COPIED = {"cpu": 2**22, "cuda": 2**28}  # float32 numbers
LAUNCHES = 1000
TRIES = 7  # the best counts


def floor(device: torch.device) -> dict[str, float]:
    """gemm_gflops of a square product in each precision, copy_gb_per_second (read and written), launch_us of a kernel.

    launch_us is what it takes the host to ask for one: of many tiny kernels, which the device ends sooner.
    """
    side, found = SIDE[device.type], {}
    for precision in ("float32", "tf32", "bfloat16") if device.type == "cuda" else ("float32", "bfloat16"):
        set_products(precision)
        dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        A, B, C = (torch.ones((side, side), dtype=dtype, device=device) for _ in range(3))
        seconds = _best(lambda A=A, B=B, C=C: torch.matmul(A, B, out=C), device)
        found[f"{precision}_gemm_gflops"] = 2 * side**3 / seconds / 1e9
    set_products("float32")
    source, target = (torch.ones(COPIED[device.type], dtype=torch.float32, device=device) for _ in range(2))
    found["copy_gb_per_second"] = 2 * source.nbytes / _best(lambda: target.copy_(source), device) / 1e9
    tiny = torch.zeros(1, device=device)

    def launch() -> None:
        for _ in range(LAUNCHES):
            tiny.add_(1)

    return found | {"launch_us": 1e6 * _best(launch, device) / LAUNCHES}


def _best(step, device: torch.device) -> float:
    wait = torch.cuda.synchronize if device.type == "cuda" else (lambda: None)
    return float(Arm(step, wait).turn(TRIES, warm_up=2).min())
