"""Results, timings, the benchmark and what was kept are told apart by their names."""

from argparse import ArgumentTypeError
from pathlib import PurePath

import pytest

from lab.files import is_metrics, is_result, metrics_here, run_name


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


@pytest.mark.parametrize(
    "text", ["/tmp/x", "a/b", "a\\b", "..", "", ".hidden", "con", "NUL.x", "=1", "two words", "x" * 65]
)
def test_a_path_and_what_no_system_takes_for_a_file_is_no_name_of_a_run(text):
    with pytest.raises(ArgumentTypeError, match="is no name: letters"):
        run_name(text)


@pytest.mark.parametrize("text", ["h100", "photographs_2000", "my-run.2", "console", "x" * 64])
def test_the_name_of_a_run_stays_as_it_is(text):
    assert run_name(text) == text
