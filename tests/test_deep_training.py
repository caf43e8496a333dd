"""The deep network is trained alike by every implementation, with all that its settings ask for."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from source_imports import ROOT

from scratchnet.experiment import initial_network, plan_of
from scratchnet.journal import Journal
from scratchnet.numpy_fast.chosen import make_learner
from scratchnet.numpy_fast.team import Team
from scratchnet.params import load
from scratchnet.prepared import PreparedSplit
from scratchnet.torch_nn.distributed import Ranks
from scratchnet.torch_nn.graphs import DeviceEpoch
from scratchnet.torch_nn.inputs import FolderSplit, MappedSplit, Normalise, ResidentSplit, write_image_folder
from scratchnet.torch_nn.learner import make_learner as make_torch_learner
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.training import train

CPU, SIZE, COUNT = torch.device("cpu"), 32, 21
SETTINGS = load(ROOT / "params.yaml")
DEEP = SETTINGS.cnn("deep").model_copy(update={"epochs": 2, "batch_size": 8})
PLAN = plan_of(DEEP, SIZE)


@pytest.fixture(scope="module")
def splits():
    rng = np.random.default_rng(8)
    images = rng.integers(0, 256, (COUNT, SIZE, SIZE, 3), dtype=np.uint8)
    labels, names = (np.arange(COUNT) % 2).astype(np.uint8), [f"{k}.png" for k in range(COUNT)]
    split = PreparedSplit(images, labels, names, np.array([0.5, 0.5, 0.4]), np.array([0.2, 0.3, 0.2]))
    return {"train": split, "val": split, "test": split}


def learner_of(splits, kind, dtype, width=2, **how):
    params = DEEP.model_copy(update={"dtype": dtype})
    splits = {name: replace(split, dtype=dtype) for name, split in splits.items()}
    network = initial_network("deep", SIZE, params, width)
    if kind in ("clear", "fast"):
        return make_learner(network, splits, params.model_copy(update={"implementation": kind}), Team(2))
    model, where = CatDogCNN("deep", SIZE, 1, width), SETTINGS.train_cuda_cnn.model_copy(update=how)
    model.from_numpy(network.arrays)
    served = {name: ResidentSplit(split, Normalise(split, CPU, where.memory_format)) for name, split in splits.items()}
    return make_torch_learner(model, served, params, where, CPU)


def test_its_settings_ask_for_all_that_was_made_for_it():
    assert DEEP.augment == "strong"
    assert DEEP.label_smoothing > 0
    assert DEEP.weight_decay > 0


@pytest.mark.parametrize(("dtype", "distance"), [("float64", 1e-11), ("float32", 1e-3)])
def test_the_loss_tables_agree_and_what_is_known_of_running_statistics(splits, dtype, distance):
    # Torch 2.15 damages its memory with so few channels, channels last: here they are more.
    learners = [learner_of(splits, kind, dtype, width=8) for kind in ("clear", "fast", "torch")]
    learners += [learner_of(splits, "torch", dtype, width=8, memory_format="channels_last")]
    tables = [train(each, COUNT, PLAN).table().drop(columns="seconds") for each in learners]
    for table in tables[1:]:
        np.testing.assert_allclose(table, tables[0], rtol=0, atol=distance)
    wanted = learners[0].weights()
    assert any("running" in name for name in wanted)
    for each in learners[1:]:
        for name, w in each.weights().items():
            np.testing.assert_allclose(w, wanted[name], rtol=0, atol=10 * distance, err_msg=name)


def test_every_input_path_serves_the_same_views_to_the_bit(splits, tmp_path):
    split, order = splits["train"], PLAN.order(1, COUNT)
    write_image_folder(split, tmp_path)
    normalise = Normalise(split, CPU, "contiguous")
    paths = ResidentSplit(split, normalise), MappedSplit(split, normalise), FolderSplit(tmp_path, normalise, 0)
    for batch, *served in zip(order.batches(8), *(path.batches(order, 8) for path in paths), strict=True):
        x, _ = split.batch(batch)
        assert not np.array_equal(x, split.batch(replace(batch, views=None))[0])
        for torch_x, _ in served:
            np.testing.assert_array_equal(torch_x.numpy(), x, strict=True)


def test_steps_that_a_graph_would_record_are_the_same(splits):
    one_by_one, by_counter = (learner_of(splits, "torch", "float64") for _ in range(2))
    by_counter._epoch = DeviceEpoch(by_counter.step, by_counter.splits["train"], 8, with_views=True)
    order, rates = PLAN.order(1, COUNT), PLAN.rates(1, COUNT, 8)
    assert by_counter.train_epoch(order, rates) == pytest.approx(one_by_one.train_epoch(order, rates), abs=1e-7)


@pytest.mark.parametrize("kind", ["fast", "torch"])
def test_a_training_that_ended_early_goes_on_to_the_same_bit(splits, tmp_path, kind):
    checkpoint = tmp_path / "run.safetensors"
    whole, again, resumed = (learner_of(splits, kind, "float32") for _ in range(3))
    train(whole, COUNT, PLAN)
    with pytest.raises(KeyboardInterrupt):
        train(again, COUNT, PLAN, Journal(checkpoint=checkpoint, after_epoch=_interrupt))
    train(resumed, COUNT, PLAN, Journal(checkpoint=checkpoint))
    for name, w in whole.weights().items():
        np.testing.assert_array_equal(resumed.weights()[name], w, err_msg=name)


def _interrupt(_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("kind", ["clear", "fast", "torch"])
def test_looking_and_evaluating_change_no_running_statistics(splits, kind):
    each = learner_of(splits, kind, "float32")
    before = each.weights()
    each.evaluate("val")
    each.outputs("test")
    signs = each.vital_signs(each.mark())
    assert list(signs) == ["conv1", "block1", "block2", "block3", "block4", "fc"]
    assert each.first_not_finite("val") is None
    for name, w in each.weights().items():
        np.testing.assert_array_equal(w, before[name], err_msg=name)


def test_both_backends_have_the_same_signs(splits):
    found = []
    for kind in ("clear", "fast", "torch"):
        each = learner_of(splits, kind, "float64")
        mark = each.mark()
        each.train_epoch(PLAN.order(1, COUNT), PLAN.rates(1, COUNT, 8))
        found.append(each.vital_signs(mark))
    for other in found[1:]:
        for layer, signs in found[0].items():
            assert other[layer] == pytest.approx(signs, rel=1e-8), layer


def test_processes_share_the_views_of_a_batch():
    order = PLAN.order(1, COUNT)
    parts = [Ranks(rank, 2, rank).shard(order, 8)[0] for rank in range(2)]
    assert all(part.views.shape == (len(part), 10) for part in parts)
    np.testing.assert_array_equal(np.sort(np.concatenate([part.indices for part in parts])), np.arange(COUNT))
