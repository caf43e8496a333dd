"""The rules of import, and that dvc.yaml names every file that a stage reaches."""

import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from source_imports import ROOT, imported, reached

# Downwards only: a part may import the parts of the lines below its own, and itself.
LAYERS = [
    {"stages"},
    {"gate", "measurement"},
    {"training", "plots", "comparison", "side_by_side", "prediction", "benchmark"},
    {"numpy_nn", "torch_nn", "photos", "points"},
    {"records", "timing", "params", "process", "revisions"},
    {"order", "architectures", "state", "markdown"},
    {"problems"},
]
FILES = sorted([*(ROOT / "scratchnet").rglob("*.py"), *(ROOT / "stages").glob("*.py")])
STAGES = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]


def part_of(name: str) -> str:
    """scratchnet.photos.decode -> photos"""
    return name.split(".")[1] if name.startswith("scratchnet.") else name.split(".")[0]


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def project_imports(file: Path) -> set[str]:
    return {name for name in imported(file) if name.startswith(("scratchnet.", "stages"))}


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_imports_point_downwards(file):
    height = {part: level for level, layer in enumerate(LAYERS) for part in layer} | {"scratchnet": len(LAYERS)}
    here = part_of(module_name(file))
    for name in project_imports(file):
        there = part_of(name)
        assert there == here or height[there] > height[here], f"{here} must not import {name}"


def outside_imports(file: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(file)} - {"scratchnet", "stages"} - sys.stdlib_module_names


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_each_library_is_used_where_it_belongs(file):
    part, used = part_of(module_name(file)), outside_imports(file)
    if part == "numpy_nn":
        assert used <= {"numpy"}
        allowed = ("scratchnet.numpy_nn", "scratchnet.order", "scratchnet.architectures", "scratchnet.state")
        assert all(name.startswith(allowed) for name in project_imports(file))
    if part != "torch_nn" and module_name(file) != "scratchnet.gate.cases":  # the same PyTorch step for both revisions
        assert "torch" not in used
    if part != "torch_nn" and file.name != "sources.py":  # which asks torchvision for its Oxford pets
        assert "torchvision" not in used
    if part != "plots":
        assert "matplotlib" not in used


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_names_every_file_that_the_stage_reaches(stage):
    declared = {dep for dep in STAGES[stage]["deps"] if dep.endswith(".py")}
    wanted = reached(ROOT / "stages" / f"{stage}.py")
    listing = "\n".join(f"      - {file}" for file in sorted(wanted))
    assert declared == wanted, f"the code that {stage} reaches is\n{listing}"


def test_the_reader_of_imports_sees_what_is_nested(tmp_path):
    file = tmp_path / "module.py"
    file.write_text("import numpy as np\ndef late():\n    from scratchnet.photos import decode\n")
    assert imported(file) == {"numpy", "scratchnet.photos", "scratchnet.photos.decode"}
