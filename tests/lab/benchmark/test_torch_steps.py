"""PyTorch's rungs of the ladder: the same gradients in every layout, and a compiler that may be missing."""

import numpy as np
import pytest
import torch

from lab import floor
from lab.benchmark import torch_steps
from lab.benchmark.rungs import RUNGS
from lab.benchmark.torch_steps import TorchStep
from lab.variants import settings_of
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import cnn
from scratchnet.problems import Problem
from scratchnet.torch_nn.device import allow_tf32
from scratchnet.torch_nn.model import CatDogCNN

BOUNDS = {"float32": 1e-5, "tf32": 1e-2, "bfloat16": 1e-1}


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    allow_tf32(False)


def made(rung, width=4):
    network = cnn("two_conv", 8, 5, np.random.default_rng(2), width=width)
    rng = np.random.default_rng(3)
    x, labels = rng.standard_normal((4, 3, 8, 8)).astype(np.float32), np.array([0, 1, 1, 0], dtype=np.uint8)
    model = CatDogCNN("two_conv", 8, 5, width)
    model.from_numpy(network.arrays)
    return network, x, labels, TorchStep(rung, model, x, labels, "sgd", rate=0.1)


@pytest.mark.parametrize("rung", [name for name, rung in RUNGS.items() if rung.variant and rung.needs != "compiler"])
def test_gradients_are_those_of_numpy(rung):
    precision = settings_of(RUNGS[rung].variant, RUNGS[rung].device).precision
    if RUNGS[rung].device == "cuda" and not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    network, x, labels, step = made(rung)
    network.backward(BinaryCrossEntropy()(network.forward(x), labels)[1])
    step.step()
    step.synchronize()
    for name, got in step.gradients(network.params).items():
        wanted = network.grads[name]
        assert np.abs(got - wanted).max() < BOUNDS[precision] * np.abs(wanted).max(), name


def test_channels_last_lays_the_pictures_out_so():
    _, _, _, step = made("pytorch_channels_last")
    assert step._x.is_contiguous(memory_format=torch.channels_last)
    assert step._model.conv2.weight.is_contiguous(memory_format=torch.channels_last)


def test_a_missing_compiler_is_told_in_a_sentence(monkeypatch):
    def broken(*_, **__):
        def compiled(*_):
            raise RuntimeError("InvalidCxxCompiler: No working C++ compiler found\nand a page more")

        return compiled

    monkeypatch.setattr(torch, "compile", broken)
    with pytest.raises(Problem, match=r"^torch\.compile cannot work here: InvalidCxxCompiler: No working .* found$"):
        made("pytorch_compile")


def test_what_is_compiled_is_asked_for_the_gradients(monkeypatch):
    calls = []

    def compiler(loss, **_):
        return lambda *batch: (calls.append(1), loss(*batch))[1]

    monkeypatch.setattr(torch, "compile", compiler)
    _, _, _, step = made("pytorch_compile")
    step.step()
    assert len(calls) == 2  # once to compile


def test_the_limits_are_those_of_the_rungs_device(monkeypatch):
    monkeypatch.setitem(floor.SIDE, "cpu", 64)
    monkeypatch.setitem(floor.COPIED, "cpu", 2**16)
    assert torch_steps.limits("pytorch_nchw").keys() == {"gemm_gflops", "copy_gb_per_second"}
    assert torch_steps.about().keys() == {"threads", "blas", "gpu"}
