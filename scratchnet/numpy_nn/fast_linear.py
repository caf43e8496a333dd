"""y = x W with a million weights, at the speed of the machine: `layers.Linear` without its bias.

Every product is a batch of small ones (see fast_conv.py) where it can be, over blocks of features; the threads share
the blocks.
"""

import numpy as np

from scratchnet.numpy_nn.fast_conv import SMALL_PRODUCT
from scratchnet.numpy_nn.team import Team

LONGEST, SHORTEST = 256, 64  # features of a block; of more memory than it saves time, where it would be shorter
# dx = dy Wᵀ reads W across its rows, which OpenBLAS's small products do well for only so few of them. Its kernels for
# processors without AVX-512 have no small products: what they copy of dy for each block is the less, the longer it is.
AVX512 = {"X86_V4", "AVX512_SKX"} & set(np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))
DX_BLOCK = 16 if AVX512 else 64


class FastLinear:
    """y = x W      dW = xᵀ dy      dx = dy Wᵀ

    W, dW (D, M), x, dx (N, D): where these numbers always are; dW and dx are overwritten.
    """

    def __init__(self, W: np.ndarray, dW: np.ndarray, x: np.ndarray, dx: np.ndarray, team: Team):
        self.team = team
        (D, M), N = W.shape, len(x)
        block = _divisor(D, max(SHORTEST, min(LONGEST, SMALL_PRODUCT // (N * M))))
        dx_block = _divisor(D, DX_BLOCK)
        self.x = x.reshape(N, -1, block).swapaxes(0, 1)  # (D / block, N, block)
        self.W, self.dW = (array.reshape(-1, block, M, copy=False) for array in (W, dW))
        self.W_narrow = W.reshape(-1, dx_block, M, copy=False)
        self.dx = dx.reshape(N, -1, dx_block).swapaxes(0, 1)
        self.products = np.zeros((D // block, N, M), dtype=W.dtype)

    def forward(self) -> np.ndarray:
        """y (N, M). The blocks are added up in an order that does not depend on the team."""

        def work(member: int) -> None:
            blocks = self.team.share(len(self.W), member)
            np.matmul(self.x[blocks], self.W[blocks], out=self.products[blocks])

        self.team.run(work)
        return self.products.sum(axis=0)

    def backward(self, dy: np.ndarray) -> None:
        """Fills dW and dx from dy (N, M)."""

        def work(member: int) -> None:
            blocks, dx_blocks = self.team.share(len(self.W), member), self.team.share(len(self.W_narrow), member)
            np.matmul(self.x[blocks].swapaxes(1, 2), dy, out=self.dW[blocks])
            np.matmul(dy, self.W_narrow[dx_blocks].swapaxes(1, 2), out=self.dx[dx_blocks])

        self.team.run(work)


def _divisor(number: int, largest: int) -> int:
    """The largest divisor of a number up to a limit."""
    return next(d for d in range(min(number, largest), 0, -1) if number % d == 0)
