"""Each process's part of an order: together they are the batch, whatever its size, and their means are its mean."""

import sys

import numpy as np
import pytest
import torch
from source_imports import ROOT
from stages_project import run

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


ONE_STEP = """
import sys
import numpy as np, torch
from scratchnet.numpy_nn.networks import cnn
from scratchnet.params import load
from scratchnet.prepared import PreparedSplit
from scratchnet.torch_nn.distributed import joined
from scratchnet.torch_nn.inputs import Normalise, ResidentSplit
from scratchnet.torch_nn.learner import make_learner
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.training import Plan

params, cpu, rng = load(), torch.device("cpu"), np.random.default_rng(1)
images, labels = rng.integers(0, 256, (8, 16, 16, 3), dtype=np.uint8), np.arange(8, dtype=np.uint8) % 2
split = PreparedSplit(images, labels, [], np.full(3, 0.5), np.full(3, 0.3))
model = CatDogCNN("deep", 16, 0)
model.from_numpy(cnn("deep", 16, 0, rng).arrays)
served = {"train": ResidentSplit(split, Normalise(split, cpu, "contiguous"))}
how = params.train_numpy_cnn.model_copy(update={"batch_size": 8})
with joined("cpu", 8) as ranks:
    learner = make_learner(model, served, how, params.train_cuda_cnn, cpu, ranks)
    learner.train_epoch(Plan(1, 0.001, seed=1).order(1, 8), np.array([0.001]))
    np.savez(f"{sys.argv[1]}/{ranks.rank} of {ranks.count}.npz", **learner.weights())
"""


def test_the_processes_agree_on_what_a_batch_norm_has_seen(tmp_path):
    """Each saw its half of the batch; the first norm reads what no other norm has changed, and so knows all of it."""
    script = tmp_path / "one_step.py"
    script.write_text(ONE_STEP)
    together = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    for how in (together, []):
        done = run(ROOT, sys.executable, *how, str(script), str(tmp_path), PYTHONPATH=str(ROOT))
        assert done.returncode == 0, done.stderr
    first, second, alone = (np.load(tmp_path / f"{name}.npz") for name in ("0 of 2", "1 of 2", "0 of 1"))
    assert any("running_var" in name for name in alone)
    for name in alone:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
    np.testing.assert_allclose(first["norm1.running_mean"], alone["norm1.running_mean"], rtol=1e-5, atol=1e-7)
    assert np.abs(first["norm1.running_mean"]).max() > 1e-3
