import numpy as np
import pytest

from scratchnet.photos.splits import copies
from scratchnet.photos.splits import split as split_by_groups


def split(labels, given, data):
    """Without near duplicates."""
    return split_by_groups(labels, given, np.arange(len(labels)), data)


def counts(labels, splits) -> dict[str, list[int]]:
    return {
        name: [int(((splits == name) & (labels == label)).sum()) for label in (0, 1)]
        for name in ("train", "val", "test")
    }


LABELS = np.repeat(np.array([0, 1], dtype=np.uint8), [60, 40])
NONE = np.full(100, "")


def test_every_class_is_cut_alike_test_first(data):
    assert counts(LABELS, split(LABELS, NONE, data())) == {"train": [36, 24], "val": [12, 8], "test": [12, 8]}


@pytest.mark.parametrize("limit", [1, 10, 33, 80, 1000])
def test_the_limit_is_of_train_and_val_together_and_the_rest_joins_the_test(data, limit):
    found = counts(LABELS, split(LABELS, NONE, data(limit=limit)))
    assert sum(found["train"] + found["val"]) == min(limit, 80)
    cats = found["train"][0] + found["val"][0]
    assert abs(cats - 0.6 * min(limit, 80)) < 1
    assert sum(sum(number) for number in found.values()) == 100


def test_what_the_source_brings_is_kept_and_what_it_lacks_is_cut_from_its_train(data):
    given = np.where(np.arange(100) % 2, "test", "train")
    splits = split(LABELS, given, data())
    assert ((splits == "test") == (given == "test")).all()
    assert counts(LABELS, splits) == {"train": [22, 15], "val": [8, 5], "test": [30, 20]}
    own = np.array(["train", "val", "test", "train"] * 25)
    assert (split(LABELS, own, data()) == own).all()
    assert sum(counts(LABELS, split(LABELS, own, data(limit=30)))["val"]) == 10


def test_the_seed_and_nothing_else_moves_the_split(data):
    first, again, other = (split(LABELS, NONE, data(seed=seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_of_copies_the_one_of_most_use_in_the_test_is_kept():
    digests = dict(enumerate([b"a", b"b", b"a", b"b", b"a", b"c"]))
    splits = dict(enumerate(["train", "train", "val", "", "test", "train"]))
    assert copies(digests, splits) == {2: 4, 0: 4, 3: 1}
