"""A rung in a process of its own, with threads and memory of its own; it works when it is asked to, and else sleeps.

`Worker` is the parent's end, `Bench` what answers at the other: each of its methods is a question. Questions and
answers go through the process's standard input and output, which end when either process does; so a worker whose
parent has been killed ends too. Its standard error is kept, and told when it ends unasked.
"""

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from scratchnet.benchmark.memory import forget_peak, peak
from scratchnet.benchmark.profile import shares
from scratchnet.benchmark.rungs import RUNGS
from scratchnet.benchmark.setting import Setting, largest_error
from scratchnet.benchmark.steps import make_step
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.problems import Problem
from scratchnet.timing import Arm, Stopwatch, cores

ROOT = Path(__file__).parents[2]
MIB = 2**20
SMALL = Setting("two_conv", batch_size=2, size=8, hidden=2, width=2, seed=0)


class Worker:
    """Starts at once, without waiting; `with` ends it, whatever it is doing."""

    def __init__(self, rung: str, environment: Mapping[str, str] | None = None, root: Path = ROOT):
        self._rung, self._told = rung, tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scratchnet.benchmark.worker", rung],
            cwd=root,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            start_new_session=True,  # so that `__exit__` ends the compilers that it has started, too
        )

    def ask(self, question: str, *arguments):
        """The answer of the Bench's method. Problem where the rung cannot work here, or the process has ended."""
        try:
            pickle.dump((question, arguments), self._process.stdin)
            self._process.stdin.flush()
            kind, answer = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise Problem(self._last_words()) from None
        if kind == "problem":
            raise Problem(answer)
        if kind == "error":
            raise RuntimeError(f"the rung {self._rung} failed:\n{answer}")
        return answer

    def turn(self, steps: int, warm_up: int) -> np.ndarray:
        return self.ask("turn", steps, warm_up)

    def _last_words(self) -> str:
        status = self._process.wait()
        self._told.seek(0)
        words = self._told.read().decode(errors="replace").strip().splitlines()[-1:]
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        memory = " Was there too little memory?" if how == "SIGKILL" else ""
        return " ".join([f"The process of the rung {self._rung} ended with {how}.{memory}", *words])

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_) -> None:
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._told):
            with suppress(BrokenPipeError):
                pipe.close()


class Bench:
    """The worker's end: one rung."""

    def __init__(self, rung: str):
        self._rung = rung
        self._threads = 1 if RUNGS[rung].one_thread else cores()
        self._seconds = self._processor_seconds = 0.0  # of all turns together
        if RUNGS[rung].backend == "pytorch":
            from scratchnet.torch_nn.rungs import start

            start(self._threads)
        if not RUNGS[rung].needs:  # what is loaded at the first step is no part of the network's memory
            self.build(SMALL, np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8), "sgd")

    def build(self, setting: Setting, pictures: np.ndarray, optimizer: str) -> dict[str, float]:
        """Make the network and take two steps: step_seconds of the second, build_seconds of all before it."""
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
        with Stopwatch() as watch:
            seconds = Arm(self._step.step, self._step.synchronize).turn(steps, warm_up)
        self._seconds += watch.seconds
        self._processor_seconds += watch.processor_seconds
        return seconds

    def used(self) -> dict[str, float]:
        """Since `build`: cores_busy on average, and the most memory, as peak_mib, or on a GPU peak_device_mib.

        No peak_mib where the system does not count it, or where a compiler has worked in this process.
        """
        used = {"cores_busy": self._processor_seconds / self._seconds} | self._step.device_memory()
        if RUNGS[self._rung].needs or self._held is None:
            return used
        return used | {"peak_mib": (peak() - self._held) / MIB}

    def gradient_error(self) -> float:
        """Against the clear layers in float64, at the initial weights."""
        exact, loss = self._setting.network(np.float64), BinaryCrossEntropy()
        weights = self._setting.network().params
        exact.load(weights)
        exact.backward(loss(exact.forward(self._x.astype(np.float64)), self._labels)[1])
        return largest_error(self._step.gradients(weights), exact.grads)

    def profile(self) -> dict[str, float]:
        """The share of every part of the fast network's step in its time."""
        return shares(self._step.step)

    def limits(self) -> dict[str, float]:
        """What the rung's library reaches at most on its threads or on its device."""
        if RUNGS[self._rung].backend == "pytorch":
            from scratchnet.torch_nn.rungs import limits

            return limits(self._rung)
        from scratchnet.benchmark.limits import limits

        return limits(self._threads)

    def about(self) -> dict:
        """threads; of PyTorch also the blas and the gpu."""
        if RUNGS[self._rung].backend == "pytorch":
            from scratchnet.torch_nn.rungs import about

            return about()
        return {"threads": self._threads}


def serve(rung: str) -> None:
    """Answer questions until there are no more."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    bench = None
    while True:
        try:
            question, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            bench = bench or Bench(rung)
            answer = "answer", getattr(bench, question)(*arguments)
        except Problem as problem:
            answer = "problem", str(problem)
        except Exception:
            answer = "error", traceback.format_exc()
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    with threadpool_limits(1 if RUNGS[sys.argv[1]].backend == "numpy" else None, user_api="blas"):
        serve(sys.argv[1])
