"""Where photographs come from: drawn by this code, a folder or zip of the reader's own, the Oxford pets."""

import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path, PurePosixPath

import numpy as np

from scratchnet.drawings.drawn import jpeg
from scratchnet.names import CLASSES
from scratchnet.params import Data
from scratchnet.photos.decode import Rejection, decode
from scratchnet.photos.files import OnDisk, Read, pictures_below, printable
from scratchnet.photos.parts import split_of
from scratchnet.photos.shapes import Shape
from scratchnet.photos.zips import Broken, TooLargeError, is_zip
from scratchnet.problems import MIB, Problem


@dataclass(frozen=True)
class Photograph:
    """A picture that has not been read yet; it can be pickled.

    read: gives the bytes of its file, OSError where it cannot; label: 0 or 1, of cat and dog for instance,
    None unknown; split: "train", "val" or "test" where the source says so, else None.
    """

    name: str
    read: Read
    label: int | None = None
    split: str | None = None

    def decode(self, size: int) -> np.ndarray | Rejection:
        """(size, size, 3) uint8 RGB, or why it is no picture; that its file cannot be read is one more reason."""
        data = self.bytes()
        return data if isinstance(data, Rejection) else decode(data, size)

    def bytes(self) -> bytes | Rejection:
        """All of its file, or why it cannot be read."""
        try:
            return self.read()
        except TooLargeError as error:
            return Rejection("too_large", f"{error}.")
        except OSError as error:
            return Rejection("unreadable", f"{f'{error}'.rstrip('.')}.")


def photographs(data: Data) -> list[Photograph]:
    """All photographs of the source that params.yaml names."""
    if data.source == "drawn":
        return drawn(data.drawn.model_dump(), data.seed)
    if data.source == "folder":
        return folder(Path(data.path).expanduser(), data.max_file_mib * MIB, classes=data.classes)
    return oxford_pets(Path(data.download).expanduser())


def drawn(counts: Mapping[str, int], seed: int) -> list[Photograph]:
    """`counts[split]` drawings for each split, cats and dogs in turn."""
    return [_drawing(seed, split, index) for split, count in counts.items() for index in range(count)]


def _drawing(seed: int, split: str, index: int) -> Photograph:
    label = index % len(CLASSES)
    return Photograph(f"{split}/{CLASSES[label]}.{index}.jpg", partial(jpeg, label, seed, split, index), label, split)


def unlabelled(paths: Iterable[str | Path], max_bytes: int = sys.maxsize) -> list[Photograph]:
    """Every picture in `paths` (pictures, folders, zips), whatever their shape, named by its whole path.

    A folder or a zip that cannot be read is a photograph that cannot be read. Problem where there is nothing at a path.
    """
    return [photograph for path in paths for photograph in _unlabelled(Path(path), max_bytes)]


def _unlabelled(path: Path, max_bytes: int) -> list[Photograph]:
    if path.exists() and not path.is_dir() and not is_zip(path.name):
        return [Photograph(printable(path), OnDisk(path, max_bytes).read)]
    try:
        pictures = pictures_below(path, max_bytes, go_on=True)
    except Problem as problem:
        if not path.exists():
            raise
        return [Photograph(printable(path), Broken(f"{problem}").read)]
    return [Photograph(f"{printable(path)}/{name}", read) for name, read in pictures.items()]


def folder(path: Path, max_bytes: int = sys.maxsize, *, classes: Sequence[str]) -> list[Photograph]:
    """The labelled and unlabelled pictures of a folder or zip, in natural order of their names; its shape is found out.

    max_bytes: of a file, more are not read. classes: the two kinds. Every file of a kind's folder counts.
    Problem where the labels cannot be told, or are of one kind only.
    """
    shape = Shape(path, classes)
    pictures = pictures_below(path, max_bytes, every=lambda name: shape.by_folder(PurePosixPath(name)) is not None)
    names = {name: PurePosixPath(name) for name in pictures}
    labels = shape.labels(names)
    shape.tell_of_other_splits(labels, names)
    return [
        Photograph(name, read, labels.get(name), split_of(names[name]) if name in labels else None)
        for name, read in pictures.items()
    ]


def oxford_pets(directory: Path) -> list[Photograph]:
    """The 7,349 pictures of the Oxford-IIIT pets (CC BY-SA 4.0), downloaded once; its test split is the test.

    Its lists have a line a picture: name, breed, species (1 cat, 2 dog), number within the species.
    """
    pets = directory / "oxford-iiit-pet"
    if not pets.exists():
        _download_pets(directory)
    found = []
    for listing, split in (("trainval", "train"), ("test", "test")):
        for line in (pets / "annotations" / f"{listing}.txt").read_text(encoding="utf-8").splitlines():
            name, _, species, _ = line.split()
            path = pets / "images" / f"{name}.jpg"
            found.append(Photograph(path.name, partial(Path.read_bytes, path), int(species) - 1, split))
    return found


def _download_pets(directory: Path) -> None:
    """Download beside the target and rename, so that half a download is never taken for the whole.

    torchvision, which brings torch with it, is needed by nothing else in photos, and only here: hence the import.
    """
    from torchvision.datasets import OxfordIIITPet

    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".downloading.") as temporary:
        try:
            OxfordIIITPet(temporary, target_types="binary-category", download=True)
        except (OSError, RuntimeError, HTTPException) as error:
            raise Problem(
                f"The Oxford pets cannot be downloaded to {directory} ({error}). Try again when www.robots.ox.ac.uk "
                f"can be reached, or use another source: data.source=drawn, which needs no network, or "
                f"data.source=folder with data.path naming your own photographs."
            ) from error
        arrived = Path(temporary, "oxford-iiit-pet")
        for archive in arrived.glob("*.tar.gz"):  # extracted by now: 800 MB to spare
            archive.unlink()
        shutil.move(arrived, directory)
