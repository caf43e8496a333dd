"""Which files of this project a file reaches by its imports, read from the source without running it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("scratchnet", "lab", "stages")


def imported(path: Path) -> set[str]:
    """The dotted names that a file imports, anywhere in it: `from a import b` gives a and a.b."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the whole name"
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def files_of(name: str) -> set[Path]:
    """The project's files that importing a dotted name runs: the module, and the __init__.py of each package above."""
    parts = name.split(".")
    if parts[0] not in PACKAGES:
        return set()
    parents = [ROOT.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    return {file for file in [*parents, ROOT.joinpath(*parts).with_suffix(".py")] if file.exists()}


def reached(path: Path) -> set[str]:
    """Every file, relative to the root, that running `path` as a module reads, itself included."""
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    found, new = set(), files_of(dotted)
    while new:
        found |= new
        new = {file for known in new for name in imported(known) for file in files_of(name)} - found
    return {str(file.relative_to(ROOT)) for file in found}
