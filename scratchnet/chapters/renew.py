"""Write into docs/ anew what its pages quote from the code, and the values that they name from the files of the run.

A quotation is a comment above a fence of Python: <!-- code: scratchnet/numpy_nn/layers.py ReLU.forward -->
A value stands between two comments: <!-- value: metrics/train_linear.json test_accuracy .1% --> and <!-- /value -->
A value that begins a line is put behind a word of the line before: GitHub takes such a line for HTML.
The rest of a page is left as it is. What has changed is told. Nothing is written where a name does not exist.

Example: python -m scratchnet chapters
"""

import re
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scratchnet.chapters.quotations import QUOTATION, quote
from scratchnet.chapters.values import VALUE, value_text
from scratchnet.problems import Problem
from scratchnet.records import write_text

BEGINS_A_LINE = re.compile(r"[ ](\S+)\n([ ]*)(?=<!--\s+value:)")


@dataclass
class Renewal:
    """A page with its quotations and values as the sources have them now."""

    text: str
    root: Path
    changes: list[str] = field(default_factory=list)  # in words
    problems: list[str] = field(default_factory=list)  # names that do not exist
    count: int = 0  # quotations and values

    def __post_init__(self):
        self.text = QUOTATION.sub(self._quotation, self.text)
        self.text = VALUE.sub(self._value, self.text)
        self.text, moved = BEGINS_A_LINE.subn(r"\n\1\2 ", self.text)
        self.changes += ["a value stood at the beginning of a line"] * moved

    def _quotation(self, found) -> str:
        path, symbol, stands = found.groups()
        code = self._asked(quote, path, symbol)
        return self._changed(found[0], f"{symbol} of {path}", stands, code, f"```python\n{code}```\n")

    def _value(self, found) -> str:
        file, key, form, stands = found.groups()
        text = self._asked(value_text, file, key, form)
        what = f"{key} of {file} from {stands or 'nothing'} to {text}"
        return self._changed(found[0], what, stands, text, f"{text}<!-- /value -->")

    def _asked(self, source, *names) -> str | None:
        self.count += 1
        try:
            return source(*names, self.root)
        except Problem as problem:
            self.problems.append(str(problem))
            return None

    def _changed(self, whole: str, what: str, stands: str | None, now: str | None, written: str) -> str:
        """The place with what it holds now, below or after the comment that names it."""
        if now is None or now == stands:
            return whole
        self.changes.append(what)
        return whole[: whole.index("-->") + 3] + ("\n" if "\n" in now else "") + written


def pages(root: Path) -> Iterator[Path]:
    """The Markdown in docs/, the chapters first."""
    chapters = sorted((root / "docs/chapters").glob("*.md"))
    yield from chapters
    yield from sorted(set((root / "docs").rglob("*.md")) - set(chapters))


def renew(root: Path) -> list[str]:
    """Every page of docs/, or none where one names what does not exist. What has changed, in words."""
    renewed = {page: Renewal(page.read_text(encoding="utf-8"), root) for page in pages(root)}
    told = {page: page.relative_to(root).as_posix() for page in renewed}
    if wrong := [f"{told[page]}: {problem}" for page, one in renewed.items() for problem in one.problems]:
        raise Problem("\n".join(wrong))
    for page, one in renewed.items():
        if one.changes:
            write_text(page, one.text)
    changes = [f"{told[page]}: {change}" for page, one in renewed.items() for change in one.changes]
    count = sum(one.count for one in renewed.values())
    return [
        *changes,
        f"{len(changes)} changes: of {count} quotations and values in docs/, all are now as their sources have them.",
    ]


def main(arguments: Sequence[str]) -> None:
    parser = ArgumentParser(
        "python -m scratchnet chapters", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--pictures", action="store_true", help="take the pictures of the page's figures anew as well (wants a browser)"
    )
    asked = parser.parse_args(arguments)
    if not Path("docs").is_dir():
        raise Problem("There is no folder docs here. Go to the project's root first.")
    print("\n".join(renew(Path())))
    if asked.pictures:
        from scratchnet.chapters.pictures import draw

        print("\n".join(draw(Path())))
