"""How much a training step has to do at least, counted from the architecture, and how long this machine needs for it.

FLOPs: two for each multiplication with its addition, in the convolutions and the linear layers; forward, dW, and dx
but for the first layer's, which nobody reads. A method that gets by with fewer (Winograd, FFT) can beat the limit.

Bytes: what has to cross between memory and processor even if nothing is done twice, at 4 bytes a number:
  - each picture is read once;
  - what a block (convolution, ReLU and pooling in one; or linear and ReLU) passes on is written and read once;
  - each weight is read and, updated, written; each gradient is written and, for the update, read.
"""

from collections.abc import Iterator
from math import prod

from lab.setting import Setting
from scratchnet.names import filters_of

NUMBER = 4  # bytes of a float32
CHANNELS, KERNEL = 3, 3 * 3


def flops(setting: Setting) -> int:
    """Of one training step."""
    return setting.batch_size * sum(
        2 * multiplications * (2 if first else 3) for first, multiplications, _, _ in _blocks(setting)
    )


def least_bytes(setting: Setting) -> int:
    """That one training step moves, as the top of this file counts them."""
    pictures = setting.batch_size * CHANNELS * setting.size**2
    passed_on = setting.batch_size * sum(outputs for _, _, outputs, _ in _blocks(setting))
    return NUMBER * (pictures + 2 * passed_on + 4 * parameters(setting))


def fused_bytes(setting: Setting, number: int) -> int:
    """That a step moves with library calls for the products, all else fused into the kernels beside them, and Adam.

    number: bytes of one in the pictures and in what layers answer. Counted by the kernels that write and read it:
      - a layer's answer: by its product, by ReLU and pooling; its gradient: by these, by dW, and by dx;
      - what a layer takes in: by what made it, by the product, by dW; its gradient: by dx, and by what made it;
      - pictures once more as the bytes that they are stored in; of each pooling window a byte, who won, twice;
      - weights, gradients and Adam's two moments, at 4 bytes, all written and read.
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
    return sum(prod(shape) + shape[-1] for _, _, _, shape in _blocks(setting))


def limit_seconds(setting: Setting, flops_per_second: float, bytes_per_second: float) -> float:
    """No step is shorter on a machine with these roofs: https://doi.org/10.1145/1498765.1498785 (the roofline)."""
    return max(flops(setting) / flops_per_second, least_bytes(setting) / bytes_per_second)


def _blocks(setting: Setting) -> Iterator[tuple[bool, int, int, tuple[int, int]]]:
    """For each layer with weights, a picture: is it the first, its multiplications, what it passes on, W (in, out)."""
    channels, side = CHANNELS, setting.size
    for number, filters in enumerate(filters_of(setting.arch, setting.width)):
        shape = (KERNEL * channels, filters)
        multiplications = prod(shape) * side**2
        channels, side = filters, side // 2
        yield number == 0, multiplications, channels * side**2, shape
    for shape in ((channels * side**2, setting.hidden), (setting.hidden, 1)):
        yield False, prod(shape), shape[1], shape
