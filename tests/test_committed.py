"""What is committed belongs together: the lock and the parameters, the results and what the README says of them.

Read from the last commit, so that a reader's own experiment in the workspace fails no test.
"""

import csv
import json
import subprocess
from pathlib import Path, PurePath

import pytest
from ruamel.yaml import YAML
from source_imports import ROOT

from lab.benchmark.page import profile_table
from lab.tables import TABLES
from scratchnet.markdown import fill
from scratchnet.names import PLAIN, REFERENCE
from scratchnet.timing.machine import lasting


def committed(*arguments: str) -> str:
    """What `git ARGUMENTS` prints of the last commit."""
    return subprocess.check_output(["git", *arguments], cwd=ROOT, text=True)


README = committed("show", "HEAD:README.md")
LOCK = YAML(typ="safe").load(committed("show", "HEAD:dvc.lock"))["stages"]


@pytest.mark.parametrize("stage", LOCK)
def test_the_results_are_those_of_the_parameters(stage):
    for file, sections in LOCK[stage].get("params", {}).items():
        params = YAML(typ="safe").load(committed("show", f"HEAD:{file}"))
        for dotted, locked in sections.items():
            value = params
            for key in dotted.split("."):
                value = value[key]
            assert locked == value, dotted


@pytest.mark.parametrize("arch", PLAIN)
def test_both_networks_are_the_same_over_the_whole_default_run(arch):
    both = json.loads(committed("show", "HEAD:metrics/compare.json"))[arch]
    assert both["loss_gap_first_epoch"] <= 1e-3
    assert both["loss_gap"] <= 1e-2


def test_the_readme_has_the_table_of_the_curve():
    table = committed("show", "HEAD:plots/train_mlp/regression_1d/tutorial.csv")
    rows = list(csv.DictReader(table.splitlines()))
    assert len(rows) == 10
    for row in rows:
        assert f"| {row['epoch']} | {float(row['tutorial_loss']):.4f} | {float(row['train_loss']):.4f} |" in README
        assert float(row["train_loss"]) < float(row["tutorial_loss"])


def test_the_readme_has_the_linear_model():
    accuracy = json.loads(committed("show", "HEAD:metrics/train_linear.json"))["test_accuracy"]
    assert f"right on {accuracy:.1%} of the test pictures" in README


def runs(folder: PurePath) -> dict[str, dict]:
    """What was kept in the folder, by name."""
    files = map(Path, committed("ls-tree", "--name-only", "HEAD", f"{folder}/").split())
    return {file.stem: json.loads(committed("show", f"HEAD:{file}")) for file in files if file.suffix == ".json"}


@pytest.mark.parametrize(("path", "name", "folder", "make"), TABLES, ids=[table[1] for table in TABLES])
def test_each_page_has_its_table_of_what_was_kept(path, name, folder, make):
    kept = runs(folder)
    assert kept
    page, table = committed("show", f"HEAD:{path}"), make(kept)
    assert fill(page, name, table) == page
    assert all(line.count(" | ") < 6 for line in table)


def test_three_benchmarks_are_kept_of_each_machine():
    """MACHINE_NUMBER.json: three of each machine at least."""
    machines = {}
    for name, run in runs(REFERENCE / "benchmark").items():
        machines.setdefault(name.rpartition("_")[0], []).append(json.dumps(lasting(run["machine"])))
    assert all(len(found) >= 3 and len(set(found)) == 1 for found in machines.values())
    assert len({found[0] for found in machines.values()}) == len(machines)


def test_a_kept_figure_stands_once():
    for name, run in runs(REFERENCE).items():
        for arch, both in run["metrics"]["compare"].items():
            assert both.keys() <= {"loss_gap", "loss_gap_first_epoch", "speedup"}, f"{name}: {arch}"


@pytest.mark.parametrize("arch", PLAIN)
def test_the_chapter_has_the_profile_of_the_committed_benchmark(arch):
    last = json.loads(committed("show", "HEAD:metrics/benchmark.json"))
    rows = profile_table(last[arch]["profile_percent"])[2:]
    assert "\n".join(rows) in committed("show", "HEAD:docs/speed.md")


@pytest.fixture
def proof() -> dict:
    """The kept trials of the timing gate."""
    return runs(REFERENCE / "gate")["proof"]["trials"]


def test_the_gate_fails_what_is_slower_and_nothing_else(proof):
    verdicts = {percent: [] for percent in (0, 10, 25, 50)}
    for trial in proof.values():
        verdicts[trial["slower_percent"]].append(trial["verdict"])
    idle = [trial["verdict"] for trial in proof.values() if (trial["slower_percent"], trial["busy"]) == (0, "no")]
    assert len(verdicts[0]) >= 30
    assert min(len(verdicts[percent]) for percent in (10, 25, 50)) >= 10
    assert "FAIL" not in verdicts[0]
    assert verdicts[25].count("FAIL") >= 0.9 * len(verdicts[25])
    assert set(verdicts[50]) == {"FAIL"}
    assert idle.count("INCONCLUSIVE") <= len(idle) / 5
