"""What is committed belongs together: the lock and the parameters, the results and what the README says of them."""

import csv
import json

import pytest
from ruamel.yaml import YAML
from source_imports import ROOT

from scratchnet.comparison import reference_row
from scratchnet.params import ARCHITECTURES

README = (ROOT / "README.md").read_text()
PARAMS = YAML(typ="safe").load(ROOT / "params.yaml")
LOCK = YAML(typ="safe").load(ROOT / "dvc.lock")["stages"]


@pytest.mark.parametrize("stage", LOCK)
def test_the_results_are_those_of_the_parameters(stage):
    for dotted, locked in LOCK[stage].get("params", {}).get("params.yaml", {}).items():
        value = PARAMS
        for key in dotted.split("."):
            value = value[key]
        assert locked == value, dotted


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_both_networks_are_the_same_over_the_whole_default_run(arch):
    both = json.loads((ROOT / "metrics/compare.json").read_text())[arch]
    assert both["loss_gap_first_epoch"] <= 1e-3
    assert both["loss_gap"] <= 1e-2


def test_the_readme_has_the_table_of_the_curve():
    with (ROOT / "plots/train_mlp/regression_1d/tutorial.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            line = f"| {row['epoch']} | {float(row['tutorial_loss']):.4f} | {float(row['train_loss']):.4f} |"
            assert line in README
            assert float(row["train_loss"]) < float(row["tutorial_loss"])


def test_the_readme_has_the_linear_model():
    accuracy = json.loads((ROOT / "metrics/train_linear.json").read_text())["test_accuracy"]
    assert f"right on {accuracy:.1%} of the test pictures" in README


def test_the_readme_has_every_kept_run():
    files = sorted((ROOT / "metrics/reference").glob("*.json"))
    assert files
    for file in files:
        assert reference_row(file.stem, json.loads(file.read_text())) in README
