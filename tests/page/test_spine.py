"""The chapters as what the page is read along: in their parts, with live figures and the reader's own numbers."""

import json
import re
import shutil
from base64 import b64decode
from pathlib import Path

import pytest
from page_run import complaints, draw_all, expect, run_stage
from PIL import Image
from ruamel.yaml import YAML
from source_imports import ROOT

from scratchnet.chapters.renew import pages
from scratchnet.chapters.values import VALUE
from scratchnet.page.rendering import Place, render
from scratchnet.page.spine import FIGURE_NAMES, PARTS, read_chapters, spine
from scratchnet.problems import Problem

AT_THE_TOP = """(id) => {
  const {top} = document.getElementById(id).getBoundingClientRect();
  return top >= 0 && top < 200;
}"""
FIRST = r"""# 1. A neuron, a fold

Why it is there, in $`y_{a} = x W + b`$ and <!-- value: m.json test.loss .3f -->9<!-- /value --> or
so; <!-- value: none.json x -->7<!-- /value --> elsewhere.

## By hand

```math
\frac{a}{b} \begin{pmatrix} 1 & 2 \end{pmatrix}
```

<!-- code: scratchnet/order.py Order -->
```python
def f(x):  # a comment
    return "text"
```

## In your run

<!-- figure: curve -->
![The fitted curve,
in two lines](../../plots/curve.png)

![A picture](pictures/small.png) and ![none](../../plots/none.png)

See [the layers](../../scratchnet/numpy_nn/layers.py), [names.py](../../scratchnet/names.py),
[the next](06-two.md#by-hand), [above](#by-hand) and [a paper](https://arxiv.org/abs/1).

<details><summary>Answer</summary>

Yes, **it** is.

</details>

| a | long | table |
|---|---:|---|
| 1 | 2 | 3 |

---
[Contents](../../README.md#the-chapters) · [Next](06-two.md)
"""
SECOND = (
    "# 6. Two\n\nText.\n\n## By hand\n\n```python\n>>> 1 + 1\n2\n```\n\n"
    + "Long text. " * 400
    + "\n\n```\n"
    + "wide " * 60
    + "\n```\n\n<!-- figure: network -->\n![n](pictures/small.png)\n\n## Exercise\n\n"
    + "End. " * 400
)


def write(folder: Path) -> Path:
    chapters = folder / "docs/chapters"
    (chapters / "pictures").mkdir(parents=True)
    (chapters / "01-a-neuron.md").write_text(FIRST)
    (chapters / "06-two.md").write_text(SECOND)
    Image.new("RGB", (4, 3)).save(chapters / "pictures/small.png")
    (folder / "m.json").write_text(json.dumps({"test": {"loss": 0.123456}}))
    return folder


@pytest.fixture
def first(tmp_path):
    return read_chapters(write(tmp_path))[0]


def test_a_chapter_has_its_text_and_its_figures_in_turn(first):
    assert (first.id, first.number, first.title, first.minutes) == ("01-a-neuron", 1, "A neuron, a fold", 1)
    assert [piece.figure for piece in first.pieces] == ["", "curve", ""]
    assert first.figures == ["curve"]


def test_values_are_the_readers_own_and_what_this_run_lacks_is_marked(first):
    assert '<span class="value">0.123</span>' in first.pieces[0].html
    assert '<span class="value">7°</span> elsewhere' in first.pieces[0].html
    assert first.kept == ["x of none.json"]


def test_formulas_code_and_headings_are_there_in_the_pages_own_way(first):
    html = first.pieces[0].html
    assert html.count("<math") == 2
    assert '<h3 id="01-a-neuron/by-hand">By hand</h3>' in html
    assert '<p class="source"><code>Order</code> in <code>scratchnet/order.py</code></p>' in html
    assert '<i class="keyword">def</i> f(x):  <i class="comment"># a comment</i>' in html
    assert "<!--" not in "".join(piece.html for piece in first.pieces)


def test_links_lead_within_the_page_and_to_the_web_and_code_is_named(first):
    html = first.pieces[2].html
    assert "the layers (<code>scratchnet/numpy_nn/layers.py</code>), <code>scratchnet/names.py</code>," in html
    assert re.findall('href="([^"]*)"', html) == [
        "#06-two/by-hand",
        "#01-a-neuron/by-hand",
        "https://arxiv.org/abs/1",
    ]
    assert "Contents" not in html


