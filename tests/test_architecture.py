"""The rules of import, and that dvc.yaml names every file that a stage reaches."""

import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from source_imports import ROOT, imported, reached

# Each house by its floors: a part may import the parts of the lines below its own, and itself.
FLOORS = {
    "stages": [{"stages"}],
    "lab": [
        {"kept", "deep"},
        {"tables"},
        {"benchmark", "gate", "gpu", "scaling", "audits"},
        {"bench", "profile", "floor", "work", "timings"},
        {"setting", "turns", "process", "revisions", "params", "files", "variants"},
    ],
    "exercises": [
        {"__main__"},
        {"commands"},
        {"check"},
        {"causes"},
        {"outcome", "folder"},
        {"limit", "taken_out"},
        {file.stem for file in (ROOT / "exercises").glob("ex[0-9]*.py")},
        {"exercise"},
    ],
    "scratchnet": [
        {"__main__"},
        {"audit"},
        {"experiment", "predict", "page", "photographs"},
        {"training", "plots", "comparison", "chapters"},
        {"verdict"},
        {"numpy_fast", "torch_nn", "photos", "journal", "not_finite"},
        {"yours", "checkpoints"},
        {"numpy_nn", "drawings", "prepared", "points"},
        {"records", "timing", "params", "markdown"},
        {"order", "memory", "calibration"},
        {"bodies"},
        {"names", "problems", "stopping", "kinds", "views"},
    ],
}
MAY_IMPORT = {
    "stages": {"stages", "lab", "scratchnet"},
    "lab": {"lab", "scratchnet"},
    "exercises": {"exercises", "scratchnet"},
    "scratchnet": {"scratchnet"},
}
FILES = sorted(file for house in FLOORS for file in (ROOT / house).rglob("*.py"))
STAGES = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def part_of(name: str) -> tuple[str, str]:
    """scratchnet.photos.decode -> scratchnet, photos; a stage is of the one part stages."""
    house, *inside = name.split(".")
    return house, (house if house == "stages" else inside[0] if inside else "__init__")


def project_imports(file: Path) -> set[str]:
    return {name for name in imported(file) if name.split(".")[0] in FLOORS}


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_imports_point_downwards(file):
    height = {(house, part): level for house in FLOORS for level, parts in enumerate(FLOORS[house]) for part in parts}
    house, here = part_of(module_name(file))
    for name in project_imports(file):
        other, there = part_of(name)
        assert other in MAY_IMPORT[house], f"{house} must not import {name}"
        if other == house and there not in (here, "__init__"):
            assert height[house, there] > height[house, here], f"{here} must not import {name}"


def test_only_the_benchmark_asks_the_laboratory():
    asking = {file.stem for file in (ROOT / "stages").glob("*.py") if any(n.startswith("lab") for n in imported(file))}
    assert asking == {"benchmark"}


def outside_imports(file: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(file)} - FLOORS.keys() - sys.stdlib_module_names


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_each_library_is_used_where_it_belongs(file):
    (house, part), used = part_of(module_name(file)), outside_imports(file)
    if (house, part) == ("scratchnet", "numpy_nn"):
        assert used <= {"numpy"}
        allowed = ("scratchnet.numpy_nn", "scratchnet.order", "scratchnet.names")
        assert all(name.startswith(allowed) for name in project_imports(file))
    if part == "numpy_fast":
        assert not any(name.startswith("scratchnet.torch_nn") for name in project_imports(file))
    if house == "scratchnet" and part != "torch_nn":
        assert "torch" not in used
        assert "torchvision" not in used or file.name == "sources.py"  # which asks it for its Oxford pets
    if house == "scratchnet" and part != "plots":
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
