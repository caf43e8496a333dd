"""Measuring: every rung has a worker of its own, and all take turns in the same rounds."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

import numpy as np
from tqdm import tqdm

from lab.benchmark.rungs import EAGER, RUNGS, as_measured
from lab.benchmark.worker import Worker
from lab.params import Benchmark
from lab.setting import Setting, draw
from lab.turns import interleave, steps_that_fit
from lab.work import flops
from scratchnet.problems import Problem

Workers = Mapping[str, Worker]
Seconds = dict[str, np.ndarray]  # of a step, by rung: (rounds,) float64, each the median of a round's steps
WITH_ADAM = ("fast", *EAGER)
ON_CUDA = tuple(name for name, rung in RUNGS.items() if rung.device == "cuda")
LIMITS = ("clear", "fast", "pytorch_nchw", *ON_CUDA)  # who measures the machine's own


@dataclass(frozen=True)
class Climb:
    """What was measured of one architecture, by rung; `about` is what PyTorch runs on, `absent` says why.

    profile: the parts of the fast network's step on one thread, and the share of its time that each takes.
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
    """A worker for each rung that this machine has, and for each other the reason why not."""
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
    """Every rung's step, in turns: with SGD all, then with Adam those that are compared."""
    rng = np.random.default_rng([params.seed, 1])
    found, failed = _build_all(workers, setting)
    there = {name: workers[name] for name in found}
    measured = _in_turns(f"{setting.arch}, ladder", there, found, params, rng)
    seconds = {name: values * _times(name, setting) for name, values in measured.items()}
    for name, worker in there.items():
        found[name] |= worker.ask("used")  # first: what is asked below takes memory of its own
        found[name] |= {"gradient_error": worker.ask("gradient_error"), "threads": worker.ask("about")["threads"]}
    limits = {name: there[name].ask("limits") for name in LIMITS if name in there}
    profile = there["fast_1_thread"].ask("profile")

    rivals = {name: there[name] for name in WITH_ADAM}
    built = {name: build(worker, setting, "adam") for name, worker in rivals.items()}
    adam_seconds = _in_turns(f"{setting.arch}, Adam", rivals, built, params, rng)
    about = workers["pytorch_nchw"].ask("about")
    return Climb(setting, found, seconds, adam_seconds, limits, profile, about, {**absent, **failed})


def build(worker: Worker, setting: Setting, optimizer: str = "sgd") -> dict[str, float]:
    return worker.ask("build", setting, draw(setting.size, setting.seed), optimizer)


def round_medians(
    workers: Workers,
    built: Mapping[str, Mapping[str, float]],
    rounds: int,
    turn_seconds: float,
    rng: np.random.Generator,
    after_turn: Callable[[], object] = lambda: None,
) -> Seconds:
    """The workers in turns, each for about `turn_seconds` (or one step, where that is longer) a round.

    built: what `build` answered for each.
    """
    steps = {name: steps_that_fit(turn_seconds, built[name]["step_seconds"]) for name in workers}
    every_step = interleave(workers, steps, rounds, rng, after_turn)
    return {name: np.median(seconds, axis=1) for name, seconds in every_step.items()}


def _build_all(workers: Workers, setting: Setting) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """How long each worker needed; and why one failed that not every machine has. Problem where another one did."""
    found, failed = {}, {}
    for name, worker in tqdm(workers.items(), f"{setting.arch}, start", unit="rung", disable=None):
        try:
            found[name] = build(worker, as_measured(name, setting))
        except Problem as problem:
            if not RUNGS[name].needs:
                raise
            failed[name] = str(problem)
    return found, failed


def _in_turns(
    title: str, workers: Workers, built: Mapping[str, Mapping], params: Benchmark, rng: np.random.Generator
) -> Seconds:
    with tqdm(total=params.rounds * len(workers), desc=title, unit="turn", disable=None) as bar:
        return round_medians(workers, built, params.rounds, params.turn_seconds, rng, bar.update)


def _times(rung: str, setting: Setting) -> float:
    """How many times the work of what the rung has measured that of `setting` is."""
    return flops(setting) / flops(as_measured(rung, setting))
