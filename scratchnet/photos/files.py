"""The picture files below a path: in a folder, in a zip, or in zips within either."""

import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from scratchnet.photos.archives import why_not_read
from scratchnet.photos.decode import looks_like_a_picture
from scratchnet.photos.passed_over import is_passed_over
from scratchnet.photos.zips import Broken, Member, files_in_zip, is_zip, opened, read_whole
from scratchnet.problems import Problem

Read = Callable[[], bytes]  # the bytes of one file; it can be pickled, and called in any thread or process

# The formats that decode.py reads, and those that it can only name in rejected.csv.
SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .gif .bmp .tif .tiff .heic .heif .avif".split()  # noqa: SIM905
)
BEGINNING = 16  # bytes of a file by which a picture is known


@dataclass(frozen=True)
class OnDisk:
    """A file that is not in a zip. It can be pickled. max_bytes: more are not read."""

    path: Path
    max_bytes: int

    def read(self) -> bytes:
        """OSError where it cannot be read, or is no file: a pipe would be waited for. TooLargeError."""
        self._refuse_special()
        with self.path.open("rb") as file:
            return read_whole(file, os.fstat(file.fileno()).st_size, self.max_bytes)

    def begin(self, count: int) -> bytes:
        """The first bytes. OSError where they cannot be had."""
        self._refuse_special()
        with self.path.open("rb") as file:
            return file.read(count)

    def _refuse_special(self) -> None:
        if not stat.S_ISREG(self.path.stat().st_mode):
            raise OSError("It is a pipe, a socket or a device, not a file")


File = OnDisk | Member | Broken
Named = Iterator[tuple[str, File]]


def pictures_below(
    path: Path, max_bytes: int = sys.maxsize, go_on: bool = False, every: Callable[[str], bool] = lambda _: False
) -> dict[str, Read]:
    """Name -> read, in natural order (cat.2 before cat.10), for every picture in the folder or zip `path`.

    A name is the path below `path`, with slashes; a zip counts as a folder. A picture is known by its suffix or by how
    it begins. What is passed over (see passed_over.py) is none.
    every: of which names each file is taken, whatever it is. max_bytes: of a file, more are not read.
    Problem where there is nothing at `path`, or a folder or a zip cannot be read.
    go_on: what cannot be read below `path` is then named like a picture, and its `read` raises OSError.
    """
    if not path.exists():
        raise Problem(f"There is no {path}. Name a folder or a zip with photographs.")
    opened.cache_clear()  # a zip may be another one by now
    if path.is_dir():
        found = list(_in_folder(path, max_bytes, go_on))
    else:
        found = list(files_in_zip(path, printable(path), max_bytes, go_on))
        if not found:
            raise Problem(f"The zip {path} is empty.")
    pictures = [(name, file.read) for name, file in found if every(name) or _is_picture(name, file)]
    return _each_named_once(sorted(pictures, key=lambda picture: natural(picture[0])))


def _each_named_once(pictures: Iterable[tuple[str, Read]]) -> dict[str, Read]:
    """A zip may hold two files of one name: the second is then called `1.jpg (2)`."""
    named = {}
    for name, read in pictures:
        unique, count = name, 1
        while unique in named:
            count += 1
            unique = f"{name} ({count})"
        named[unique] = read
    return named


def natural(name: str) -> tuple:
    """A key to sort by: numbers by their value, however long, the rest by letter; cat.2 before cat.10."""
    parts = re.split(r"([0-9]+)", name)
    return tuple(number(part) if n % 2 else (0, part) for n, part in enumerate(parts)), name


def number(digits: str) -> tuple[int, str]:
    """A key that is equal for equal numbers and sorts by their value: Python makes no int of thousands of digits."""
    significant = digits.lstrip("0")
    return len(significant), significant


def printable(path: PurePath) -> str:
    """The path with slashes, to be shown and written: what in it is not UTF-8, as old disks have it, as \\xe9."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def _is_picture(name: str, file: File) -> bool:
    if isinstance(file, Broken) or PurePosixPath(name).suffix.lower() in SUFFIXES:
        return True
    try:
        return looks_like_a_picture(file.begin(BEGINNING))
    except OSError:
        return False


def _in_folder(root: Path, max_bytes: int, go_on: bool) -> Named:
    """A zip beside the folder that it was extracted to holds the same pictures, so it is passed over."""
    for folder, folders, names in _walk(root, unreadable := []):
        for path in (Path(folder, name) for name in names):
            name = printable(path.relative_to(root))
            if sentence := why_not_read(path):
                yield name, Broken(sentence)
            elif not is_zip(name):
                yield name, OnDisk(path, max_bytes)
            elif path.stem not in folders or not _holds_pictures(path.with_suffix("")):
                yield from _in_zip(path, name, max_bytes, go_on)
    for error in unreadable:
        sentence = f"The folder {printable(Path(error.filename))} cannot be read: {error.strerror}."
        if not go_on:
            raise Problem(sentence) from error
        yield printable(Path(error.filename).relative_to(root)), Broken(sentence)


def _in_zip(path: Path, name: str, max_bytes: int, go_on: bool) -> list[tuple[str, File]]:
    try:
        files = list(files_in_zip(path, printable(path), max_bytes, go_on))
    except Problem as problem:
        if not go_on:
            raise
        return [(name, Broken(f"{problem}"))]
    return [(f"{name}/{below}", file) for below, file in files]


def _walk(root: Path, unreadable: list[OSError]) -> Iterator[tuple[str, list[str], list[str]]]:
    """os.walk without what is passed over; through links too, but into no folder twice, for a link may lead back up.

    unreadable: gets the error of each folder that cannot be read.
    """
    walked = set()
    for folder, folders, names in os.walk(root, followlinks=True, onerror=unreadable.append):
        real = os.path.realpath(folder)
        if real in walked:
            folders.clear()
            continue
        walked.add(real)
        _tell_of_lost_files(folder, folders)
        folders[:] = sorted(name for name in folders if not is_passed_over(name))  # else the disk chooses the first
        yield folder, folders, [name for name in names if not is_passed_over(name)]


def _tell_of_lost_files(folder: str, folders: list[str]) -> None:
    """A disk's root has a folder lost+found, which its owner cannot read: what may lie there is no longer theirs."""
    for name in folders:
        if name == "lost+found" and not os.access(Path(folder, name), os.R_OK | os.X_OK):
            print(f"The folder {printable(Path(folder, name))} cannot be read, and is passed over.", file=sys.stderr)


def _holds_pictures(folder: Path) -> bool:
    files = (Path(here, name) for here, _, names in _walk(folder, []) for name in names)
    return any(_is_picture(path.name, OnDisk(path, sys.maxsize)) for path in files)
