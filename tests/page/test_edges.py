"""The page of every run: of photographs, of half a run, of none; offline, by keyboard, from a link; and how soon."""

import re
import shutil
import time
from pathlib import Path

import pytest
from page_run import draw_all, expect, run_stage
from source_imports import ROOT

from scratchnet.names import PREPARED
from scratchnet.page.assemble import assemble
from scratchnet.page.gather import gather
from scratchnet.page.spine import read_chapters

WHAT_IS_GONE = {  # of a run -> the figures that its page cannot show
    "models/*/two_conv*": set(),
    "models/pytorch": {"same"},
    "models/mlp": {"curve", "rings", "blobs"},
    "metrics/benchmark.json": set(),
    "models/[np]*": {"network", "backwards", "same", "training"},
    "data": set(),
    "[!p]*": {"curve", "rings", "blobs", "network", "backwards", "same", "signs", "training", "speed"},
}
READY = """() => {
  const mosaic = document.querySelector("[data-figure=mosaic][data-drawn=whole]");
  return mosaic && performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd && performance.now();
}"""
FOCUSED = """() => {
  const {activeElement: here} = document;
  return here === document.body ? "" : here.getAttribute("aria-label") ?? here.textContent.trim();
}"""
CONTENTS = [
    "A curve made of hinges",
    "A border around a ring",
    "Three classes",
    "Through the network",
    "And back again",
    "The same network twice",
    "How it learned",
    "Is it well?",
    "What a step costs",
    "All of this run",
]
SECONDS_READY = 5  # 2 are promised, on a machine that does nothing else
SECONDS_TO_MAKE = 10  # of the processor: what else the machine does is none of the page's time


