"""What was measured, as metrics, table and page."""

import numpy as np
import pytest

from lab.benchmark.ladder import Climb
from lab.benchmark.page import page
from lab.benchmark.report import metrics, table
from lab.benchmark.rungs import RUNGS
from lab.setting import Setting
from lab.work import flops
from scratchnet.names import PLAIN
from scratchnet.records import write_metrics

MACHINE = {
    "cpu": "EPYC",
    "cores": 2,
    "threads": 2,
    "blas": "openblas",
    "gpu": "none",
    "driver": "none",
    "load_at_start": 0.1,
    "versions": {"numpy": "2.4"},
}
SECONDS = {  # of a step, in four rounds
    "loops": [200.0, 200.0, 200.0, 200.0],
    "clear": [0.05, 0.06, 0.05, 0.06],
    "fast_1_thread": [0.02, 0.02, 0.02, 0.02],
    "fast": [0.010, 0.020, 0.010, 0.020],
    "pytorch_nchw": [0.018, 0.036, 0.018, 0.036],
    "pytorch_channels_last": [0.015, 0.030, 0.015, 0.030],
    "pytorch_nchw_keeping": [0.012, 0.024, 0.012, 0.024],
    "pytorch_channels_last_keeping": [0.014, 0.028, 0.014, 0.028],
    "cuda_float32": [0.001, 0.001, 0.001, 0.001],
}
LIMITS = {
    "clear": {"gemm_gflops": 90.0, "copy_gb_per_second": 20.0},
    "fast": {"gemm_gflops": 180.0, "copy_gb_per_second": 40.0},
    "pytorch_nchw": {"gemm_gflops": 200.0},
    "cuda_float32": {"gemm_gflops": 50000.0, "copy_gb_per_second": 2000.0},
}
PROFILE = {"update": 0.1, "conv2: products, dx": 0.9}


def climbed(arch):
    seconds = {name: np.array(values) for name, values in SECONDS.items()}
    found = {
        name: {"build_seconds": 1.0, "step_seconds": 1.0, "gradient_error": 2e-6, "threads": 2, "cores_busy": 1.5}
        | ({"peak_device_mib": 40.0} if "cuda" in name else {"peak_mib": 30.0})
        for name in seconds
    }
    about = {"threads": 2, "blas": "MKL", "gpu": "H100"}
    absent = {"pytorch_compile": "no compiler", "cuda_tf32": "no tensor cores", "cuda_bfloat16": "no tensor cores"}
    return Climb(
        Setting(arch, 32, 64, 64, 16, 1), found, seconds, {"fast": seconds["fast"]}, LIMITS, PROFILE, about, absent
    )


@pytest.fixture
def measured():
    return metrics([climbed(arch) for arch in PLAIN], MACHINE)


def test_metrics_are_what_dvc_can_hold(measured, tmp_path):
    write_metrics(tmp_path / "benchmark.json", measured)


def test_the_ratio_is_taken_round_by_round_against_the_faster_layout(measured):
    ratio = measured["two_conv"]["ratio"]
    assert ratio["numpy_over_pytorch_cpu"] == pytest.approx(1.5)
    assert ratio["numpy_over_pytorch_cpu_iqr"] == pytest.approx(0)  # a round was slow for both
    assert ratio["numpy_over_pytorch_cpu_keeping"] == pytest.approx(1.2)
    assert ratio["fast_over_fast_1_thread"] == pytest.approx(1.5)  # 2, 1, 2, 1
    assert ratio["fast_over_fast_1_thread_iqr"] == pytest.approx(1.0)


def test_a_rung_has_its_figures(measured):
    fast = measured["two_conv"]["fast"]
    assert fast["step_ms"] == pytest.approx(15)
    assert fast["step_ms_iqr"] == pytest.approx(10)
    assert fast["images_per_second"] == pytest.approx(32 / 0.015)
    assert fast["adam_step_ms"] == pytest.approx(15)
    assert fast["peak_mib"] == 30
    work = flops(Setting("two_conv", 32, 64, 64, 16, 1))
    assert fast["limit_share"] == pytest.approx(work / 200e9 / 0.015)
    cuda = measured["two_conv"]["cuda_float32"]
    assert (cuda["device"], cuda["peak_device_mib"]) == ("cuda", 40)
    assert cuda["limit_share"] == pytest.approx(work / 50e12 / 0.001)
    assert measured["two_conv"]["loops"]["measured"].startswith("one picture of 8×8 pixels, its time taken 2,0")
    assert "peak_mib" not in measured["two_conv"]["loops"]  # it was that of the one picture


def test_what_is_absent_is_told_once_a_reason(measured):
    assert measured["absent"] == {
        "pytorch_compile": "torch.compile: no compiler.",
        "cuda_tf32 cuda_bfloat16": "PyTorch on CUDA, TF32, channels last; "
        "PyTorch on CUDA, bfloat16, channels last: no tensor cores.",
    }


def test_the_table_has_a_row_for_each_rung(measured):
    rows = table(measured)
    assert len(rows) == len(PLAIN) * len(SECONDS)
    assert set(rows["rung"]) == set(SECONDS) <= set(RUNGS)


def test_the_page_tells_it(measured):
    text = page(measured)
    assert "**NumPy over PyTorch on the CPU: 1.50** (IQR 0.00)" in text
    assert "| NumPy, fast, all cores | CPU, 2 threads | 15 (10) | 15 | 2,133 | 41.1% |" in text
    assert "| NumPy, fast, all cores | CPU, 2 threads | 1.50 | 30 | 2e-06 |" in text
    assert "| PyTorch on CUDA, float32 | CUDA | 1 (0) | – | 32,000 |" in text
    assert "- torch.compile: no compiler." in text
    assert "This CPU multiplies matrices at 200 GFLOP/s (NumPy 180, PyTorch 200, one core 90)" in text
    assert "GPU: H100" in text
    assert "| conv2: products, dx | 90% |\n| update | 10% |" in text
