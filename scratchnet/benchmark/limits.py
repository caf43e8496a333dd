"""The machine's own limits as NumPy meets them: how fast it multiplies matrices, and how fast it copies."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from scratchnet.timing import Arm

MATRIX = 1024  # rows and columns: large enough for full speed, small enough for 20 ms
COPIED = 64 * 2**20  # bytes, from one place to another: more than the caches of a core hold
TRIES = 7  # a limit is the best of them


def limits(threads: int) -> dict[str, float]:
    """gemm_gflops of a float32 product, and copy_gb_per_second (read and written), on so many threads."""
    with threadpool_limits(threads):
        gemm = 2 * MATRIX**3 / _best(_product())
    return {"gemm_gflops": gemm / 1e9, "copy_gb_per_second": 2 * COPIED / _best_copy(threads) / 1e9}


def _product():
    A, B = np.random.default_rng(0).standard_normal((2, MATRIX, MATRIX)).astype(np.float32)
    C = np.empty_like(A)
    return lambda: np.matmul(A, B, out=C)


def _best_copy(threads: int) -> float:
    """Each thread copies its part; NumPy lets go of the interpreter meanwhile."""
    source, target = np.ones(COPIED, dtype=np.uint8), np.zeros(COPIED, dtype=np.uint8)
    pairs = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    with ThreadPoolExecutor(threads) as pool:
        return _best(lambda: list(pool.map(np.copyto, *zip(*pairs, strict=True))))


def _best(step) -> float:
    return float(Arm(step).turn(TRIES, warm_up=1).min())
