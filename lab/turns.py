"""Measuring in turns. A round is one turn of every rival, in an order that favours none.

A machine's pace changes: others use it, and it grows warm. What is to be compared is therefore measured in the same
minutes, again and again, and compared round by round.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from tqdm import tqdm

from scratchnet.timing.clock import Stopwatch

# A rival's turn: it takes `warm_up` steps that do not count, then `steps` that do. Their seconds, (steps,) float64.
Turn = Callable[[int, int], np.ndarray]  # of steps, warm_up


class LabStream(IntEnum):
    """What the laboratory's random numbers are for, as scratchnet.names.Stream says it of the tutorial's."""

    TURNS = 1  # the order of the turns
    BOOTSTRAP = 2  # which rounds the gate draws anew
    SWEEP = 3  # the order of the turns of the benchmark's sweep
    READING = 4  # the order in which a file of pictures is read


class Deadline:
    """So many seconds from now on."""

    def __init__(self, seconds: float):
        self._end = time.perf_counter() + seconds

    def passed(self) -> bool:
        return time.perf_counter() > self._end


@dataclass(frozen=True)
class Arm:
    """A step to be timed, and how to wait until the device has done it: a GPU answers before it has."""

    step: Callable[[], object]
    synchronize: Callable[[], None] = lambda: None

    def turn(self, steps: int, warm_up: int = 1) -> np.ndarray:
        for _ in range(warm_up):
            self.step()
        seconds = np.empty(steps, dtype=np.float64)
        for index in range(steps):
            with Stopwatch(self.synchronize) as watch:
                self.step()
            seconds[index] = watch.seconds
        return seconds


def best_seconds(arm: Arm, tries: int = 7) -> float:
    """The shortest of some steps. For the machine's own limits: what disturbs a step only ever makes it longer."""
    return float(arm.turn(tries, warm_up=2).min())


def interleave(
    rivals: Mapping[str, Turn], steps: Mapping[str, int], rounds: int, rng: np.random.Generator, title: str = ""
) -> dict[str, np.ndarray]:
    """Seconds of every step, by the rival's name: (rounds, steps[name]) float64.

    steps: how many each takes in a turn. title: of a progress bar, if there shall be one.

    A turn begins with a step that does not count, because the caches are full of another rival's numbers. A rival that
    takes one step a turn has no such step: its step is long, and fills the caches itself.
    """
    seconds: dict[str, list[np.ndarray]] = {name: [] for name in rivals}
    with tqdm(total=rounds * len(rivals), desc=title, unit="turn", disable=None if title else True) as bar:
        for order in balanced_orders(list(rivals), rounds, rng):
            for name in order:
                seconds[name].append(rivals[name](steps[name], int(steps[name] > 1)))
                bar.update()
    return {name: np.stack(turns) for name, turns in seconds.items()}


def balanced_orders(names: Sequence[str], rounds: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """An order for each round: shuffled, then the same backwards, so that no rival is always behind another."""
    for number in range(rounds):
        if number % 2 == 0:
            shuffled = rng.permutation(len(names))
        yield [names[place] for place in (shuffled[::-1] if number % 2 else shuffled)]


def steps_that_fit(seconds: float, step_seconds: float) -> int:
    """How many steps of `step_seconds` each take about `seconds`; at least one."""
    return max(1, round(seconds / step_seconds))


def median_and_iqr(values: np.ndarray) -> tuple[float, float]:
    """The median, and the distance between the quartiles."""
    q1, median, q3 = np.quantile(values, (0.25, 0.5, 0.75))
    return float(median), float(q3 - q1)
