"""The PyTorch learner sees what the NumPy learner sees, and learns what it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import cnn
from scratchnet.numpy_nn.optimizers import Adam
from scratchnet.photos.prepared import PreparedSplit
from scratchnet.problems import Problem
from scratchnet.torch_nn.image_folder import FolderSplit, write_image_folder
from scratchnet.torch_nn.learner import LOSSES, ResidentSplit, TorchLearner, choose_device, make_optimizer
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.training import Plan, train

CPU = torch.device("cpu")
PLAN = Plan(epochs=4, learning_rate=0.003, seed=2, schedule="cosine", augment="flip_shift", max_shift=2)


@pytest.fixture
def splits():
    """Twenty noisy pictures a split: dogs are brighter at the top than at the bottom."""
    rng = np.random.default_rng(8)
    made = {}
    for name in ("train", "val", "test"):
        labels = (np.arange(20) % 2).astype(np.uint8)
        slope = np.linspace(60, -60, 16)[None, :, None, None] * (labels[:, None, None, None] - 0.5)
        images = np.clip(128 + slope + rng.normal(0, 20, (20, 16, 16, 3)), 0, 255).astype(np.uint8)
        names = [f"{name}{i}" for i in range(20)]
        made[name] = PreparedSplit(images, labels, names, np.array([0.5, 0.5, 0.4]), np.array([0.2, 0.3, 0.2]))
    return made


def numpy_learner(splits):
    network = cnn("two_conv", 16, 8, np.random.default_rng(0))
    return NumpyLearner(network, BinaryCrossEntropy(), Adam(0.003), splits, batch_size=8)


def torch_learner(splits, optimizer="adam", device=CPU):
    model = CatDogCNN("two_conv", 16, 8).to(device)
    model.from_numpy(cnn("two_conv", 16, 8, np.random.default_rng(0)).params)
    resident = {name: ResidentSplit(split, device) for name, split in splits.items()}
    return TorchLearner(model, LOSSES["bce"], make_optimizer(model, optimizer, 0.003, 0.9, 0.0), resident, batch_size=8)


def test_both_input_paths_serve_what_numpy_sees_to_the_bit(splits, tmp_path):
    order = PLAN.order(1, 20)
    write_image_folder(splits["train"], tmp_path / "train")
    resident = ResidentSplit(splits["train"], CPU).batches(order, 8)
    folder = FolderSplit(tmp_path / "train", splits["train"], CPU, workers=0).batches(order, 8)
    for batch, *served in zip(order.batches(8), resident, folder, strict=True):
        x, labels = splits["train"].batch(batch)
        for torch_x, torch_labels in served:
            np.testing.assert_array_equal(torch_x.numpy(), x, strict=True)
            np.testing.assert_array_equal(torch_labels.numpy(), labels.astype(np.float32), strict=True)


def test_workers_serve_the_same(splits, tmp_path):
    write_image_folder(splits["val"], tmp_path / "val")
    order = PLAN.order(1, 20)
    in_process, by_workers = (
        list(FolderSplit(tmp_path / "val", splits["val"], CPU, workers).batches(order, 8)) for workers in (0, 2)
    )
    for (x, labels), (other_x, other_labels) in zip(in_process, by_workers, strict=True):
        assert torch.equal(x, other_x)
        assert torch.equal(labels, other_labels)


def test_the_loss_tables_of_both_backends_agree(splits):
    tables = [
        train(learner(splits), 20, PLAN).table().drop(columns="seconds") for learner in (numpy_learner, torch_learner)
    ]
    np.testing.assert_allclose(tables[0], tables[1], rtol=0, atol=1e-5)
    assert tables[0]["train_loss"].iloc[0] == pytest.approx(np.log(2), abs=0.1)


@pytest.mark.parametrize("learner", [numpy_learner, torch_learner])
def test_twenty_pictures_are_learned_by_heart(splits, learner):
    noise = np.random.default_rng(8).integers(0, 256, (20, 16, 16, 3), dtype=np.uint8)
    student = learner({name: replace(split, images=noise) for name, split in splits.items()})
    for epoch in range(1, 61):
        student.train_epoch(Plan(60, 0.003, seed=1).order(epoch, 20))
    loss, accuracy = student.evaluate("train")
    assert accuracy == 1
    assert loss < 0.01


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_state_is_all_that_is_needed_to_go_on(splits, optimizer):
    whole = torch_learner(splits, optimizer)
    first, second = (PLAN.order(epoch, 20) for epoch in (1, 2))
    whole.train_epoch(first)
    state = whole.state()
    whole.train_epoch(second)

    resumed = torch_learner(splits, optimizer)
    resumed.load_state(state)
    resumed.train_epoch(second)
    assert sorted(resumed.state()) == sorted(whole.state())
    for name, array in whole.state().items():
        np.testing.assert_array_equal(resumed.state()[name], array, err_msg=name)


def test_outputs_and_evaluation_go_together(splits):
    for learner in (numpy_learner(splits), torch_learner(splits)):
        logits, labels = learner.outputs("test"), splits["test"].labels
        loss, accuracy = learner.evaluate("test")
        assert logits.shape == (20, 1)
        assert accuracy == ((logits[:, 0] > 0) == labels).mean()
        assert loss == pytest.approx(BinaryCrossEntropy()(logits, labels)[0], rel=1e-5)


def test_cuda_is_refused_where_there_is_none(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Problem, match=r"train_cuda_cnn\.device is cuda, but .* finds no CUDA device"):
        choose_device("cuda")
    assert choose_device("auto") == CPU


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_learns_what_numpy_learns(splits):
    by_cuda = train(torch_learner(splits, device=choose_device("cuda")), 20, PLAN).table()
    by_numpy = train(numpy_learner(splits), 20, PLAN).table()
    np.testing.assert_allclose(by_cuda["train_loss"], by_numpy["train_loss"], rtol=0, atol=1e-4)
