"""Which pictures of the test split go along with the page: there is not room for all."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest

import numpy as np

from scratchnet.page.packed import deflated
from scratchnet.prepared import PreparedSplit

COUNTS = (100, 80, 60, 40, 24, 12)  # of pictures: the first that fits, or the last


def pictures(test: PreparedSplit, probabilities: Sequence[np.ndarray], room: int) -> dict:
    """As many as fit into `room` bytes; probabilities (N,): of the second kind, as each network answered."""
    for count in COUNTS:
        chosen = choose(test.labels, probabilities, count)
        content = deflated(test.images[chosen])
        if len(content) <= room:
            break
    return {
        "size": test.images.shape[1],
        "names": [test.names[index] for index in chosen],
        "labels": test.labels[chosen].tolist(),
        "test_index": chosen.tolist(),
        "deflated": content,
    }


def choose(labels: np.ndarray, probabilities: Sequence[np.ndarray], count: int) -> np.ndarray:
    """The places of `count` pictures in their split, ascending.

    One that some network got wrong, the most wrong of each first, and one that all got right, both kinds alike; and
    so on in turn.
    """
    of_truth = [np.where(labels == 1, p, 1 - p) for p in probabilities]  # how likely each network thought the truth
    wrong = _in_turn(np.argsort(p, kind="stable")[: int((p < 0.5).sum())].tolist() for p in of_truth)
    right = np.all([p >= 0.5 for p in of_truth], axis=0) if of_truth else np.ones(len(labels), dtype=bool)
    alike = _in_turn(np.flatnonzero(right & (labels == label)).tolist() for label in (0, 1))
    return np.sort(np.array(_in_turn([wrong, alike])[:count], dtype=np.int64))


def _in_turn(rows: Iterable[list[int]]) -> list[int]:
    """The first of every row, the second of every row, ...; each number once."""
    return list(dict.fromkeys(number for column in zip_longest(*rows) for number in column if number is not None))
