"""The ladder: the same network in implementations that grow faster. Each of them is a rung.

Every rung has a worker, which is a process of its own (worker.py). In each round every worker has one turn, in which it
takes some training steps. So a machine that slows down for a minute slows all rungs down.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryDirectory

import numpy as np
from tqdm import tqdm

from lab.benchmark.rungs import EAGER, RUNGS, as_measured
from lab.benchmark.worker import Worker
from lab.params import Benchmark, Sweep
from lab.setting import Setting, draw
from lab.turns import LabStream, interleave, steps_that_fit
from lab.work import flops
from scratchnet.names import rng_of
from scratchnet.problems import Problem

Workers = Mapping[str, Worker]
Seconds = dict[str, np.ndarray]  # of a step, by rung: (rounds,) float64, the median over the steps of each round
WITH_ADAM = ("fast", *EAGER)
ON_CUDA = tuple(name for name, rung in RUNGS.items() if rung.device == "cuda")
LIMITS = ("clear", "fast", "pytorch_nchw", *ON_CUDA)  # the rungs that measure what the machine itself can do


@dataclass(frozen=True)
class Climb:
    """What was measured of one architecture. All mappings are by the rung's name, but `profile` and `about`.

    found: step_seconds, build_seconds, threads, cores_busy, gradient_error and memory of each rung.
    seconds, adam_seconds: of a step with SGD, and with Adam.
    limits: what the machine itself can do, as LIMITS measured it. absent: why a rung could not be measured.
    profile: the share of each part of the fast network's step in its time, on one thread.
    about: the threads, the BLAS and the GPU of PyTorch.
    """

    setting: Setting
    found: dict[str, dict[str, float]]
    seconds: Seconds
    adam_seconds: Seconds
    limits: dict[str, dict[str, float]]
    profile: dict[str, float]
    about: dict
    absent: dict[str, str]


@contextmanager
def crew(compiling: bool) -> Iterator[tuple[dict[str, Worker], dict[str, str]]]:
    """Two mappings: a worker for each rung that can work here, and for each other rung the reason why it cannot.

    compiling: whether torch.compile is to be measured. All workers end with the block.
    """
    with ExitStack() as stack:
        cache = stack.enter_context(TemporaryDirectory(prefix="compiled-"))  # nothing compiled earlier, nothing left

        def hire(needs: tuple[str, ...]) -> dict[str, Worker]:
            environment = {"TORCHINDUCTOR_CACHE_DIR": cache}
            wanted = [name for name, rung in RUNGS.items() if rung.needs in needs]
            return {name: stack.enter_context(Worker(name, environment | RUNGS[name].environment)) for name in wanted}

        workers = hire(("", "compiler") if compiling else ("",))
        if workers["pytorch_nchw"].ask("about")["gpu"] != "none":
            workers |= hire(("gpu",))
        why = {"compiler": "switched off by benchmark.compile", "gpu": "PyTorch finds no CUDA device here"}
        yield workers, {name: why[rung.needs] for name, rung in RUNGS.items() if name not in workers}


def climb(workers: Workers, absent: Mapping[str, str], setting: Setting, params: Benchmark) -> Climb:
    """Measure one architecture: all rungs in turns with SGD, then the compared ones in turns with Adam."""
    rng = rng_of(params.seed, LabStream.TURNS)
    found, failed = _build_all(workers, setting)
    there = {name: workers[name] for name in found}
    measured = round_medians(there, found, params, rng, f"{setting.arch}, ladder")
    seconds = {name: values * _times(name, setting) for name, values in measured.items()}
    for name, worker in there.items():
        found[name] |= worker.ask("used")  # first: what is asked below takes memory of its own
        found[name] |= {"gradient_error": worker.ask("gradient_error"), "threads": worker.ask("about")["threads"]}
    limits = {name: there[name].ask("limits") for name in LIMITS if name in there}
    profile = there["fast_1_thread"].ask("profile")

    rivals = {name: there[name] for name in WITH_ADAM}
    built = {name: build(worker, setting, "adam") for name, worker in rivals.items()}
    adam_seconds = round_medians(rivals, built, params, rng, f"{setting.arch}, Adam")
    about = workers["pytorch_nchw"].ask("about")
    return Climb(setting, found, seconds, adam_seconds, limits, profile, about, {**absent, **failed})


def build(worker: Worker, setting: Setting, optimizer: str = "sgd") -> dict[str, float]:
    return worker.ask("build", setting, draw(setting.size, setting.seed), optimizer)


def round_medians(
    workers: Workers,
    built: Mapping[str, Mapping[str, float]],
    params: Benchmark | Sweep,
    rng: np.random.Generator,
    title: str = "",
) -> Seconds:
    """Let the workers take turns. A turn takes about params.turn_seconds, or one step where that takes longer.

    built: what `build` answered for each; its step_seconds says how many steps fit into a turn.
    """
    steps = {name: steps_that_fit(params.turn_seconds, built[name]["step_seconds"]) for name in workers}
    rivals = {name: partial(worker.ask, "turn") for name, worker in workers.items()}
    every_step = interleave(rivals, steps, params.rounds, rng, title)
    return {name: np.median(seconds, axis=1) for name, seconds in every_step.items()}


def _build_all(workers: Workers, setting: Setting) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """What `build` answered for each rung; and why it failed, for the rungs that not every machine has.

    Problem where any other rung failed.
    """
    found, failed = {}, {}
    for name, worker in tqdm(workers.items(), f"{setting.arch}, start", unit="rung", disable=None):
        try:
            found[name] = build(worker, as_measured(name, setting))
        except Problem as problem:
            if not RUNGS[name].needs:
                raise
            failed[name] = str(problem)
    return found, failed


def _times(rung: str, setting: Setting) -> float:
    """How many times as many FLOPs `setting` has as what the rung measured: 1, but for the loops."""
    return flops(setting) / flops(as_measured(rung, setting))
