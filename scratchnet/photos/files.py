"""The picture files below a path: in a folder, in a zip, or in zips within either. Zips are read in place."""

import atexit
import io
import os
import re
import shutil
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
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


@dataclass(frozen=True)
class Member:
    """A file within a zip, found again by its place alone, so no open archive is shared by threads or processes.

    start: of its local header, in bytes from the beginning of the file `archive`; size: in bytes, as stored.
    """

    archive: Path
    start: int
    size: int
    method: int
    crc: int

    def read(self) -> bytes:
        """OSError where the bytes are not those that were packed."""
        with self.archive.open("rb") as file:
            file.seek(_data_start(file, self.start))
            data = file.read(self.size)
        try:
            if self.method == ZIP_DEFLATED:
                data = zlib.decompress(data, wbits=-zlib.MAX_WBITS)
        except zlib.error as error:
            raise OSError(f"It is damaged inside {self.archive}: {error}.") from error
        if zlib.crc32(data) != self.crc:
            raise OSError(f"It is damaged inside {self.archive}: its checksum is wrong.")
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
    found = _in_folder(path) if path.is_dir() else _in_zip(path, "")
    pictures = {name: read for name, read in found if _is_picture(PurePosixPath(name))}
    return dict(sorted(pictures.items(), key=lambda item: natural(item[0])))


def natural(name: str) -> tuple:
    """A key to sort by: numbers by their value, the rest by letter; cat.2 before cat.10."""
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)), name


def _is_picture(name: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.parts)
    return name.suffix.lower() in SUFFIXES and not hidden


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _in_folder(root: Path) -> Named:
    """A zip beside the folder that it was extracted to holds the same pictures, so it is passed over."""
    for folder, folders, names in os.walk(root, followlinks=True, onerror=_cannot_list):
        for path in (Path(folder, name) for name in names):
            name = path.relative_to(root).as_posix()
            if not _is_zip(name):
                yield name, partial(Path.read_bytes, path)
            elif path.stem not in folders:
                yield from _in_zip(path, f"{name}/")


def _cannot_list(error: OSError) -> None:
    raise Problem(f"The folder {error.filename} cannot be read: {error.strerror}.") from error


def _in_zip(archive: Path, prefix: str) -> Named:
    with archive.open("rb") as file:
        if not (members := list(_members(file, archive))):
            raise Problem(f"The zip {archive} is empty.")
        for info, member in members:
            if _is_zip(info.filename):
                yield from _in_inner_zip(file, info, member, f"{prefix}{info.filename}/")
            else:
                yield f"{prefix}{info.filename}", member.read


def _in_inner_zip(outer: BinaryIO, info: ZipInfo, member: Member, prefix: str) -> Named:
    """Zips in a zip (Kaggle's download). Where it is stored as it is, its members are read in place too."""
    if member.method == ZIP_STORED:
        start = _data_start(outer, member.start)
        for inner, found in _members(Part(outer, start, member.size), member.archive, start, info.filename):
            yield f"{prefix}{inner.filename}", found.read
    else:
        yield from _in_zip(_inflated(outer, info), prefix)


def _inflated(outer: BinaryIO, info: ZipInfo) -> Path:
    """A zip that was compressed once more: it has no random access, so a copy serves until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="scratchnet."))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = folder / PurePosixPath(info.filename).name
    with ZipFile(outer) as archive, archive.open(info) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, length=1 << 20)
    return copy


def _members(file: BinaryIO, archive: Path, base: int = 0, inner: str = "") -> Iterator[tuple[ZipInfo, Member]]:
    """The files of the zip `file`, which begins `base` bytes into `archive`."""
    where = f"{inner} in {archive}" if inner else f"{archive}"
    try:
        with ZipFile(file) as listing:
            infos = [info for info in listing.infolist() if not info.is_dir()]
    except BadZipFile:
        raise Problem(_why_no_zip(file, where)) from None
    for info in infos:
        if info.flag_bits & ENCRYPTED or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise Problem(f"{where} is encrypted or packed in an unusual way. Unpack it and name the folder instead.")
        start = base + info.header_offset
        yield info, Member(archive, start, info.compress_size, info.compress_type, info.CRC)


def _data_start(file: BinaryIO, header: int) -> int:
    """Where the bytes of a member begin: behind its local header, its name and its extra field."""
    file.seek(header)
    fields = file.read(LOCAL_HEADER.size)
    if len(fields) < LOCAL_HEADER.size:
        raise OSError("The zip ends within it.")
    return header + LOCAL_HEADER.size + sum(LOCAL_HEADER.unpack(fields))


def _why_no_zip(file: BinaryIO, where: str) -> str:
    file.seek(0)
    start = file.read(256)
    if start.startswith(b"PK\x03\x04"):
        return f"The zip {where} is cut off or damaged: download it again."
    if b"<html" in start.lower() or b"<!doctype" in start.lower():
        return f"{where} is a web page, not a zip, probably a login page: sign in, then download it again."
    return f"{where} is not a zip. Name a folder or a zip with photographs."
