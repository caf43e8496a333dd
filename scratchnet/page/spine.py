"""What the page is read along: the chapters in their parts, and where each figure stands among them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scratchnet.chapters.reading import FIGURE, minutes
from scratchnet.chapters.values import VALUE, value_text
from scratchnet.page.rendering import Place, render
from scratchnet.problems import Problem

CHAPTERS = Path("docs/chapters")
FIGURE_NAMES = {  # short, for the contents; each has its introduction in templates/figures
    "curve": "A curve made of hinges",
    "rings": "A border around a ring",
    "blobs": "Three classes",
    "network": "Through the network",
    "backwards": "And back again",
    "same": "The same network twice",
    "signs": "Is it well?",
    "training": "How it learned",
    "speed": "What a step costs",
    "run": "All of this run",
    "mosaic": "Pictures of this run",
}
PARTS = {  # name -> the numbers of its chapters, and the figures that stand there where no chapter shows them
    "Perceptrons": (range(1, 5), ("curve", "rings", "blobs")),
    "Pictures": (range(5, 10), ("network", "backwards", "same")),
    "The run": (range(10, 13), ("training", "signs", "speed", "run")),
}
HEAD = re.compile(r"# (\d+)\. (.*)\n")
MARK = "°"  # of a number that is not the reader's own


@dataclass(frozen=True)
class Piece:
    """Of a chapter: text, or the place of a live figure."""

    html: str = ""
    figure: str = ""


@dataclass(frozen=True)
class Chapter:
    id: str  # its file's name without the ending
    number: int
    title: str
    minutes: int
    pieces: list[Piece]
    kept: list[str]  # the values of the text that this run does not have

    @property
    def figures(self) -> list[str]:
        return [piece.figure for piece in self.pieces if piece.figure]

    @property
    def size(self) -> int:
        """Of its text with the pictures inside, in bytes."""
        return sum(len(piece.html.encode()) for piece in self.pieces)


@dataclass(frozen=True)
class Part:
    name: str
    chapters: list[Chapter]
    figures: list[str]  # that no chapter shows


def spine(chapters: Sequence[Chapter] = ()) -> list[Part]:
    """Every figure stands once: in its chapter, or else at the end of its part."""
    shown = {figure for chapter in chapters for figure in chapter.figures}
    return [
        Part(
            name,
            [chapter for chapter in chapters if chapter.number in numbers],
            [figure for figure in figures if figure not in shown],
        )
        for name, (numbers, figures) in PARTS.items()
    ]


def read_chapters(root: Path) -> list[Chapter]:
    """Those that lie in docs/chapters, with the numbers of the run that lies here. Problem where one has no title."""
    files = sorted((root / CHAPTERS).glob("[0-9][0-9]-*.md"))
    return [_chapter(file, root, {file.stem for file in files}) for file in files]


def _chapter(file: Path, root: Path, all_ids: set[str]) -> Chapter:
    text = file.read_text(encoding="utf-8")
    if not (head := HEAD.match(text)):
        raise Problem(f"{file} does not begin with the number and the title of a chapter, such as # 1. A neuron.")
    read, kept = _with_values(_body(text[head.end() :]), root)
    html = render(FIGURE.sub(r"<!-- live: \1 -->", read), Place(root, CHAPTERS, file.stem, all_ids))
    pieces = re.split(r"<!-- live: (\w+) -->\n", html)
    if unknown := [figure for figure in pieces[1::2] if figure not in FIGURE_NAMES]:
        raise Problem(f"{file}: there is no figure {', '.join(unknown)}. There is {', '.join(FIGURE_NAMES)}.")
    parts = [Piece(figure=part) if place % 2 else Piece(html=part) for place, part in enumerate(pieces)]
    return Chapter(file.stem, int(head[1]), head[2], minutes(text), [part for part in parts if part != Piece()], kept)


def _body(text: str) -> str:
    """Without the links to the chapters around, which stand below the last rule."""
    body, rule, _ = text.rpartition("\n---\n")
    return body if rule else text


def _with_values(text: str, root: Path) -> tuple[str, list[str]]:
    """The text with the values of the run that lies here, and the names of those that it does not have.

    Where it has none, the value of the project's own run stays, and is marked.
    """
    kept: dict[str, None] = {}

    def own(found: re.Match) -> str:
        try:
            return f'<span class="value">{value_text(found["file"], found["key"], found["form"], root)}</span>'
        except Problem:
            kept[f"{found['key']} of {found['file']}"] = None
            return f'<span class="value">{found["text"]}{MARK}</span>'

    return VALUE.sub(own, text), list(kept)
