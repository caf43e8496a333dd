"""Where photographs come from: drawn by this code, a folder or zip of the reader's own, the Oxford pets."""

import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path, PurePosixPath

import numpy as np

from scratchnet.drawings.drawn import jpeg
from scratchnet.names import CLASSES
from scratchnet.params import Data
from scratchnet.photos.archives import why_not_read
from scratchnet.photos.decode import Rejection, decode
from scratchnet.photos.files import OnDisk, Read, pictures_below, printable
from scratchnet.photos.zips import Broken, TooLargeError, is_zip
from scratchnet.problems import MIB, Problem

CLASS_FOLDERS = {"cat": 0, "cats": 0, "dog": 1, "dogs": 1}
SPLIT_FOLDERS = {
    **dict.fromkeys(("train", "training", "training_set", "train_set"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validation_set", "val_set", "dev", "dev_set"), "val"),
    **dict.fromkeys(("test", "test1", "testing", "test_set", "tests"), "test"),
}
UNLABELLED_FOLDERS = {"unlabelled", "unlabeled", "single_prediction"}
SHAPES = """These shapes are understood, as a folder or as a zip:
  train/cat/*.jpg  train/dog/*.jpg  test/*.jpg     (test without labels; or val/ and test/ with cat/ and dog/ too)
  cat/*.jpg  dog/*.jpg                             (also cats/ and dogs/; PetImages/Cat and PetImages/Dog)
  cat.0.jpg  dog.0.jpg                             (Kaggle's train.zip and test1.zip, the zip that holds both,
                                                    or what they were extracted to)"""


@dataclass(frozen=True)
class Photograph:
    """A picture that has not been read yet; it can be pickled.

    read: gives the bytes of its file, OSError where it cannot; label: 0 cat, 1 dog, None unknown;
    split: "train", "val" or "test" where the source says so, else None.
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
        return folder(Path(data.path).expanduser(), data.max_file_mib * MIB)
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


def folder(path: Path, max_bytes: int = sys.maxsize) -> list[Photograph]:
    """The labelled and unlabelled pictures of a folder or zip, in natural order of their names; its shape is found out.

    max_bytes: of a file, more are not read. Every file of a class folder counts, whatever it is.
    Problem where the labels cannot be told, or are of one kind only.
    """
    pictures = pictures_below(path, max_bytes, every=lambda name: _by_class_folder(PurePosixPath(name)) is not None)
    names = {name: PurePosixPath(name) for name in pictures}
    labels = _labels(path, names)
    others = [name for name in names if name not in labels]
    archives = [name for name in others if why_not_read(name)]
    _refuse_one_kind(path, labels, archives)
    _refuse_strangers(path, [name for name in others if name not in archives])
    _tell_of_other_splits(path, labels, names)
    return [
        Photograph(name, read, labels.get(name), _split(names[name]) if name in labels else None)
        for name, read in pictures.items()
    ]


def _labels(path: Path, names: Mapping[str, PurePosixPath]) -> dict[str, int]:
    """Name -> label, by the one shape that fits. A folder counts more than a name: train/cat/dog.1.jpg is a cat."""
    by_folder = _labelled(names, _by_class_folder)
    by_name = _labelled({name: parts for name, parts in names.items() if name not in by_folder}, _by_flat_name)
    if by_folder and by_name:
        raise Problem(
            f"{path} holds two data sets at once, such as {next(iter(by_folder))} and {next(iter(by_name))}. "
            f"Name the folder or the zip of one of them."
        )
    return by_folder or by_name


def _labelled(names: Mapping[str, PurePosixPath], shape: Callable[[PurePosixPath], int | None]) -> dict[str, int]:
    labels = {name: shape(parts) for name, parts in names.items()}
    return {name: label for name, label in labels.items() if label is not None}


def _by_class_folder(name: PurePosixPath) -> int | None:
    """cat/1.jpg, train/dog/1.jpg, PetImages/Cat/1.jpg, cat.zip/1.jpg: the innermost folder that names a class."""
    folders = list(reversed(_folders(name)))
    return next((CLASS_FOLDERS[part] for part in folders if part in CLASS_FOLDERS), None)


def _by_flat_name(name: PurePosixPath) -> int | None:
    """cat.0.jpg, train/dog.12.jpg, cat.3 without a suffix, Cats (4).jpg as Windows renames many files at once."""
    shape = re.compile(r"(cat|dog)s?[ ._-]*\(?\d+\)?")
    matches = (shape.fullmatch(written.lower()) for written in (name.stem, name.name))
    return next((CLASSES.index(match[1]) for match in matches if match), None)


def _split(name: PurePosixPath) -> str | None:
    """val/cat/1.jpg -> "val"."""
    folders = (re.sub("[ -]", "_", part) for part in _folders(name))
    return next((SPLIT_FOLDERS[part] for part in folders if part in SPLIT_FOLDERS), None)


def _folders(name: PurePosixPath) -> list[str]:
    """Train/Cat.zip/1.jpg -> train, cat; a zip counts as a folder of its name."""
    return [part.lower().removesuffix(".zip") for part in name.parts[:-1]]


def _refuse_one_kind(path: Path, labels: Mapping[str, int], archives: list[str]) -> None:
    """archives: that were not read, and are of no class."""
    count = Counter(labels.values())
    if archives and len(count) < len(CLASSES):
        raise Problem(f"{path} has too few pictures, but holds {archives[0]}. {why_not_read(archives[0])}")
    if not count:
        raise Problem(f"Nothing in {path} says which pictures are cats and which are dogs.\n{SHAPES}")
    for label, kind in enumerate(CLASSES):
        if not count[label]:
            raise Problem(
                f"{path} has {len(labels)} labelled pictures, but no {kind}: its folder of {kind}s is missing or "
                f"empty.\n{SHAPES}"
            )


def _refuse_strangers(path: Path, names: list[str]) -> None:
    """Without a label a picture belongs to a test; anywhere else it is a third class, or a mistake."""
    tests = UNLABELLED_FOLDERS | {name for name, split in SPLIT_FOLDERS.items() if split == "test"}
    strangers = [name for name in names if tests.isdisjoint(_folders(PurePosixPath(name)))]
    if strangers:
        raise Problem(
            f"{path} has {len(strangers)} pictures that are neither of a cat, nor of a dog, nor in a folder test: "
            f"{', '.join(strangers[:3])}{', …' if len(strangers) > 3 else ''}. Move them elsewhere.\n{SHAPES}"
        )


def _tell_of_other_splits(path: Path, labels: Mapping[str, int], names: Mapping[str, PurePosixPath]) -> None:
    """What looks like a split of the reader's own is not cut anew without a word, whatever it is called.

    A set is a folder without its class: train/cat/1.jpg and train/dog/2.jpg are of the set train. One that has pictures
    of both classes may be a split; cat/Siamese is none. Problem where some are called train, val or test, and others
    beside them not: what lies above them is taken for train. Where none is called so, and there are several, that is
    told.
    """
    sets: dict[str, set[int]] = {}
    known = {_set(names[name]) for name in labels if _split(names[name])}
    for name, label in labels.items():
        sets.setdefault(_set(names[name]), set()).add(label)
    above = {"", *(str(folder) for each in known for folder in PurePosixPath(each).parents)}
    unknown = [each for each, kinds in sets.items() if len(kinds) == len(CLASSES) and each not in known | above]
    listed = ", ".join(unknown[:3]) + (", …" if len(unknown) > 3 else "")
    if known and unknown:
        raise Problem(
            f"{path} has labelled pictures in {min(known)}, and others in {listed}. Are those a split of their own? "
            f"Call them train, val or test, or move them elsewhere.\n{SHAPES}"
        )
    if len(unknown) > 1:
        print(
            f"{path} has cats and dogs in {len(unknown)} folders ({listed}). They are mixed, and cut anew into train, "
            f"val and test. Are they a split of your own? Then call them train, val and test.",
            file=sys.stderr,
        )


def _set(name: PurePosixPath) -> str:
    """Train/Cat/1.jpg -> "Train"; cat/holdout/1.jpg -> "holdout"."""
    return "/".join(part for part in name.parts[:-1] if part.lower().removesuffix(".zip") not in CLASS_FOLDERS)


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
