"""The template, the style, the scripts and the run, put together to one HTML file that needs nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scratchnet.names import BACKENDS
from scratchnet.page.formulas import formula
from scratchnet.page.packed import as_json
from scratchnet.page.scripts import read_scripts
from scratchnet.page.spine import FIGURE_NAMES, Chapter, spine

FOLDER = Path(__file__).parent
# Nothing may be loaded from elsewhere, and nothing sent: what is not named here is forbidden.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
        "media-src blob:",
        "form-action 'none'",  # default-src does not speak of these two
        "base-uri 'none'",
    ]
)


def assemble(run: Mapping, chapters: Sequence[Chapter] = ()) -> str:
    """The whole page; run: the tree that `gather` makes, chapters: what is read beside it."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"formula": formula, "thousands": "{:,}".format, "percent": "{:.1%}".format}
    return environment.get_template("page.html.jinja").render(
        policy=POLICY,
        style=Markup((FOLDER / "style.css").read_text("utf-8")),
        scripts=[Markup(script) for script in read_scripts()],
        json=inside_script(as_json(run)),
        run=run,
        best=_best(run),
        parts=spine(chapters),
        names=FIGURE_NAMES,
        minutes=sum(chapter.minutes for chapter in chapters),
    )


def inside_script(json: str) -> Markup:
    """JSON that may stand in a script element: no text in it can end the element, and it means the same."""
    return Markup(json.replace("<", "\\u003c"))


def _best(run: Mapping) -> dict | None:
    """The network that is right most often on the test pictures, in words; None where none was trained."""
    found = [
        {"arch": arch, "backend": BACKENDS[backend], "accuracy": side["results"]["test_accuracy"]}
        for arch, both in run["networks"].items()
        for backend, side in both.items()
    ]
    return max(found, key=lambda network: network["accuracy"], default=None)
