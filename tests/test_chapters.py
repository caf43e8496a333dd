"""The chapters cannot rot: what they quote, compute, name and command is there, and they read well."""

import io
import re
import subprocess
import zipfile

import pytest
from doctests import failures
from shell_commands import commands, mistake
from source_imports import ROOT

from exercises.exercise import exercises
from scratchnet.chapters.reading import FIGURE, formulas, parser, sentences, words
from scratchnet.chapters.renew import Renewal, pages, renew
from scratchnet.page.formulas import formula

PAGES = [ROOT / "README.md", *pages(ROOT)]
CHAPTERS = sorted((ROOT / "docs/chapters").glob("[0-9][0-9]-*.md"))
HEADINGS = [
    "What you will be able to do",
    "By hand",
    "The mathematics",
    "The code",
    "In your run",
    "Where it goes wrong",
    "Questions",
    "Exercise",
]


def page_id(page) -> str:
    return page.relative_to(ROOT).as_posix()


of_each_page = pytest.mark.parametrize("page", PAGES, ids=page_id)
of_each_chapter = pytest.mark.parametrize("page", CHAPTERS, ids=page_id)


@of_each_page
def test_quotations_are_as_the_source_has_them(page):
    renewal = Renewal(page.read_text("utf-8"), ROOT)
    quoted = [change for change in renewal.changes if ".py " in change or change.endswith(".py")]
    assert (quoted, renewal.problems) == ([], []), "python -m scratchnet chapters"


def test_values_are_those_of_the_committed_run(tmp_path):
    """Of the last commit, so that a reader's own experiment in the workspace fails no test."""
    there = ["docs", "params.yaml", "metrics", "plots", "scratchnet", "stages", "lab"]
    packed = subprocess.check_output(["git", "archive", "--format=zip", "HEAD", *there], cwd=ROOT)
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    *changes, _ = renew(tmp_path)
    assert changes == [], "python -m scratchnet chapters"


@of_each_page
def test_a_value_never_begins_a_line(page):
    """GitHub would take the line for HTML, and the paragraph would end above it."""
    blocks = [token.content for token in parser().parse(page.read_text("utf-8")) if token.type == "html_block"]
    assert [block for block in blocks if re.match(r"\s*<!--\s+value:", block)] == []


@of_each_page
def test_sessions_give_what_they_say(page):
    assert failures(page.read_text("utf-8"), page_id(page)) == ""


@of_each_page
def test_commands_exist(page):
    wrong = {" ".join(command): mistake(command) for command in commands(page.read_text("utf-8"))}
    assert {command: why for command, why in wrong.items() if why} == {}


@of_each_page
def test_formulas_become_mathml(page):
    for latex in formulas(page.read_text("utf-8")):
        assert "<math" in formula(latex), latex


@of_each_chapter
def test_a_chapter_has_the_shape_of_all(page):
    heads = [line for line in page.read_text("utf-8").splitlines() if re.match("##? ", line)]
    number = int(page.name[:2])
    assert heads[0].startswith(f"# {number}. ")
    assert heads[1:] == [f"## {heading}" for heading in HEADINGS]


@of_each_chapter
def test_a_chapter_leads_to_the_next(page):
    place, last = CHAPTERS.index(page), page.read_text("utf-8").rstrip().rpartition("\n---\n")[2]
    links = re.findall(r"\]\(([^)]*)\)", last)
    around = [chapter.name for chapter in CHAPTERS[max(place - 1, 0) : place + 2] if chapter != page]
    assert [link for link in links if link.startswith(("0", "1"))] == around
    assert "../../README.md#the-chapters" in links


@of_each_chapter
def test_a_figure_has_a_picture_for_where_nothing_moves(page):
    text = page.read_text("utf-8")
    assert text.count("<!-- figure: ") == len(FIGURE.findall(text))


@of_each_chapter
def test_python_in_a_chapter_is_quoted_or_run(page):
    tokens = parser().parse(page.read_text("utf-8"))
    unchecked = [
        fence.content
        for before, fence in zip([None, *tokens], tokens, strict=False)
        if fence.type == "fence"
        and fence.info.startswith("py")
        and ">>> " not in fence.content
        and not (before and before.content.startswith("<!-- code: "))
    ]
    assert unchecked == []


@of_each_chapter
def test_a_solution_is_folded_where_the_reader_is_yet_to_write_it(page):
    """What the exercises of this chapter and of later ones ask for stands in <details>, or not at all."""
    shown = re.sub(r"<details>.*?</details>", "", page.read_text("utf-8"), flags=re.DOTALL)
    quoted = re.findall(r"<!-- code: (\S+) (\S+) -->", shown)
    asked = [exercise for exercise in exercises().values() if exercise.chapter >= int(page.name[:2])]
    assert set(quoted) & {(exercise.file, symbol) for exercise in asked for symbol in exercise.symbols} == set()


@of_each_chapter
def test_a_chapter_is_as_long_as_a_quarter_of_an_hour_lasts(page):
    count = sum(map(words, sentences(page.read_text("utf-8"))))
    assert 900 <= count <= 1300


@of_each_chapter
def test_sentences_are_short(page):
    found = sentences(page.read_text("utf-8"))
    long = [sentence for sentence in found if words(sentence) > 30]
    assert len(long) <= 0.05 * len(found), long


@pytest.mark.parametrize(
    "line",
    [
        "make nothing",
        "dvc repro -f -s nothing",
        "dvc metrics diff --nothing",
        "dvc exp run -S train_linear.epoch=3",
        "python -m stages.nothing",
        "python -m stages.train_mlp nothing",
        "python -m stages.train_mlp binary_rings --nothing",
        "python -m scratchnet nothing",
        "cd my && frobnicate -x",
    ],
)
def test_a_command_that_does_not_exist_is_seen(line):
    assert any(mistake(command) for command in commands(f"```sh\n{line} # once\n```\n"))


@pytest.mark.parametrize(
    ("answer", "fails"),
    [
        ("0.67", False),
        ("0.66", False),
        ("0.5", True),
        ("0.69", True),
        ("6.67e-1", False),
        ("1", True),
        ("[0.67]", True),
    ],
)
def test_a_session_is_compared_as_far_as_it_is_written(answer, fails):
    assert bool(failures(f"```python\n>>> x = 2 / 3\n```\n\nand\n\n```python\n>>> x\n{answer}\n```\n", "page")) == fails
