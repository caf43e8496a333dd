"""Numbers of a run that a chapter names, so that they are always what the files say.

<!-- value: metrics/train_linear.json test_accuracy .1% -->66.4%<!-- /value --> has the file, the key, and how to write
it (a format of Python's; none: as it stands there). A key is dotted; of a CSV it is a column and a row, train_loss[3].
"""

import csv
import re
from pathlib import Path

from ruamel.yaml import YAML

from scratchnet.problems import Problem
from scratchnet.records import read_metrics

VALUE = re.compile(
    r"(?<!`)<!--\s+value:\s+(?P<file>\S+)\s+(?P<key>\S+)(?:\s+(?!-->)(?P<form>\S+))?\s+-->(?P<text>.*?)<!--\s+/value\s+-->",
    re.DOTALL,
)
CELL = re.compile(r"(\w+)\[(-?\d+)\]")


def value_text(file: str, key: str, form: str | None, root: Path) -> str:
    """The value as it is written in a text. Problem where the file, the key or the format does not exist."""
    value = _cell(file, key, root) if file.endswith(".csv") else _entry(file, key, root)
    try:
        return format(value, form or "")
    except (ValueError, TypeError):
        raise Problem(f"{key} of {file} is {value!r}, which cannot be written as {form!r}.") from None


def _entry(file: str, key: str, root: Path) -> float | str:
    tree = _tree(file, root)
    for part in key.split("."):
        if not isinstance(tree, dict) or part not in tree:
            known = f"there is {', '.join(map(str, tree))}" if isinstance(tree, dict) else "nothing is below it"
            raise Problem(f"{file} has no {key}: where {part} is looked for, {known}.")
        tree = tree[part]
    if isinstance(tree, dict | list):
        raise Problem(f"{key} of {file} is no single value: name one of {', '.join(map(str, tree))}.")
    return tree


def _tree(file: str, root: Path) -> dict:
    path = _existing(file, root)
    match path.suffix:
        case ".json":
            return read_metrics(path)
        case ".yaml":
            return YAML(typ="safe").load(path)
    raise Problem(f"{file} is not JSON, YAML or CSV: no value can be taken from it.")


def _cell(file: str, key: str, root: Path) -> float | str:
    rows = list(csv.DictReader(_existing(file, root).read_text(encoding="utf-8").splitlines()))
    if not (found := CELL.fullmatch(key)):
        raise Problem(f"{key} is no cell of {file}: name a column and a row, such as train_loss[3] or train_loss[-1].")
    column, row = found[1], int(found[2])
    if not rows or column not in rows[0]:
        raise Problem(f"{file} has no column {column}: it has {', '.join(rows[0] if rows else [])}.")
    if not -len(rows) <= row < len(rows):
        raise Problem(f"{file} has no row {row}: it has {len(rows)}, counted from 0.")
    return _number(rows[row][column])


def _number(text: str) -> float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _existing(file: str, root: Path) -> Path:
    if not (root / file).is_file():
        raise Problem(f"There is no file {file}, of which a value is named.")
    return root / file
