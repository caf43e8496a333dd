"""The pictures of the page's figures that the chapters show where nothing can move, as on GitHub."""

import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image

from scratchnet.chapters.reading import FIGURE
from scratchnet.names import PAGE
from scratchnet.problems import Problem
from scratchnet.records import replacing

BROWSERS = ("chromium", "chromium-browser", "google-chrome")  # as systems name it
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WINDOW = {"width": 1240, "height": 2400}  # in which a figure is 860 pixels wide
SCALE = 1400 / 860
MARGIN = 14  # pixels of the page around what is shown
FROM_TO = {  # of a figure that is longer than a chapter wants: the first and the last part that are shown
    "network": (".layer:not([hidden])", ".layer:not([hidden])"),
    "backwards": (".chosen-bar", ".backwards-parts"),
    "same": (".chosen-bar", ".twin-maps"),
    "training": (".controls", ".curves"),
    "speed": (".choice", ".small-print"),
}


def asked_for(root: Path) -> dict[str, Path]:
    """Figure -> the file in docs/chapters/pictures that a chapter shows in its place."""
    texts = {page: page.read_text(encoding="utf-8") for page in sorted((root / "docs/chapters").glob("*.md"))}
    shown = {found[1]: page.parent / found[2] for page, text in texts.items() for found in FIGURE.finditer(text)}
    return {figure: file for figure, file in shown.items() if file.parent.name == "pictures"}


def draw(root: Path) -> list[str]:
    """Every picture that a chapter asks for anew, from the page that lies here; in words, what was written."""
    if not (page := root / PAGE).is_file():
        raise Problem(f"There is no {PAGE} of which pictures could be made: dvc repro")
    files = asked_for(root)
    told = []
    for figure, content in _screenshots(page.resolve(), list(files)):
        picture = Image.open(BytesIO(content)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
        with replacing(files[figure]) as temporary:
            picture.save(temporary, optimize=True)
        size = f"{picture.width} × {picture.height} pixels, {files[figure].stat().st_size / 1000:.0f} kB"
        told.append(f"{files[figure].relative_to(root)}: {size}")
    return told


def _screenshots(page: Path, figures: list[str]) -> Iterator[tuple[str, bytes]]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise Problem("The pictures are made by a browser that playwright drives: pip install playwright") from None
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=QUIET)
        window = chromium.new_page(
            viewport=WINDOW, device_scale_factor=SCALE, color_scheme="light", reduced_motion="reduce"
        )
        window.goto(page.as_uri())
        for figure in figures:
            yield figure, _screenshot(window, figure)
        chromium.close()


def _screenshot(window, figure: str) -> bytes:
    place = window.locator(f"[data-figure={figure}]").last
    if not place.count():
        raise Problem(f"The page has no figure {figure}, of which a chapter shows a picture.")
    place.scroll_into_view_if_needed()
    window.wait_for_selector(f"[data-figure={figure}][data-drawn=whole]")
    window.wait_for_timeout(1500)  # milliseconds: figures above it are drawn, and what is reckoned afterwards
    place.evaluate("(place) => place.scrollIntoView()")
    window.wait_for_timeout(500)
    clip = place.bounding_box()
    if figure in FROM_TO:
        first, last = (place.locator(part).first.bounding_box() for part in FROM_TO[figure])
        clip |= {"y": first["y"] - MARGIN, "height": last["y"] + last["height"] - first["y"] + 2 * MARGIN}
    return window.screenshot(clip=clip)
