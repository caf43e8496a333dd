"""Trained results are held to the committed ones, each kind of figure to its own tolerance."""

import json

import pytest
from gate_project import git

from lab.gate.results import check_results, figures
from lab.gate.verdicts import Verdict
from lab.params import ResultsTolerance

TOLERANCE = ResultsTolerance(first_loss=0.001, loss=0.05, accuracy=0.02)
RESULTS = {"test_loss": 0.5, "test_accuracy": 0.9, "parameters": 7, "kept_epoch": 3}
LOSSES = "epoch,train_loss,val_accuracy,seconds\n1,0.7,0.5,2.0\n2,0.6,0.6,2.0\n"


@pytest.fixture
def root(tmp_path):
    """A repository with results, and with a timing beside them."""
    write(tmp_path, RESULTS)
    for path in ("plots/train_mlp/rings/loss.csv", "metrics/timing/train_mlp/rings.json"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(LOSSES)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "results")
    return tmp_path


def write(root, results):
    path = root / "metrics/train_mlp/rings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results))


def checked(root):
    return {check.name: (check.verdict, check.why) for check in check_results(root, TOLERANCE)}


def test_the_committed_files_are_the_committed_files(root):
    assert checked(root) == {
        "metrics/train_mlp/rings.json": (Verdict.PASS, "is the committed file"),
        "plots/train_mlp/rings/loss.csv": (Verdict.PASS, "is the committed file"),
    }


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"test_loss": 0.52, "test_accuracy": 0.885, "kept_epoch": 4}, "3 figures within the tolerances"),
        ({"test_loss": 0.54}, "test_loss is 0.54, committed 0.5"),
        ({"test_loss": float("nan")}, "test_loss is nan, committed 0.5"),
        ({"test_accuracy": 0.93}, "test_accuracy is 0.93, committed 0.9"),
        ({"parameters": 8, "test_loss": 1.0}, "test_loss is 1.0, committed 0.5, and 1 more"),
        ({"val_loss": 0.5}, "val_loss is only here"),
    ],
)
def test_each_kind_has_its_tolerance(root, changes, why):
    write(root, RESULTS | changes)
    verdict, said = checked(root)["metrics/train_mlp/rings.json"]
    assert said.startswith(why)
    assert verdict is (Verdict.PASS if "within" in why else Verdict.FAIL)


@pytest.mark.parametrize(("epoch", "verdict"), [("1,0.7", Verdict.FAIL), ("2,0.6", Verdict.PASS)])
def test_the_first_epoch_is_held_closer(root, epoch, verdict):
    (root / "plots/train_mlp/rings/loss.csv").write_text(LOSSES.replace(epoch, f"{epoch}1"))
    assert checked(root)["plots/train_mlp/rings/loss.csv"][0] is verdict


def test_a_file_that_is_gone_is_told(root):
    (root / "metrics/train_mlp/rings.json").unlink()
    assert checked(root)["metrics/train_mlp/rings.json"] == (
        Verdict.FAIL, "is committed, but missing here: dvc repro",
    )  # fmt: skip


def test_timings_are_no_results():
    assert figures("loss.csv", LOSSES) == {
        "train_loss of epoch 1": 0.7, "val_accuracy of epoch 1": 0.5,
        "train_loss of epoch 2": 0.6, "val_accuracy of epoch 2": 0.6,
    }  # fmt: skip
    assert figures("a.json", '{"split": {"train": 3, "seconds": 1.5}}') == {"split.train": 3}
