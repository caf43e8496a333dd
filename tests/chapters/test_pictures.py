"""The pictures of the page's figures in the chapters."""

import os
import subprocess
import sys

import pytest
from PIL import Image
from source_imports import ROOT

from scratchnet.chapters.pictures import BROWSERS, asked_for, draw, shutil
from scratchnet.names import PAGE
from scratchnet.problems import Problem

CHAPTER = (
    "# 6. Two\n\n<!-- figure: speed -->\n![bars](pictures/speed.png)\n\n<!-- figure: run -->\n![a](../../plots/a.png)\n"
)
FIGURE = """<!doctype html><div style="height: 5000px"></div>
<div data-figure="speed" data-drawn="whole" style="width: 860px">
<div class="choice" style="height: 100px; background: red"></div><div class="small-print" style="height: 50px"></div>
<div style="height: 900px; background: blue"></div></div>"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "docs/chapters").mkdir(parents=True)
    (tmp_path / "docs/chapters/06-two.md").write_text(CHAPTER)
    return tmp_path


def test_a_chapter_asks_for_the_pictures_that_lie_beside_it(root):
    assert asked_for(root) == {"speed": root / "docs/chapters/pictures/speed.png"}


def test_without_a_page_there_are_no_pictures(root):
    with pytest.raises(Problem, match=r"There is no plots/page/index\.html"):
        draw(root)


def test_a_picture_shows_the_part_that_the_chapter_is_about(root):
    pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    if not any(map(shutil.which, BROWSERS)):
        pytest.skip("the pictures want a browser: apt-get install chromium")
    (root / PAGE).parent.mkdir(parents=True)
    (root / PAGE).write_text(FIGURE)
    run = [sys.executable, "-m", "scratchnet", "chapters", "--pictures"]
    told = subprocess.check_output(run, cwd=root, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True)
    picture = Image.open(root / "docs/chapters/pictures/speed.png").convert("RGB")
    assert "\ndocs/chapters/pictures/speed.png: 1400 × " in told
    assert abs(picture.height - 178 * 1400 / 860) < 3
    assert picture.getpixel((700, 100)) == (255, 0, 0)


def test_the_pictures_of_the_chapters_are_soon_loaded():
    assert all(file.stat().st_size <= 300_000 for file in (ROOT / "docs/chapters/pictures").glob("*.png"))
