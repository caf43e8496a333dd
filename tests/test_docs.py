"""What README.md, docs/ and the reports in metrics/ mention is there, and their tables can be read."""

import re
from collections import Counter
from pathlib import Path

import pytest
from source_imports import ROOT

from scratchnet.photos.sources import folder

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
REPORTS = sorted((ROOT / "metrics").rglob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
FILE = re.compile(r"(?<!\.org/)\b(?:data|docs|lab|metrics|models|plots|scratchnet|stages|tests)/[\w./-]*\w\.\w+")
CALLED = re.compile(r"`(?:\w+\.)?(\w+)\(\)` in\s+\[[^\]]*\]\(([^)]*)\)")
MADE = ("data/prepared/", "models/", "plots/page/")  # by the pipeline, and not in git
EXAMPLE = re.compile(r"[A-Z]{3,}")  # STAGE, NAME, ...: whatever stands there


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of the headings."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", [*PAGES, *REPORTS], ids=page_id)
def test_every_link_leads_somewhere(page):
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            file = (page.parent / target).resolve() if target else page
            assert file.exists(), target
            assert not anchor or anchor in anchors(file), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_file_that_is_named_is_there(page):
    for name in FILE.findall(page.read_text(encoding="utf-8")):
        if not name.startswith(MADE) and not EXAMPLE.search(name):
            assert (ROOT / name).exists(), name


def test_every_function_of_the_walk_is_in_its_file():
    called = CALLED.findall((ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    assert len(called) > 5
    for name, file in called:
        assert f"def {name}(" in (ROOT / "docs" / file).read_text(encoding="utf-8"), name


def test_the_letters_that_a_reader_is_told_to_draw_are_two_kinds_to_learn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs/photographs.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(code, {})
    found = folder(Path("my/letters"), classes=("sans", "serif"))
    assert Counter(one.label for one in found) == {0: 558, 1: 558}
    assert "558 letters and digits of each kind" in page


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_no_table_has_more_than_six_columns(page):
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            assert line.count("|") - line.count("\\|") <= 7, line


def test_the_readme_fits_on_a_few_screens():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
