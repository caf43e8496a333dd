"""How far two trainings are apart, and how it is told."""

import pandas as pd
import pytest

from scratchnet.comparison import as_markdown, compare, loss_gaps
from scratchnet.problems import Problem


def table(train_losses, val_losses):
    return pd.DataFrame({"epoch": range(1, len(train_losses) + 1), "train_loss": train_losses, "val_loss": val_losses})


RESULTS = {"train_loss": 0.3, "test_loss": 0.3, "test_accuracy": 0.875, "parameters": 1234, "kept_epoch": 2}
RESULTS |= {"test_accuracy_both_ways": 0.88, "expected_calibration_error": 0.0382, "calibration_error_by_chance": 0.031}
WELL = {"learned": 1, "died": 0, "diverged": 0, "signs": {"fc1": {"dead_units": 0.5}}}
RESULTS |= WELL
TABLES = {"numpy": table([0.7, 0.6], [0.69, 0.5]), "pytorch": table([0.7, 0.61], [0.69, 0.52])}
MACHINE = {
    "cpu": "EPYC",
    "cores": 2,
    "threads": 1,
    "blas": "openblas",
    "gpu": "none",
    "driver": "none",
    "load_at_start": 0.1,
    "versions": {"numpy": "2.4"},
}
GPU = MACHINE | {"threads": 16, "blas": "MKL", "gpu": "H100", "driver": "580"}


def timing(seconds, device, machine):
    quartiles = {"epoch_seconds_q1": seconds - 0.1, "epoch_seconds": seconds, "epoch_seconds_q3": seconds + 0.3}
    return quartiles | {"images_per_second": 100 / seconds, "device": device, "machine": machine}


TIMINGS = {"numpy": timing(4.0, "cpu", MACHINE), "pytorch": timing(2.0, "cuda", GPU)}


def test_the_gap_is_the_largest_of_both_losses_over_all_epochs():
    gaps = loss_gaps(table([0.7, 0.6, 0.5], [0.6, 0.6, 0.6]), table([0.699, 0.62, 0.5], [0.6, 0.6, 0.63]))
    assert gaps == pytest.approx({"loss_gap": 0.03, "loss_gap_first_epoch": 0.001})


def test_tables_of_different_length_are_not_compared():
    with pytest.raises(Problem, match="1 and 2 epochs"):
        loss_gaps(table([0.7], [0.7]), table([0.7, 0.6], [0.7, 0.6]))


def test_the_speedup_is_a_ratio_of_pictures_a_second():
    assert compare(TIMINGS, TABLES)["speedup"] == pytest.approx(2.0)


def test_the_page_says_where_each_ran():
    comparison = {"two_conv": compare(TIMINGS, TABLES)}
    page = as_markdown(comparison, {"two_conv": dict.fromkeys(TIMINGS, RESULTS)}, {"two_conv": TIMINGS}, str)
    assert "| device | CPU | CUDA |" in page
    assert "| test accuracy | 87.5% | 87.5% |" in page
    assert "| calibration error | 0.038 (0.031) | 0.038 (0.031) |" in page
    assert "| learned | yes | yes |" in page
    assert "- **" not in page.split("- **two_conv**: the two loss tables")[0]
    assert "| seconds an epoch | 4.00 (3.90 to 4.30) | 2.00 (1.90 to 2.30) |" in page
    assert "PyTorch on CUDA is 2.00 times as fast as NumPy" in page
    assert (
        "NumPy ran on EPYC, 2 cores, 1 threads (BLAS: openblas), GPU: none, driver: none; numpy 2.4; load at start 0.1."
        in page
    )
    assert (
        "PyTorch ran on EPYC, 2 cores, 16 threads (BLAS: MKL), GPU: H100, driver: 580; numpy 2.4; load at start 0.1."
        in page
    )


def test_the_page_tells_of_a_training_that_did_not_go_well():
    dead = RESULTS | {"learned": 0, "died": 1, "signs": {"fc1": {"dead_units": 1.0}}}
    comparison = {"two_conv": compare(TIMINGS, TABLES)}
    results = {"two_conv": {"numpy": RESULTS, "pytorch": dead}}
    page = as_markdown(comparison, results, {"two_conv": TIMINGS}, {"two_conv": "of_arch.two_conv"}.get)
    assert "| learned | yes | **no** |" in page
    assert "- **two_conv in PyTorch**: The network has died" in page
    assert "Try a tenth of of_arch.two_conv.learning_rate, or a longer of_arch.two_conv.warmup." in page
    assert "two_conv in NumPy**" not in page
