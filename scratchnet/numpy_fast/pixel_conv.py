"""Convolutions by themselves, at the speed of the machine: any kernel, any stride, and 3×3 in fewer products.

The numbers are those of `layers.Conv2d` without b. Pixels are (n, H, W, C): the C numbers of a pixel lie side by side.
A convolution reads pictures with their border of zeros, (n, H + 2p, W + 2p, C), and so finds nothing to decide at the
edge. `conv.py` is quicker where a max-pool follows: it cuts the work so that pooling compares whole planes. Here what
follows may be anything.

**By columns** (`ColumnsConv`): im2col, one product. What an output sees is copied into a row of K = kh·kw·C numbers.

**By rows** (`RowsConv`): 3×3, stride 1, an even number of rows. Winograd's sums of rows (winograd.py) need four
products for two rows of outputs, where six are plain. A product is a convolution along the row: an output sees three
pixels, which lie side by side, 3·C numbers. They are copied into a row of a matrix: a third of what im2col copies.
As in winograd.py, m₀ to m₃ are the products, each of half the outputs.

P: outputs of a picture. n, N: pictures. C channels, O filters. Floats have the dtype of the weights.
"""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from scratchnet.numpy_fast import winograd


class ColumnsConv:
    """W (O, C, kh, kw): the network's own array; dW its gradient. size: (H, W) of the pictures without their border.

    kernel (K, O): W as the product wants it.
    """

    def __init__(self, W: np.ndarray, dW: np.ndarray, size: tuple[int, int], stride: int, padding: int):
        self.W, self.dW, self.size, self.stride, self.padding = W, dW, size, stride, padding
        self.filters, self.channels, *self.taps = W.shape
        self.outputs = tuple((s + 2 * padding - k) // stride + 1 for s, k in zip(size, self.taps, strict=True))
        self.kernel = np.zeros((W[0].size, self.filters), dtype=W.dtype)
        self.gradient_shape = self.kernel.shape
        self.numbers = (self.outputs[0] * self.outputs[1], self.kernel.shape[0] + 2 * self.filters)  # of a picture

    def pack(self) -> None:
        self.kernel.reshape(*self.taps, self.channels, -1)[...] = self.W.transpose(2, 3, 1, 0)

    def unpack(self, dkernels: np.ndarray) -> None:
        """dkernels (parts, K, O): what each part of a batch adds to the kernel's gradient. They are overwritten."""
        dkernel = added_up(dkernels).reshape(*self.taps, self.channels, self.filters)
        self.dW.transpose(2, 3, 1, 0)[...] = dkernel

    def work(self, n: int) -> "ColumnsWork":
        """What a thread needs for n pictures at a time."""
        return ColumnsWork(self, n)


class ColumnsWork:
    """columns (n·P, K): what the outputs see, and on the way back its gradient."""

    def __init__(self, conv: ColumnsConv, n: int):
        self.conv = conv
        shape = (n, *conv.outputs, *conv.taps, conv.channels)
        self.columns = np.zeros(shape, dtype=conv.W.dtype)

    def forward(self, x: np.ndarray, y: np.ndarray) -> None:
        """x (n, H + 2p, W + 2p, C) -> y (n, H', W', O), which is filled."""
        np.matmul(self._seen(x), self.conv.kernel, out=_matrix(y, y.shape[-1]))

    def weight_gradient(self, x: np.ndarray, dy: np.ndarray, dkernel: np.ndarray) -> None:
        """dkernel (K, O) is filled. dy (n, H', W', O), without a border."""
        np.matmul(self._seen(x).T, _matrix(dy, dy.shape[-1]), out=dkernel)

    def backward(self, dy: np.ndarray, dx: np.ndarray) -> None:
        """dx (n, H + 2p, W + 2p, C) is filled, its border too."""
        columns = self.columns[: len(dy)]
        np.matmul(_matrix(dy, dy.shape[-1]), self.conv.kernel.T, out=_matrix(columns, len(self.conv.kernel)))
        dx[...] = 0
        height, width = (self.conv.stride * outputs for outputs in self.conv.outputs)
        for i, j in np.ndindex(*self.conv.taps):
            read = dx[:, i : i + height : self.conv.stride, j : j + width : self.conv.stride]
            np.add(read, columns[:, :, :, i, j], out=read)

    def _seen(self, x: np.ndarray) -> np.ndarray:
        """What the outputs see, (n·P, K); the next overwrites it."""
        columns, (picture, row, pixel, number), stride = self.columns[: len(x)], x.strides, self.conv.stride
        strides = (picture, stride * row, stride * pixel, row, pixel, number)
        np.copyto(columns, as_strided(x, columns.shape, strides, writeable=False))
        return _matrix(columns, len(self.conv.kernel))


class RowsConv:
    """W (O, C, 3, 3), stride 1, padding 1; size (H, W), H even.

    kernels (4, 3·C, O): Winograd's sums of W. turned (4, 3·O, C): of W turned by 180°, for dx.
    """

    stride = padding = 1

    def __init__(self, W: np.ndarray, dW: np.ndarray, size: tuple[int, int]):
        self.W, self.dW, self.size, self.outputs = W, dW, size, size
        self.filters, self.channels = W.shape[:2]
        self.kernels = np.zeros((4, 3 * self.channels, self.filters), dtype=W.dtype)
        self.turned = np.zeros((4, 3 * self.filters, self.channels), dtype=W.dtype)
        self.gradient_shape = self.kernels.shape
        self.numbers = (size[0] // 2 * size[1], 3 * max(W.shape[:2]) + 5 * self.filters)

    def pack(self) -> None:
        rows = self.W.transpose(2, 3, 1, 0)  # (row, column, C, O)
        winograd.kernel_sums(rows, self.kernels.reshape(4, *rows.shape[1:]))
        rows = self.W[:, :, ::-1, ::-1].transpose(2, 3, 0, 1)
        winograd.kernel_sums(rows, self.turned.reshape(4, *rows.shape[1:]))

    def unpack(self, dkernels: np.ndarray) -> None:
        """dkernels (parts, 4, 3·C, O): what each part adds to the gradient of `kernels`. They are overwritten."""
        dkernel = winograd.kernel_gradient(added_up(dkernels))
        self.dW.transpose(2, 3, 1, 0)[...] = dkernel.reshape(3, 3, self.channels, self.filters)

    def work(self, n: int) -> "RowsWork":
        """What a thread needs for n pictures at a time."""
        return RowsWork(self, n)


class RowsWork:
    """rows (n, H/2, (W + 2)·C): a sum of rows, or of dy's; sums (n·P/2, 3·C): what the outputs see of it.

    m (4, n·P/2, O): the products. On the way back to dx, C and O change places. dm (n·P/2, O): a sum of dy's rows.
    """

    def __init__(self, conv: RowsConv, n: int):
        self.conv, self.outputs = conv, conv.size[0] // 2 * conv.size[1]
        most, dtype = max(conv.channels, conv.filters), conv.W.dtype
        self.sums, self.m = (np.zeros(n * self.outputs * times * most, dtype=dtype) for times in (3, 4))
        self.rows = np.zeros(n * conv.size[0] // 2 * (conv.size[1] + 2) * most, dtype=dtype)
        self.dm = np.zeros(n * self.outputs * conv.filters, dtype=dtype)

    def forward(self, x: np.ndarray, y: np.ndarray) -> None:
        """x (n, H + 2, W + 2, C) -> y (n, H, W, O), which is filled."""
        self._convolve(x, self.conv.kernels, y)

    def backward(self, dy: np.ndarray, dx: np.ndarray) -> None:
        """dy (n, H + 2, W + 2, O), with a border of zeros. dx (n, H, W, C) is filled."""
        self._convolve(dy, self.conv.turned, dx)

    def weight_gradient(self, x: np.ndarray, dy: np.ndarray, dkernels: np.ndarray) -> None:
        """dkernels (4, 3·C, O) is filled. dy (n, H, W, O)."""
        even, odd = _long(dy[:, ::2]), _long(dy[:, 1::2])
        dm = self.dm[: even.size].reshape(even.shape)
        matrix = dm.reshape(-1, self.conv.filters)
        fill = (
            (np.copyto, (dm, even)),
            (np.add, (even, odd, dm)),
            (np.subtract, (even, odd, dm)),
            (np.copyto, (dm, odd)),
        )
        for sums, dkernel, (call, arguments) in zip(self._summed(x), dkernels, fill, strict=True):
            call(*arguments)
            np.matmul(sums.T, matrix, out=dkernel)

    def _convolve(self, x: np.ndarray, kernels: np.ndarray, y: np.ndarray) -> None:
        even, odd = _long(y[:, ::2]), _long(y[:, 1::2])
        m = self.m[: 4 * even.size].reshape(4, -1, kernels.shape[-1])
        for sums, kernel, product in zip(self._summed(x), kernels, m, strict=True):
            np.matmul(sums, kernel, out=product)
        m0, m1, m2, m3 = (product.reshape(even.shape) for product in m)
        np.add(m0, m1, out=m0)
        np.add(m0, m2, out=even)
        np.subtract(m1, m2, out=m1)
        np.add(m1, m3, out=odd)

    def _summed(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """What the outputs see of each sum of rows, (n·P/2, 3·C); the next overwrites it."""
        n, height, width, channels = x.shape
        every = [_long(x[:, start : start + height - 3 : 2]) for start in range(4)]  # x₀ to x₃
        rows = self.rows[: every[0].size].reshape(every[0].shape)
        three = n, height // 2 - 1, width - 2, 3 * channels  # at every place three pixels side by side
        seen = as_strided(rows, three, (*rows.strides[:2], channels * x.itemsize, x.itemsize), writeable=False)
        sums = self.sums[: seen.size].reshape(three)
        for add, each, other in winograd.row_sums(*every):
            add(each, other, out=rows)
            np.copyto(sums, seen)
            yield sums.reshape(-1, 3 * channels)


def added_up(parts: np.ndarray) -> np.ndarray:
    """The sum over the first axis, into the first of them. NumPy's sum would keep Python's lock."""
    for part in parts[1:]:
        np.add(parts[0], part, out=parts[0])
    return parts[0]


def _matrix(pixels: np.ndarray, columns: int) -> np.ndarray:
    return pixels.reshape(-1, columns, copy=False)


def _long(rows: np.ndarray) -> np.ndarray:
    """(n, H, W, C) as (n, H, W·C): long runs, which NumPy works on faster."""
    return rows.reshape(*rows.shape[:2], -1, copy=False)
