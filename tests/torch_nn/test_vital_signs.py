"""The vital signs in PyTorch are those of NumPy, and no step sees that somebody looked."""

import numpy as np
import pytest
import torch
from source_imports import ROOT

from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import cnn
from scratchnet.numpy_nn.optimizers import Adam
from scratchnet.params import load
from scratchnet.prepared import PreparedSplit
from scratchnet.torch_nn.inputs import FolderSplit, MappedSplit, Normalise, ResidentSplit, write_image_folder
from scratchnet.torch_nn.learner import make_learner
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.torch_nn.vital_signs import dead_units, same_answers
from scratchnet.training import Plan

PARAMS, CPU = load(ROOT / "params.yaml"), torch.device("cpu")
EPOCH = Plan(1, 0.003, seed=1).order(1, 40), np.full(5, 0.003)


@pytest.fixture(scope="module")
def splits():
    rng = np.random.default_rng(8)
    images, labels = rng.integers(0, 256, (40, 16, 16, 3), dtype=np.uint8), (np.arange(40) % 2).astype(np.uint8)
    split = PreparedSplit(images, labels, [str(i) for i in range(40)], np.full(3, 0.5), np.full(3, 0.3))
    return {"train": split, "val": split}


def network():
    return cnn("two_conv", 16, 8, np.random.default_rng(0))


def torch_learner(splits, serve=ResidentSplit, **how):
    model = CatDogCNN("two_conv", 16, 8)
    model.from_numpy(network().arrays)
    where = PARAMS.train_cuda_cnn.model_copy(update=how)
    served = {name: serve(split, Normalise(split, CPU, where.memory_format)) for name, split in splits.items()}
    return make_learner(model, served, PARAMS.train_numpy_cnn.model_copy(update={"batch_size": 8}), where, CPU)


def signs_after_an_epoch(learner):
    mark = learner.mark()
    learner.train_epoch(*EPOCH)
    return learner.vital_signs(mark)


@pytest.mark.parametrize(
    ("how", "distance"), [({}, 1e-3), ({"memory_format": "channels_last"}, 1e-3), ({"precision": "bfloat16"}, 0.2)]
)
def test_the_signs_are_those_of_numpy(splits, how, distance):
    by_hand = NumpyLearner(network(), BinaryCrossEntropy(), Adam(0.003), splits, batch_size=8)
    expected, found = signs_after_an_epoch(by_hand), signs_after_an_epoch(torch_learner(splits, **how))
    assert list(found) == list(expected)
    for layer, signs in expected.items():
        assert found[layer] == pytest.approx(signs, rel=distance), layer
        assert list(found[layer]) == list(signs)


def test_every_input_path_serves_the_same_sample(splits, tmp_path):
    write_image_folder(splits["val"], tmp_path)
    from_folder = lambda _, normalise: FolderSplit(tmp_path, normalise, 0)  # noqa: E731
    found = [signs_after_an_epoch(torch_learner(splits, serve)) for serve in (ResidentSplit, MappedSplit, from_folder)]
    assert found[0] == found[1] == found[2]


def test_looking_changes_nothing_that_is_trained(splits):
    looked_at, left_alone = torch_learner(splits), torch_learner(splits)
    signs_after_an_epoch(looked_at)
    left_alone.train_epoch(*EPOCH)
    for one, other in zip(looked_at.model.parameters(), left_alone.model.parameters(), strict=True):
        assert torch.equal(one.grad, other.grad), "of the last step, not of the sample"
    assert looked_at.train_epoch(*EPOCH) == left_alone.train_epoch(*EPOCH)


@pytest.mark.parametrize("killed", ["conv1", "conv2", "fc1"])
def test_a_layer_that_was_killed_is_dead(splits, killed):
    learner = torch_learner(splits)
    with torch.no_grad():
        getattr(learner.model, killed).bias.fill_(-100)
    signs = learner.vital_signs(learner.mark())
    assert signs[killed]["dead_units"] == signs["fc2"]["dead_units"] == 1
    assert signs[killed]["gradient_rms"] == 0


def test_dead_is_silent_for_every_sample_and_the_same_is_the_same_but_for_rounding():
    assert dead_units(torch.tensor([[0.0, 1, 0, 0], [0, 0, 2, 0]])) == 0.5
    channels = torch.zeros(2, 4, 3, 3)
    channels[1, 2, 0, 1] = 1e-30
    assert dead_units(channels) == 0.75
    assert same_answers(torch.tensor([[1, 5, -3, 0], [1, 5 + 1e-6, -3.1, 0]])) == 0.75
