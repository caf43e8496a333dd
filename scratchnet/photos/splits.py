"""Which picture is for training, which for choosing the epoch, which for the test; and that none is in two of them."""

from collections.abc import Mapping

import numpy as np

from scratchnet.names import rng_of
from scratchnet.params import Data

STREAM = 0  # of data.seed, which is no training's seed: its other streams are the drawings', one for each picture


def copies(digests: Mapping[int, bytes], splits: Mapping[int, str]) -> dict[int, int]:
    """Index of a picture -> index of the one that it repeats and that is kept.

    The first is kept; of copies in several splits the one in test, then in val, so that a test set stays whole.
    """
    importance = {"test": 0, "val": 1}
    kept, repeats = {}, {}
    for index in sorted(digests, key=lambda index: (importance.get(splits[index], 2), index)):
        first = kept.setdefault(digests[index], index)
        if first != index:
            repeats[index] = first
    return repeats


def split(labels: np.ndarray, given: np.ndarray, groups: np.ndarray, data: Data) -> np.ndarray:
    """labels (N,) uint8, given (N,) of str -> the split of each picture, (N,) of str; every class alike.

    given: the source's own splits, "" where it has none. What it lacks is cut from its train: first test
    (data.test_fraction), last val (data.val_fraction of what is left). In between, all but data.limit pictures of
    train and val together move to test (0: no limit).
    groups (N,): equal for near duplicates (see near.py). No cut goes through a group; where the source's own splits
    do, its other pictures stay in train.
    """
    splits = np.where(given == "", "train", given).astype("<U5")
    order = rng_of(data.seed, STREAM).permutation(len(labels))
    if "test" not in splits:
        _cut(splits, labels, groups, order, "test", data.test_fraction)
    if data.limit:
        _limit(splits, labels, groups, order, data.limit)
    if "val" not in splits:
        _cut(splits, labels, groups, order, "val", data.val_fraction)
    return splits


def _group(splits: np.ndarray, labels: np.ndarray, order: np.ndarray, name: str, label: int) -> np.ndarray:
    """The pictures of one class in one split, in random order."""
    return order[(splits[order] == name) & (labels[order] == label)]


def _cut(
    splits: np.ndarray, labels: np.ndarray, groups: np.ndarray, order: np.ndarray, target: str, fraction: float
) -> None:
    """Move `fraction` of each class of train, at least one picture, to `target`: in `splits` itself.

    The near duplicates of what is moved come along. What has one outside train stays.
    """
    free = ~np.isin(groups, groups[splits != "train"])
    for label in np.unique(labels):
        group = _group(splits, labels, order, "train", label)
        splits[group[free[group]][: max(1, round(fraction * len(group)))]] = target
    splits[(splits == "train") & np.isin(groups, groups[splits == target])] = target


def _limit(splits: np.ndarray, labels: np.ndarray, groups: np.ndarray, order: np.ndarray, limit: int) -> None:
    """Leave `limit` pictures in train and val, in their proportions, and move the rest to test: in `splits` itself.

    The near duplicates of what is moved come along, so that there may be fewer.
    """
    parts = [_group(splits, labels, order, name, label) for name in ("train", "val") for label in np.unique(labels)]
    shares = _shares([len(part) for part in parts], limit)
    moved = [place for part, share in zip(parts, shares, strict=True) for place in part[share:]]
    splits[np.isin(groups, groups[np.array(moved, dtype=np.int64)])] = "test"


def _shares(counts: list[int], total: int) -> list[int]:
    """`total`, or all where there are fewer, in the proportions of `counts`; largest remainders are rounded up."""
    exact = np.array(counts, dtype=np.float64) * min(1.0, total / max(1, sum(counts)))
    shares = np.floor(exact).astype(np.int64)
    missing = min(total, sum(counts)) - int(shares.sum())
    shares[np.argsort(shares - exact, kind="stable")[:missing]] += 1
    return shares.tolist()
