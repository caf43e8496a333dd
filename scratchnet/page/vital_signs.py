"""The vital signs of every training, and what is told of those that did not go well, for the page."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from scratchnet.names import BACKENDS, CNN_STAGES, METRICS, PLOTS, TASKS
from scratchnet.numpy_nn.vital_signs import SIGNS
from scratchnet.records import read_metrics
from scratchnet.verdict import sentences

DIGITS = 3  # that count: of a size more are not seen


def vital_signs(run: Mapping, section: Callable[[str], str]) -> list[dict]:
    """Of every training that `run` has: its id, its name, its epochs and layers, SIGN -> a list by layer and epoch.

    section: of params.yaml, with the settings of an architecture.
    """
    return [_of(*training) for training in _trainings(run, section) if _table(*training[:2]).exists()]


def _trainings(run: Mapping, section: Callable[[str], str]) -> Iterator[tuple[str, str, str, str]]:
    """stage, item, name for people, and the section of params.yaml."""
    for task in (task for task in TASKS if task in run["perceptrons"]):
        yield "train_mlp", task, task, f"train_mlp.{task}"
    for arch, both in run["networks"].items():
        for backend in both:
            yield CNN_STAGES[backend], arch, f"{arch}, {BACKENDS[backend]}", section(arch)


def _table(stage: str, item: str) -> Path:
    return PLOTS / stage / item / "vital_signs.csv"


def _of(stage: str, item: str, name: str, section: str) -> dict:
    table = pd.read_csv(_table(stage, item))
    layers = dict(list(table.groupby("layer", sort=False)))
    return {
        "id": f"{stage}/{item}",
        "name": name,
        "layers": list(layers),
        "epoch": table["epoch"].unique().tolist(),
        "signs": {sign: [_short(rows[sign]) for rows in layers.values()] for sign in SIGNS},
        "told": sentences(read_metrics(METRICS / stage / f"{item}.json"), section),
    }


def _short(numbers: pd.Series) -> list[float]:
    return [float(f"{number:.{DIGITS}g}") for number in numbers]
