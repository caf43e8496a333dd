"""The optimizers' same arithmetic, to the bit, in place: shared out among threads, a block at a time.

A million weights are 4 MB, and so are their gradients and each of their moments: what an optimizer takes is the time to
move them. Written as a formula on whole arrays, each operation moves them once more, to new memory; a block stays in
the cache from the first operation to the last.
"""

from collections.abc import Callable, Iterator

import numpy as np

from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.layers import Arrays
from scratchnet.numpy_nn.optimizers import SGD, Adam, Muon, zeros_like

BLOCK = 1 << 18  # weights. Shorter calls fit a closer cache, but the threads then wait for each other and Python's lock


class FastSGD(SGD):
    """`optimizers.SGD`. Where momentum or weight_decay is 0, what it multiplies is left out."""

    def __init__(self, *settings, team: Team, **more):
        super().__init__(*settings, **more)
        self._shares = _Shares(team)

    def step(self, params: Arrays, grads: Arrays) -> None:
        if self._momentum:
            self._v = self._v or zeros_like(params)
        moments = [self._v] if self._momentum else []

        def work(blocks: Iterator[list[np.ndarray]]) -> None:
            for w, g, temporary, _, *vs in blocks:
                g = _with_decay(g, w, self._weight_decay, temporary)
                for v in vs:
                    g = np.add(np.multiply(v, self._momentum, out=v), g, out=v)
                np.subtract(w, np.multiply(g, self.learning_rate, out=temporary), out=w)

        self._shares.run(work, params, grads, *moments)


class FastAdam(Adam):
    """`optimizers.Adam`."""

    def __init__(self, *settings, team: Team, **more):
        super().__init__(*settings, **more)
        self._shares = _Shares(team)

    def step(self, params: Arrays, grads: Arrays) -> None:
        self._m, self._v = self._m or zeros_like(params), self._v or zeros_like(params)
        self._t += 1
        beta1, beta2 = self._betas
        rate = self.learning_rate / (1 - beta1**self._t)

        def work(blocks: Iterator[list[np.ndarray]]) -> None:
            for w, g, temporary, other, m, v in blocks:
                g = _with_decay(g, w, self._weight_decay, temporary)
                np.subtract(g, m, out=other)
                np.add(m, np.multiply(other, 1 - beta1, out=other), out=m)
                np.subtract(np.multiply(g, g, out=other), v, out=other)
                np.add(v, np.multiply(other, 1 - beta2, out=other), out=v)
                np.sqrt(np.divide(v, 1 - beta2**self._t, out=temporary), out=temporary)
                np.add(temporary, self._eps, out=temporary)
                np.divide(np.multiply(m, rate, out=other), temporary, out=other)
                np.subtract(w, other, out=w)

        self._shares.run(work, params, grads, self._m, self._v)


class FastMuon(Muon):
    """`optimizers.Muon`: nearly all of it is products of matrices, so a thread takes a parameter as it is."""

    def __init__(self, *settings, team: Team, **more):
        super().__init__(*settings, **more)
        self._team = team

    def step(self, params: Arrays, grads: Arrays) -> None:
        self._v = self._v or zeros_like(params)
        longest_first = sorted(params, key=lambda name: -params[name].size)
        self._team.share_out(
            [lambda _, name=name: self._move(params[name], grads[name], self._v[name]) for name in longest_first]
        )


FAST_OPTIMIZERS = {"sgd": FastSGD, "adam": FastAdam, "muon": FastMuon}


def _with_decay(g: np.ndarray, w: np.ndarray, weight_decay: float, temporary: np.ndarray) -> np.ndarray:
    """g + weight_decay · w"""
    return np.add(g, np.multiply(w, weight_decay, out=temporary), out=temporary) if weight_decay else g


class _Shares:
    """Every thread its share of every parameter, block by block."""

    def __init__(self, team: Team):
        self._team = team
        self._temporaries: dict[np.dtype, np.ndarray] = {}

    def run(self, work: Callable[[Iterator[list[np.ndarray]]], None], params: Arrays, *others: Arrays) -> None:
        """In each thread `work(blocks)`; a block is w, its gradient, two temporaries and its moments, as 1-D views."""
        for w in params.values():
            if w.dtype not in self._temporaries:
                self._temporaries[w.dtype] = np.zeros((self._team.size, 2, BLOCK), dtype=w.dtype)
        self._team.run(lambda member: work(self._blocks(member, params, *others)))

    def _blocks(self, member: int, params: Arrays, grads: Arrays, *moments: Arrays) -> Iterator[list[np.ndarray]]:
        for name, w in params.items():
            flat = [array[name].reshape(-1, copy=False) for array in (params, grads, *moments)]
            part = self._team.share(w.size, member)
            for start in range(part.start, part.stop, BLOCK):
                w_block, g, *others = (array[start : min(start + BLOCK, part.stop)] for array in flat)
                yield [w_block, g, *self._temporaries[w.dtype][member, :, : len(g)], *others]
