"""The PyTorch learner sees what the NumPy learner sees, and learns what it learns."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from numpy.lib.format import open_memmap
from source_imports import ROOT

from scratchnet.not_finite import spoiled
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import cnn
from scratchnet.numpy_nn.optimizers import Adam
from scratchnet.order import as_stored
from scratchnet.params import load
from scratchnet.prepared import PreparedSplit
from scratchnet.problems import Problem
from scratchnet.torch_nn.device import check_and_set_precision, choose_device, repeatable
from scratchnet.torch_nn.inputs import LAYOUTS, FolderSplit, MappedSplit, Normalise, ResidentSplit, write_image_folder
from scratchnet.torch_nn.learner import make_learner
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.training import Plan, train

CPU = torch.device("cpu")
PARAMS = load(ROOT / "params.yaml")
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


def initial_network(splits, arch="two_conv"):
    return cnn(arch, 16, 8, np.random.default_rng(0), splits["train"].dtype)


def numpy_learner(splits, arch="two_conv"):
    network = initial_network(splits, arch)
    return NumpyLearner(network, BinaryCrossEntropy(), Adam(0.003), splits, batch_size=8)


def torch_learner(splits, device=CPU, optimizer="adam", serve=ResidentSplit, arch="two_conv", **how):
    model = CatDogCNN(arch, 16, 8)
    model.from_numpy(initial_network(splits, arch).arrays)
    params = PARAMS.train_numpy_cnn.model_copy(update={"optimizer": optimizer, "batch_size": 8})
    where = PARAMS.train_cuda_cnn.model_copy(update=how)
    served = {name: serve(split, Normalise(split, device, where.memory_format)) for name, split in splits.items()}
    return make_learner(model, served, params, where, device)


@pytest.mark.parametrize("layout", ["contiguous", "channels_last"])
def test_every_input_path_serves_what_numpy_sees_to_the_bit(splits, tmp_path, layout):
    order = PLAN.order(1, 20)
    split = replace(splits["train"], classes=("zebra", "ape"))  # not in alphabetical order
    write_image_folder(split, tmp_path / "train")
    normalise = Normalise(split, CPU, layout)
    paths = (
        ResidentSplit(split, normalise),
        MappedSplit(split, normalise),
        FolderSplit(tmp_path / "train", normalise, 0),
    )
    for batch, *served in zip(order.batches(8), *(path.batches(order, 8) for path in paths), strict=True):
        x, labels = splits["train"].batch(batch)
        for torch_x, torch_labels in served:
            np.testing.assert_array_equal(torch_x.numpy(), x, strict=True)
            assert torch_x.is_contiguous(memory_format=LAYOUTS[layout])
            np.testing.assert_array_equal(torch_labels.numpy(), labels.astype(np.float32), strict=True)


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")  # of a DataLoader, from Python 3.12 on
@pytest.mark.filterwarnings("ignore:This DataLoader will create 2:UserWarning")  # on a machine of one core
def test_workers_serve_the_same_in_every_epoch(splits, tmp_path):
    write_image_folder(splits["val"], tmp_path / "val")
    normalise = Normalise(splits["val"], CPU, "contiguous")
    in_process, by_workers = (FolderSplit(tmp_path / "val", normalise, workers) for workers in (0, 2))
    first, second = (PLAN.order(epoch, 20) for epoch in (1, 2))
    next(by_workers.batches(first, 8))  # an epoch that ended early, as where the loss is no number
    for order in (first, second):
        for (x, labels), (other_x, other_labels) in zip(
            in_process.batches(order, 8), by_workers.batches(order, 8), strict=True
        ):
            assert torch.equal(x, other_x)
            assert torch.equal(labels, other_labels)


class Failing(torch.utils.data.Dataset):
    """A data set whose workers fail in these words."""

    def __init__(self, words):
        self.words, self.place = words, {}

    def __getitems__(self, batch):
        raise RuntimeError(self.words)


@pytest.mark.parametrize(
    ("words", "kind", "told"),
    [
        (
            "unable to allocate shared memory(shm) for file </torch_1>",
            Problem,
            r"\.workers=1: .*Take fewer.*--shm-size",
        ),
        ("something else", RuntimeError, "something else"),
    ],
)
def test_workers_without_shared_memory_are_told(splits, tmp_path, words, kind, told):
    write_image_folder(splits["val"], tmp_path / "val")
    served = FolderSplit(tmp_path / "val", Normalise(splits["train"], CPU, "contiguous"), workers=1)
    served._dataset = Failing(words)
    with pytest.raises(kind, match=f"(?s){told}"):
        next(served.batches(as_stored(20), 8))


@pytest.mark.parametrize(("dtype", "distance"), [("float32", 1e-5), ("float64", 1e-14)])
def test_the_loss_tables_of_both_backends_agree(splits, dtype, distance):
    splits = {name: replace(split, dtype=dtype) for name, split in splits.items()}
    tables = [
        train(learner(splits), 20, PLAN).table().drop(columns="seconds") for learner in (numpy_learner, torch_learner)
    ]
    np.testing.assert_allclose(tables[0], tables[1], rtol=0, atol=distance)
    assert tables[0]["train_loss"].iloc[0] == pytest.approx(np.log(2), abs=0.1)


def epoch_of(number, plan=PLAN):
    return plan.order(number, 20), plan.rates(number, 20, 8)


@pytest.mark.parametrize("learner", [numpy_learner, torch_learner])
def test_twenty_pictures_are_learned_by_heart(splits, learner):
    noise = np.random.default_rng(8).integers(0, 256, (20, 16, 16, 3), dtype=np.uint8)
    student = learner({name: replace(split, images=noise) for name, split in splits.items()})
    for epoch in range(1, 61):
        student.train_epoch(*epoch_of(epoch, Plan(60, 0.003, seed=1)))
    loss, accuracy = student.evaluate("train")
    assert accuracy == 1
    assert loss < 0.01


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "muon"])
def test_state_is_all_that_is_needed_to_go_on(splits, optimizer):
    whole = torch_learner(splits, optimizer=optimizer)
    first, second = epoch_of(1), epoch_of(2)
    whole.train_epoch(*first)
    state = whole.state()
    whole.train_epoch(*second)

    resumed = torch_learner(splits, optimizer=optimizer)
    resumed.load_state(state)
    resumed.train_epoch(*second)
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


def test_mirrored_outputs_are_those_of_mirrored_pictures(splits):
    turned = {name: replace(split, images=split.images[:, :, ::-1].copy()) for name, split in splits.items()}
    for learner in (numpy_learner, torch_learner):
        np.testing.assert_array_equal(learner(splits).outputs("test", mirrored=True), learner(turned).outputs("test"))
        assert (learner(splits).outputs("test") != learner(turned).outputs("test")).all()


NO_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
VARIANTS = {  # how, and the largest distance of the losses from NumPy's: of two_conv, and of deep
    "channels_last": ({"memory_format": "channels_last"}, (1e-5, 2e-3)),
    "bfloat16": ({"precision": "bfloat16"}, (5e-2, 1e-1)),
    "bfloat16_channels_last": ({"precision": "bfloat16", "memory_format": "channels_last"}, (5e-2, 1e-1)),
}
ON_CUDA = VARIANTS | {
    "tf32": ({"precision": "tf32"}, (1e-2, 1e-1)),
    "inductor": ({"compile": "inductor"}, (1e-4, 2e-3)),
    "cuda_graph": ({"compile": "cuda_graph"}, (1e-4, 2e-3)),
    "all": (
        {"compile": "inductor_cuda_graph", "precision": "bfloat16", "memory_format": "channels_last"},
        (5e-2, 1e-1),
    ),
}
NETWORKS = ("two_conv", "deep")


def loss_table(learner):
    return train(learner, 20, PLAN).table()[["train_loss", "val_loss"]].to_numpy()


@pytest.mark.parametrize("arch", NETWORKS)
@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_the_same_network(splits, name, arch):
    how, distances = VARIANTS[name]
    gap = np.abs(loss_table(torch_learner(splits, arch=arch, **how)) - loss_table(numpy_learner(splits, arch))).max()
    assert 0 < gap < distances[NETWORKS.index(arch)]


@NO_CUDA
@pytest.mark.parametrize("arch", NETWORKS)
@pytest.mark.parametrize("name", ON_CUDA)
def test_every_variant_is_the_same_network_on_cuda(splits, name, arch):
    how, distances = ON_CUDA[name]
    device = choose_device("cuda")
    check_and_set_precision(PARAMS.train_cuda_cnn.model_copy(update=how), device)
    repeatable()
    learner = torch_learner(splits, device, arch=arch, **how)
    gap = np.abs(loss_table(learner) - loss_table(numpy_learner(splits, arch))).max()
    assert gap < max(distances[NETWORKS.index(arch)], 1e-4)


def test_bfloat16_is_not_float32_in_disguise(splits):
    logits = [torch_learner(splits, precision=name).outputs("test") for name in ("float32", "bfloat16")]
    assert logits[1].dtype == np.float32
    assert 1e-5 < np.abs(logits[0] - logits[1]).max() < 2e-2


def test_pictures_that_stay_on_disk_teach_the_same(splits):
    tables = [loss_table(torch_learner(splits, serve=serve)) for serve in (ResidentSplit, MappedSplit)]
    np.testing.assert_array_equal(*tables)


ALLOWED, FILE = 512 * 2**20, 4 * 2**30  # bytes: of memory more than before, and of pictures on disk
WITH_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
import numpy as np, torch
from scratchnet.params import load
from scratchnet.prepared import PreparedSplit
from scratchnet.torch_nn.learner import make_learner
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.torch_nn.inputs import MappedSplit, Normalise
from scratchnet.training import Plan

def kib(key):
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if key in line)

path, allowed = sys.argv[1], int(sys.argv[2])
params, cpu = load(), torch.device("cpu")
images = np.asarray(np.load(path, mmap_mode="r"))
split = PreparedSplit(images, np.zeros(len(images), np.uint8), [], np.full(3, 0.5), np.full(3, 0.3))
torch.set_num_threads(1)
resource.setrlimit(resource.RLIMIT_DATA, (1024 * kib("VmData:") + allowed,) * 2)
before = kib("RssAnon:")
served = {"train": MappedSplit(split, Normalise(split, cpu, "contiguous"))}
learner = make_learner(CatDogCNN("two_conv", 64, 8), served, params.train_numpy_cnn, params.train_cuda_cnn, cpu)
rates = np.full(-(-256 // params.train_numpy_cnn.batch_size), 0.001)
learner.train_epoch(Plan(1, 0.001, seed=1).order(1, len(split))[:256], rates)
print(1024 * (kib("RssAnon:") - before), 1024 * kib("RssFile:"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone limits and tells a process's own memory")
def test_pictures_larger_than_the_memory_that_a_process_may_have_are_learned_from(tmp_path):
    """All over a file that is eight times as large as what may be allocated; its holes take no room on the disk."""
    count = FILE // (64 * 64 * 3)
    open_memmap(tmp_path / "images.npy", mode="w+", dtype=np.uint8, shape=(count, 64, 64, 3))
    command = [sys.executable, "-c", WITH_LITTLE_MEMORY, str(tmp_path / "images.npy"), str(ALLOWED)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    grown, mapped = map(int, done.stdout.split())
    assert grown < ALLOWED / 2
    assert mapped > 256 * 64 * 64 * 3  # the pictures that were read are pages of the file


@pytest.mark.parametrize("arch", NETWORKS)
def test_compiled_steps_give_the_same_loss_table(splits, monkeypatch, arch):
    """Traced and differentiated by torch.compile, without the C++ compiler, which the benchmark's ladder runs."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    compiled, eager = (torch_learner(splits, arch=arch, compile=how) for how in ("inductor", "none"))
    assert compiled.step._compiled_sizes == {8, 4}
    for name, array in eager.state().items():  # no running statistic has learned from what was compiled for
        np.testing.assert_array_equal(compiled.state()[name], array, err_msg=name)
    np.testing.assert_allclose(loss_table(compiled), loss_table(eager), rtol=0, atol=1e-5)


def test_a_loss_that_is_no_number_names_the_epoch_the_step_and_the_layer(splits):
    learner = torch_learner(splits)
    rates = np.array([1e30, 0.003, 0.003])  # the update of step 1 spoils what step 2 computes
    mark = learner.mark()
    assert not np.isfinite(learner.train_epoch(PLAN.order(1, 20), rates))
    told = str(spoiled(learner, mark, PLAN.order(1, 20), rates))
    assert re.match(r"Step 2 of 3: the loss is no longer a number; .* is the output of conv2\. The learning rate", told)
    with pytest.raises(Problem, match=r"^Epoch 1: Step 2 of 3: the loss is no longer a number"):
        train(torch_learner(splits), 20, replace(PLAN, learning_rate=1e30))
