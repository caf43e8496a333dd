"""The convolutional network again, at the speed of the machine.

`FastNetwork` is `networks.cnn` behind the same contract, with the same numbers to rounding. A step is cut into tasks,
and the threads of a team take one after the other. A task is a few pictures on their way through the convolutions
(conv.py), or some of the features or pixels for which the first linear layer reads and writes its weights (linear.py).
So each thread reads only a part of the weights:

    thread 0:  pictures  0 to  3, 8 to 11, ... ─┐  ┌─ features ─┐          ┌─ pixels ─┐  ┌─ pictures, then features
    thread 1:  pictures  4 to  7, 12 to 15, ...─┴──┴─ features ─┴─► logits ┴─ pixels ─┴──┴─ pictures, then features
               convolutions                          fc1            loss     fc1: dx       convolutions  fc1: dW

Every array that is larger than a quarter of a megabyte is made once for each batch size and used again in every step.
"""

from functools import partial

import numpy as np

from scratchnet.numpy_fast.conv import Chunk, FastConv, Kept, Scratch
from scratchnet.numpy_fast.linear import FastLinear
from scratchnet.numpy_fast.strips import rows_inside
from scratchnet.numpy_fast.team import Team, cut
from scratchnet.numpy_nn.layers import Arrays
from scratchnet.numpy_nn.networks import Network

# Numbers that the convolutions put out for the pictures that go through all of them together: few, so that
# what a thread works in is small, but enough for calls so long that the threads seldom wait for Python's lock.
GROUP_NUMBERS = 6 * 64 * 64 * 16


class FastNetwork:
    """`networks.cnn`, sharing its parameter arrays: an optimizer that changes these changes both.

    size: of the pictures' sides, in pixels; every pool has to halve it. `grads` are arrays that the next `backward`
    overwrites. Every size of batch that comes along keeps its own memory.
    """

    def __init__(self, network: Network, size: int, team: Team):
        self.params, self.size, self.team, self.load = network.params, size, team, network.load
        self.arrays = self.params
        self.grads: Arrays = {name: np.zeros_like(w) for name, w in self.params.items()}
        names = [name for name in network.layers if name.startswith("conv")]
        self.convs = [
            FastConv(name, self.params, self.grads, size >> place, first=place == 0) for place, name in enumerate(names)
        ]
        self._batches: dict[int, _Batch] = {}

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x (N, 3, size, size) of the parameters' dtype -> logits (N, 1)"""
        if x.dtype != (dtype := self.params["fc1.W"].dtype):
            raise ValueError(f"the network wants x of dtype {dtype}, got {x.dtype}")
        if x.shape[1:] != (3, self.size, self.size):
            raise ValueError(f"the network wants x of shape (N, 3, {self.size}, {self.size}), got {x.shape}")
        if len(x) not in self._batches:
            self._batches[len(x)] = _Batch(self.params, self.grads, self.convs, self.team, len(x))
        self._batch = self._batches[len(x)]
        return self._batch.forward(x)

    infer = forward

    def backward(self, dlogits: np.ndarray) -> None:
        """The chain rule from ∂L/∂logits (N, 1): fills `grads`."""
        self._batch.backward(dlogits)

    def blocks(self, x: np.ndarray, training: bool = False) -> Arrays:  # noqa: ARG002 (both answer alike)
        """`networks.Network.blocks`, as views of what the next `forward` overwrites, the pixels in another order."""
        logits = self.forward(x)
        return self._batch.pooled() | {"fc1": self._batch.hidden, "fc2": logits}


