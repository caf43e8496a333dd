"""How far two trainings are apart, and how it is told."""

import pandas as pd
import pytest
from source_imports import ROOT

from scratchnet.comparison import as_markdown, compare, loss_gaps, reference_row
from scratchnet.records import read_metrics


def table(train_losses, val_losses):
    return pd.DataFrame({"epoch": range(1, len(train_losses) + 1), "train_loss": train_losses, "val_loss": val_losses})


def side(seconds, device):
    results = dict.fromkeys(("train_loss", "test_loss"), 0.3) | {"val_accuracy": 0.9, "test_accuracy": 0.875}
    timing = {"train_seconds": 9.0, "epoch_seconds": seconds, "epoch_seconds_iqr": 0.1, "evaluation_seconds": 0.5}
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
    with pytest.raises(ValueError, match="1 and 2 epochs"):
        loss_gaps(table([0.7], [0.7]), table([0.7, 0.6], [0.7, 0.6]))


def test_the_speedup_is_a_ratio_of_pictures_a_second():
    assert compared()["speedup"] == pytest.approx(2.0)


def test_the_page_says_where_it_ran():
    machine = {"cpu": "EPYC", "cores": 2, "threads": 2, "blas": "openblas", "gpu": "H100", "versions": {"numpy": "2.4"}}
    page = as_markdown({"two_conv": compared()}, machine)
    assert "| device | CPU | CUDA |" in page
    assert "| test accuracy | 87.5% | 87.5% |" in page
    assert "PyTorch on CUDA is 2.00 times as fast as NumPy" in page
    assert "EPYC, 2 cores, 2 BLAS threads (openblas), GPU H100; numpy 2.4" in page


@pytest.mark.parametrize("file", sorted((ROOT / "metrics/reference").glob("*.json")), ids=lambda file: file.stem)
def test_the_readme_has_every_kept_run(file):
    assert reference_row(file.stem, read_metrics(file)) in (ROOT / "README.md").read_text()
