"""The two kinds of pictures: what they may be called, and which folders and columns are theirs.

`data.classes` of params.yaml names them. A label is the place of its kind there: 0 or 1.
"""

import re
import reprlib
import unicodedata
from collections.abc import Sequence

LONGEST = 40  # letters of a name: of 4 bytes each they leave room in the name of a file, which holds 255
SPLIT_FOLDERS = {
    **dict.fromkeys(("train", "training", "training_set", "train_set"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validation_set", "val_set", "dev", "dev_set"), "val"),
    **dict.fromkeys(("test", "test1", "testing", "test_set", "tests"), "test"),
}
UNLABELLED_FOLDERS = {"unlabelled", "unlabeled", "single_prediction"}
TAKEN = re.compile(r"all|con|prn|aux|nul|(com|lpt)[0-9]")  # of the audit's counts; of Windows, for its devices


def key(name: str) -> str:
    """The same for all names of one kind: Dog, dogs; hot-dog, Hot_Dogs. It is what folders are compared by."""
    spaced = re.sub("[ _-]+", " ", unicodedata.normalize("NFC", name)).strip().casefold()
    return spaced.removesuffix("s") or spaced


TAKEN_KEYS = {key(name) for name in (*SPLIT_FOLDERS, *UNLABELLED_FOLDERS)}


def mistake(names: object) -> str:
    """Why `names` cannot be the two kinds, as the rest of a sentence; "" where they can."""
    if not isinstance(names, list | tuple) or len(names) != 2:
        return "has to name two kinds of pictures, as [cat,dog] does"
    if not all(isinstance(name, str) for name in names):
        return "takes names, and a name of digits in quotes, as ['3','7'] does"
    for name in names:
        if not _can_be_written(name):
            shown = reprlib.repr(name)
            return f"{shown} cannot be a name: take at most {LONGEST} letters and digits; spaces, - and _ between them"
        if key(name) in TAKEN_KEYS or TAKEN.fullmatch(name.casefold()):
            return f"{name!r} already has a meaning here, or to the system: call the kind otherwise"
    if key(names[0]) == key(names[1]):
        return f"{names[0]!r} and {names[1]!r} are the same kind"
    return ""


def _can_be_written(name: str) -> bool:
    """In a file's name, a column's and a folder's on every system. Letters are of any script, with their marks."""
    written = all(character in " -_" or unicodedata.category(character)[0] in "LMN" for character in name)
    return written and len(name) <= LONGEST and name == name.strip(" -_") != ""


def probability_of(classes: Sequence[str]) -> str:
    """The column of the second kind's probability: probability_dog."""
    return f"probability_{classes[1]}"
