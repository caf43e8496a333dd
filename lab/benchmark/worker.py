"""A rung in a process of its own, with its own threads and memory.

`Worker` is the parent's end. `RungService` answers at the other: each of its methods is a question.
"""

import sys
from collections.abc import Mapping
from importlib import import_module

import numpy as np
from threadpoolctl import threadpool_limits

from lab.benchmark.memory import forget_peak, peak
from lab.benchmark.rungs import RUNGS
from lab.benchmark.steps import make_step
from lab.floor import numpy_floor
from lab.process import Process, serve
from lab.profile import shares
from lab.setting import Setting, largest_error
from lab.turns import Arm
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.timing.clock import Stopwatch
from scratchnet.timing.machine import cores

MIB = 2**20
SMALL = Setting("two_conv", batch_size=2, size=8, hidden=2, width=2, seed=0)


class Worker(Process):
    """The parent's end. Starts the process and does not wait for it."""

    def __init__(self, rung: str, environment: Mapping[str, str] | None = None):
        super().__init__(f"the rung {rung}", ["-m", "lab.benchmark.worker", rung], environment)


class RungService:
    """What answers in the worker's process. The questions come in order: `build`, then `turn` as often as wanted."""

    def __init__(self, rung: str):
        self._rung = rung
        self._threads = 1 if RUNGS[rung].one_thread else cores()
        self._seconds = self._processor_seconds = 0.0  # of all turns together
        # importing torch takes seconds and memory
        self._torch = import_module("lab.benchmark.torch_steps") if RUNGS[rung].backend == "pytorch" else None
        if self._torch:
            self._torch.start(self._threads)
        if not RUNGS[rung].needs:  # what is loaded at the first step is no part of the network's memory
            self.build(SMALL, np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8), "sgd")

    def build(self, setting: Setting, pictures: np.ndarray, optimizer: str) -> dict[str, float]:
        """Make the network and take two steps.

        pictures: (n, size, size, 3) uint8; optimizer: "sgd" or "adam". The answer: step_seconds of the second step, and
        build_seconds of all before it.
        """
        self._step = None  # of two networks at a time the memory would be that of both
        self._setting = setting
        self._x, self._labels = setting.batch(pictures)
        self._held = forget_peak()
        with Stopwatch() as watch:
            self._step = make_step(self._rung, setting, self._x, self._labels, optimizer, self._threads)
            self._step.step()
            self._step.synchronize()
        step_seconds = float(self.turn(1, warm_up=0)[0])
        self._seconds = self._processor_seconds = 0.0
        return {"build_seconds": watch.seconds, "step_seconds": step_seconds}

    def turn(self, steps: int, warm_up: int) -> np.ndarray:
        """Seconds of each step after the warm-up: (steps,) float64."""
        with Stopwatch() as watch:
            seconds = Arm(self._step.step, self._step.synchronize).turn(steps, warm_up)
        self._seconds += watch.seconds
        self._processor_seconds += watch.processor_seconds
        return seconds

    def used(self) -> dict[str, float]:
        """Since `build`: cores_busy, the average over all turns, and the most memory above what was held before it.

        The memory is peak_mib, or on a GPU peak_device_mib. There is no peak_mib where the system does not count it, or
        where a compiler has worked in this process.
        """
        used = {"cores_busy": self._processor_seconds / self._seconds} | self._step.device_memory()
        if RUNGS[self._rung].needs or self._held is None:
            return used
        return used | {"peak_mib": (peak() - self._held) / MIB}

    def gradient_error(self) -> float:
        """Against the clear layers in float64, at the initial weights."""
        exact, loss = self._setting.network(np.float64), BinaryCrossEntropy()
        weights = self._setting.network().arrays
        exact.load(weights)
        exact.backward(loss(exact.forward(self._x.astype(np.float64)), self._labels)[1])
        return largest_error(self._step.gradients(weights), exact.grads)

    def profile(self) -> dict[str, float]:
        """The share of every part of the fast network's step in its time."""
        return shares(self._step.step)

    def limits(self) -> dict[str, float]:
        """What the rung's library reaches at most on its threads or on its device."""
        return self._torch.limits(self._rung) if self._torch else numpy_floor(self._threads)

    def about(self) -> dict:
        """threads; of PyTorch also the blas and the gpu."""
        return self._torch.about() if self._torch else {"threads": self._threads}


if __name__ == "__main__":
    with threadpool_limits(1 if RUNGS[sys.argv[1]].backend == "numpy" else None, user_api="blas"):
        serve(lambda: RungService(sys.argv[1]))
