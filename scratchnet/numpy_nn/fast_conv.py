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

**Planes.** Outputs 0 and 2 of every four stand in even columns, 1 and 3 in odd ones. They are written into two planes,
so the four pixels of all pooling windows are four long runs of memory, and pooling is three calls of np.maximum:

    a b      a: even row, even column      b: even row, odd column
    c d      c: odd row, even column       d: odd row, odd column

Bias and ReLU come after the pool, on a quarter of the numbers: max(y) + b = max(y + b), and ReLU keeps the order too.

**Who won, in bytes.** The forward pass keeps four booleans a window, one of them true: which of a, b, c, d won. Of
equals the first wins, as in PyTorch. The backward pass is four products of dh with them.

**Small products.** OpenBLAS first copies the operands of a product into an order that it likes, except where the
product has at most 10⁶ multiplications (`SMALL_MATRIX_OPT` in its interface/gemm.c; Zen 4 and Skylake-X have such
kernels). With so few columns the copying takes as long as the multiplying, so all products here stay small.

**A few pictures at a time** go through everything before the next begin, and stay in the cache.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

SMALL_PRODUCT = 10**6  # multiplications
FEWEST_ROWS = 128  # of a part of a product; in a wide network, where even these are too many, large ones are faster


class FastConv:
    """One block: its parameters, and how the products want to have them.

    W (O, C, 3, 3), b (O,): the network's own arrays; size: the pictures are size × size, and size is even.
    first: the first layer has no dx, and with 3 channels products of three pixels would be too thin. Its strip holds
    the three pixels above each other side by side, 3·C numbers in place of C, and one kernel row does for three.
    """

    def __init__(self, W: np.ndarray, b: np.ndarray, size: int, first: bool):
        self.W, self.b, self.size, self.first = W, b, size, first
        self.filters, self.channels = W.shape[:2]
        self.width = size + 2
        self.pixels = size * self.width  # of the output, with the two a row for nothing
        self.rows, self.depth = (1, 3 * self.channels) if first else (3, self.channels)
        self.kernel = np.zeros((self.rows, 3 * self.depth, self.filters), dtype=W.dtype)  # (I, K, O)
        self.turned = np.zeros((3, 3 * self.filters, self.channels), dtype=W.dtype)
        self.bias_row = np.zeros((self.width // 2, self.filters), dtype=W.dtype)
        self.parts = _parts(self.pixels // 4, 3 * self.depth * self.filters)

    def pack(self) -> None:
        """Lay the weights as the products want them; for dx, a convolution too, with the kernel turned by 180°."""
        self._by_place(self.kernel)[...] = self._as_kernel(self.W)
        self.turned.reshape(3, 3, self.filters, self.channels)[...] = self.W[:, :, ::-1, ::-1].transpose(2, 3, 0, 1)
        self.bias_row[...] = self.b

    def unpack_grads(self, kept: "Kept", dW: np.ndarray, db: np.ndarray) -> None:
        """The pictures' gradients added up, in an order that does not depend on who computed them."""
        self._as_kernel(dW)[...] = self._by_place(kept.dkernel.sum(axis=1))
        kept.db.sum(axis=(0, 1), out=db)

    def _as_kernel(self, W: np.ndarray) -> np.ndarray:
        """W in the order of `kernel`, a view: (i, j, C, O), of the first layer (j, i, C, O)."""
        return W.transpose(3, 2, 1, 0) if self.first else W.transpose(2, 3, 1, 0)

    def _by_place(self, kernel: np.ndarray) -> np.ndarray:
        return kernel.reshape(3, 3, self.channels, self.filters)


class Kept:
    """What is kept of N pictures: the block's input, as strips, and the gradients that each of them has by itself."""

    def __init__(self, conv: FastConv, N: int):
        dtype, pixels = conv.W.dtype, (conv.size + conv.rows - 1) * conv.width
        self.strip = np.zeros((N, pixels + 2, conv.depth), dtype=dtype)  # the last pixel sees the two after it
        self.dkernel = np.zeros((len(conv.kernel), N, *conv.kernel.shape[1:]), dtype=dtype)
        self.db = np.zeros((N, 1, conv.filters), dtype=dtype)


class Scratch:
    """What one thread needs for the n pictures that it works on, and may forget when it goes on to the next."""

    def __init__(self, conv: FastConv, n: int):
        half, dtype = conv.size // 2, conv.W.dtype
        self.y = np.zeros((conv.rows, 2, n, conv.pixels // 2, conv.filters), dtype=dtype)  # two planes a kernel row
        self.h = np.zeros((n, half, half, conv.filters), dtype=dtype)
        self.dh = np.zeros((n, half, half + 1, conv.filters), dtype=dtype)
        self.dkernels = np.zeros((conv.rows, 2, 2, n, conv.parts, *conv.kernel.shape[1:]), dtype=dtype)
        self.ones = np.ones((1, half * (half + 1)), dtype=dtype)
        if not conv.first:
            self.dy = np.zeros((n, (conv.size + 2) * conv.width + 2, conv.filters), dtype=dtype)  # a strip
            self.dx = np.zeros((3, n, conv.pixels, conv.channels), dtype=dtype)


class Chunk:
    """n pictures on their way through a block, forward and back. The views are made once; the work allocates nothing.

    at: which of the pictures `kept`; h (n, H/2, W/2, O): where the block's output goes; dh_given, of the same shape:
    where ∂L/∂h will lie. Both are views, laid out as they please.
    """

    def __init__(self, conv: FastConv, kept: Kept, scratch: Scratch, at: slice, h: np.ndarray, dh_given: np.ndarray):
        n, half = at.stop - at.start, conv.size // 2
        self.conv, self.h, self.dh_given = conv, h, dh_given
        self.x = overlapping_rows(kept.strip[at], conv.rows, conv.width, conv.pixels, conv.parts)
        self.y = scratch.y[:, :, :n]
        self.y_quarters = quarters_of_planes(self.y, conv.parts)
        self.pool_members = pool_members(self.y[0], half, conv.first)
        self.won = np.zeros((4, n, half, half + 1, conv.filters), dtype=bool)  # by a, b, c, d
        self.alive, self.lower = np.zeros((2, *self.won.shape[1:]), dtype=bool)
        self.seen = (..., slice(half), slice(None))  # without the column for nothing

        self.dh, self.ones, self.db = scratch.dh[:n], scratch.ones, kept.db[at]
        self.dh_rows = self.dh.reshape(n, -1, conv.filters)
        self.x_turned, self.dkernels, self.dkernel = (
            self.x.swapaxes(-1, -2),
            scratch.dkernels[:, :, :, :n],
            kept.dkernel[:, at],
        )
        if conv.first:
            self.dy_quarters, self.copies = self.y_quarters[0], []  # dy stays where y was
        else:
            self._views_for_dx(scratch.dy[:n], scratch.dx[:, :n])

    def _views_for_dx(self, dy: np.ndarray, dx: np.ndarray) -> None:
        conv = self.conv
        half, first = conv.size // 2, conv.width + 1  # the strip's pixel where output 0 stands
        planes = self.y[0].reshape(2, len(dy), conv.size, half + 1, conv.filters)[self.seen]
        self.copies = [(whole_pixels(inside(dy, conv.size)[:, :, q::2]), whole_pixels(planes[q])) for q in (0, 1)]
        self.dy_quarters = quarters(dy[:, first : first + conv.pixels], conv.parts)
        parts = _parts(conv.pixels // 4, 3 * conv.filters * conv.channels)
        self.dy_rows = overlapping_rows(dy, 3, conv.width, conv.pixels, parts)
        self.dx, self.dx_quarters = dx, quarters(dx, parts)

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
        np.matmul(self.x, _for_each(self.conv.kernel), out=self.y_quarters)
        _add_up(self.y)

    def pool(self) -> None:
        """h from y. A pixel wins where it is larger than all before it, not where it is equal."""
        a, b, c, d = self.pool_members
        won_a, won_b, won_c, won_d = self.won
        np.greater(b, a, out=won_b)
        np.maximum(a, b, out=a)
        np.greater(d, c, out=won_d)
        np.maximum(c, d, out=c)
        np.greater(c, a, out=self.lower)
        np.maximum(a, c, out=a)
        np.logical_or(won_b, self.lower, out=won_a)
        np.logical_not(won_a, out=won_a)
        np.greater(won_b, self.lower, out=won_b)  # b and not lower
        np.greater(self.lower, won_d, out=won_c)
        np.logical_and(self.lower, won_d, out=won_d)
        np.add(a, self.conv.bias_row, out=a)
        np.greater(a, 0, out=self.alive)
        np.maximum(a[self.seen], 0, out=self.h)

    def unpool(self) -> None:
        """dy, where y was: dh for the pixel that won, 0 for the others."""
        np.multiply(self.dh_given, self.alive[self.seen], out=self.dh[self.seen])
        np.matmul(self.ones, self.dh_rows, out=self.db)
        for member, won in zip(self.pool_members, self.won, strict=True):
            np.multiply(self.dh, won, out=member)
        for strip, plane in self.copies:
            np.copyto(strip, plane)

    def kernel_gradient(self) -> None:
        """dWᵢ = Xᵢᵀ dY"""
        np.matmul(self.x_turned, self.dy_quarters, out=self.dkernels)
        self.dkernels.sum(axis=(1, 2, 4), out=self.dkernel)

    def convolve_back(self) -> None:
        """dx = Σᵢ dYᵢ W'ᵢ: a convolution of dy with W', the kernel turned by 180°, its channels and filters swapped."""
        np.matmul(self.dy_rows, _for_each(self.conv.turned), out=self.dx_quarters)
        _add_up(self.dx)


# Views. I counts kernel rows; outputs 4t + 2p + q (p, q = 0, 1) are a quarter, whose M outputs stand in g parts, each
# small enough for a small product.


def overlapping_rows(strip: np.ndarray, rows: int, width: int, pixels: int, parts: int) -> np.ndarray:
    """A strip (n, ·, depth) as the matrices of its convolution: (I, p, q, n, g, M, K), K = 3·depth."""
    pixel, depth = strip.strides[1], strip.shape[2]
    M = pixels // 4 // parts
    shape = (rows, 2, 2, len(strip), parts, M, 3 * depth)
    strides = (width * pixel, 2 * pixel, pixel, strip.strides[0], 4 * pixel * M, 4 * pixel, strip.itemsize)
    return as_strided(strip, shape, strides)


def quarters(outputs: np.ndarray, parts: int) -> np.ndarray:
    """(..., n, pixels, O) as (..., p, q, n, g, M, O)"""
    *before, n, pixels, filters = outputs.shape
    split = outputs.reshape(*before, n, parts, pixels // 4 // parts, 2, 2, filters)
    return np.moveaxis(split, (-3, -2), (-6, -5))


def quarters_of_planes(planes: np.ndarray, parts: int) -> np.ndarray:
    """(I, q, n, pixels / 2, O), the even columns and the odd, as (I, p, q, n, g, M, O)"""
    rows, _, n, pixels, filters = planes.shape
    return planes.reshape(rows, 2, n, parts, pixels // 2 // parts, 2, filters).transpose(0, 5, 1, 2, 3, 4, 6)


def pool_members(planes: np.ndarray, half: int, apart: bool) -> list[np.ndarray]:
    """(q, n, pixels / 2, O) as a, b, c, d (n, H/2, W/2 + 1, O). apart: first all even rows, then all odd."""
    _, n, _, filters = planes.shape
    rows = planes.reshape(2, n, *((2, half) if apart else (half, 2)), half + 1, filters)
    a, c = np.moveaxis(rows[0], 1 if apart else 2, 0)
    b, d = np.moveaxis(rows[1], 1 if apart else 2, 0)
    return [a, b, c, d]


def inside(strip: np.ndarray, size: int) -> np.ndarray:
    """A strip (n, ·, C) of three kernel rows as pictures (n, H, W, C), without the border."""
    n, _, channels = strip.shape
    return strip[:, : (size + 2) ** 2].reshape(n, size + 2, size + 2, channels)[:, 1:-1, 1:-1]


def whole_pixels(pictures: np.ndarray) -> np.ndarray:
    """(n, H, W, C) as (n, H, W) of one item a pixel: NumPy copies these several times as fast as C numbers each."""
    return pictures.view(np.dtype((np.void, pictures.shape[-1] * pictures.itemsize)))[..., 0]


def stack_rows(x: np.ndarray, strip: np.ndarray) -> None:
    """Pictures x (n, C, H, W) into the strip of the first layer.

    Its pixels hold x̂ of the row above, their own and the one below; all even rows stand before all odd ones, so that
    the pool finds each of its four members in one piece.
    """
    n, channels, size, _ = x.shape
    rows = strip[:, : size * (size + 2)].reshape(n, 2, size // 2, size + 2, 3, channels)[:, :, :, 1:-1]
    for parity, i, c in np.ndindex(2, 3, channels):
        start = parity + i - 1  # of every second row of x, but for the one above the first and the one below the last
        to = slice(1 if start < 0 else 0, -1 if start > 1 else None)
        rows[:, parity, to, :, i, c] = x[:, c, abs(start) : size - (start < 0) : 2]


def _for_each(kernel: np.ndarray) -> np.ndarray:
    """(I, K, O) for every p, q, n, g"""
    return kernel[:, None, None, None, None]


def _add_up(terms: np.ndarray) -> None:
    """Σᵢ of (I, ...) into the first."""
    for term in terms[1:]:
        np.add(terms[0], term, out=terms[0])


def _parts(M: int, multiplications: int) -> int:
    """Into how many equal ones a product of M rows is divided to be a small one; 1 where they would be too short."""
    divisors = (g for g in range(1, M // FEWEST_ROWS + 1) if M % g == 0)
    return next((g for g in divisors if M // g * multiplications <= SMALL_PRODUCT), 1)
