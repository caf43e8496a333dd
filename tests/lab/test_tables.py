"""The tables of kept runs, and the pages that they are written into."""

import json

import pytest

from lab.tables import TABLES, main, seeds_table, training_table
from scratchnet.problems import Problem

RIGHT = {"one_conv": {"test_accuracy": 0.875}, "two_conv": {"test_accuracy": 0.9}}
METRICS = {
    "prepare_images": {"split": {"train": 12958, "val": 1440, "test": 1600}},
    "train_numpy_cnn": RIGHT,
    "train_cuda_cnn": {"one_conv": {"test_accuracy": 0.874}, "two_conv": {"test_accuracy": 0.9}},
    "compare": {"one_conv": {"loss_gap": 2e-16}, "two_conv": {"loss_gap": 0.0087}},
}


def test_a_run_has_a_row_for_each_network():
    assert training_table({"mine": {"metrics": METRICS}})[2:] == [
        "| mine | one_conv | 12,958 | 87.5% | 87.4% | 2e-16 |",
        "| mine | two_conv | 12,958 | 90.0% | 90.0% | 9e-03 |",
    ]


def test_the_same_training_from_several_seeds_is_one_row():
    def run(train: int, right: float, minutes: float, stage: str = "train_numpy_cnn") -> dict:
        found = {"test_accuracy": right, "test_accuracy_both_ways": right + 0.01, "expected_calibration_error": 0.02}
        metrics = {
            "prepare_images": {"split": {"train": train, "val": 9, "test": 1600}},
            stage: {"deep": found},
            "timing": {stage: {"deep": {"train_seconds": 60 * minutes}}},
        }
        return {"metrics": metrics, "params": {"train_numpy_cnn": {"epochs": 8}, "of_arch": {"deep": {"epochs": 40}}}}

    runs = {"a": run(1800, 0.8, 9), "b": run(12951, 0.9, 50), "c": run(12951, 0.92, 60)}
    runs |= {"d": run(12951, 0.91, 55, "train_cuda_cnn")}
    spread = "91.0% (90.0% to 92.0%) | 92.0% (91.0% to 93.0%) | 2.0% (2.0% to 2.0%)"
    assert seeds_table(runs)[2:] == [
        f"| deep in NumPy, 40 epochs of 12,951 pictures; tested on 1,600 | 2 | {spread} | 50 to 60 |",
        "| deep in PyTorch, 40 epochs of 12,951 pictures; tested on 1,600 | 1 | 91.0% | 92.0% | 2.0% | 55 |",
        "| deep in NumPy, 40 epochs of 1,800 pictures; tested on 1,600 | 1 | 80.0% | 81.0% | 2.0% | 9 |",
    ]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A page for each table, with a line before its place and one after it; and one kept run."""
    monkeypatch.chdir(tmp_path)
    for path in {path for path, *_ in TABLES}:
        places = [f"<!-- {name} -->\n| old |\n<!-- end of {name} -->\n" for page, name, *_ in TABLES if page == path]
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("".join(["before\n", *places, "after\n"]))
    (tmp_path / "metrics/reference").mkdir(parents=True)
    (tmp_path / "metrics/reference/mine.json").write_text(json.dumps({"metrics": METRICS}))
    return tmp_path


def test_every_table_is_written_and_the_rest_of_the_page_is_left(project):
    main([])
    for path in {path for path, *_ in TABLES}:
        page = (project / path).read_text()
        assert page.startswith("before\n")
        assert page.endswith("after\n")
        assert "old" not in page
    assert "| mine | two_conv |" in (project / "docs/photographs.md").read_text()


def test_no_page_is_written_where_one_has_no_place(project):
    (project / TABLES[-1][0]).write_text("no place")
    with pytest.raises(Problem, match="no place for the table"):
        main([])
    assert "| old |" in (project / TABLES[0][0]).read_text()
