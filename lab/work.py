"""The least work of a training step, counted from the architecture, and the least time that a machine needs for it.

A step is forward, backward and update of one batch. A block is a convolution with its ReLU and pooling, or a linear
layer with its ReLU. All counts are of a whole step, but `_blocks` counts for one picture.

FLOPs, floating-point operations: a multiplication with its addition are two. Counted are the products of the
convolutions and the linear layers: forward, dW, and dx. The first layer's dx is not, because nobody reads it. A method
that needs fewer multiplications (Winograd, FFT) can beat this limit.

Bytes: what must cross between memory and processor even if nothing is done twice, at 4 bytes a number:
  - each picture is read once;
  - what a block passes on to the next is written once and read once;
  - each weight is read, and written when it is updated; each gradient is written, and read by the update.
"""

from collections.abc import Iterator
from math import prod

from lab.setting import Setting
from scratchnet.names import filters_of

NUMBER = 4  # bytes of a float32
CHANNELS, KERNEL = 3, 3 * 3


def flops(setting: Setting) -> int:
    """FLOPs of one training step."""
    return setting.batch_size * sum(
        2 * multiplications * (2 if first else 3) for first, multiplications, _, _ in _blocks(setting)
    )


def least_bytes(setting: Setting) -> int:
    """Bytes that one training step moves at least, as the top of this file counts them."""
    pictures = setting.batch_size * CHANNELS * setting.size**2
    passed_on = setting.batch_size * sum(outputs for _, _, outputs, _ in _blocks(setting))
    return NUMBER * (pictures + 2 * passed_on + 4 * parameters(setting))


def fused_bytes(setting: Setting, number: int) -> int:
    """Bytes that a step moves on a GPU where a library makes the products, and all else is fused into few kernels.

    Fused: a kernel does what lies between two products in one go. The update is Adam's. `number`: bytes of a number in
    pictures and activations, 4 in float32 and 2 in bfloat16. Each array counts once for every kernel that writes or
    reads it:
      - a layer's output: by its product, and by ReLU and pooling; its gradient: by these two, by dW, and by dx;
      - a layer's input: by what made it, by the product, and by dW; its gradient: by dx, and by what made it;
      - the pictures once more, in the bytes that they are stored in;
      - a byte for each pooling window, which says who won: written once, read once;
      - weights, gradients and Adam's two moments, at 4 bytes: all written and read.
    """
    taken, moved, winners = CHANNELS * setting.size**2, 0, 0
    for first, _, passed_on, shape in _blocks(setting):
        pooled = passed_on != shape[1]  # a convolution has so many outputs for each pixel
        answered = 4 * passed_on if pooled else passed_on
        moved += (3 if first else 5) * taken + (4 if first else 5) * answered
        winners += 2 * passed_on if pooled else 0
        taken = passed_on
    pictures = CHANNELS * setting.size**2
    return setting.batch_size * (pictures + number * moved + winners) + 8 * NUMBER * parameters(setting)


def parameters(setting: Setting) -> int:
    """How many numbers the parameters of all layers are: W, and b, or γ and β of the norm behind it."""
    of_a_norm = 2 if setting.arch == "deep" else 1
    blocks = [shape for _, _, _, shape in _blocks(setting)]
    return sum(prod(shape) + shape[-1] * of_a_norm for shape in blocks[:-1]) + prod(blocks[-1]) + blocks[-1][-1]


def limit_seconds(setting: Setting, flops_per_second: float, bytes_per_second: float) -> float:
    """No step is shorter on a machine with these rates: https://doi.org/10.1145/1498765.1498785 (the roofline)."""
    return max(flops(setting) / flops_per_second, least_bytes(setting) / bytes_per_second)


def _blocks(setting: Setting) -> Iterator[tuple[bool, int, int, tuple[int, int]]]:
    """For each layer with weights: is it the first, its multiplications, the numbers that it passes on, W's shape.

    Multiplications and numbers are those of one picture. W is (in, out); of a convolution, in is channels · 3 · 3.
    """
    if setting.arch == "deep":
        yield from _of_deep(setting)
        return
    channels, side = CHANNELS, setting.size
    for number, filters in enumerate(filters_of(setting.arch, setting.width)):
        shape = (KERNEL * channels, filters)
        multiplications = prod(shape) * side**2
        channels, side = filters, side // 2
        yield number == 0, multiplications, channels * side**2, shape
    for shape in ((channels * side**2, setting.hidden), (setting.hidden, 1)):
        yield False, prod(shape), shape[1], shape


def _of_deep(setting: Setting) -> Iterator[tuple[bool, int, int, tuple[int, int]]]:
    """The same of `networks.deep`; its norms and sums are taken for parts of the layers before them."""
    filters = filters_of(setting.arch, setting.width)
    side, channels = setting.size // 2, filters[0]
    shape = (CHANNELS * 4 * 4, channels)
    yield True, prod(shape) * side**2, channels * side**2, shape
    for number, outputs in enumerate(filters):
        side = side if number == 0 else -(-side // 2)
        shapes = [(KERNEL * channels, outputs), (KERNEL * outputs, outputs)]
        shapes += [(channels, outputs)] if number else []  # of the shortcut
        for shape in shapes:
            yield False, prod(shape) * side**2, outputs * side**2, shape
        channels = outputs
    yield False, channels, 1, (channels, 1)
