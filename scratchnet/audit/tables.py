"""What was found, as tables of names and hashes, and as numbers."""

from collections import Counter

import numpy as np
import pandas as pd

from scratchnet.audit.collection import Collection
from scratchnet.audit.doubts import Doubts
from scratchnet.photos.near import crowded, distances, straddling
from scratchnet.prepared import to_cell


def copies_table(collection: Collection, groups: np.ndarray) -> pd.DataFrame:
    """A row for each picture that looks like another, with the first of its group, and how far it is from that.

    same_pixels: whether it has the very same pixels as one before it. distance: in bits of the perceptual hash.
    """
    rows = np.nonzero(crowded(groups))[0]
    words = [np.frombuffer(collection.bits[row], dtype=np.uint64) for row in rows]
    first = [np.frombuffer(collection.bits[row], dtype=np.uint64) for row in groups[rows]]
    table = _named(collection, rows)
    table.insert(0, "group", [to_cell(collection.names[row]) for row in groups[rows]])
    table["distance"] = distances(np.array(words), np.array(first)) if len(rows) else []
    table["same_pixels"] = np.where(_repeats(collection)[rows], "yes", "no")
    order = np.lexsort((rows, groups[rows]))
    return table.iloc[order]


def _named(collection: Collection, rows: np.ndarray) -> pd.DataFrame:
    """The index is the places of the pictures."""
    return pd.DataFrame(
        {
            "name": [to_cell(collection.names[row]) for row in rows],
            "hash": [collection.hashes[row] for row in rows],
            "split": collection.splits[rows],
            "label": _kinds(collection)[rows],
        },
        index=rows,
    )


def _kinds(collection: Collection) -> np.ndarray:
    """(N,) of str: the kind of each picture, "" where it has no label."""
    return np.array([*collection.classes, *[""] * 254])[collection.labels]


def _repeats(collection: Collection) -> np.ndarray:
    return pd.Series(collection.pixels).duplicated().to_numpy(dtype=bool)


def copies_numbers(collection: Collection, groups: np.ndarray) -> dict:
    """same_pixels: pictures that repeat one before them. The others: pictures with a near duplicate, and where."""
    labels = _kinds(collection)
    return {
        "same_pixels": int(_repeats(collection).sum()),
        "near_duplicates": int(crowded(groups).sum()),
        "groups": len(np.unique(groups[crowded(groups)])),
        "across_splits": int(straddling(groups, collection.splits).sum()),
        "with_another_label": int((straddling(groups, labels) & (labels != "")).sum()),
    }


def odd_table(collection: Collection) -> pd.DataFrame:
    rows = [(to_cell(name), known, kind, to_cell(detail)) for name, known, kind, detail in collection.odd]
    return pd.DataFrame(rows, columns=["name", "hash", "oddity", "detail"])


def odd_numbers(collection: Collection) -> dict[str, int]:
    return dict(sorted(Counter(kind for _, _, kind, _ in collection.odd).items()))


def doubts_table(collection: Collection, rows: np.ndarray, found: Doubts) -> pd.DataFrame:
    """A row for each doubted label, the least probable first. rows: the places of the pictures that were asked."""
    table = _named(collection, rows).assign(probability_of_label=found.given)[found.doubted]
    return table.sort_values("probability_of_label", kind="stable")


def doubts_numbers(collection: Collection, rows: np.ndarray, found: Doubts) -> dict:
    """rows: the places of the pictures that were asked."""
    classes, labels = collection.classes, collection.labels[rows]
    doubted = {kind: int(found.doubted[labels == label].sum()) for label, kind in enumerate(classes)}
    return {
        "asked": len(rows),
        "right": found.right,
        "threshold": dict(zip(classes, found.thresholds, strict=True)),
        "doubted": doubted | {"all": int(found.doubted.sum())},
    }


def summary(numbers: dict) -> str:
    """The numbers for people, a line each, by their dotted names."""
    lines = []
    for name, value in _flat(numbers):
        shown = f"{value:,}" if isinstance(value, int) else f"{value:.4g}" if isinstance(value, float) else f"{value}"
        lines.append(f"  {name:40}{shown:>12}")
    return "\n".join(lines)


def _flat(numbers: dict, before: str = ""):
    for name, value in numbers.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
