"""The optimizers' same arithmetic, to the bit, in place: shared out among threads, a block at a time.

A million weights are 4 MB, and so are their gradients and each of their moments: what an optimizer takes is the time to
move them. Written as a formula on whole arrays, each operation moves them once more; a block stays in the cache from
the first operation to the last.
"""

from collections.abc import Iterator

import numpy as np

from scratchnet.numpy_nn.layers import Arrays
from scratchnet.numpy_nn.optimizers import SGD, Adam, zeros_like
from scratchnet.numpy_nn.team import Team

BLOCK = 1 << 14  # weights; with gradients, moments and two temporaries 384 KB of float32


class FastSGD(SGD):
    """`optimizers.SGD`. Where momentum or weight_decay is 0, what it multiplies is left out."""

    def __init__(self, learning_rate: float, momentum: float = 0.0, weight_decay: float = 0.0, *, team: Team):
        super().__init__(learning_rate, momentum, weight_decay)
        self._team = team

    def step(self, params: Arrays, grads: Arrays) -> None:
        if self._momentum:
            self._v = self._v or zeros_like(params)
        moments = [self._v] if self._momentum else []

        def work(member: int) -> None:
            for w, g, temporary, _, *vs in _blocks(self._team, member, params, grads, *moments):
                g = _with_decay(g, w, self._weight_decay, temporary)
                for v in vs:
                    g = np.add(np.multiply(v, self._momentum, out=v), g, out=v)
                np.subtract(w, np.multiply(g, self.learning_rate, out=temporary), out=w)

        self._team.run(work)


class FastAdam(Adam):
    """`optimizers.Adam`."""

    def __init__(
        self,
        learning_rate: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        team: Team,
    ):
        super().__init__(learning_rate, betas, eps, weight_decay)
        self._team = team

    def step(self, params: Arrays, grads: Arrays) -> None:
        self._m, self._v = self._m or zeros_like(params), self._v or zeros_like(params)
        self._t += 1
        beta1, beta2 = self._betas
        rate = self.learning_rate / (1 - beta1**self._t)

        def work(member: int) -> None:
            for w, g, temporary, other, m, v in _blocks(self._team, member, params, grads, self._m, self._v):
                g = _with_decay(g, w, self._weight_decay, temporary)
                np.subtract(g, m, out=other)
                np.add(m, np.multiply(other, 1 - beta1, out=other), out=m)
                np.subtract(np.multiply(g, g, out=other), v, out=other)
                np.add(v, np.multiply(other, 1 - beta2, out=other), out=v)
                np.sqrt(np.divide(v, 1 - beta2**self._t, out=temporary), out=temporary)
                np.add(temporary, self._eps, out=temporary)
                np.divide(np.multiply(m, rate, out=other), temporary, out=other)
                np.subtract(w, other, out=w)

        self._team.run(work)


def _with_decay(g: np.ndarray, w: np.ndarray, weight_decay: float, temporary: np.ndarray) -> np.ndarray:
    """g + weight_decay · w"""
    return np.add(g, np.multiply(w, weight_decay, out=temporary), out=temporary) if weight_decay else g


def _blocks(team: Team, member: int, params: Arrays, grads: Arrays, *moments: Arrays) -> Iterator[list[np.ndarray]]:
    """A member's share of every parameter, block by block: w, its gradient, two temporaries, its moments."""
    for name, w in params.items():
        flat = [array[name].reshape(-1, copy=False) for array in (params, grads, *moments)]
        part = team.share(w.size, member)
        temporaries = np.empty((2, min(BLOCK, part.stop - part.start)), dtype=w.dtype)
        for start in range(part.start, part.stop, BLOCK):
            w_block, g, *others = (array[start : min(start + BLOCK, part.stop)] for array in flat)
            yield [w_block, g, *temporaries[:, : len(w_block)], *others]