class _Batch:
    """What N pictures need, and the way through it. All arrays have the dtype of the weights.

    h (N, D): the features that fc1 reads, (C, H, W) of the last pool one after the other; dh (N, H · W, C): ∂L/∂h.
    """

    def __init__(self, params: Arrays, grads: Arrays, convs: list[FastConv], team: Team, N: int):
        self.params, self.grads, self.team, self.convs = params, grads, team, convs
        W, last = params["fc1.W"], self.convs[-1]
        self.h = np.zeros((N, len(W)), dtype=W.dtype)
        self.dh = np.zeros((N, (last.size // 2) ** 2, last.filters), dtype=W.dtype)
        self.fc1 = FastLinear(W, grads["fc1.W"], self.h, self.dh, team)
        self.kept = [Kept(conv, N) for conv in self.convs]
        few = max(1, GROUP_NUMBERS // sum(conv.size**2 * conv.filters for conv in self.convs))
        groups = cut(N, min(N, team.size * -(-N // (few * team.size))))  # as many for each member
        most = -(-N // len(groups))
        scratch = [[Scratch(conv, most) for conv in self.convs] for _ in range(team.size)]
        h = np.zeros((team.size, most, last.size // 2, last.size // 2, last.filters), dtype=W.dtype)
        self.groups = [_Group(self, at, scratch, h) for at in groups]

    def forward(self, x: np.ndarray) -> np.ndarray:
        for conv in self.convs:
            conv.pack()
        self.team.share_out([partial(group.forward, x) for group in self.groups])
        self.hidden = np.maximum(self.fc1.forward() + self.params["fc1.b"], 0)
        return self.hidden @ self.params["fc2.W"] + self.params["fc2.b"]

    def backward(self, dlogits: np.ndarray) -> None:
        params, grads = self.params, self.grads
        np.matmul(self.hidden.T, dlogits, out=grads["fc2.W"])
        dlogits.sum(axis=0, out=grads["fc2.b"])
        dhidden = (dlogits @ params["fc2.W"].T) * (self.hidden > 0)
        dhidden.sum(axis=0, out=grads["fc1.b"])
        self.fc1.backward(dhidden)
        # fc1's dW last: its pieces are short, so that the members end at about the same time.
        dW = self.team.pieces(len(self.fc1.W), partial(self.fc1.weight_gradient, dhidden))
        self.team.share_out([group.backward for group in self.groups] + dW)
        for conv, kept in zip(self.convs, self.kept, strict=True):
            conv.unpack_grads(kept)

    def pooled(self) -> Arrays:
        """What each pool has put out: (N, O, ...), in the strip of the next block, or in h."""
        inside = (rows_inside(kept.strip, conv.size) for conv, kept in zip(self.convs[1:], self.kept[1:], strict=True))
        pools = [rows.transpose(1, 4, 0, 2, 3) for rows in inside]  # (e, N, H/2, W, O) -> (N, O, e, H/2, W)
        pools.append(self.h.reshape(len(self.h), self.convs[-1].filters, -1, copy=False))
        return {conv.name: y for conv, y in zip(self.convs, pools, strict=True)}


class _Group:
    """A few of a batch's pictures on their way through all convolutions, forward and back, by any member of the team.

    at: which of the pictures. scratch: of each member, for every convolution.
    h (members, n, H, W, C): of each member, what the last pool puts out.
    """

    def __init__(self, batch: _Batch, at: slice, scratch: list[list[Scratch]], h: np.ndarray):
        self.convs, self.kept, self.at, self.scratch = batch.convs, batch.kept, at, scratch
        n, last = at.stop - at.start, batch.convs[-1]
        self.h = h[:, :n]
        self.dh = batch.dh[at].reshape(n, last.size // 2, -1, last.filters, copy=False)
        # Features are (C, H, W) as in the clear network. NumPy's fastest transpose is a product with the identity.
        self.identity = np.eye(last.filters, dtype=batch.h.dtype)
        self.features = batch.h[at].reshape(n, last.filters, -1, copy=False).swapaxes(1, 2)
        self._chunks: dict[int, list[Chunk]] = {}

    def forward(self, x: np.ndarray, member: int) -> None:
        self.convs[0].stack_rows(x[self.at], self.kept[0].strip[self.at])
        for chunk in self.chunks(member):
            chunk.forward()
        h = self.h[member]
        np.matmul(h.reshape(len(h), -1, h.shape[-1], copy=False), self.identity, out=self.features)

    def backward(self, member: int) -> None:
        for chunk in reversed(self.chunks(member)):
            chunk.backward()

    def chunks(self, member: int) -> list[Chunk]:
        """The way through every convolution in the member's scratch; its views are made when it first comes along."""
        if member not in self._chunks:
            self._chunks[member] = self._make_chunks(self.scratch[member], self.h[member])
        return self._chunks[member]

    def _make_chunks(self, scratch: list[Scratch], h: np.ndarray) -> list[Chunk]:
        n = len(self.dh)
        outputs, doutputs = [], []  # of every block but the last: in the strip of the next one, and in its dx
        for conv, kept, each in zip(self.convs[1:], self.kept[1:], scratch[1:], strict=True):
            outputs.append(rows_inside(kept.strip[self.at], conv.size))
            dx = each.dx[::3, :n].reshape(2, n, conv.size // 2, conv.width, conv.channels, copy=False)
            doutputs.append(dx[:, :, :, : conv.size])
        ends = zip([*outputs, h[None]], [*doutputs, self.dh[None]], strict=True)
        return [
            Chunk(conv, kept, each, self.at, *end)
            for conv, kept, each, end in zip(self.convs, self.kept, scratch, ends, strict=True)
        ]