@pytest.mark.parametrize("gone", WHAT_IS_GONE)
def test_what_a_run_does_not_have_is_left_out_and_said(tiny, tmp_path, monkeypatch, page_of, gone):
    folder = shutil.copytree(tiny, tmp_path / "run")
    for path in list(folder.glob(gone)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    run_stage(folder, "page")
    page = page_of(folder / "plots/page/index.html")
    figures = draw_all(page)
    assert page.errors == []
    assert "failed" not in figures.values()
    for name in WHAT_IS_GONE[gone]:
        assert figures[name] == "absent"
        assert page.locator(f"#{name} .absent").inner_text()
    monkeypatch.chdir(folder)
    told = page.locator("#run").inner_text()
    assert (missing := gather()["missing"])
    assert all(sentence in told for sentence in missing)
    expect(page.locator("header").get_by_role("link", name="Something was not run")).to_have_count(1)


def test_one_architecture_alone_is_the_only_one_to_choose(tiny, tmp_path, page_of):
    folder = shutil.copytree(tiny, tmp_path / "run")
    for file in folder.glob("models/*/two_conv*"):
        file.unlink()
    run_stage(folder, "page")
    page = page_of(folder / "plots/page/index.html", "#training&arch=two_conv&training.epoch=7")  # of another's run
    page.wait_for_selector("#training [data-drawn=whole]")
    names = page.locator("#training fieldset").filter(has_text="Network").locator("label").all_inner_texts()
    assert names == ["one_conv, NumPy", "one_conv, PyTorch"]
    assert page.locator("#training").get_by_role("slider").input_value() == "2"
    assert "two_conv was not trained in NumPy: python -m stages.train_numpy_cnn two_conv" in (
        page.locator("#training").inner_text()
    )
    assert page.errors == []


def test_a_page_of_photographs(of_photographs, page_of):
    page = page_of(of_photographs / "plots/page/index.html")
    figures = draw_all(page)
    assert page.errors == []
    assert {figures[name] for name in ("mosaic", "training", "speed", "run")} == {"whole"}
    assert {figures[name] for name in ("curve", "rings", "blobs", "same")} == {"absent"}
    assert "your own photographs" in page.locator("header").inner_text()
    page.get_by_text("What could not be used, and why (1)").click()
    expect(page.get_by_role("rowheader", name="3/9.jpg")).to_be_visible()
    expect(page.locator("#training .confused")).to_have_count(4)


def test_every_figure_speaks_of_the_two_kinds_of_the_run(of_photographs, page_of):
    page = page_of(of_photographs / "plots/page/index.html")
    draw_all(page)
    figures = page.locator("[data-figure]").all()
    told = " ".join(figure.inner_text() for figure in figures) + " ".join(
        named.get_attribute("aria-label") for figure in figures for named in figure.locator("[aria-label]").all()
    )
    assert not re.search(r"\b(cats?|dogs?)\b", told, re.IGNORECASE)
    for words in ("7 taken for 3", "3 for sure", "p(3)", "if the truth is 7"):
        assert words in told


def test_it_works_from_another_folder_without_a_network_and_asks_nobody(tiny, page_of, tmp_path):
    file = tmp_path / "a page of mine é.html"
    shutil.copy(tiny / "plots/page/index.html", file)
    page = page_of(file)
    page.context.set_offline(True)
    page.reload()
    assert "failed" not in draw_all(page).values()
    page.locator(".mistakes button").first.click()
    page.locator("#run").scroll_into_view_if_needed()
    page.wait_for_timeout(100)
    assert page.errors == []
    assert page.locator("#run table").count() > 0
    assert {address for address in page.requests if not address.startswith(("data:", "blob:"))} == {file.as_uri()}


def test_a_link_brings_back_the_picture_the_network_and_the_epoch(tiny, page_of):
    view = "#training&picture=3&arch=one_conv&backend=pytorch&training.epoch=1&training.kind=dog-cat"
    page = page_of(tiny / "plots/page/index.html", view)
    page.wait_for_selector("#training [data-drawn=whole]")
    figure = page.locator("#training .figure")
    assert figure.get_by_role("radio", name="one_conv, PyTorch").is_checked()
    assert figure.get_by_role("slider").input_value() == "1"
    assert figure.get_by_role("button", name="dog taken for cat").get_attribute("aria-pressed") == "true"
    assert page.evaluate("chosenPicture().then((picture) => picture.place)") == 3
    assert page.evaluate("chosenNetwork()") == ["one_conv", "pytorch"]
    assert 0 <= page.locator("#training h3").bounding_box()["y"] < 200
    page.wait_for_timeout(500)
    assert page.url.endswith(view)
    assert page.errors == []


@pytest.mark.parametrize(
    "view", ["#nothing", "#training&training.epoch=none&picture=999&arch=deep&backend=jax", "#&=&%E0"]
)
def test_a_link_that_somebody_has_spoilt_shows_what_there_is(tiny, page_of, view):
    page = page_of(tiny / "plots/page/index.html", view)
    assert "failed" not in draw_all(page).values()
    assert page.errors == []


def test_the_tab_key_goes_through_the_shell_in_order(tiny, page_of):
    page = page_of(tiny / "plots/page/index.html")
    seen = []
    for _ in range(len(CONTENTS) + 3):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
    assert seen == ["Skip to the page", "Turn the page dark", *CONTENTS, "All of it, in numbers."]
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_on_a_phone_the_keyboard_opens_the_menu_and_escape_closes_it(tiny, page_of):
    page = page_of(tiny / "plots/page/index.html", viewport={"width": 390, "height": 800})
    seen = []
    for key in ("Tab", "Tab", "Enter", "Tab", "Tab", "Tab"):
        page.keyboard.press(key)
        seen.append(page.evaluate(FOCUSED))
    assert seen == ["Skip to the page", "Contents", "Contents", "Turn the page dark", *CONTENTS[:2]]
    menu = page.get_by_role("button", name="Contents")
    assert menu.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED) == "Contents"
    assert menu.get_attribute("aria-expanded") == "false"
    assert not page.get_by_role("link", name=CONTENTS[0]).is_visible()


@pytest.fixture(scope="module")
def default_page(tmp_path_factory) -> tuple[Path, float]:
    """The page of the run that lies here, made elsewhere, and the processor's seconds that it took."""
    if not (ROOT / PREPARED / "test/images.npy").exists() or not (ROOT / "models/numpy/two_conv.safetensors").exists():
        pytest.skip("there is no run of the pipeline here: make repro")
    file = tmp_path_factory.mktemp("default") / "index.html"
    began = time.process_time()
    with pytest.MonkeyPatch.context() as here:
        here.chdir(ROOT)
        chapters = read_chapters(ROOT)
        file.write_text(assemble(gather(taken=sum(chapter.size for chapter in chapters)), chapters), "utf-8")
    return file, time.process_time() - began


def test_the_page_is_small_and_is_soon_made(default_page):
    file, seconds = default_page
    assert seconds <= SECONDS_TO_MAKE
    assert file.stat().st_size <= 20_000_000


def test_a_whole_page_is_soon_ready(default_page, page_of, record_property):
    """Thrice at most: what else the machine does is none of the page's time."""
    for attempt in range(3):
        milliseconds = page_of(default_page[0]).wait_for_function(READY, polling=10).json_value()
        record_property(f"ready_ms_{attempt}", milliseconds)
        if milliseconds <= 1000 * SECONDS_READY:
            return
    raise AssertionError(f"the page was ready after {milliseconds:.0f} ms")
