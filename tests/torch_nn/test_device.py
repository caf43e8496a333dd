"""What the device cannot do is told in a sentence that says what to set instead."""

import pytest
import torch
from source_imports import ROOT

from lab.benchmark.torch_steps import TorchStep
from scratchnet.params import load
from scratchnet.problems import Problem
from scratchnet.torch_nn.device import (
    allow_tf32,
    check_and_set_precision,
    choose_device,
    fastest,
    repeatable,
    told_when_memory_is_full,
)
from stages import train_cuda_cnn

WHERE = load(ROOT / "params.yaml").train_cuda_cnn
CPU = torch.device("cpu")


def test_cuda_is_refused_where_there_is_none(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Problem, match=r"train_cuda_cnn\.device is cuda, but .* finds no CUDA device"):
        choose_device("cuda")
    assert choose_device("auto") == CPU


def test_more_processes_than_gpus_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(Problem, match="more processes than the 2 GPUs"):
        choose_device("cuda", local_rank=2)


@pytest.mark.parametrize(
    ("how", "processes", "sentence"),
    [
        ({"compile": "cuda_graph"}, 1, "only CUDA has graphs. Set it to none or inductor"),
        ({"compile": "inductor_cuda_graph"}, 1, "only CUDA has graphs"),
        ({"precision": "tf32"}, 1, "only NVIDIA's GPUs have TF32. Set it to float32 or bfloat16"),
        ({"compile": "inductor"}, 2, "with 2 processes .* Set it to none"),
    ],
)
def test_what_the_cpu_or_a_crowd_cannot_do_is_refused(how, processes, sentence):
    with pytest.raises(Problem, match=sentence):
        check_and_set_precision(WHERE.model_copy(update=how), CPU, processes)


def test_an_old_gpu_is_told_what_it_lacks(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 5))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "Tesla T4")
    with pytest.raises(Problem, match="bfloat16, but Tesla T4 is older than Ampere"):
        check_and_set_precision(WHERE.model_copy(update={"precision": "bfloat16"}), torch.device("cuda"))


def test_full_memory_is_told_with_the_batch_and_what_to_try():
    with pytest.raises(Problem, match=r"memory is full.*The batch has 4,096 pictures.*batch_size=2048"):  # noqa: SIM117
        with told_when_memory_is_full(4096):
            torch.empty(2**60, dtype=torch.uint8)
    with pytest.raises(Problem, match=r"CUDA out of memory"), told_when_memory_is_full(1):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 PiB")
    for words in ("CUDA error: out of memory", "cuDNN error: CUDNN_STATUS_ALLOC_FAILED"):
        with pytest.raises(Problem, match=words), told_when_memory_is_full(1):
            raise RuntimeError(words)
    with pytest.raises(RuntimeError, match="something else"), told_when_memory_is_full(1):
        raise RuntimeError("something else")


def test_the_ladder_calls_nothing_by_a_precision_that_the_gpu_lacks(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 5))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "Tesla T4")
    with pytest.raises(Problem, match="tf32, but Tesla T4 is older than Ampere"):
        TorchStep("cuda_tf32", None, None, None, "sgd", 0.1)


@pytest.mark.parametrize("allowed", [False, True])
def test_the_precision_is_one_that_torch_compile_can_ask_for(allowed):
    """It asks the old flags, which raise where only some of the new ones are set."""
    allow_tf32(allowed)
    try:
        assert torch.backends.cuda.matmul.allow_tf32 is allowed
        assert torch.backends.cudnn.allow_tf32 is allowed
    finally:
        allow_tf32(False)


@pytest.fixture
def cudnn():
    """Its settings, which are put back."""
    settings = torch.backends.cudnn
    before = settings.deterministic, settings.benchmark
    yield settings
    settings.deterministic, settings.benchmark = before


def test_who_trains_and_who_measures_says_so_and_choosing_a_device_changes_nothing(cudnn):
    fastest()
    choose_device("cpu")
    assert (cudnn.deterministic, cudnn.benchmark) == (False, True)
    repeatable()
    choose_device("cpu")
    assert (cudnn.deterministic, cudnn.benchmark) == (True, False)


def test_the_stage_trains_repeatably(cudnn, monkeypatch):
    fastest()

    def told(*_, **__):
        raise Problem(f"deterministic {cudnn.deterministic}, benchmark {cudnn.benchmark}")

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sys.argv", ["train_cuda_cnn", "one_conv"])
    monkeypatch.setattr(train_cuda_cnn, "Experiment", told)
    with pytest.raises(Problem, match="deterministic True, benchmark False"):
        train_cuda_cnn.main()
