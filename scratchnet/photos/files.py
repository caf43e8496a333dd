"""The picture files below a path: in a folder, in a zip, or in zips within either."""

import atexit
import errno
import os
import re
import shutil
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path, PurePath, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from scratchnet.problems import Problem

Read = Callable[[], bytes]  # the bytes of one file; it can be pickled, and called in any thread or process
Named = Iterator[tuple[str, Read]]

# The formats that decode.py reads, and those that it can only name in rejected.csv.
SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .gif .bmp .tif .tiff .heic .heif .avif".split()  # noqa: SIM905
)
ENCRYPTED = 1  # the flag's bit
DAMAGED = (BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ArithmeticError, LookupError, ValueError)


@dataclass(frozen=True)
class Member:
    """A file within a zip: the `place`-th that the zip's own list names.

    It can be pickled: each process opens the zip for itself.
    where: the zip as the reader knows it, which `archive`, a temporary copy, may not be.
    """

    archive: Path
    place: int
    where: str

    def read(self) -> bytes:
        """OSError where the bytes are not those that were packed."""
        try:
            zipped = _opened(self.archive)
            return zipped.read(zipped.infolist()[self.place])
        except DAMAGED as error:
            raise OSError(f"It is damaged inside {self.where}: {_said(error)}") from error


@lru_cache(maxsize=16)  # not more, for an open file each
def _opened(archive: Path) -> ZipFile:
    """The zip, opened once in each process; all its threads may read from it at the same time."""
    return ZipFile(archive)


def pictures_below(path: Path) -> dict[str, Read]:
    """Name -> read, in natural order (cat.2 before cat.10), for every picture in the folder or zip `path`.

    A name is the path below `path`, with slashes; a zip counts as a folder. What is hidden, Thumbs.db and
    __MACOSX are no pictures. Problem where there is nothing at `path`, or a zip cannot be read.
    """
    if not path.exists():
        raise Problem(f"There is no {path}. Name a folder or a zip with photographs.")
    _opened.cache_clear()  # a zip may be another one by now
    found = list(_in_folder(path) if path.is_dir() else _in_zip(path, "", printable(path)))
    if not found and not path.is_dir():
        raise Problem(f"The zip {path} is empty.")
    pictures = {name: read for name, read in found if _is_picture(name)}
    return dict(sorted(pictures.items(), key=lambda item: natural(item[0])))


def natural(name: str) -> tuple:
    """A key to sort by: numbers by their value, the rest by letter; cat.2 before cat.10."""
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)), name


def printable(path: PurePath) -> str:
    """The path with slashes, to be shown and written: what in it is not UTF-8, as old disks have it, as \\xe9."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def _is_picture(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _is_hidden(name: str) -> bool:
    """Beside each file macOS packs one of its own, of the same suffix: __MACOSX/._train.zip, which is no zip."""
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _in_folder(root: Path) -> Named:
    """A zip beside the folder that it was extracted to holds the same pictures, so it is passed over."""
    for folder, folders, names in _walk(root):
        for path in (Path(folder, name) for name in names):
            name = printable(path.relative_to(root))
            if not _is_zip(name):
                yield name, partial(Path.read_bytes, path)
            elif path.stem not in folders or not _holds_pictures(path.with_suffix("")):
                yield from _in_zip(path, f"{name}/", printable(path))


def _walk(root: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """os.walk without what is hidden; through links too, but into no folder twice, for a link may lead back up."""
    walked = set()
    for folder, folders, names in os.walk(root, followlinks=True, onerror=_cannot_list):
        real = os.path.realpath(folder)
        if real in walked:
            folders.clear()
            continue
        walked.add(real)
        folders[:] = sorted(name for name in folders if not _is_hidden(name))  # else the disk chooses which is first
        yield folder, folders, [name for name in names if not _is_hidden(name)]


def _cannot_list(error: OSError) -> None:
    raise Problem(f"The folder {error.filename} cannot be read: {error.strerror}.") from error


def _holds_pictures(folder: Path) -> bool:
    return any(_is_picture(name) for _, _, names in _walk(folder) for name in names)


def _in_zip(archive: Path, prefix: str, where: str) -> Named:
    """The files of a zip, and of the zips in it (Kaggle's download). where: the zip as the reader knows it."""
    for place, info in enumerate(_listed(archive, where)):
        name = info.filename.replace("\\", "/")  # some programs for Windows pack backslashes
        if name.endswith("/") or _is_hidden(name):
            continue
        if info.flag_bits & ENCRYPTED or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise Problem(f"{where} is encrypted or packed in an unusual way. Unpack it and name the folder instead.")
        if _is_zip(name):
            inner = f"{name} in {where}"
            yield from _in_zip(_copied(archive, info, inner), f"{prefix}{name}/", inner)
        else:
            yield f"{prefix}{name}", Member(archive, place, where).read


def _listed(archive: Path, where: str) -> list[ZipInfo]:
    with _told_if_damaged(where):
        try:
            return _opened(archive).infolist()
        except BadZipFile:
            raise Problem(_why_no_zip(archive, where)) from None
        except OSError as error:
            raise Problem(f"The zip {where} cannot be opened: {error.strerror}.") from error


def _copied(archive: Path, info: ZipInfo, where: str) -> Path:
    """A zip in a zip, as a file of its own, which is there until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="scratchnet."))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = folder / "inner.zip"
    with _told_if_damaged(where), _opened(archive).open(info) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, length=1 << 20)
    return copy


@contextmanager
def _told_if_damaged(where: str) -> Iterator[None]:
    """Whatever zipfile makes of a damaged zip is a Problem; what the system says (a full disk) is not damage."""
    try:
        yield
    except (*DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # a place before the file's start
            raise Problem(f"{where} cannot be unpacked ({error}).") from error
        raise Problem(f"{where} is damaged ({_said(error)}): download it again.") from error


def _said(error: Exception) -> str:
    return "its checksum is wrong" if f"{error}".startswith("Bad CRC") else f"{error}" or type(error).__name__


def _why_no_zip(archive: Path, where: str) -> str:
    with archive.open("rb") as file:
        start = file.read(256)
    if start.startswith(b"PK\x03\x04"):
        return f"The zip {where} is cut off or damaged: download it again."
    if b"<html" in start.lower() or b"<!doctype" in start.lower():
        return f"{where} is a web page, not a zip, probably a login page: sign in, then download it again."
    return f"{where} is not a zip. Name a folder or a zip with photographs."
