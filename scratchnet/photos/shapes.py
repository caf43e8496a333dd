"""Which shape a folder or a zip has: where its names say the kind of a picture, and where its split."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from scratchnet.kinds import SPLIT_FOLDERS, UNLABELLED_FOLDERS, key
from scratchnet.photos.archives import why_not_read
from scratchnet.photos.held import OtherKinds, held
from scratchnet.photos.parts import before_number, folders, split_of
from scratchnet.problems import Problem

TESTS = UNLABELLED_FOLDERS | {name for name, split in SPLIT_FOLDERS.items() if split == "test"}


class Shape:
    """What the names of the pictures in the folder or zip `path` say of two kinds, such as cat and dog."""

    def __init__(self, path: Path, classes: Sequence[str]):
        self.path, self.classes = path, tuple(classes)
        self._label = {key(name): label for label, name in enumerate(classes)}

    def labels(self, names: Mapping[str, PurePosixPath]) -> dict[str, int]:
        """Name -> label, by the one shape that fits. A folder counts more than a name: train/cat/dog.1.jpg is a cat.

        Problem where labels cannot be told, or are of one kind only, or where a picture may be of a third kind.
        """
        in_folders = _labelled(names, self.by_folder)
        named = _labelled({name: parts for name, parts in names.items() if name not in in_folders}, self.by_name)
        if in_folders and named:
            raise Problem(
                f"{self.path} holds two data sets at once, such as {next(iter(in_folders))} and {next(iter(named))}. "
                f"Name the folder or the zip of one of them."
            )
        labels = in_folders or named
        others = {name: parts for name, parts in names.items() if name not in labels}
        archives = [name for name in others if why_not_read(name)]
        self._refuse_one_kind(labels, names, archives)
        self._refuse_strangers([name for name in others if name not in archives])
        return labels

    def by_folder(self, name: PurePosixPath) -> int | None:
        """cat/1.jpg, train/dog/1.jpg, PetImages/Cat/1.jpg, cat.zip/1.jpg: the innermost folder that names a kind."""
        keys = [key(part) for part in reversed(folders(name))]
        return next((self._label[part] for part in keys if part in self._label), None)

    def by_name(self, name: PurePosixPath) -> int | None:
        """cat.0.jpg, train/dog.12.jpg, cat.3 without a suffix, Cats (4).jpg as Windows renames many files at once."""
        counted = (before_number(written) for written in (name.stem, name.name))
        return next((self._label[key(kind)] for kind in counted if key(kind) in self._label), None)

    def _refuse_one_kind(self, labels: Mapping[str, int], names: Mapping, archives: list[str]) -> None:
        """archives: that were not read, and are of no class."""
        count = Counter(labels.values())
        if len(count) == len(self.classes):
            return
        if archives:
            raise Problem(f"{self.path} has too few pictures, but holds {archives[0]}. {why_not_read(archives[0])}")
        first, second = self.classes
        wrong = f"Nothing in {self.path} says of a picture whether it is {first} or {second}."
        if labels:
            missing = next(kind for label, kind in enumerate(self.classes) if not count[label])
            wrong = (
                f"{self.path} has {len(labels)} labelled pictures, but no {missing}: its folder is missing or empty."
            )
        raise OtherKinds(wrong, held(names.values()), self._understood())

    def _refuse_strangers(self, names: list[str]) -> None:
        """Without a label a picture belongs to a test; anywhere else it is a third class, or a mistake."""
        strangers = [name for name in names if TESTS.isdisjoint(map(str.lower, folders(PurePosixPath(name))))]
        if strangers:
            first, second = self.classes
            raise Problem(
                f"{self.path} has {len(strangers)} pictures that are neither {first}, nor {second}, nor in a folder "
                f"test: {', '.join(strangers[:3])}{', …' if len(strangers) > 3 else ''}. Move them elsewhere.\n"
                f"{self._understood()}"
            )

    def tell_of_other_splits(self, labels: Mapping[str, int], names: Mapping[str, PurePosixPath]) -> None:
        """What looks like a split of the reader's own is not cut anew without a word, whatever it is called.

        A set is a folder without its class: train/cat/1.jpg and train/dog/2.jpg are of the set train. One that has
        pictures of both classes may be a split; cat/Siamese is none. Problem where some are called train, val or test,
        and others beside them not: what lies above them is taken for train. Where none is called so, and there are
        several, that is told.
        """
        sets: dict[str, set[int]] = {}
        known = {self._set(names[name]) for name in labels if split_of(names[name])}
        for name, label in labels.items():
            sets.setdefault(self._set(names[name]), set()).add(label)
        above = {"", *(str(folder) for each in known for folder in PurePosixPath(each).parents)}
        unknown = [each for each, both in sets.items() if len(both) == len(self.classes) and each not in known | above]
        listed = ", ".join(unknown[:3]) + (", …" if len(unknown) > 3 else "")
        if known and unknown:
            raise Problem(
                f"{self.path} has labelled pictures in {min(known)}, and others in {listed}. Are those a split of "
                f"their own? Call them train, val or test, or move them elsewhere.\n{self._understood()}"
            )
        if len(unknown) > 1:
            print(
                f"{self.path} has both kinds in {len(unknown)} folders ({listed}). They are mixed, and cut anew into "
                f"train, val and test. Are they a split of your own? Then call them train, val and test.",
                file=sys.stderr,
            )

    def _set(self, name: PurePosixPath) -> str:
        """Train/Cat/1.jpg -> "Train"; cat/holdout/1.jpg -> "holdout"."""
        parts = zip(name.parts, folders(name), strict=False)  # the last one is the file
        return "/".join(part for part, folder in parts if key(folder) not in self._label)

    def _understood(self) -> str:
        a, b = self.classes
        return f"""These shapes are understood, as a folder or as a zip:
  train/{a}/*.jpg  train/{b}/*.jpg  test/*.jpg   (test without labels; or val/ and test/ with {a}/ and {b}/ too)
  {a}/*.jpg  {b}/*.jpg                           (also {a}s/ and {b}s/, with capitals, and within other folders)
  {a}.0.jpg  {b}.0.jpg                           (as in Kaggle's zips of cats and dogs; also {a} (1).jpg)"""


def _labelled(names: Mapping[str, PurePosixPath], shape: Callable[[PurePosixPath], int | None]) -> dict[str, int]:
    labels = {name: shape(parts) for name, parts in names.items()}
    return {name: label for name, label in labels.items() if label is not None}
