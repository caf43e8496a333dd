"""The files in a zip, and in the zips within it, each of which can be read in any thread or process."""

import atexit
import copy
import errno
import re
import shutil
import stat
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from scratchnet.photos.archives import why_not_read
from scratchnet.photos.passed_over import is_passed_over
from scratchnet.photos.zip_names import names_of
from scratchnet.problems import MIB, Problem

ENCRYPTED = 1  # the flag's bit
DEEPEST = 8  # zips in zips: a zip may hold itself, and never end
DAMAGED = (BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ArithmeticError, LookupError, ValueError)


class TooLargeError(OSError):
    """A file has more bytes than may be read into memory."""


@dataclass(frozen=True)
class Broken:
    """In place of a file that cannot be had: why."""

    sentence: str

    def read(self) -> bytes:
        raise OSError(self.sentence)


@dataclass(frozen=True)
class Member:
    """A file within a zip: the `place`-th that the zip's own list names.

    It can be pickled: each process opens the zip for itself.
    where: the zip as the reader knows it, which `archive`, a temporary copy, may not be.
    max_bytes: more are not unpacked, whatever the zip says of itself.
    """

    archive: Path
    place: int
    where: str
    max_bytes: int

    def read(self) -> bytes:
        """OSError where the bytes are not those that were packed, TooLargeError where they are too many."""
        with self._unpacked() as (file, size):
            return read_whole(file, size, self.max_bytes)

    def begin(self, count: int) -> bytes:
        """The first bytes. OSError where they cannot be had."""
        with self._unpacked() as (file, _):
            return file.read(count)

    @contextmanager
    def _unpacked(self) -> Iterator[tuple[BinaryIO, int]]:
        try:
            zipped = opened(self.archive)
            info = zipped.infolist()[self.place]
            with zipped.open(info) as file:
                yield file, info.file_size
        except DAMAGED as error:
            raise OSError(f"It is damaged inside {self.where}: {_said(error)}") from error


def read_whole(file: BinaryIO, size: int, max_bytes: int) -> bytes:
    """All of an open file that should have `size` bytes. TooLargeError, before it is read, where that is too many."""
    if size > max_bytes:
        raise TooLargeError(f"It has {size / MIB:,.1f} MiB; at most {max_bytes / MIB:,.0f} are read")
    return file.read(size)


@lru_cache(maxsize=16)  # not more, for an open file each
def opened(archive: Path) -> ZipFile:
    """The zip, opened once in each process; all its threads may read from it at the same time."""
    return ZipFile(archive)


def is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def files_in_zip(
    archive: Path, where: str, max_bytes: int, go_on: bool, depth: int = 1
) -> Iterator[tuple[str, Member | Broken]]:
    """Name and file for all in a zip, and in the zips in it (Kaggle's download); what is passed over is left out.

    where: the zip as the reader knows it. Problem where it cannot be read.
    go_on: a zip within it that cannot be read is a Broken file of its name, in place of a Problem.
    """
    if depth > DEEPEST:
        raise Problem(f"{where} is a zip in more than {DEEPEST} others. Unpack it and name the folder instead.")
    for place, (name, info) in enumerate(_listed(archive, where)):
        if not name or is_passed_over(name):
            continue
        if info.flag_bits & ENCRYPTED or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise Problem(f"{where} is encrypted or packed in an unusual way. Unpack it and name the folder instead.")
        if is_zip(name):
            yield from _in_inner_zip(archive, info, name, where, max_bytes, go_on, depth)
        elif sentence := why_not_read(name):
            yield name, Broken(sentence)
        else:
            yield name, Member(archive, place, where, max_bytes)


def _in_inner_zip(archive, info, name, where, max_bytes, go_on, depth) -> list[tuple[str, Member | Broken]]:
    inner = f"{name} in {where}"
    try:
        files = list(files_in_zip(_copied(archive, info, inner), inner, max_bytes, go_on, depth + 1))
    except Problem as problem:
        if not go_on:
            raise
        return [(name, Broken(f"{problem}"))]
    return [(f"{name}/{below}", file) for below, file in files]


def _listed(archive: Path, where: str) -> list[tuple[str, ZipInfo]]:
    if sentence := why_not_read(archive):
        raise Problem(f"{where} cannot be read. {sentence}")
    with _told_if_damaged(where):
        try:
            if not stat.S_ISREG(archive.stat().st_mode):
                raise Problem(f"{where} is a pipe or a device, not a zip. Name a folder or a zip with photographs.")
            infos = opened(archive).infolist()
        except BadZipFile:
            raise Problem(_why_no_zip(archive, where)) from None
        except OSError as error:
            raise Problem(f"The zip {where} cannot be opened: {error.strerror}.") from error
        return list(zip(names_of(infos), infos, strict=True))


def _copied(archive: Path, info: ZipInfo, where: str) -> Path:
    """A zip in a zip, as a file of its own, which is there until this process ends.

    Its own checksum is not looked at: one damaged picture would cost all, and each has a checksum of its own.
    """
    folder = Path(tempfile.mkdtemp(prefix="scratchnet."))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    free = shutil.disk_usage(folder).free
    if info.file_size > free:
        needed = f"{info.file_size / MIB:,.0f} MiB are needed in {folder.parent}, {free / MIB:,.0f} are free"
        raise Problem(f"{where} cannot be unpacked ({needed}).")
    copied = folder / "inner.zip"
    unchecked = copy.copy(info)
    del unchecked.CRC  # zipfile then has nothing to compare with
    with _told_if_damaged(where), opened(archive).open(unchecked) as source, copied.open("wb") as target:
        shutil.copyfileobj(source, target, length=MIB)
    return copied


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
    if re.search(b"<html|<!doctype", start.lower()):
        return f"{where} is a web page, not a zip, probably a login page: sign in, then download it again."
    return f"{where} is not a zip. Name a folder or a zip with photographs."
