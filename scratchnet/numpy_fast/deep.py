"""The deep network again, at the speed of the machine.

`FastDeepNetwork` is `networks.deep` behind the same contract, with the same numbers to rounding. A batch norm needs
sums over the whole batch before anybody can go on. So a step is a row of phases, one for each convolution, forward and
back. In a phase the threads of a team take a few pictures, a part of the batch, one part after the other:

    forward     the norm and the ReLU of the layers before, then the convolution, then the sums for its own norm
    backward    the norm's way back, then dW and dx, then the ReLU's way back and the sums for the norms before

So whatever a thread computes it uses again while it is in the cache.

In the shapes below: N pictures, n of a part, H × W pixels, C channels. Pixels are (N, H, W, C). What a convolution
reads has a border of zeros. All floats have the dtype of the weights.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import prod

import numpy as np

from scratchnet.numpy_fast.network import FastNetwork
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_fast.unit import Unit, UnitBatch, bordered, inside
from scratchnet.numpy_nn.deep_layers import Residual
from scratchnet.numpy_nn.layers import Arrays
from scratchnet.numpy_nn.networks import Network

Work = Callable[[slice, int, int], object]  # on a part: where it is, which it is, and by which member


class FastDeepNetwork:
    """`networks.deep`, sharing its arrays: an optimizer that changes these changes both.

    size: of the pictures' sides, in pixels. `grads` are arrays that the next `backward` overwrites. Every size of batch
    that comes along keeps its own memory.
    """

    def __init__(self, network: Network, size: int, team: Team):
        self.params, self.arrays, self.load = network.params, network.arrays, network.load
        self.size, self.team = size, team
        self.grads: Arrays = {name: np.zeros_like(w) for name, w in self.params.items()}
        self.stem = self.unit("conv1", "norm1", (size, size), stride=2)
        outputs = self.stem.conv.outputs
        self.residuals, self.names = [], ["conv1"]  # names: of what hands on an a
        for name, layer in network.layers.items():
            if isinstance(layer, Residual):
                self.names.append(name)
                self.residuals.append(Block(name, layer, self, outputs))
                outputs = self.residuals[-1].second.conv.outputs
        self.units = [self.stem, *(unit for block in self.residuals for unit in block.units)]
        self._batches: dict[int, _Batch] = {}

    def unit(self, conv: str, norm: str, size: tuple[int, int], stride: int) -> Unit:
        return Unit(conv, norm, self.params, self.grads, self.arrays, size, stride)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x (N, 3, size, size) of the parameters' dtype -> logits (N, 1), in training"""
        return self._answer(x, training=True)

    def infer(self, x: np.ndarray) -> np.ndarray:
        """The same of the trained network: by the running statistics."""
        return self._answer(x, training=False)

    def backward(self, dlogits: np.ndarray) -> None:
        """The chain rule from ∂L/∂logits (N, 1): fills `grads`."""
        self._batch.backward(dlogits)

    def blocks(self, x: np.ndarray, training: bool = False) -> Arrays:
        """`networks.Network.blocks`, as views of what the next `forward` overwrites."""
        logits = self._answer(x, training)
        return self._batch.outputs() | {"fc": logits}

    def _answer(self, x: np.ndarray, training: bool) -> np.ndarray:
        if x.dtype != (dtype := self.params["fc.W"].dtype):
            raise ValueError(f"the network wants x of dtype {dtype}, got {x.dtype}")
        if x.shape[1:] != (3, self.size, self.size):
            raise ValueError(f"the network wants x of shape (N, 3, {self.size}, {self.size}), got {x.shape}")
        if len(x) not in self._batches:
            self._batches[len(x)] = _Batch(self, len(x))
        self._batch = self._batches[len(x)]
        return self._batch.forward(x, training)


def fast_network(network: Network, size: int, team: Team) -> FastNetwork | FastDeepNetwork:
    """The network at the speed of the machine, sharing its arrays; size: of the pictures' sides, in pixels."""
    is_deep = any(isinstance(layer, Residual) for layer in network.layers.values())
    return (FastDeepNetwork if is_deep else FastNetwork)(network, size, team)


