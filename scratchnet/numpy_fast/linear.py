"""y = x W with a million weights, at the speed of the machine: `layers.Linear` without its bias.

Every product is a batch of small ones (conv.py says why) where it can be: over blocks of features, or over pixels. The
threads share these.
"""

import numpy as np

from scratchnet.numpy_fast.conv import SMALL_PRODUCT
from scratchnet.numpy_fast.team import Team

LONGEST, SHORTEST = 256, 64  # features of a block: of shorter ones there are so many that y's parts fill the cache


class FastLinear:
    """y = x W      dW = xᵀ dy      dx = dy Wᵀ

    W, dW (D, M): the network's own arrays; dW is overwritten. D = C · P: the features are P pixels of C channels.
    x (N, D): features as in the clear network, all pixels of a channel before the next.
    dx (N, P, C): pixel by pixel, as the convolutions want it. To read the rows of W in this order costs nothing, and dx
    needs no transpose. All have the dtype of W, float32 or float64.
    """

    def __init__(self, W: np.ndarray, dW: np.ndarray, x: np.ndarray, dx: np.ndarray, team: Team):
        self.team = team
        (D, M), (N, P, C) = W.shape, dx.shape
        block = _divisor(D, max(SHORTEST, min(LONGEST, SMALL_PRODUCT // (N * M))))
        self.x = x.reshape(N, -1, block, copy=False).swapaxes(0, 1)  # (D / block, N, block)
        self.W, self.dW = (array.reshape(-1, block, M, copy=False) for array in (W, dW))
        self.products = np.zeros((D // block, N, M), dtype=W.dtype)
        self.W_at = W.reshape(C, P, M, copy=False).swapaxes(0, 1)  # a pixel: (P, C, M)
        self.dx_at = dx.transpose(1, 2, 0)  # (P, C, N)

    def forward(self) -> np.ndarray:
        """y (N, M). The blocks are added up in an order that does not depend on the team."""

        def work(blocks: slice) -> None:
            np.matmul(self.x[blocks], self.W[blocks], out=self.products[blocks])

        self.team.share_out(self.team.pieces(len(self.W), work))
        return self.products.sum(axis=0)

    def backward(self, dy: np.ndarray) -> None:
        """Fills dx from dy (N, M)."""
        columns = np.ascontiguousarray(dy.T)

        def work(pixels: slice) -> None:
            np.matmul(self.W_at[pixels], columns, out=self.dx_at[pixels])

        self.team.share_out(self.team.pieces(len(self.W_at), work))

    def weight_gradient(self, dy: np.ndarray, blocks: slice) -> None:
        """Fills these of dW's blocks."""
        np.matmul(self.x[blocks].swapaxes(1, 2), dy, out=self.dW[blocks])


def _divisor(number: int, largest: int) -> int:
    """The largest divisor of a number up to a limit."""
    return next(d for d in range(min(number, largest), 0, -1) if number % d == 0)
