"""The picture files below a path: in a folder, in a zip, or in zips within either. Zips are read in place."""

import atexit
import errno
import io
import os
import re
import shutil
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from scratchnet.problems import Problem

Read = Callable[[], bytes]  # the bytes of one file; it can be pickled, and called in any thread or process
Named = Iterator[tuple[str, Read]]

# The formats that decode.py reads, and those that it can only name in rejected.csv.
SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .gif .bmp .tif .tiff .heic .heif .avif".split()  # noqa: SIM905
)
LOCAL_HEADER = struct.Struct("<26x2H")  # of a zip's member: ..., length of its name, length of its extra field
ENCRYPTED = 1  # the flag's bit
BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError, OverflowError, ValueError)


@dataclass(frozen=True)
class Member:
    """A file within a zip, found again by its place alone, so no open archive is shared by threads or processes.

    start: of its local header, in bytes from the beginning of the file `archive`; size: in bytes, as stored;
    where: the zip as the reader knows it, which `archive`, a temporary copy, may not be.
    """

    archive: Path
    where: str
    start: int
    size: int
    method: int
    crc: int

    def read(self) -> bytes:
        """OSError where the bytes are not those that were packed."""
        with self.archive.open("rb") as file:
            try:
                file.seek(_data_start(file, self.start))
                data = file.read(self.size)
                if self.method == ZIP_DEFLATED:
                    data = zlib.decompress(data, wbits=-zlib.MAX_WBITS)
            except (zlib.error, EOFError, OverflowError, ValueError) as error:
                raise OSError(f"It is damaged inside {self.where}: {error}") from error
        if zlib.crc32(data) != self.crc:
            raise OSError(f"It is damaged inside {self.where}: its checksum is wrong")
        return data


class Part(io.RawIOBase):
    """`size` bytes of an open file from `start` on, as a file of their own."""

    def __init__(self, file: BinaryIO, start: int, size: int):
        self._file, self._start, self._size, self._position = file, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + (0, self._position, self._size)[whence]
        return self._position

    def readinto(self, buffer) -> int:
        self._file.seek(self._start + self._position)
        count = self._file.readinto(memoryview(buffer)[: max(0, self._size - self._position)])
        self._position += count
        return count


def pictures_below(path: Path) -> dict[str, Read]:
    """Name -> read, in natural order (cat.2 before cat.10), for every picture in the folder or zip `path`.

    A name is the path below `path`, with slashes; a zip counts as a folder. What is hidden, Thumbs.db and
    __MACOSX are no pictures. Problem where there is nothing at `path`, or a zip cannot be read.
    """
    if not path.exists():
        raise Problem(f"There is no {path}. Name a folder or a zip with photographs.")
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
    """where: the zip as the reader knows it."""
    try:
        file = archive.open("rb")
    except OSError as error:
        raise Problem(f"The zip {where} cannot be opened: {error.strerror}.") from error
    with file:
        for name, info, member in _members(file, archive, where):
            if _is_zip(name):
                yield from _in_inner_zip(file, info, member, f"{prefix}{name}/", f"{name} in {where}")
            else:
                yield f"{prefix}{name}", member.read


def _in_inner_zip(outer: BinaryIO, info: ZipInfo, member: Member, prefix: str, where: str) -> Named:
    """Zips in a zip (Kaggle's download). Where it is stored as it is, its members are read in place too."""
    if member.method == ZIP_STORED:
        with _told_if_damaged(where):
            start = _data_start(outer, member.start)
        for name, _, found in _members(Part(outer, start, member.size), member.archive, where, start):
            yield f"{prefix}{name}", found.read
    else:
        with _told_if_damaged(where):
            copy = _inflated(outer, info)
        yield from _in_zip(copy, prefix, where)


def _inflated(outer: BinaryIO, info: ZipInfo) -> Path:
    """A zip that was compressed once more: it has no random access, so a copy serves until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="scratchnet."))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = folder / "inner.zip"
    with ZipFile(outer) as archive, archive.open(info) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, length=1 << 20)
    return copy


def _members(file: BinaryIO, archive: Path, where: str, base: int = 0) -> Iterator[tuple[str, ZipInfo, Member]]:
    """The files of the zip `file`, which begins `base` bytes into `archive`, by their names with slashes."""
    with _told_if_damaged(where):
        try:
            with ZipFile(file) as listing:
                infos = [info for info in listing.infolist() if not info.is_dir()]
        except BadZipFile:
            raise Problem(_why_no_zip(file, where)) from None
    for info in infos:
        name = info.filename.replace("\\", "/")  # some programs for Windows pack backslashes
        if _is_hidden(name):
            continue
        if info.flag_bits & ENCRYPTED or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise Problem(f"{where} is encrypted or packed in an unusual way. Unpack it and name the folder instead.")
        start = base + info.header_offset
        yield name, info, Member(archive, where, start, info.compress_size, info.compress_type, info.CRC)


@contextmanager
def _told_if_damaged(where: str) -> Iterator[None]:
    """Whatever zipfile makes of a damaged zip is a Problem; what the system says (a full disk) is not damage.

    EINVAL is: it answers a place before the beginning of the file.
    """
    try:
        yield
    except BROKEN as error:
        why = f"{error}" or type(error).__name__
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise Problem(f"{where} cannot be unpacked ({why}).") from error
        raise Problem(f"{where} is damaged ({why}): download it again.") from error


def _data_start(file: BinaryIO, header: int) -> int:
    """Where the bytes of a member begin: behind its local header, its name and its extra field."""
    file.seek(header)
    fields = file.read(LOCAL_HEADER.size)
    if len(fields) < LOCAL_HEADER.size:
        raise EOFError("the zip ends within it")
    return header + LOCAL_HEADER.size + sum(LOCAL_HEADER.unpack(fields))


def _why_no_zip(file: BinaryIO, where: str) -> str:
    file.seek(0)
    start = file.read(256)
    if start.startswith(b"PK\x03\x04"):
        return f"The zip {where} is cut off or damaged: download it again."
    if b"<html" in start.lower() or b"<!doctype" in start.lower():
        return f"{where} is a web page, not a zip, probably a login page: sign in, then download it again."
    return f"{where} is not a zip. Name a folder or a zip with photographs."
