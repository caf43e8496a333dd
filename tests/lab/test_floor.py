"""The machine's limits are measured, plausible, and NumPy's without torch."""

import subprocess
import sys

import pytest
import torch
from source_imports import ROOT

from lab import floor
from scratchnet.torch_nn.device import allow_tf32


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setitem(floor.SIDE, "cpu", 128)
    monkeypatch.setitem(floor.COPIED, "cpu", 2**20)


def test_numpy_multiplies_and_copies():
    found = floor.numpy_floor(threads=2)
    assert found.keys() == {"gemm_gflops", "copy_gb_per_second"}
    assert 0.1 < found["gemm_gflops"] < 1e5
    assert 0.01 < found["copy_gb_per_second"] < 1e5


def test_pytorch_multiplies_in_each_precision_copies_and_launches():
    found = floor.torch_floor(torch.device("cpu"))
    assert found.keys() == {"float32_gemm_gflops", "bfloat16_gemm_gflops", "copy_gb_per_second", "launch_us"}
    assert 0.1 < found["float32_gemm_gflops"] < 1e5
    assert 0.01 < found["copy_gb_per_second"] < 1e5
    assert 0.01 < found["launch_us"] < 1e4


def test_the_precision_of_a_product_is_that_of_nothing_else():
    allow_tf32(True)
    try:
        floor.torch_gemm_gflops("float32", torch.device("cpu"))
        assert torch.backends.cuda.matmul.allow_tf32
        assert torch.backends.cudnn.allow_tf32
    finally:
        allow_tf32(False)


def test_who_measures_numpy_does_not_load_torch():
    code = "import sys, lab.benchmark.worker; assert 'torch' not in sys.modules, 'torch was loaded'"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
