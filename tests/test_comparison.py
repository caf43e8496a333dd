"""How far two trainings are apart, and how it is told."""

import pandas as pd
import pytest

from scratchnet.comparison import as_markdown, compare, implementation_table, loss_gaps
from scratchnet.names import ARCHITECTURES
from scratchnet.problems import Problem


def table(train_losses, val_losses):
    return pd.DataFrame({"epoch": range(1, len(train_losses) + 1), "train_loss": train_losses, "val_loss": val_losses})


def side(seconds, device):
    results = dict.fromkeys(("train_loss", "test_loss"), 0.3) | {"val_accuracy": 0.9, "test_accuracy": 0.875}
    timing = {
        "train_seconds": 9.0,
        "epoch_seconds": seconds,
        "epoch_seconds_q1": seconds - 0.1,
        "epoch_seconds_q3": seconds + 0.3,
        "evaluation_seconds": 0.5,
    }
    return results | {"kept_epoch": 2, "parameters": 1234}, timing | {
        "images_per_second": 100 / seconds,
        "device": device,
    }


def compared():
    sides = {"numpy": side(4.0, "cpu"), "pytorch": side(2.0, "cuda")}
    tables = {"numpy": table([0.7, 0.6], [0.69, 0.5]), "pytorch": table([0.7, 0.61], [0.69, 0.52])}
    return compare({k: s[0] for k, s in sides.items()}, {k: s[1] for k, s in sides.items()}, tables)


def test_the_gap_is_the_largest_of_both_losses_over_all_epochs():
    gaps = loss_gaps(table([0.7, 0.6, 0.5], [0.6, 0.6, 0.6]), table([0.699, 0.62, 0.5], [0.6, 0.6, 0.63]))
    assert gaps == pytest.approx({"loss_gap": 0.03, "loss_gap_first_epoch": 0.001})


def test_tables_of_different_length_are_not_compared():
    with pytest.raises(Problem, match="1 and 2 epochs"):
        loss_gaps(table([0.7], [0.7]), table([0.7, 0.6], [0.7, 0.6]))


def test_the_speedup_is_a_ratio_of_pictures_a_second():
    assert compared()["speedup"] == pytest.approx(2.0)


def test_runs_that_differ_in_the_implementation_alone_stand_side_by_side():
    def kept(implementation: str, seconds: float, epochs: int = 5) -> dict:
        numpy = side(seconds, "cpu")
        found = numpy[0] | numpy[1] | {"train_seconds": 5 * seconds}
        params = {"train_numpy_cnn": {"implementation": implementation, "epochs": epochs}}
        return {"params": params, "data": {"prepared_md5": "1"}, "metrics": {"compare": {"two_conv": {"numpy": found}}}}

    runs = {"mine_clear": kept("clear", 8.0), "mine_fast": kept("fast", 2.0), "longer": kept("fast", 2.0, 9)}
    rows = implementation_table(runs)[2:]
    assert rows == [
        "| mine_clear | 40.0 | 100% | 8.00 (7.90 to 8.30) | 90.0% | 87.5% |",
        "| mine_fast | 10.0 | 25% | 2.00 (1.90 to 2.30) | 90.0% | 87.5% |",
    ]


def test_the_page_says_where_each_ran():
    numpy = {
        "cpu": "EPYC",
        "cores": 2,
        "threads": 1,
        "blas": "openblas",
        "gpu": "none",
        "driver": "none",
        "load_at_start": 0.1,
        "versions": {"numpy": "2.4"},
    }
    pytorch = numpy | {"threads": 16, "blas": "MKL", "gpu": "H100", "driver": "580"}
    ratio = {"numpy_over_pytorch_cpu": 1.234, "numpy_over_pytorch_cpu_iqr": 0.056}
    benchmark = {arch: {"ratio": ratio} for arch in ARCHITECTURES}
    page = as_markdown({"two_conv": compared()}, {"numpy": numpy, "pytorch": pytorch}, benchmark)
    assert "| device | CPU | CUDA |" in page
    assert "| test accuracy | 87.5% | 87.5% |" in page
    assert "| seconds an epoch | 4.00 (3.90 to 4.30) | 2.00 (1.90 to 2.30) |" in page
    assert "PyTorch on CUDA is 2.00 times as fast as NumPy" in page
    assert "the fast NumPy network is 1.23 times as fast as PyTorch (interquartile range 0.06" in page
    assert (
        "NumPy ran on EPYC, 2 cores, 1 threads (BLAS: openblas), GPU: none, driver: none; numpy 2.4; load at start 0.1."
        in page
    )
    assert (
        "PyTorch ran on EPYC, 2 cores, 16 threads (BLAS: MKL), GPU: H100, driver: 580; numpy 2.4; load at start 0.1."
        in page
    )
