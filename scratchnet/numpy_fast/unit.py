"""A convolution and its batch norm, as the phases of a deep network need them: a few pictures, by any thread.

In the shapes below: N pictures of a batch, n of a part, H × W pixels, C channels. Pixels are (N, H, W, C). All floats
have the dtype of the weights.
"""

import numpy as np

from scratchnet.numpy_fast.norm import FastNorm
from scratchnet.numpy_fast.pixel_conv import ColumnsConv, RowsConv
from scratchnet.numpy_fast.team import cut
from scratchnet.numpy_nn.layers import Arrays

# That a convolution works with for the pictures of a part. A near cache holds less. But the shorter the calls, the
# longer the threads wait for Python's lock: with a third of it a step on two threads takes a fifth longer.
PART_NUMBERS = 1 << 20
FEWEST = 4  # parts


class Unit:
    """size: (H, W) of what it reads, without the border of `conv.padding` zeros.

    conv, norm: the layers' names, by which it finds its arrays.
    """

    def __init__(self, conv: str, norm: str, params: Arrays, grads: Arrays, arrays: Arrays, size, stride: int):
        W, dW = params[f"{conv}.W"], grads[f"{conv}.W"]
        kernel = W.shape[2]
        by_rows = (kernel, stride) == (3, 1) and size[0] % 2 == 0
        self.conv = RowsConv(W, dW, size) if by_rows else ColumnsConv(W, dW, size, stride, (kernel - 1) // 2)
        self.norm = FastNorm(norm, params, grads, arrays, self.conv.outputs[1])
        self.shape = (*self.conv.outputs, self.conv.filters)  # of a picture that it gives

    def parts(self, N: int) -> list[slice]:
        """A batch in parts: they do not depend on how many threads there are, and so no sum does."""
        outputs, numbers = self.conv.numbers
        few = max(1, PART_NUMBERS // (outputs * numbers))
        return cut(N, min(N, max(FEWEST, 2 * -(-N // (2 * few)))))


class UnitBatch:
    """What a unit keeps of N pictures, from the forward pass to the end of the backward pass.

    parts: at each of which a thread works by itself. y (N, H, W, C): what the convolution gives.
    dkernels (parts, ...): each part's own part of dW.
    rooms: of each member of a team, numbers in a row that any unit may overwrite.
    """

    def __init__(self, unit: Unit, N: int, parts: list[slice], rooms: list[np.ndarray]):
        dtype = unit.conv.W.dtype
        self.unit, self.conv, self.norm, self.parts = unit, unit.conv, unit.norm, parts
        self.y = np.zeros((N, *unit.shape), dtype=dtype)
        self.dkernels = np.zeros((len(parts), *self.conv.gradient_shape), dtype=dtype)
        most = max(part.stop - part.start for part in parts)
        self._scratch = [_Scratch(unit, most) for _ in rooms]
        self._rooms = [room[: self.y.size].reshape(self.y.shape) for room in rooms]

    def told(self, parts: list[slice]) -> np.ndarray:
        """(parts, 2, C): room for what each part tells the norm."""
        return np.zeros((len(parts), 2, self.conv.filters), dtype=self.y.dtype)

    def forward(self, x: np.ndarray, at: slice, member: int, told: np.ndarray | None) -> None:
        """x (n, ...): what it reads of the part, with its border. told (2, C): what the norm has to know, or None."""
        y = self.y[at]
        self._scratch[member].work.forward(x, y)
        if told is not None:
            self.norm.measure(y, self._rooms[member][: len(y)], told)

    def learn(self, told: np.ndarray | None) -> None:
        """After all parts have told the norm; None: it infers."""
        if told is None:
            self.norm.infer()
        else:
            self.norm.learn(told, np.array([self.y[part, :, :, 0].size for part in self.parts]))

    def normalised(self, at: slice, member: int) -> np.ndarray:
        """What the norm gives of a part, (n, H, W, C), in the member's room."""
        y = self.y[at]
        room = self._rooms[member][: len(y)]
        self.norm.apply(y, room)
        return room

    def gather(self, dy: np.ndarray, at: slice, member: int, told: np.ndarray) -> None:
        """On the way back: what the norm is to know of ∂L/∂(what it gives), dy (n, H, W, C), of a part."""
        self.norm.gather(self.y[at], dy, self._rooms[member][: len(dy)], told)

    def backward(self, x: np.ndarray, dy: np.ndarray, at: slice, place: int, member: int, needs_dx: bool = True):
        """∂L/∂x (n, H, W, C), or None. dy: as in `gather`; x: as in `forward`. place: of the part."""
        scratch, n = self._scratch[member], len(dy)
        inner = scratch.dy[:n]
        self.norm.backward(self.y[at], dy, self._rooms[member][:n], inner)
        scratch.work.weight_gradient(x, inner, self.dkernels[place])
        if not needs_dx:
            return None
        scratch.work.backward(scratch.dy_bordered[:n], scratch.dx[:n])
        return scratch.dx_inside[:n]


class _Scratch:
    """What one thread needs for n pictures, and may forget when it goes on to the next.

    dy (n, H, W, C): ∂L/∂y; a convolution by rows reads it with a border of zeros, dy_bordered. dx: ∂L/∂x as the
    convolution gives it, by columns with a border; dx_inside (n, H, W, C): without.
    """

    def __init__(self, unit: Unit, n: int):
        conv, dtype = unit.conv, unit.conv.W.dtype
        self.work = conv.work(n)
        by_rows = isinstance(conv, RowsConv)
        self.dy_bordered = bordered(n, unit.shape, int(by_rows), dtype)
        self.dy = inside(self.dy_bordered, int(by_rows))
        border = 0 if by_rows else conv.padding
        self.dx = bordered(n, (*conv.size, conv.channels), border, dtype)
        self.dx_inside = inside(self.dx, border)


def bordered(n: int, shape: tuple[int, int, int], border: int, dtype) -> np.ndarray:
    """Zeros (n, H + 2·border, W + 2·border, C), for pictures of shape (H, W, C)."""
    height, width, channels = shape
    return np.zeros((n, height + 2 * border, width + 2 * border, channels), dtype=dtype)


def inside(pictures: np.ndarray, border: int = 1) -> np.ndarray:
    """Without the border: a view."""
    _, height, width, _ = pictures.shape
    return pictures[:, border : height - border, border : width - border]
