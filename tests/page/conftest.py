"""The page in a real browser."""

from pathlib import Path

import pytest
from page_run import make_run, run_stage

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET += ["--disable-sync", "--no-first-run"]
WIDE = {"width": 1400, "height": 1000}


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A folder in which a tiny run was made, and its page. Not to be changed: copy it."""
    folder = make_run(tmp_path_factory.mktemp("tiny"))
    run_stage(folder, "page")
    return folder


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="the page's tests want: pip install playwright")
    if not CHROMIUM.exists():
        pytest.skip("the page's tests want a browser: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def page_of(browser):
    """page_of(file): the file opened as by double-click, in a context of its own.

    errors: what the console has told as an error, and what was thrown; requests: every address asked for.
    """
    contexts = []

    def opened(file: Path, fragment: str = "", **context):
        contexts.append(browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce"} | context))
        page = contexts[-1].new_page()
        page.errors, page.requests = [], []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(file.as_uri() + fragment)
        return page

    yield opened
    for context in contexts:
        context.close()
