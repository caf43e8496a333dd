"""Convolution 3×3, max-pool 2×2 and ReLU as one block, at the speed of the machine.

The numbers are those of `layers.Conv2d`, `ReLU` and `MaxPool2d`. Read strips.py first: it shows on a picture of 4×4
pixels how a convolution does without im2col, and what quarters and planes are. docs/speed.md says what each idea
brought.

**Pooling planes.** The four products write four planes. The four pixels of a window are at the same place of each:

    a b      a: even row, even column      b: even row, odd column
    c d      c: odd row, even column       d: odd row, odd column

So pooling is two calls of np.maximum: left and right first, then upper and lower. Bias and ReLU come after it, on a
quarter of the numbers. That changes nothing: max(y) + b = max(y + b), and ReLU keeps the order too.

**Ties.** Every pixel of a window comes from the same row of one of four equal products. So pixels that see the same
are the same to the bit, and rounding does not say who wins. Of equals the first wins, as in PyTorch.

**Who won.** The forward pass keeps three booleans a window: in each row, whether the right pixel won; and whether the
lower row did. The backward pass multiplies dh with them. An example, with dh = 1:

    3 5      the right pixel won in the upper row, the left one in the lower;      0 0
    7 2      the lower row won. So dh goes down, and there stays left:             1 0

**Small products.** OpenBLAS first copies the operands of a product into an order that it likes, except where the
product has at most 10⁶ multiplications (`SMALL_MATRIX_OPT` in its interface/gemm.c; Zen 4 and Skylake-X have such
kernels). With so few columns the copying takes as long as the multiplying. So all products here are cut into small
ones.

**Fewer products.** The pool compares the numbers of y, so y is computed plainly. Nothing is compared with dW and dx. In
all blocks but the first these come out of Winograd's sums of rows (winograd.py), which need fewer products. For the
sums a block's input and dy are kept as bordered strips, each pixel once.

**A few pictures at a time** go through everything before the next begin: what a thread works in stays small.

The shapes below have the letters of strips.py: n or N pictures, C channels, O filters, P places, e, p, q, g and M. The
block's pictures are H × H pixels. All floats have the dtype of the weights, float32 or float64.
"""

import numpy as np

from scratchnet.numpy_fast import winograd
from scratchnet.numpy_fast.strips import (
    overlapping_rows,
    quarters,
    quarters_of_planes,
    rows_inside,
    stacked_sources,
    stacking,
    together,
    whole_pixels,
)
from scratchnet.numpy_nn.layers import Arrays

SMALL_PRODUCT = 10**6  # multiplications
FEWEST_ROWS = 128  # of a part of a product; in a wide network, where even these are too many, large ones are faster


