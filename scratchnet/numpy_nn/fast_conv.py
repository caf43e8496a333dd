"""Convolution 3×3, max-pool 2×2 and ReLU as one block, at the speed of the machine.

The numbers are those of `layers.Conv2d`, `ReLU` and `MaxPool2d`. What makes them fast, with what each idea brought in
docs/speed.md:

**A convolution without im2col.** A picture lies in memory as a *strip*: pixel after pixel, row after row, all channels
of a pixel side by side, with a border of zeros. Three neighbours in a row are then 3·C numbers in a row, so the strip
already *is* the matrix that im2col would build, read with rows that overlap:

    strip        ccc ccc ccc ccc ccc ccc ccc ccc ...      c: one number, ccc: one pixel of 3 channels
    output 0     └─────────┘
    output 1         └─────────┘
    output 4                     └─────────┘

BLAS refuses a matrix whose rows overlap, but those of every fourth output do not: outputs 0, 4, 8, ... are a matrix
whose rows begin 4·C numbers apart; outputs 1, 5, 9, ... are another. Four products, and nothing is copied. A kernel has
three rows i, each with such products of its own on the strip i rows further down: Y = Σᵢ Xᵢ Wᵢ, with Xᵢ (pixels, 3·C)
and Wᵢ (3·C, O). The border makes each row of outputs two too long; these are computed for nothing.

**Planes.** Outputs 0 and 2 of every four stand in even columns, 1 and 3 in odd ones; and a strip holds the even rows of
its picture before the odd ones. So the products write even and odd rows and columns into four planes, the four pixels
of all pooling windows are four runs of memory, and pooling is three calls of np.maximum:

    a b      a: even row, even column      b: even row, odd column
    c d      c: odd row, even column       d: odd row, odd column

Bias and ReLU come after the pool, on a quarter of the numbers: max(y) + b = max(y + b), and ReLU keeps the order too.

**Who won, in bytes.** The forward pass keeps four booleans a window, one of them true: which of a, b, c, d won. Of
equals the first wins, as in PyTorch. The backward pass is four products of dh with them.

**Small products.** OpenBLAS first copies the operands of a product into an order that it likes, except where the
product has at most 10⁶ multiplications (`SMALL_MATRIX_OPT` in its interface/gemm.c; Zen 4 and Skylake-X have such
kernels). With so few columns the copying takes as long as the multiplying, so all products here stay small.

**A few pictures at a time** go through everything before the next begin: what a thread works in stays small.
"""

import numpy as np

from scratchnet.numpy_nn import winograd
from scratchnet.numpy_nn.layers import Arrays
from scratchnet.numpy_nn.strips import (
    overlapping_rows,
    quarters,
    quarters_of_planes,
    rows_inside,
    stacked_sources,
    together,
    whole_pixels,
)

SMALL_PRODUCT = 10**6  # multiplications
FEWEST_ROWS = 128  # of a part of a product; in a wide network, where even these are too many, large ones are faster