def test_pictures_are_inside_and_what_is_not_there_is_said(first, tmp_path):
    html = first.pieces[2].html
    (data,) = re.findall('src="data:image/png;base64,([^"]*)" alt="A picture"', html)
    assert b64decode(data) == (tmp_path / "docs/chapters/pictures/small.png").read_bytes()
    assert "This run has no plots/none.png: none." in html
    assert "fitted curve" not in "".join(piece.html for piece in first.pieces)


def test_what_an_author_has_written_as_text_stays_text():
    place = Place(Path(), Path("docs/chapters"), "01-a", set())
    assert "a &lt; b &amp;&amp; c" in render("a < b && c", place)
    assert "&lt;b&gt;" in render("```python\nx = '<b>'\n```", place)


def test_every_figure_stands_once_also_without_its_chapter(tmp_path):
    chapters = read_chapters(write(tmp_path))
    for given in ([], chapters):
        parts = spine(given)
        assert [part.name for part in parts] == list(PARTS)
        shown = [figure for part in parts for figure in part.figures]
        shown += [figure for part in parts for chapter in part.chapters for figure in chapter.figures]
        assert sorted([*shown, "mosaic"]) == sorted(FIGURE_NAMES)
    assert [[chapter.number for chapter in part.chapters] for part in parts] == [[1], [6], []]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# A neuron\n", "does not begin with the number"),
        ("# 1. A\n\n<!-- figure: curv -->\n![a](b.png)\n", "no figure curv"),
    ],
)
def test_what_is_wrong_in_a_chapter_is_told(tmp_path, text, told):
    (tmp_path / "docs/chapters").mkdir(parents=True)
    (tmp_path / "docs/chapters/01-a.md").write_text(text)
    with pytest.raises(Problem, match=told):
        read_chapters(tmp_path)


def test_each_figure_is_in_one_chapter_of_docs_at_most():
    shown = [figure for chapter in read_chapters(ROOT) for figure in chapter.figures]
    assert sorted(set(shown)) == sorted(shown)


def test_dvc_makes_the_page_anew_when_what_a_chapter_names_changes():
    deps = [*YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]["page"]["deps"], "params.yaml"]
    texts = {page: page.read_text("utf-8") for page in pages(ROOT) if page.parent.name == "chapters"}
    named = {found["file"] for text in texts.values() for found in VALUE.finditer(text)}
    named |= {path for text in texts.values() for path in re.findall(r"\]\(\.\./\.\./([^)]*png)\)", text)}
    assert {file for file in named if not any(Path(dep) in (Path(file), *Path(file).parents) for dep in deps)} == set()


@pytest.fixture(scope="module")
def read_page(tiny, tmp_path_factory) -> Path:
    """The page of the tiny run with two chapters."""
    folder = write(shutil.copytree(tiny, tmp_path_factory.mktemp("read") / "run"))
    run_stage(folder, "page")
    return folder / "plots/page/index.html"


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (360, "dark")])
def test_everybody_can_read_it(read_page, page_of, width, scheme):
    page = page_of(read_page, viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert "failed" not in draw_all(page).values()
    page.locator(".text details").evaluate("(details) => details.open = true")
    assert complaints(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.errors == []


def test_the_contents_mark_where_a_reader_is(read_page, page_of):
    page = page_of(read_page)
    marked = page.locator("nav [aria-current]")
    for section, name in [("06-two", "6 Two"), ("network", "Through the network"), ("06-two/exercise", "6 Two")]:
        page.evaluate("(section) => { location.hash = section; }", section)
        page.wait_for_function(
            "(name) => document.querySelector('nav [aria-current]')?.innerText.replace(/\\s+/, ' ') === name", arg=name
        )
        expect(marked).to_have_count(1)
    page.wait_for_function(AT_THE_TOP, arg="06-two/exercise")
    assert page.errors == []
    assert page.locator("#network").evaluate("(section) => section.closest('.chapter').id") == "06-two"
