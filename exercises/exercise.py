"""What an exercise is. Each is a file exNN_NAME.py in this folder, and its solution is the project's own code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parent
Question = Mapping[str, object]  # the arguments of `answer`, by name: arrays, and settings
Answer = Mapping[str, object]  # arrays, numbers and texts by name: "y", "dx", ...


@dataclass(frozen=True)
class Mistake:
    """A mistake that people make: in the project's own body, `right` becomes `wrong`. cause: what is said to it.

    `right` stands exactly once in the bodies of the exercise.
    """

    right: str
    wrong: str
    cause: str


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    file, symbols: whose bodies are taken out of which file of the project.
    asks: what is to be written, and which names other code reads. hints: three, each nearer to the solution.
    questions: what the code is asked. The numbers are float64; shapes and dtypes are asked in float32.
    answer(code, **question): what a module like `file` answers.
    oracles: by name, oracle(code, **question) -> the answer, or a part of it, found in another way.
    tolerance: of the largest number of an array, in float64.
    """

    title: str
    chapter: int
    file: str
    symbols: tuple[str, ...]
    asks: str
    hints: tuple[str, str, str]
    mistakes: tuple[Mistake, ...]
    questions: Callable[[], Sequence[Question]]
    answer: Callable[..., Answer]
    oracles: Mapping[str, Callable[..., Answer]]
    tolerance: float = 1e-6

    @property
    def name(self) -> str:
        """Of the file: layers.py"""
        return Path(self.file).name

    @property
    def needs_pytorch(self) -> bool:
        return "torch_nn" in Path(self.file).parts

    def project(self) -> ModuleType:
        """The module with the solution."""
        return import_module(".".join(Path(self.file).with_suffix("").parts))


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises by their number: "01", "02", ..."""
    files = sorted(HERE.glob("ex[0-9][0-9]_*.py"))
    return {file.name[2:4]: import_module(f"exercises.{file.stem}").EXERCISE for file in files}


def of_the_same_file(exercise: Exercise) -> dict[str, Exercise]:
    return {number: other for number, other in exercises().items() if other.file == exercise.file}


def numbers(*shape: int, seed: int = 1) -> np.ndarray:
    """Of a normal distribution, float64; another seed gives others."""
    return np.random.default_rng([seed, *shape]).standard_normal(shape)
