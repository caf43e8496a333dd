"""Each process's part of an order: together they are the batch, whatever its size, and their means are its mean."""

import numpy as np
import pytest
import torch

from scratchnet.problems import Problem
from scratchnet.torch_nn.distributed import ALONE, Ranks, joined
from scratchnet.training import Plan

ORDER = Plan(epochs=1, learning_rate=0.1, seed=1, augment="flip_shift", max_shift=2).order(1, 29)


def parts(count, size):
    """The batches of every process: [rank][step], and their weights."""
    shards = [Ranks(rank, count, rank).shard(ORDER, size) for rank in range(count)]
    return [list(order.batches(part)) for order, part, _ in shards], [weights for *_, weights in shards]


@pytest.mark.parametrize(("count", "size"), [(2, 8), (3, 8), (3, 9), (5, 8), (4, 29), (2, 64)])
def test_the_parts_of_a_batch_are_the_batch(count, size):
    served, weights = parts(count, size)
    for step, batch in enumerate(ORDER.batches(size)):
        heavy = [served[rank][step] for rank in range(count) if weights[rank][step] > 0]
        assert sorted(np.concatenate([part.indices for part in heavy])) == sorted(batch.indices)
        assert [len(rank) for rank in served] == [len(list(ORDER.batches(size)))] * count
        for part in heavy:
            place = list(batch.indices).index(part.indices[0])
            assert (part.shifts[0] == batch.shifts[place]).all()
            assert part.flips[0] == batch.flips[place]


@pytest.mark.parametrize(("count", "size"), [(2, 8), (3, 8), (5, 8), (7, 9)])
def test_the_mean_of_the_weighted_means_is_the_mean_of_the_batch(count, size):
    served, weights = parts(count, size)
    for step, batch in enumerate(ORDER.batches(size)):
        means = [served[rank][step].indices.mean() * weights[rank][step] for rank in range(count)]
        assert np.mean(means) == pytest.approx(batch.indices.mean())


def test_one_process_has_it_all():
    order, size, weights = ALONE.shard(ORDER, 8)
    assert order is ORDER
    assert size == 8
    assert weights.tolist() == [1.0] * 4
    assert ALONE.leads
    with joined("cpu", batch_size=1) as ranks:
        assert ranks == ALONE
    assert ALONE.the_leaders({"a": 1}) == {"a": 1}
    assert ALONE.mean(torch.ones(2)).tolist() == [1.0, 1.0]


def test_a_batch_with_less_than_a_picture_for_each_is_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "9")
    with pytest.raises(Problem, match=r"9 processes cannot share a batch of 8.*--nproc-per-node"), joined("cpu", 8):
        pass