class FastConv:
    """One block: its parameters, and how the products want to have them.

    name.W (O, C, 3, 3), name.b (O,): the network's own arrays; the pictures are size × size, and size is even.
    first: the first layer has no dx, and with 3 channels products of three pixels would be too thin. Its strip holds
    the three pixels above each other side by side, 3·C numbers in place of C, and one kernel row does for three.
    """

    def __init__(self, name: str, params: Arrays, grads: Arrays, size: int, first: bool):
        (W, self.b), (self.dW, self.db) = ([arrays[f"{name}.{key}"] for key in "Wb"] for arrays in (params, grads))
        self.W, self.size, self.first = W, size, first
        self.filters, self.channels = W.shape[:2]
        self.width = size + 2
        self.pixels = size // 2 * self.width  # of the even rows of the output, or the odd, with two a row for nothing
        self.rows, self.depth = (1, 3 * self.channels) if first else (3, self.channels)
        self.kernel = np.zeros((self.rows, 3 * self.depth, self.filters), dtype=W.dtype)  # (I, K, O)
        if first:
            self.sources = stacked_sources(self.channels, size)
        else:
            self.turned = np.zeros((4, 3 * self.filters, self.channels), dtype=W.dtype)  # for dx, in Winograd's sums
        # NumPy is twice as fast with a row of zeros as with the number 0.
        self.bias_row, self.zero_row = np.zeros((2, self.width // 2, self.filters), dtype=W.dtype)
        self.parts = _parts(self.pixels // 4, self.kernel[0].size)

    def pack(self) -> None:
        """Lay the weights as the products want them; for dx, a convolution too, with the kernel turned by 180°."""
        self._by_place(self.kernel)[...] = self._as_kernel(self.W)
        if not self.first:
            turned = self.W[:, :, ::-1, ::-1].transpose(2, 3, 0, 1)
            winograd.kernel_sums(turned, self.turned.reshape(4, *turned.shape[1:]))
        self.bias_row[...] = self.b

    def unpack_grads(self, kept: "Kept") -> None:
        """The pictures' gradients added up, in an order that does not depend on who computed them."""
        dproducts = kept.dproducts.sum(axis=1)
        dkernel = dproducts.sum(axis=0) if self.first else winograd.kernel_gradient(dproducts)
        self._as_kernel(self.dW)[...] = self._by_place(dkernel)
        kept.db.sum(axis=(0, 1), out=self.db)

    def rows_seen(self, strip: np.ndarray, i: int) -> np.ndarray:
        """Of a strip (n, 2, ·, depth), what the kernel's row i sees for the output's even rows and for its odd ones."""
        even, odd = ((row % 2, row // 2 * self.width) for row in (i, i + 1))
        return together(*(overlapping_rows(strip[:, e, start:], self.pixels, self.parts) for e, start in (even, odd)))

    def stack_rows(self, x: np.ndarray, strip: np.ndarray) -> None:
        """Pictures x (n, C, H, W) into the first layer's strip: each pixel with the ones above and below it.

        One call and the border; by rows and channels it would be 18 short ones, which wait for Python's lock.
        """
        n, half = len(x), self.size // 2
        numbers = strip.reshape(n, -1, copy=False)
        np.take(x.reshape(n, -1), self.sources, axis=1, out=numbers, mode="clip")  # "raise" would fill a copy first
        rows = strip[:, :, : self.pixels].reshape(n, 2, half, self.width, 3, -1, copy=False)
        rows[:, :, :, :: self.size + 1] = 0
        rows[:, 0, 0, :, 0] = 0
        rows[:, 1, -1, :, 2] = 0

    def _as_kernel(self, W: np.ndarray) -> np.ndarray:
        """W in the order of `kernel`, a view: (i, j, C, O), of the first layer (j, i, C, O)."""
        return W.transpose(3, 2, 1, 0) if self.first else W.transpose(2, 3, 1, 0)

    def _by_place(self, kernel: np.ndarray) -> np.ndarray:
        return kernel.reshape(3, 3, self.channels, self.filters)


class Kept:
    """What is kept of N pictures: the block's input, as strips, and the gradients that each of them has by itself."""

    def __init__(self, conv: FastConv, N: int):
        dtype, rows = conv.W.dtype, conv.size // 2 + (0 if conv.first else 1)  # even or odd ones, with the border's
        # Even rows, then odd; the last pixel of either sees the two after it.
        self.strip = np.zeros((N, 2, rows * conv.width + 2, conv.depth), dtype=dtype)
        # Of dW's two products, for even rows and odd ones; or of Winograd's four.
        self.dproducts = np.zeros((2 if conv.first else 4, N, *conv.kernel.shape[1:]), dtype=dtype)
        self.db = np.zeros((N, 1, conv.filters), dtype=dtype)
        half = conv.size // 2
        self.won = np.zeros((2, 2, N, half, half + 1, conv.filters), dtype=bool)  # a, b; c, d
        self.alive = np.zeros(self.won.shape[2:], dtype=bool)


class Scratch:
    """What one thread needs for the n pictures that it works on, and may forget when it goes on to the next."""

    def __init__(self, conv: FastConv, n: int):
        half, dtype = conv.size // 2, conv.W.dtype
        self.y = np.zeros((conv.rows, 2, 2, n, conv.pixels // 2, conv.filters), dtype=dtype)  # four planes a kernel row
        self.lower = np.zeros((n, half, half + 1, conv.filters), dtype=bool)
        self.h = np.zeros((n, half, half, conv.filters), dtype=dtype)  # of the last block
        self.dh = np.zeros((n, half, half + 1, conv.filters), dtype=dtype)
        self.dproducts = np.zeros((2 if conv.first else 4, 2, 2, n, conv.parts, *conv.kernel.shape[1:]), dtype=dtype)
        self.ones = np.ones((1, half * (half + 1)), dtype=dtype)  # db is a product with them
        if not conv.first:
            self.x_sum = np.zeros((n, conv.pixels + 2, conv.channels), dtype=dtype)
            self.dy = np.zeros((n, 2, conv.pixels + conv.width + 2, conv.filters), dtype=dtype)  # laid out as x
            self.dy_sum = np.zeros((n, conv.pixels + 2, conv.filters), dtype=dtype)
            self.dx = np.zeros((4, n, conv.pixels, conv.channels), dtype=dtype)


class Chunk:
    """n pictures on their way through a block, forward and back. The views are made once; the work allocates nothing.

    at: which of the kept pictures; h: where the block's output goes, and dh_given: where ∂L/∂h will lie. Both are views
    (1, n, H/2, W/2, O), or (2, n, H/4, W/2, O) with even rows first.
    """

    def __init__(self, conv: FastConv, kept: Kept, scratch: Scratch, at: slice, h: np.ndarray, dh_given: np.ndarray):
        n, half, strip = at.stop - at.start, conv.size // 2, kept.strip[at]
        self.conv, self.h, self.dh_given = conv, h, dh_given
        # X Wᵢ = Y for every row i of the kernel, and for even and odd rows of the output.
        self.x = [conv.rows_seen(strip, i) for i in range(conv.rows)]
        self.y = scratch.y[:, :, :, :n]
        self.y_quarters = quarters_of_planes(self.y, conv.parts)  # (I, e, p, q, n, g, M, O)
        self.dproducts, self.dproducts_kept = scratch.dproducts[:, :, :, :n], kept.dproducts[:, at]

        self.planes = self.y[0].reshape(2, 2, n, half, half + 1, conv.filters)  # (a, b), (c, d)
        self.won, self.alive, self.lower = kept.won[:, :, at], kept.alive[at], scratch.lower[:n]
        self.dh, self.ones, self.db = scratch.dh[:n], scratch.ones, kept.db[at]
        self.dh_rows = self.dh.reshape(n, -1, conv.filters)
        # As h, without the column for nothing.
        self.a_seen, self.alive_seen, self.dh_seen = (
            np.moveaxis(array[:, :, :half].reshape(n, -1, len(h), half, conv.filters, copy=False), 2, 0)
            for array in (self.planes[0, 0], self.alive, self.dh)
        )
        if not conv.first:
            self._views_for_winograd(strip, scratch)

    def _views_for_winograd(self, strip: np.ndarray, scratch: Scratch) -> None:
        conv, n = self.conv, len(strip)
        dy = scratch.dy[:n]
        inner = np.moveaxis(
            rows_inside(dy, conv.size).reshape(2, n, conv.size // 2, -1, 2, conv.filters, copy=False), 4, 1
        )
        self.dy_inside, self.dy_planes = whole_pixels(inner), whole_pixels(self.planes[:, :, :, :, : conv.size // 2])
        self.x_sum, self.dy_sum, self.dx = scratch.x_sum[:n], scratch.dy_sum[:n], scratch.dx[:, :n]
        self.x_sums = winograd.pixel_sums(strip[:, 0], strip[:, 1], conv.width, conv.pixels + 2)
        self.dy_sums = winograd.pixel_sums(dy[:, 0], dy[:, 1], conv.width, conv.pixels + 2)
        self.x_seen = overlapping_rows(self.x_sum, conv.pixels, conv.parts)
        parts = _parts(conv.pixels // 4, conv.turned[0].size)
        self.dy_seen, self.dx_quarters = overlapping_rows(self.dy_sum, conv.pixels, parts), quarters(self.dx, parts)

    def forward(self) -> None:
        """h = ReLU(max-pool(conv(x)) + b)"""
        self.convolve()
        self.pool()

    def backward(self) -> None:
        """From dh_given: dkernel and db of every picture, and dx, unless this is the first layer."""
        self.unpool()
        self.kernel_gradient()
        if not self.conv.first:
            self.convolve_back()

    def convolve(self) -> None:
        """y = Σᵢ Xᵢ Wᵢ"""
        for x, kernel, y in zip(self.x, self.conv.kernel, self.y_quarters, strict=True):
            np.matmul(x, kernel, out=y)
        for y in self.y[1:]:
            np.add(self.y[0], y, out=self.y[0])

    def pool(self) -> None:
        """h from y. A pixel wins where it is larger than all before it, not where it is equal."""
        left, right = self.planes[:, 0], self.planes[:, 1]
        np.greater(right, left, out=self.won[:, 1])
        np.logical_not(self.won[:, 1], out=self.won[:, 0])
        np.maximum(left, right, out=left)
        a, c = left
        np.greater(c, a, out=self.lower)
        np.maximum(a, c, out=a)
        np.greater(self.won[0], self.lower, out=self.won[0])  # won, and not lower
        np.logical_and(self.won[1], self.lower, out=self.won[1])
        np.add(a, self.conv.bias_row, out=a)
        np.greater(a, 0, out=self.alive)
        np.maximum(self.a_seen, self.conv.zero_row[: self.h.shape[3]], out=self.h)

    def unpool(self) -> None:
        """dy, where y was: dh for the pixel that won, 0 for the others."""
        np.multiply(self.dh_given, self.alive_seen, out=self.dh_seen)
        np.matmul(self.ones, self.dh_rows, out=self.db)
        np.multiply(self.dh, self.won.view(np.uint8), out=self.planes)  # which NumPy converts faster than booleans

    def kernel_gradient(self) -> None:
        """dWᵢ = Xᵢᵀ dY"""
        if self.conv.first:
            np.matmul(self.x[0].swapaxes(-1, -2), self.y_quarters[0], out=self.dproducts)
        else:
            winograd.output_gradients(self.y[0], self.y[1])
            dm = self.y_quarters[0, 0], *self.y_quarters[1], self.y_quarters[0, 1]
            for (add, rows, others), dy, dproduct in zip(self.x_sums, dm, self.dproducts, strict=True):
                add(rows, others, out=self.x_sum)
                np.matmul(self.x_seen.swapaxes(-1, -2), dy, out=dproduct)
        self.dproducts.sum(axis=(1, 2, 4), out=self.dproducts_kept)

    def convolve_back(self) -> None:
        """dx = Σᵢ dYᵢ W'ᵢ: a convolution of dy with W', the kernel turned by 180°, its channels and filters swapped."""
        np.copyto(self.dy_inside, self.dy_planes)
        for (add, rows, others), kernel, dx in zip(self.dy_sums, self.conv.turned, self.dx_quarters, strict=True):
            add(rows, others, out=self.dy_sum)
            np.matmul(self.dy_seen, kernel, out=dx)
        winograd.output_rows(self.dx)


def _parts(M: int, multiplications: int) -> int:
    """Into how many equal ones a product of M rows is divided to be a small one; 1 where they would be too short."""
    divisors = (g for g in range(1, M // FEWEST_ROWS + 1) if M % g == 0)
    return next((g for g in divisors if M // g * multiplications <= SMALL_PRODUCT), 1)
