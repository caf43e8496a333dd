"""Results, timings, the benchmark and what was kept are told apart by their names."""

from pathlib import PurePath

import pytest

from lab.files import is_metrics, is_result, metrics_here


@pytest.mark.parametrize(
    ("file", "metrics", "result"),
    [
        ("metrics/train_mlp/binary_rings.json", True, True),
        ("metrics/prepare_images.json", True, True),
        ("metrics/timing/train_mlp/binary_rings.json", True, False),
        ("metrics/benchmark.json", False, False),
        ("metrics/benchmark.md", False, False),
        ("metrics/reference/mine.json", False, False),
        ("metrics/reference/gate/proof.json", False, False),
        ("plots/train_mlp/binary_rings/loss.csv", False, False),
    ],
)
def test_each_file_is_of_a_kind(file, metrics, result):
    assert (is_metrics(PurePath(file)), is_result(PurePath(file))) == (metrics, result)


def test_those_of_the_workspace_are_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for file in ("metrics/b.json", "metrics/timing/a/c.json", "metrics/reference/d.json", "metrics/benchmark.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert [str(file) for file in metrics_here()] == ["metrics/b.json", "metrics/timing/a/c.json"]
