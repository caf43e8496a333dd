"""The page's scripts in a real browser."""

import base64
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from page_run import make_run, run_stage
from PIL import Image

from scratchnet.page.scripts import COMPUTING, DIRECTORY

BROWSERS = ("chromium", "chromium-browser", "google-chrome")  # as distributions and GitHub's machines name it
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET += ["--disable-sync", "--no-first-run"]
WIDE = {"width": 1400, "height": 1000}
POLICY = (  # as the page's own: what needs more does not work here either
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; media-src blob:"
)
TYPES = {  # JavaScript's -> NumPy's
    "Float32Array": np.float32,
    "Float64Array": np.float64,
    "Uint8Array": np.uint8,
    "Int32Array": np.int32,
}
LARGE = 2**20  # bytes: a download is ten times as fast as base64, but Chromium allows ten of them a second
NAMES = {np.dtype(dtype): name for name, dtype in TYPES.items()}
BRIDGE = """
// An array is {type, shape, start, bytes}: where its bytes stand in those that go along.
async function received(tree, base64) {
  const {files} = document.querySelector("input");
  const all = base64 === null ? await files[0].arrayBuffer() : decodeUint8(base64).buffer;
  return (function read(value) {
    if (Array.isArray(value)) return value.map(read);
    if (value === null || typeof value !== "object") return value;
    const {type, shape, start, bytes} = value;
    if (type) return {shape, data: new globalThis[type](all.slice(start, start + bytes))};
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, read(part)]));
  })(tree);
}
function sent(tree) {
  const parts = [];
  let start = 0;
  const written = (function write(value) {
    if (ArrayBuffer.isView(value)) return write({shape: [value.length], data: value});
    if (Array.isArray(value)) return value.map(write);
    if (value === null || typeof value !== "object") return value;
    if (!ArrayBuffer.isView(value.data)) {
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, write(part)]));
    }
    const {shape, data} = value;
    parts.push(data);
    start += data.byteLength;
    return {type: data.constructor.name, shape, start: start - data.byteLength, bytes: data.byteLength};
  })(tree);
  return {written, bytes: new Blob(parts)};
}
async function inBase64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let k = 0; k < bytes.length; k += 32768) text += String.fromCharCode(...bytes.subarray(k, k + 32768));
  return btoa(text);
}
function download(blob) {
  const link = Object.assign(document.createElement("a"), {download: "arrays", href: URL.createObjectURL(blob)});
  link.click();
}
"""


class Scripts:
    """`call("(x, W) => matmul(x, W)", x, W)` runs a function in the browser.

    What JSON knows goes in and comes back; arrays travel as their bytes, in files where they are large.
    """

    def __init__(self, page, directory: Path):
        self._page, self._file = page, directory / "arrays"

    def call(self, function: str, *arguments):
        parts: list[bytes] = []
        tree = _written(arguments, parts)
        run = f"""async ([tree, base64]) => {{
          globalThis.answer = sent(await ({function})(...await received(tree, base64)));
          const {{written, bytes}} = answer;
          return [written, bytes.size < {LARGE} ? await inBase64(bytes) : null];
        }}"""
        written, text = self._page.evaluate(run, [tree, self._put(b"".join(parts))])
        return _read(written, self._downloaded() if text is None else base64.b64decode(text))

    def told(self, code: str, *arguments) -> str:
        """The sentence with which code of x, the first argument, fails; it is None where it does not."""
        return self.call(f"(x) => {{ try {{ {code}; }} catch (error) {{ return error.message; }} }}", *arguments)

    def _put(self, content: bytes) -> str | None:
        """In base64; None where it is large, and waits as a file."""
        if len(content) < LARGE:
            return base64.b64encode(content).decode()
        self._file.write_bytes(content)
        self._page.set_input_files("input", self._file)
        return None

    def _downloaded(self) -> bytes:
        with self._page.expect_download(timeout=10_000) as download:
            self._page.evaluate("download(answer.bytes)")
        return Path(download.value.path()).read_bytes()


def _written(value, parts: list[bytes]):
    if isinstance(value, np.ndarray):
        start = sum(map(len, parts))
        parts.append(np.ascontiguousarray(value).tobytes())
        return {"type": NAMES[value.dtype], "shape": list(value.shape), "start": start, "bytes": value.nbytes}
    if isinstance(value, dict):
        return {key: _written(part, parts) for key, part in value.items()}
    return [_written(part, parts) for part in value] if isinstance(value, list | tuple) else value


