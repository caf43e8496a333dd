"""The machine's own limits as NumPy meets them: how fast it multiplies matrices, and how fast it copies."""

import numpy as np
from threadpoolctl import threadpool_limits

from lab.turns import Arm, best_seconds
from scratchnet.numpy_fast.team import Team

MATRIX = 1024  # rows and columns: large enough for full speed, small enough for 20 ms
COPIED = 64 * 2**20  # bytes, from one place to another: more than the caches of a core hold


def limits(threads: int) -> dict[str, float]:
    """gemm_gflops of a float32 product, and copy_gb_per_second (read and written), on so many threads."""
    with threadpool_limits(threads):
        gemm = 2 * MATRIX**3 / best_seconds(Arm(_product()))
    return {"gemm_gflops": gemm / 1e9, "copy_gb_per_second": 2 * COPIED / best_seconds(Arm(_copy(threads))) / 1e9}


def _product():
    A, B = np.random.default_rng(0).standard_normal((2, MATRIX, MATRIX)).astype(np.float32)
    C = np.empty_like(A)
    return lambda: np.matmul(A, B, out=C)


def _copy(threads: int):
    """Each thread copies its part."""
    source, target, team = np.ones(COPIED, dtype=np.uint8), np.zeros(COPIED, dtype=np.uint8), Team(threads)

    def copy_part(member: int) -> None:
        part = team.share(COPIED, member)
        np.copyto(target[part], source[part])

    return lambda: team.run(copy_part)
