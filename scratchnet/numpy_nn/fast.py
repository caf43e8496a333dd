"""The convolutional network again, at the speed of the machine.

`FastNetwork` is `networks.cnn` behind the same contract, with the same numbers to rounding. The pictures of a batch are
shared out among the threads of a team for the convolutions (fast_conv.py), and the features for the first linear layer,
so that each thread reads only its part of that layer's weights:

    thread 0:  pictures  0 to 15 ─┐  ┌─ features    0 to 4095 ─┐          ┌─ features ─┐  ┌─ pictures
    thread 1:  pictures 16 to 31 ─┴──┴─ features 4096 to 8191 ─┴─► logits ┴─ features ─┴──┴─ pictures
               convolutions             fc1                        loss      fc1             convolutions

Every array that is larger than a few kilobytes is made once for each batch size and used again in every step.
"""

import numpy as np

from scratchnet.numpy_nn.fast_conv import Chunk, FastConv, Kept, Scratch, rows_inside, stack_rows
from scratchnet.numpy_nn.fast_linear import FastLinear
from scratchnet.numpy_nn.layers import Arrays
from scratchnet.numpy_nn.networks import Network
from scratchnet.numpy_nn.team import Team

# Outputs of the first convolution for the pictures that go through all layers together: few, so that what a thread
# works in is small, but enough for calls so long that the threads seldom wait for each other and Python's lock.
CHUNK_OUTPUTS = 8 * 64 * 64 * 16


class FastNetwork:
    """`networks.cnn`, sharing its parameter arrays: an optimizer that changes these changes both.

    `grads` are arrays that the next `backward` overwrites. Every size of batch that comes along keeps its own memory.
    """

    def __init__(self, network: Network, team: Team):
        self.params, self.team, self.load = network.params, team, network.load
        self.grads: Arrays = {name: np.zeros_like(w) for name, w in self.params.items()}
        names = [name for name in network.layers if name.startswith("conv")]
        filters = len(self.params[f"{names[-1]}.b"])
        self.size = 2 ** len(names) * round((len(self.params["fc1.W"]) / filters) ** 0.5)
        self.convs = [
            FastConv(name, self.params, self.grads, self.size >> place, first=place == 0)
            for place, name in enumerate(names)
        ]
        self._batches: dict[int, _Batch] = {}

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x (N, 3, size, size) -> logits (N, 1)"""
        if x.shape[1:] != (3, self.size, self.size):
            raise ValueError(f"the network wants x of shape (N, 3, {self.size}, {self.size}), got {x.shape}")
        if len(x) not in self._batches:
            self._batches[len(x)] = _Batch(self.params, self.grads, self.convs, self.team, len(x))
        self._batch = self._batches[len(x)]
        return self._batch.forward(x)

    def backward(self, dlogits: np.ndarray) -> None:
        """The chain rule from ∂L/∂logits (N, 1): fills `grads`."""
        self._batch.backward(dlogits)


class _Batch:
    """What N pictures need, and the way through it."""

    def __init__(self, params: Arrays, grads: Arrays, convs: list[FastConv], team: Team, N: int):
        self.params, self.grads, self.team, self.convs = params, grads, team, convs
        self.h, self.dh = np.zeros((2, N, len(params["fc1.W"])), dtype=params["fc1.W"].dtype)
        self.fc1 = FastLinear(params["fc1.W"], grads["fc1.W"], self.h, self.dh, team)
        self.kept = [Kept(conv, N) for conv in self.convs]
        self.parts = [self._part(team.share(N, member)) for member in range(team.size)]

    def _part(self, pictures: slice) -> list["_Group"]:
        """One thread's pictures, a few at a time."""
        outputs = self.convs[0].size ** 2 * self.convs[0].filters
        few = min(max(1, CHUNK_OUTPUTS // outputs), pictures.stop - pictures.start)
        scratch = [Scratch(conv, few) for conv in self.convs]
        starts = range(pictures.start, pictures.stop, max(1, few))
        return [_Group(self, slice(start, min(start + few, pictures.stop)), scratch) for start in starts]

    def forward(self, x: np.ndarray) -> np.ndarray:
        for conv in self.convs:
            conv.pack()
        self.team.run(lambda member: self._forward_part(x, member))
        self.hidden = np.maximum(self.fc1.forward() + self.params["fc1.b"], 0)
        return self.hidden @ self.params["fc2.W"] + self.params["fc2.b"]

    def _forward_part(self, x: np.ndarray, member: int) -> None:
        pictures = self.team.share(len(x), member)
        stack_rows(x[pictures], self.kept[0].strip[pictures])  # of all: these are many short calls
        for group in self.parts[member]:
            group.forward()

    def backward(self, dlogits: np.ndarray) -> None:
        params, grads = self.params, self.grads
        np.matmul(self.hidden.T, dlogits, out=grads["fc2.W"])
        dlogits.sum(axis=0, out=grads["fc2.b"])
        dhidden = (dlogits @ params["fc2.W"].T) * (self.hidden > 0)
        dhidden.sum(axis=0, out=grads["fc1.b"])
        self.fc1.backward(dhidden)
        self.team.run(lambda member: [group.backward() for group in self.parts[member]])
        for conv, kept in zip(self.convs, self.kept, strict=True):
            conv.unpack_grads(kept)


class _Group:
    """A few of a batch's pictures on their way through all convolutions, forward and back, in one thread."""

    def __init__(self, batch: _Batch, at: slice, scratch: list[Scratch]):
        n, convs, last = at.stop - at.start, batch.convs, batch.convs[-1]
        h, dh = scratch[-1].h[:n], scratch[-1].dh_given[:n]
        outputs, doutputs = [], []  # of every block but the last: in the strip of the next one, and in its dx
        for conv, kept, each in zip(convs[1:], batch.kept[1:], scratch[1:], strict=True):
            outputs.append(rows_inside(kept.strip[at], conv.size))
            dx = each.dx[:2, :n].reshape(2, n, conv.size // 2, conv.width, conv.channels)
            doutputs.append(dx[:, :, :, : conv.size])
        self.chunks = [
            Chunk(conv, kept, each, at, output, doutput)
            for conv, kept, each, output, doutput in zip(
                convs, batch.kept, scratch, [*outputs, h[None]], [*doutputs, dh[None]], strict=True
            )
        ]
        # Features are (C, H, W) as in the clear network. NumPy's fastest transpose is a product with the identity.
        self.identity = np.eye(last.filters, dtype=h.dtype)
        pixels = (last.size // 2) ** 2
        self.h, self.dh = (array.reshape(n, pixels, last.filters) for array in (h, dh))
        self.features, self.dfeatures = (
            array[at].reshape(n, last.filters, pixels).swapaxes(1, 2) for array in (batch.h, batch.dh)
        )

    def forward(self) -> None:
        for chunk in self.chunks:
            chunk.forward()
        np.matmul(self.h, self.identity, out=self.features)

    def backward(self) -> None:
        np.matmul(self.dfeatures, self.identity, out=self.dh)
        for chunk in reversed(self.chunks):
            chunk.backward()