class Block:
    """A residual block: its two units, and a third, `short`, where the shortcut has one."""

    def __init__(self, name: str, layer: Residual, network: FastDeepNetwork, size: tuple[int, int]):
        stride = 2 if layer.shortcut else 1
        self.first = network.unit(f"{name}.conv1", f"{name}.norm1", size, stride)
        self.second = network.unit(f"{name}.conv2", f"{name}.norm2", self.first.conv.outputs, 1)
        names = f"{name}.conv_short", f"{name}.norm_short"
        self.short = network.unit(*names, size, stride) if layer.shortcut else None
        self.units = [self.first, self.second, *([self.short] if self.short else [])]


class _Batch:
    """What N pictures need, and the way through it.

    x: what the stem reads. a: what goes into each block, and out of the last, after the ReLU; middle: what the second
    unit of each block reads. All have a border. da, dmiddle (N, H, W, C): their gradients, through the ReLU.
    means (N, C): what fc reads. sums: the units whose norms give what a ReLU makes an a of.
    """

    def __init__(self, network: FastDeepNetwork, N: int):
        self.network, self.share_out = network, network.team.share_out
        stem, blocks, dtype = network.stem, network.residuals, network.params["fc.W"].dtype
        rooms = [np.zeros(N * max(prod(unit.shape) for unit in network.units), dtype) for _ in range(network.team.size)]

        def batch_of(unit: Unit, along: Unit) -> UnitBatch:
            return UnitBatch(unit, N, along.parts(N), rooms)

        self.stem = batch_of(stem, stem)
        self.first = [batch_of(block.first, block.first) for block in blocks]
        self.second = [batch_of(block.second, block.second) for block in blocks]
        self.short = [block.short and batch_of(block.short, block.first) for block in blocks]
        units = [self.stem, *self.first, *self.second, *filter(None, self.short)]
        self.units = sorted(units, key=lambda each: -each.conv.W.size)  # the longest task first
        pairs = zip(self.second, self.short, strict=True)
        self.sums = [[self.stem], *([second, short] if short else [second] for second, short in pairs)]

        self.x = bordered(N, (*stem.conv.size, 3), stem.conv.padding, dtype)
        shapes = [units[0].unit.shape for units in self.sums]
        self.a, self.da = ([bordered(N, shape, border, dtype) for shape in shapes] for border in (1, 0))
        shapes = [block.first.shape for block in blocks]
        self.middle, self.dmiddle = ([bordered(N, shape, border, dtype) for shape in shapes] for border in (1, 0))
        self.means = np.zeros((N, shapes[-1][-1]), dtype=dtype)

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        self.share_out([lambda _, conv=each.conv: conv.pack() for each in self.units])
        self._convolve([self.stem], self.x, partial(self._take_pictures, x), training)
        for place, (first, second, short) in enumerate(zip(self.first, self.second, self.short, strict=True)):
            units = [first, short] if short else [first]
            self._convolve(units, self.a[place], partial(self._sum, place), training)
            self._convolve([second], self.middle[place], partial(self._normalise, place), training)
        self._phase(self.second[-1].parts, self._pool)
        return self.means @ self.network.params["fc.W"] + self.network.params["fc.b"]

    def backward(self, dlogits: np.ndarray) -> None:
        params, grads = self.network.params, self.network.grads
        np.matmul(self.means.T, dlogits, out=grads["fc.W"])
        dlogits.sum(axis=0, out=grads["fc.b"])
        _, height, width, _ = self.da[-1].shape
        dmeans = (dlogits @ params["fc.W"].T / (height * width))[:, None, None]  # (N, 1, 1, C)
        self._through_relu(self.a[-1], self.da[-1], self.sums[-1], self.second[-1].parts, lambda at, *_: dmeans[at])
        for place in reversed(range(len(self.first))):
            first, second, middle, dmiddle = (
                each[place] for each in (self.first, self.second, self.middle, self.dmiddle)
            )
            self._through_relu(middle, dmiddle, [first], second.parts, partial(self._second_back, place))
            self._through_relu(
                self.a[place], self.da[place], self.sums[place], first.parts, partial(self._first_back, place)
            )
        self._phase(self.stem.parts, self._stem_back)
        self.share_out([lambda _, each=each: each.conv.unpack(each.dkernels) for each in self.units])

    def outputs(self) -> Arrays:
        """What each layer with weights hands on: (N, C, H, W), and of the last the means."""
        names = self.network.names
        found = {name: inside(a).transpose(0, 3, 1, 2) for name, a in zip(names, self.a, strict=True)}
        return found | {names[-1]: self.means}

    def _phase(self, parts: Sequence[slice], work: Work) -> None:
        self.share_out([partial(work, at, place) for place, at in enumerate(parts)])

    def _convolve(self, units: Sequence[UnitBatch], x: np.ndarray, fill: Callable, training: bool) -> None:
        """A phase forward: fill what the units read, x, and convolve. A shortcut reads it without its border."""
        parts = units[0].parts
        told = [each.told(parts) if training else None for each in units]

        def work(at: slice, place: int, member: int) -> None:
            fill(at, member)
            for each, sums in zip(units, told, strict=True):
                each.forward(
                    x[at] if each is units[0] else inside(x[at]), at, member, sums[place] if training else None
                )

        self._phase(parts, work)
        for each, sums in zip(units, told, strict=True):
            each.learn(sums)

    def _through_relu(
        self, a: np.ndarray, da: np.ndarray, units: Sequence[UnitBatch], parts: Sequence[slice], back: Callable
    ) -> None:
        """A phase back: ∂L/∂a, which `back` gives, through the ReLU that gave a; then what the norms before it need."""
        told = [each.told(parts) for each in units]

        def work(at: slice, place: int, member: int) -> None:
            np.multiply(back(at, place, member), inside(a[at]) > 0, out=da[at])
            for each, sums in zip(units, told, strict=True):
                each.gather(da[at], at, member, sums[place])

        self._phase(parts, work)
        for each, sums in zip(units, told, strict=True):
            each.norm.turn_back(sums)

    def _take_pictures(self, x: np.ndarray, at: slice, _: int) -> None:
        np.copyto(inside(self.x[at], self.stem.conv.padding), x[at].transpose(0, 2, 3, 1))

    def _sum(self, place: int, at: slice, member: int) -> None:
        """What goes into a block: the ReLU of the sum of the block before, or of the stem's norm."""
        out = inside(self.a[place][at])
        unit, *short = self.sums[place]
        unit.norm.apply(unit.y[at], out)
        if place:
            np.add(out, short[0].normalised(at, member) if short else inside(self.a[place - 1][at]), out=out)
        np.maximum(out, 0, out=out)

    def _normalise(self, place: int, at: slice, _: int) -> None:
        """What goes into the second unit of a block."""
        out, first = inside(self.middle[place][at]), self.first[place]
        first.norm.apply(first.y[at], out)
        np.maximum(out, 0, out=out)

    def _pool(self, at: slice, _: int, member: int) -> None:
        self._sum(len(self.a) - 1, at, member)
        inside(self.a[-1][at]).mean(axis=(1, 2), out=self.means[at])

    def _second_back(self, place: int, at: slice, part: int, member: int) -> np.ndarray:
        return self.second[place].backward(self.middle[place][at], self.da[place + 1][at], at, part, member)

    def _first_back(self, place: int, at: slice, part: int, member: int) -> np.ndarray:
        """Of both ways through a block."""
        a, da = self.a[place][at], self.da[place + 1][at]
        dx = self.first[place].backward(a, self.dmiddle[place][at], at, part, member)
        if short := self.short[place]:
            da = short.backward(inside(a), da, at, part, member)
        return np.add(dx, da, out=dx)

    def _stem_back(self, at: slice, part: int, member: int) -> None:
        self.stem.backward(self.x[at], self.da[0][at], at, part, member, needs_dx=False)
