"""Prepared pictures, read memory-mapped: the set may be larger than memory. `photos/prepare.py` writes them."""

import csv
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scratchnet.names import CLASSES, SPLITS
from scratchnet.problems import Problem
from scratchnet.views import seen

WHITE = 255  # the largest value of a pixel

# What a spreadsheet may take for a formula, and what breaks a line or changes the direction of writing.
FORMULA = re.compile(r"^[ \u3000]*[=+\-@＝＋－＠']|[;|][ \u3000]*[=+\-@]")  # ; ends a cell where , is in numbers
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
ESCAPED = re.compile(r"\\(?:\\|u([0-9a-f]{4}))")


@dataclass(frozen=True)
class PreparedSplit:
    """N pictures, and how to normalise them.

    images (N, H, W, 3) uint8, red, green and blue, on disk. labels (N,) uint8, 0 or 1.
    names: of the N files that they come from.
    mean, std (3,) float64: of each colour of the train split, pixels / 255.
    dtype: in which the networks get the pictures, "float32" or "float64".
    digest: of all splits together (see `digest` below); "" where the pictures were not prepared on disk.
    classes: what the labels mean; classes[1] is the kind of label 1.
    """

    images: np.ndarray
    labels: np.ndarray
    names: list[str]
    mean: np.ndarray
    std: np.ndarray
    dtype: str = "float32"
    digest: str = ""
    classes: tuple[str, ...] = CLASSES

    def __len__(self) -> int:
        return len(self.images)

    @property
    def scale(self) -> np.ndarray:
        """(3,) float32: (pixel / 255 − mean) / std = pixel · scale + offset"""
        return (1 / (WHITE * self.std)).astype(np.float32)

    @property
    def offset(self) -> np.ndarray:
        """(3,) float32"""
        return (-self.mean / self.std).astype(np.float32)

    @property
    def fill(self) -> np.ndarray:
        """(3,) uint8: the mean colour"""
        return np.rint(self.mean * WHITE).astype(np.uint8)

    def batch(self, order) -> tuple[np.ndarray, np.ndarray]:
        """An `Order` of B pictures -> x (B, 3, H, W) of `dtype`, and labels (B,) uint8.

        The pictures are moved as the order says, then normalised: x = (pixel / 255 − mean) / std.
        This is done in float32 for either dtype, as in PyTorch: the networks are to see the very same numbers.
        """
        pixels = self._moved(order)  # (B, H, W, 3)
        x = np.empty((len(pixels), 3, *pixels.shape[1:3]), dtype=np.float32)
        np.multiply(pixels.transpose(0, 3, 1, 2), self.scale[:, None, None], out=x)
        x += self.offset[:, None, None]
        return x.astype(self.dtype, copy=False), self.labels[order.indices]

    def _moved(self, order) -> np.ndarray:
        """One gather by the place of each pixel in the whole array: 4 times as fast as by its three indices."""
        if order.views is not None:
            return seen(self.images[order.indices], order.views, self.fill)
        height, width = self.images.shape[1:3]
        rows, columns = order.source_pixels(height, width)
        lines = (order.indices[:, None] * height + rows) * width  # (B, H): where each line of pixels begins
        return self.images.reshape(-1, 3).take(lines[:, :, None] + columns[:, None, :], axis=0)


def open_prepared(directory: str | Path, dtype: str = "float32") -> dict[str, PreparedSplit]:
    """The splits "train", "val" and "test", for networks of a dtype.

    Problem where they are missing, or not as `photos.prepare.write_prepared` wrote them.
    """
    directory, known = Path(directory), digest(directory)
    with _told_if_missing(directory):
        statistics = _statistics(directory)
        mean, std = (np.array(statistics[name], dtype=np.float64) for name in ("mean", "std"))
        how = {"dtype": dtype, "digest": known, "classes": tuple(statistics.get("classes", CLASSES))}
        return {name: _open_split(directory / name, mean, std, how) for name in SPLITS}


def digest(directory: str | Path) -> str:
    """Which pictures these are: a hex string, the same where all pictures, labels, names and their order are.

    It was written when they were prepared. Problem where it was not.
    """
    with _told_if_missing(directory):
        statistics = _statistics(directory)
    if "digest" not in statistics:
        raise Problem(f"The pictures in {directory} were prepared without a digest: run prepare_images again.")
    return statistics["digest"]


def _statistics(directory: str | Path) -> dict:
    return json.loads(Path(directory, "statistics.json").read_text(encoding="utf-8"))


@contextmanager
def _told_if_missing(directory: str | Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise Problem(
            f"There are no whole prepared pictures in {directory}: run prepare_images first ({error})."
        ) from error


def to_cell(text: str) -> str:
    """A text as a table holds it: as it is, where a spreadsheet and every reader of CSV take it for itself.

    Else it begins with an apostrophe, a spreadsheet's sign for text, and what is dangerous is written as \\u000a.
    """
    if not FORMULA.search(text) and not CONTROL.search(text):
        return text
    dangerous = re.compile(rf"[\\;|]|{CONTROL.pattern}")
    return "'" + dangerous.sub(lambda found: _escaped(found[0]), text)


def _escaped(character: str) -> str:
    return "\\\\" if character == "\\" else f"\\u{ord(character):04x}"


def from_cell(cell: str) -> str:
    """The text of which `to_cell` has made this."""
    if not cell.startswith("'"):
        return cell
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else "\\", cell[1:])


def _open_split(directory: Path, mean: np.ndarray, std: np.ndarray, how: dict) -> PreparedSplit:
    images = np.asarray(np.load(directory / "images.npy", mmap_mode="r"))
    labels = np.load(directory / "labels.npy")
    with (directory / "names.csv").open(newline="", encoding="utf-8") as file:
        names = [from_cell(row["name"]) for row in csv.DictReader(file)]
    if images.dtype != np.uint8 or images.shape[3:] != (3,) or not len(images) == len(labels) == len(names):
        raise ValueError(f"{directory}: {images.dtype} {images.shape}, {len(labels)} labels, {len(names)} names")
    return PreparedSplit(images, labels, names, mean, std, **how)