def _read(value, content: bytes):
    if isinstance(value, dict) and "type" in value:
        numbers = np.frombuffer(content[value["start"] : value["start"] + value["bytes"]], TYPES[value["type"]])
        return numbers.reshape(value["shape"])
    if isinstance(value, dict):
        return {key: _read(part, content) for key, part in value.items()}
    return [_read(part, content) for part in value] if isinstance(value, list) else value


def made_once(tmp_path_factory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` has filled. The first worker that wants it makes it, for all; nobody changes it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{folder}.lock"):
        if not (made := Path(f"{folder}.made")).exists():
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A folder in which a tiny run was made, and its page."""

    def make(folder: Path) -> None:
        make_run(folder)
        run_stage(folder, "page")

    return made_once(tmp_path_factory, "tiny", make)


@pytest.fixture(scope="session")
def of_photographs(tmp_path_factory) -> Path:
    """The same of a few photographs of sevens and threes, one of which is none; only one_conv was trained, in NumPy."""

    def make(folder: Path) -> None:
        rng = np.random.default_rng(0)
        for kind in ("7", "3"):
            (album := folder / "secret" / kind).mkdir(parents=True)
            for n in range(10):
                Image.fromarray(rng.integers(0, 256, size=(20, 30, 3), dtype=np.uint8)).save(album / f"{n}.jpg")
        (folder / "secret/3/9.jpg").write_text("This is a text file.")
        changes = {"data": {"source": "folder", "path": str(folder / "secret"), "classes": ["7", "3"]}}
        make_run(folder, changes, [("prepare_images",), ("train_numpy_cnn", "one_conv"), ("page",)])

    return made_once(tmp_path_factory, "of_photographs", make)


@pytest.fixture(scope="session")
def of_deep(tmp_path_factory) -> Path:
    """The same of larger drawings; the deep network alone was trained, in NumPy."""

    def make(folder: Path) -> None:
        of_arch = {"deep": {"epochs": 1, "batch_size": 8}}
        changes = {"archs": ["deep"], "data": {"size": 32}, "of_arch": of_arch}
        make_run(folder, changes, [("prepare_images",), ("train_numpy_cnn", "deep"), ("page",)])

    return made_once(tmp_path_factory, "of_deep", make)


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="the page's tests want: pip install playwright")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.skip("the page's tests want a browser: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def scripts(browser, tmp_path_factory):
    """The page's scripts alone, in a file that is opened as by double-click; no error on its console."""
    directory = tmp_path_factory.mktemp("page")
    file = directory / "scripts.html"
    inlined = "".join(f"<script>{(DIRECTORY / name).read_text('utf-8')}</script>\n" for name in COMPUTING)
    head = f"<meta charset='utf-8'><meta http-equiv='Content-Security-Policy' content=\"{POLICY}\">"
    file.write_text(
        f"<!doctype html>{head}<title>scripts</title>{inlined}<input type='file'><script>{BRIDGE}</script>",
        "utf-8",
    )
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(file.as_uri())
    yield Scripts(page, directory)
    page.close()
    assert errors == []


class Pages:
    """Opens files as by double-click; a test's first one where the last test's was, which takes half the time.

    errors: what the console has told as an error, and what was thrown; requests: every address asked for.
    """

    def __init__(self, browser):
        self._browser, self._kept = browser, None

    @contextmanager
    def opening(self, alone: bool = False) -> Iterator[Callable]:
        """opened(file, fragment, **context): what a test asks of its context beside size and colours it gets alone.

        alone: in a page of its own, for what would stay after the test, such as a clock that stands.
        """
        contexts, kept = [], None

        def opened(file: Path, fragment: str = "", viewport=WIDE, color_scheme="light", alone=alone, **context):
            nonlocal kept
            if alone or context or kept:
                contexts.append(self._browser.new_context(**context))
                page = listening(contexts[-1].new_page())
            else:
                self._kept = self._kept or listening(self._browser.new_page())
                page = kept = self._kept
            page.set_viewport_size(viewport)
            page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")
            page.goto(file.as_uri() + fragment)
            return page

        yield opened
        for context in contexts:
            context.close()
        if kept:
            kept.evaluate("localStorage.clear()")
            kept.goto("about:blank")
            kept.errors.clear()
            kept.requests.clear()


def listening(page):
    page.errors, page.requests = [], []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: page.requests.append(request.url))
    return page


@pytest.fixture(scope="session")
def pages(browser) -> Pages:
    return Pages(browser)


@pytest.fixture
def page_of(pages):
    """page_of(file): see `Pages`."""
    with pages.opening() as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_page_of(pages):
    """The same for a page that several tests share."""
    with pages.opening(alone=True) as opened:
        yield opened