class FastConv:
    """One block: its parameters, and how the products want to have them.

    name.W (O, C, 3, 3), name.b (O,): the network's own arrays, and so are their gradients. size: H, which is even.
    first: the first block has no dx, and keeps its pictures stacked for the way back. The others keep theirs bordered,
    for Winograd's sums, and stack them in what a thread may forget.

    kernel (9·C, O): W as the forward product wants it. turned (4, 3·O, C): Winograd's sums of W turned by 180°, for dx.
    dkernels (2, 9·C, O): the kernel's gradient from even rows and from odd ones; (4, 3·C, O) from Winograd's products.
    """

    def __init__(self, name: str, params: Arrays, grads: Arrays, size: int, first: bool):
        self.name = name
        W = self.W = params[f"{name}.W"]
        self.b = params[f"{name}.b"]
        self.dW, self.db = grads[f"{name}.W"], grads[f"{name}.b"]
        self.size, self.first = size, first
        self.filters, self.channels = W.shape[:2]
        self.width = size + 2
        self.pixels = size // 2 * self.width  # P: outputs of the even rows, or of the odd, with two a row for nothing
        self.kernel = np.zeros((9 * self.channels, self.filters), dtype=W.dtype)  # (K, O), of (column, row, C, O)
        if first:
            self.sources = stacked_sources(self.channels, size)
        else:
            self.turned = np.zeros((4, 3 * self.filters, self.channels), dtype=W.dtype)  # for dx, in Winograd's sums
        # NumPy is twice as fast with a row of zeros as with the number 0.
        self.bias_row, self.zero_row = np.zeros((2, self.width // 2, self.filters), dtype=W.dtype)
        self.ones = np.ones((1, self.pixels // 2), dtype=W.dtype)  # db is a product with them
        self.parts = _parts(self.pixels // 4, self.kernel.size)
        self.stacked = (2, self.pixels + 2, 3 * self.channels)  # the shapes of one picture's strips
        self.bordered = (2, self.pixels + self.width + 2, self.channels)
        self.dkernels = np.zeros((2, *self.kernel.shape) if first else (4, 3 * self.channels, self.filters), W.dtype)

    def pack(self) -> None:
        """Lay the weights as the products want them; for dx, a convolution too, with the kernel turned by 180°."""
        self.kernel.reshape(3, 3, self.channels, self.filters)[...] = self.W.transpose(3, 2, 1, 0)
        if not self.first:
            turned = self.W[:, :, ::-1, ::-1].transpose(2, 3, 0, 1)
            winograd.kernel_sums(turned, self.turned.reshape(4, *turned.shape[1:]))
        self.bias_row[...] = self.b

    def unpack_grads(self, kept: "Kept") -> None:
        """The pictures' gradients added up, in an order that does not depend on who computed them."""
        kept.dproducts.sum(axis=(1, 2), out=self.dkernels)
        dkernel = self.dkernels.sum(axis=0) if self.first else winograd.kernel_gradient(self.dkernels)
        order = (3, 2, 1, 0) if self.first else (2, 3, 1, 0)  # (column, row, C, O), or (row, column, C, O)
        self.dW.transpose(order)[...] = dkernel.reshape(3, 3, self.channels, self.filters)
        kept.db.sum(axis=(0, 1), out=self.db)

    def stack_rows(self, x: np.ndarray, strip: np.ndarray) -> None:
        """Pictures x (n, C, H, H) into the first block's strip (n, 2, P + 2, 3·C), both of the weights' dtype.

        One call, and the border. By rows, even and odd ones, and channels it would be 18 short calls, and each would
        wait for Python's lock.
        """
        n, half = len(x), self.size // 2
        numbers = strip.reshape(n, -1, copy=False)
        np.take(x.reshape(n, -1), self.sources, axis=1, out=numbers, mode="clip")  # "raise" would fill a copy first
        rows = strip[:, :, : self.pixels].reshape(n, 2, half, self.width, 3, -1, copy=False)
        rows[:, :, :, :: self.size + 1] = 0
        rows[:, 0, 0, :, 0] = 0
        rows[:, 1, -1, :, 2] = 0


class Kept:
    """What a block keeps of all N pictures of a batch, from the forward pass to the end of the backward pass.

    strip: its input, as a stacked strip (N, 2, P + 2, 3·C) in the first block, else bordered (N, 2, P + H + 4, C)
    right_won (e, N, H/2, H/2 + 1, O) bool: in each row of a window, even and odd, whether the right pixel won
    lower_won, alive, each (N, H/2, H/2 + 1, O) bool: whether the lower row won; whether ReLU let the output through
    dproducts (2, N, g, 9·C, O) or (4, N, g, 3·C, O): each picture's own part of dkernels
    db (N, 1, O): each picture's own part of the bias's gradient
    """

    def __init__(self, conv: FastConv, N: int):
        dtype, half = conv.W.dtype, conv.size // 2
        self.strip = np.zeros((N, *(conv.stacked if conv.first else conv.bordered)), dtype=dtype)
        self.dproducts = np.zeros((len(conv.dkernels), N, conv.parts, *conv.dkernels.shape[1:]), dtype=dtype)
        self.db = np.zeros((N, 1, conv.filters), dtype=dtype)
        self.right_won = np.zeros((2, N, half, half + 1, conv.filters), dtype=bool)  # b, d
        self.lower_won, self.alive = np.zeros((2, *self.right_won.shape[1:]), dtype=bool)


class Scratch:
    """What one thread needs for the n pictures that it works on, and may forget when it goes on to the next.

    y (1 or 2, e, q, n, P/2, O): the four planes; on the way back they hold dy. The second four, which the first block
    has not, hold the two sums of dy that dW's products want after Winograd.
    dh (n, H/2, H/2 + 1, O): ∂L/∂(pool's output)
    dproducts (2 or 4, p, q, n, g, 9·C or 3·C, O): what the quarters add to dkernels

    In all blocks but the first:
    x (n, 2, P + 2, 3·C): the input as a stacked strip; dy (n, 2, P + H + 4, O): ∂L/∂y as a bordered one
    x_sum (n, P + 2, C), dy_sum (n, P + 2, O): one of Winograd's sums of rows of either
    dx (4, n, P, C): Winograd's products; [0] and [3] are ∂L/∂x in the end, its even rows and its odd ones
    """

    def __init__(self, conv: FastConv, n: int):
        half, dtype = conv.size // 2, conv.W.dtype
        self.y = np.zeros((1 if conv.first else 2, 2, 2, n, conv.pixels // 2, conv.filters), dtype=dtype)
        self.dh = np.zeros((n, half, half + 1, conv.filters), dtype=dtype)
        self.dproducts = np.zeros((len(conv.dkernels), 2, 2, n, conv.parts, *conv.dkernels.shape[1:]), dtype=dtype)
        if not conv.first:
            self.x = np.zeros((n, *conv.stacked), dtype=dtype)
            self.x_sum = np.zeros((n, conv.pixels + 2, conv.channels), dtype=dtype)
            self.dy = np.zeros((n, *conv.bordered[:2], conv.filters), dtype=dtype)
            self.dy_sum = np.zeros((n, conv.pixels + 2, conv.filters), dtype=dtype)
            self.dx = np.zeros((4, n, conv.pixels, conv.channels), dtype=dtype)


class Chunk:
    """n pictures on their way through a block, forward and back.

    It is nothing but views of Kept and Scratch. They are made once, and the work allocates nothing.
    at: which of the kept pictures. h: where the block's output goes; dh_given: where ∂L/∂h will lie. Both are views
    (1, n, H/2, H/2, O), or (2, n, H/4, H/2, O) with even rows first, as the next block's strip has them.

    x (e, p, q, n, g, M, 9·C): what every output sees
    y_quarters (1 or 2, e, p, q, n, g, M, O): Scratch.y, as the products write it
    planes (e, q, n, H/2, H/2 + 1, O): Scratch.y[0], as pictures. Of it left and right (e, n, H/2, H/2 + 1, O) are the
    even and odd columns, upper and lower (n, H/2, H/2 + 1, O) the two rows of left, where each row's winner goes.
    upper_seen, alive_seen, dh_seen: of these and of dh, what is not computed for nothing, in the shape of h
    """

    def __init__(self, conv: FastConv, kept: Kept, scratch: Scratch, at: slice, h: np.ndarray, dh_given: np.ndarray):
        n, half, strip = at.stop - at.start, conv.size // 2, kept.strip[at]
        self.conv, self.h, self.dh_given = conv, h, dh_given
        stacked = strip if conv.first else scratch.x[:n]
        self.stacking = [] if conv.first else stacking(strip, stacked, conv.size)
        self.x = together(*(overlapping_rows(stacked[:, e], conv.pixels, conv.parts) for e in range(2)))
        self.y = scratch.y[:, :, :, :n]
        self.y_quarters = quarters_of_planes(self.y, conv.parts)
        self.dproducts, self.dproducts_kept = scratch.dproducts[:, :, :, :n], kept.dproducts[:, at]

        self.planes = self.y[0].reshape(2, 2, n, half, half + 1, conv.filters, copy=False)  # (a, b), (c, d)
        self.left, self.right = self.planes[:, 0], self.planes[:, 1]
        self.upper, self.lower = self.left
        self.right_won, self.lower_won, self.alive = kept.right_won[:, at], kept.lower_won[at], kept.alive[at]
        self.dh, self.db = scratch.dh[:n], kept.db[at]
        self.dh_rows = self.dh.reshape(n, -1, conv.filters, copy=False)
        self.upper_seen, self.alive_seen, self.dh_seen = (
            np.moveaxis(array[:, :, :half].reshape(n, -1, len(h), half, conv.filters, copy=False), 2, 0)
            for array in (self.upper, self.alive, self.dh)
        )
        if not conv.first:
            self._views_for_winograd(strip, scratch)

    def _views_for_winograd(self, strip: np.ndarray, scratch: Scratch) -> None:
        """Of the input's strip (n, 2, P + H + 4, C) and of dy's: where dy goes, and the four sums of rows of each.

        dy_inside, dy_planes (e, q, n, H/2, H/2) of whole pixels: copied from the planes into the strip
        x_seen, dy_seen (p, q, n, g, M, 3·C or 3·O): what outputs see of a sum of rows: three numbers a channel
        dx_quarters (4, p, q, n, g, M, C): Scratch.dx, as the products write it (with a g and an M of their own)
        """
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
        """y = X W, where the pixels of X are stacked first"""
        for place, pixels in self.stacking:
            np.copyto(place, pixels)
        np.matmul(self.x, self.conv.kernel, out=self.y_quarters[0])

    def pool(self) -> None:
        """h from y. A pixel wins where it is larger than all before it, not where it is equal."""
        np.greater(self.right, self.left, out=self.right_won)
        np.maximum(self.left, self.right, out=self.left)
        np.greater(self.lower, self.upper, out=self.lower_won)
        np.maximum(self.upper, self.lower, out=self.upper)
        np.add(self.upper, self.conv.bias_row, out=self.upper)
        np.greater(self.upper, 0, out=self.alive)
        np.maximum(self.upper_seen, self.conv.zero_row[:-1], out=self.h)

    def unpool(self) -> None:
        """dy, where y was: dh for the pixel that won, 0 for the others."""
        np.multiply(self.dh_given, self.alive_seen, out=self.dh_seen)
        np.matmul(self.conv.ones, self.dh_rows, out=self.db)
        np.multiply(self.dh, self.lower_won, out=self.lower)
        np.subtract(self.dh, self.lower, out=self.upper)
        np.multiply(self.left, self.right_won, out=self.right)
        np.subtract(self.left, self.right, out=self.left)

    def kernel_gradient(self) -> None:
        """dW = Xᵀ dY"""
        if self.conv.first:
            np.matmul(self.x.swapaxes(-1, -2), self.y_quarters[0], out=self.dproducts)
        else:
            winograd.output_gradients(self.y[0], self.y[1])
            dm = self.y_quarters[0, 0], *self.y_quarters[1], self.y_quarters[0, 1]
            for (add, rows, others), dy, dproduct in zip(self.x_sums, dm, self.dproducts, strict=True):
                add(rows, others, out=self.x_sum)
                np.matmul(self.x_seen.swapaxes(-1, -2), dy, out=dproduct)
        # The four quarters. NumPy's sum would be one call, but keep Python's lock.
        halves = np.add(self.dproducts[:, 0], self.dproducts[:, 1], out=self.dproducts[:, 0])
        np.add(halves[:, 0], halves[:, 1], out=self.dproducts_kept)

    def convolve_back(self) -> None:
        """dx: a convolution of dy with the kernel turned by 180°, its channels and filters swapped."""
        np.copyto(self.dy_inside, self.dy_planes)
        for (add, rows, others), kernel, dx in zip(self.dy_sums, self.conv.turned, self.dx_quarters, strict=True):
            add(rows, others, out=self.dy_sum)
            np.matmul(self.dy_seen, kernel, out=dx)
        winograd.output_rows(self.dx)


def _parts(M: int, multiplications: int) -> int:
    """Into how many parts a product of M rows is cut, so that each is a small one; 1 where they would be too short.

    multiplications: of one row.
    """
    divisors = (g for g in range(1, M // FEWEST_ROWS + 1) if M % g == 0)
    return next((g for g in divisors if M // g * multiplications <= SMALL_PRODUCT), 1)
