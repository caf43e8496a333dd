"""What the name of one picture in a folder says: its folders, its split, and what stands before its number."""

import re
from pathlib import PurePosixPath
from string import digits

from scratchnet.kinds import SPLIT_FOLDERS


def folders(name: PurePosixPath) -> list[str]:
    """Train/Cat.zip/1.jpg -> Train, Cat; a zip counts as a folder of its name."""
    return [re.sub(r"\.zip\Z", "", part, flags=re.IGNORECASE) for part in name.parts[:-1]]


def as_split(folder: str) -> str:
    """Train Set -> train_set, as SPLIT_FOLDERS has it."""
    return re.sub("[ -]", "_", folder.lower())


def split_of(name: PurePosixPath) -> str | None:
    """val/cat/1.jpg -> "val"."""
    called = map(as_split, folders(name))
    return next((SPLIT_FOLDERS[part] for part in called if part in SPLIT_FOLDERS), None)


def before_number(written: str) -> str:
    """cat.0 -> cat; Cats (4) -> Cats; "" where there is no number at the end."""
    bare = written.removesuffix(")")
    counted = bare.rstrip(digits)
    return counted.removesuffix("(").rstrip(" ._-") if counted != bare else ""
