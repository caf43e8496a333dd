"""Where the time of the fast network's step goes: a stopwatch around each of its parts.

The parts are methods of scratchnet/numpy_fast. While a profile is taken, each is replaced by one that reads the clock
before and after. The clocks of two threads would overlap, so the step has to work on one thread.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from scratchnet.numpy_fast.conv import Chunk, FastConv
from scratchnet.numpy_fast.linear import FastLinear
from scratchnet.numpy_fast.optimizers import FastSGD
from scratchnet.timing.clock import Stopwatch

STEPS = 20
# The method that is timed, and what its part is called. "{conv}" is the block that it was called for: conv1 or conv2.
PARTS = {
    (FastConv, "stack_rows"): "pictures into the first strip",
    (Chunk, "convolve"): "{conv}: products, forward",
    (Chunk, "pool"): "{conv}: pool, bias, ReLU",
    (Chunk, "unpool"): "{conv}: pool and ReLU, backward",
    (Chunk, "kernel_gradient"): "{conv}: products, dW",
    (Chunk, "convolve_back"): "{conv}: products, dx",
    (FastLinear, "forward"): "fc1: products, forward",
    (FastLinear, "backward"): "fc1: products, dx",
    (FastLinear, "weight_gradient"): "fc1: products, dW",
    (FastSGD, "step"): "update",
}
REST = "the rest"  # transposes, fc2, loss, and Python between the calls


def shares(step: Callable[[], object]) -> dict[str, float]:
    """The share of each of PARTS in the time of a step, and that of REST. They add up to 1.

    step: takes one training step, on one thread.
    """
    seconds: dict[str, float] = defaultdict(float)
    with ExitStack() as stack:
        for (owner, name), title in PARTS.items():
            stack.enter_context(_timed(owner, name, title, seconds))
        step()
        seconds.clear()
        with Stopwatch() as whole:
            for _ in range(STEPS):
                step()
    found = {title: value / whole.seconds for title, value in seconds.items()}
    return found | {REST: 1 - sum(found.values())}


@contextmanager
def _timed(owner: object, name: str, title: str, seconds: dict[str, float]) -> Iterator[None]:
    """Add the time of every call of owner.name to seconds[title]."""
    original = getattr(owner, name)

    def timed(*arguments):
        with Stopwatch() as watch:
            result = original(*arguments)
        first = isinstance(arguments[0], Chunk) and arguments[0].conv.first
        seconds[title.format(conv="conv1" if first else "conv2")] += watch.seconds
        return result

    setattr(owner, name, timed)
    try:
        yield
    finally:
        setattr(owner, name, original)
