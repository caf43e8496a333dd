"""Is there memory for a network? Asked before any work, for it would be refused, or the process killed, only later."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from scratchnet.names import WIDTH, filters_of
from scratchnet.problems import Problem

MEMINFO = Path("/proc/meminfo")  # of Linux
LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container
GIB = 1 << 30
COUNTED = "its weights, gradients, the optimizer's moments, and copies of them to go on from"


def cnn_weights(arch: str, size: int, hidden: int, width: int = WIDTH) -> int:
    """How many numbers the weights of `networks.cnn` are, running statistics included."""
    count, channels = 0, 3
    if arch == "deep":
        return deep_weights(filters_of(arch, width))
    for filters in filters_of(arch, width):
        count += filters * (channels * 3 * 3 + 1)
        channels, size = filters, size // 2
    return count + (channels * size * size + 1) * hidden + hidden + 1


def deep_weights(filters: Sequence[int]) -> int:
    """How many numbers the weights of `networks.deep` are, running statistics included."""
    norm = 4  # numbers of a channel: γ, β, and the running mean and variance
    channels = filters[0]
    count = filters[0] * (3 * 4 * 4 + norm)
    for place, outputs in enumerate(filters):
        count += outputs * (channels * 3 * 3 + norm + outputs * 3 * 3 + norm)
        count += outputs * (channels + norm) if place else 0  # the shortcut's
        channels = outputs
    return count + channels + 1


def copies(backend: str, optimizer: str) -> int:
    """How often the weights' memory is taken on the host, at the least, while a network is trained with checkpoints.

    NumPy: weights, gradients and moments (the optimizer's, as large as the weights), and 3 copies of weights and
    moments: of the epoch's beginning for the vital signs and for the checkpoint, and of the best epoch. PyTorch has
    all but the last two on the device, which may be a GPU, and begins with the NumPy network's weights.
    """
    state = 1 + {"adam": 2, "sgd": 1, "muon": 1}[optimizer]
    return {"numpy": 1 + state + 3 * state, "pytorch": 1 + 2 * state}[backend]


def refuse_too_large(key: str, hidden: int, weights: int, needed: int) -> None:
    """Problem where the training of a network needs more bytes than there are; no word where nobody knows.

    key: of params.yaml, that says how many hidden units the network has.
    """
    there = memory_there()
    if there is not None and needed > there:
        raise Problem(
            f"{key} is {hidden:,}: the network then has {weights:,} weights, and its training needs at least "
            f"{needed / GIB:,.1f} GiB of memory ({COUNTED}); {there / GIB:,.1f} GiB are there. Take a smaller {key}."
        )


def memory_there() -> int | None:
    """Bytes that a process can have, swap included; None where the system does not tell."""
    try:
        lines = (line.split() for line in MEMINFO.read_text(encoding="utf-8").splitlines())
        kib = {name: int(number) for name, number, *_ in lines}
        there = (kib["MemAvailable:"] + kib["SwapFree:"]) << 10
    except (OSError, ValueError, KeyError):
        return None
    with suppress(OSError, ValueError):  # no container, or one without a limit
        there = min(there, int(LIMIT.read_text(encoding="utf-8")))
    return there
