"""Files are written whole or not at all, and read back as they were."""

import resource

import numpy as np
import pandas as pd
import pytest

from scratchnet.problems import Problem
from scratchnet.records import (
    read_arrays,
    read_metrics,
    read_predictions,
    replacing,
    write_arrays,
    write_metrics,
    write_table,
)


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "loss.csv"
    path.write_text("old")

    def fail_halfway():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_with_the_path(tmp_path):
    path, before = tmp_path / "loss.csv", resource.getrlimit(resource.RLIMIT_FSIZE)
    path.write_text("old")
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(Problem, match=rf"^{path} cannot be written: File too large; .* are free there\. Make room"):
            write_arrays(path, {"W": np.zeros(1000)}, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made(tmp_path):
    write_metrics(tmp_path / "metrics" / "stage" / "item.json", {"loss": 0.5, "machine": {"cpu": "x"}})
    assert read_metrics(tmp_path / "metrics" / "stage" / "item.json") == {"loss": 0.5, "machine": {"cpu": "x"}}


@pytest.mark.parametrize("value", [None, [1.0], float("nan"), float("inf"), np.ones(2)])
def test_what_dvc_would_drop_is_refused(tmp_path, value):
    path = tmp_path / "metrics.json"
    with pytest.raises(ValueError, match=r"metrics\.json: one_conv: loss is"):
        write_metrics(path, {"one_conv": {"loss": value}})
    assert not path.exists()


def test_a_table_keeps_every_digit(tmp_path):
    table = pd.DataFrame({"epoch": [1, 2], "train_loss": [1 / 3, np.nextafter(0.7, 1)]})
    write_table(tmp_path / "loss.csv", table)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "loss.csv"), table, check_exact=True)


def test_names_of_kinds_stay_what_they_are(tmp_path):
    kinds = ["None", "NA", "null", "nan", "7", "1e3", "true"]
    table = pd.DataFrame({"name": kinds, "label": kinds, "predicted": kinds, "probability_NA": 0.5})
    write_table(tmp_path / "predictions.csv", table)
    pd.testing.assert_frame_equal(read_predictions(tmp_path / "predictions.csv"), table, check_dtype=False)


def test_arrays_come_back_bit_for_bit(tmp_path):
    arrays = {
        "W": np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32).T,
        "t": np.array([7]),
        "step": np.array(3.0, dtype=np.float32),
    }
    write_arrays(tmp_path / "a.safetensors", arrays, {"arch": "one_conv", "scale": [0.1]})
    back, about = read_arrays(tmp_path / "a.safetensors")
    assert about == {"arch": "one_conv", "scale": [0.1]}
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array, strict=True)


def test_missing_or_foreign_weights_are_a_problem(tmp_path):
    with pytest.raises(Problem, match="dvc repro trains the networks that archs in params"):
        read_arrays(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("not weights at all")
    with pytest.raises(Problem, match="not a file of weights"):
        read_arrays(tmp_path / "text.safetensors")
