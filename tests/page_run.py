"""A whole run with tiny settings, but for the benchmark, whose committed figures stand in: what the page is made of.

All in one process, and no chart is drawn: the page shows none of them, and they would take most of the time.
"""

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest
from source_imports import ROOT
from stages_project import TINY, change_params

from scratchnet import experiment
from scratchnet.names import PLAIN, TASKS
from scratchnet.plots import calibration, cnn, compare, mlp, photographs, style, vital_signs

DRAWING = {module.__name__ for module in (calibration, cnn, compare, mlp, photographs, style, vital_signs)}
DRAW_ALL = """async () => {
  await Promise.all([...document.querySelectorAll("[data-figure]")].map(drawFigure));
}"""
ALL_DRAWN = """() => [...document.querySelectorAll("[data-figure]")].every(({dataset}) =>
  ["whole", "absent", "failed"].includes(dataset.drawn))"""
STAGES = (
    ("prepare_images",),
    *(("train_mlp", task) for task in TASKS),
    *(("train_numpy_cnn", arch) for arch in PLAIN),
    *(("train_cuda_cnn", arch) for arch in PLAIN),
    ("compare",),
)


def make_run(folder: Path, changes: dict | None = None, stages=STAGES) -> Path:
    """Run stages in `folder`, with the tiny settings and some changes to them."""
    shutil.copy(ROOT / "params.yaml", folder)
    change_params(folder, {key: part for key, part in TINY.items() if key in (folder / "params.yaml").read_text()})
    change_params(folder, changes or {})
    for stage in stages:
        run_stage(folder, *stage)
    for file in ("metrics/benchmark.json", "plots/benchmark/sweep.csv"):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, folder / file)
    return folder


def run_stage(folder: Path, name: str, *arguments: str) -> None:
    """`python -m stages.NAME` in the folder, in this process."""
    stage = importlib.import_module(f"stages.{name}")
    with chdir(folder), patch.object(sys, "argv", [name, *arguments]), patch.dict(os.environ), _plainly(stage):
        stage.main()


@contextmanager
def _plainly(stage: ModuleType) -> Iterator[None]:
    """No process for each core, which takes longer than forty pictures do; and no chart is drawn."""
    with ExitStack() as changes:
        changes.enter_context(patch("scratchnet.timing.machine.cores", return_value=1))
        for module in (stage, experiment, photographs, style):
            for name, part in vars(module).copy().items():
                if getattr(part, "__module__", None) in DRAWING:
                    changes.enter_context(patch.object(module, name))
        yield


def draw_all(page) -> dict[str, str]:
    """Every figure of a page in a browser, and what has become of it: whole, absent or failed."""
    page.evaluate(DRAW_ALL)
    page.wait_for_function(ALL_DRAWN)
    settle(page)
    figures = page.locator("[data-figure]").all()
    return {figure.get_attribute("data-figure"): figure.get_attribute("data-drawn") for figure in figures}


def settle(page) -> None:
    """Wait until what was asked for is drawn: figures are in the next frame, and charts after it is laid out."""
    page.evaluate("nextFrame().then(nextFrame)")


def rows_of(place) -> list[list[str]]:
    """The rows of the table that is folded away in a place. A browser fills it a task after it was unfolded."""
    folded = place.locator("details")
    if folded.get_attribute("open") is None:
        folded.locator("summary").click()
    rows = folded.locator("tbody tr")
    rows.first.wait_for()
    return rows.evaluate_all("(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText))")


def expect(locator):
    """Playwright's, which waits until it is so."""
    playwright = importlib.import_module("playwright.sync_api")
    playwright.expect.set_options(timeout=30_000)
    return playwright.expect(locator)


def complaints(page, context: str | None = None) -> str:
    """What axe finds that somebody could not use, in the whole page or below a selector; "" is nothing."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python")
    found = axe.Axe().run(
        page, context=context, options={"resultTypes": ["violations"]}
    )  # else it lists all that is well
    return found.generate_report() if found.violations_count else ""
