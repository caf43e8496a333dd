"""How the members of a zip are called: their names in the zip are bytes, and not every program says in which code."""

import re
import struct
import zlib
from collections.abc import Sequence
from zipfile import ZipInfo

UTF8 = 0x800  # the flag's bit: the name is in UTF-8, and zipfile has decoded it so
UNICODE_PATH = 0x7075  # the extra field in which Info-ZIP and WinRAR keep the name once more, in UTF-8
EAST_ASIAN = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff5e"  # kana, Chinese characters, full-width letters
SEPARATOR = re.compile(r"\\(?!\.\w{3,4}$)")  # as some programs for Windows pack it; before .jpg it is part of a name
SEPARATOR_OR_HALF = re.compile(r"(?<![^\x00-\x7f])" + SEPARATOR.pattern)  # after such a byte \ may be half a character


def names_of(infos: Sequence[ZipInfo]) -> list[str]:
    """The members' names with slashes, relative, without `.` and `..`; "" for a folder.

    No name is lost and none leads out of the zip. Two members may have the same name.
    """
    said = [_said(info) for info in infos]
    code = _code([_raw(info) for info, name in zip(infos, said, strict=True) if name is None])
    return [
        _relative(_decoded(_raw(info), code) if name is None else SEPARATOR.sub("/", name), info)
        for info, name in zip(infos, said, strict=True)
    ]


def _raw(info: ZipInfo) -> bytes:
    """The bytes of a name of which the zip does not say how it is coded: zipfile takes it for code page 437."""
    return info.orig_filename.encode("cp437")


def _said(info: ZipInfo) -> str | None:
    """The name, where the zip says how it is coded."""
    if info.flag_bits & UTF8 or info.orig_filename.isascii():
        return info.orig_filename
    return _unicode_path(info.extra, _raw(info))


def _decoded(raw: bytes, code: str) -> str:
    """With slashes; of many codes at once UTF-8 can still be told from the others."""
    try:
        return SEPARATOR.sub("/", raw.decode("utf-8" if code == "cp437" else code))
    except UnicodeDecodeError:
        return SEPARATOR_OR_HALF.sub("/", raw.decode(code))


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Fields of extra: kind, length, content. This one's content: version 1, the CRC of `raw`, the name in UTF-8."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == UNICODE_PATH and extra[4:9] == struct.pack("<BL", 1, zlib.crc32(raw)):
            return extra[9 : 4 + length].decode("utf-8", "replace")
        extra = extra[4 + length :]
    return None


def _code(raws: Sequence[bytes]) -> str:
    """What all names are in: UTF-8, as macOS and Linux write it, Japanese, Chinese, or else code page 437.

    In the last three, of old programs, a byte that means \\ alone may be the second half of a character.
    """
    for code in ("utf-8", "cp932", "gbk"):
        try:
            text = "\n".join(raw.decode(code) for raw in raws)
        except UnicodeDecodeError:
            continue
        if code == "utf-8" or _is_east_asian(text):
            return code
    return "cp437"


def _is_east_asian(text: str) -> bool:
    """Not where a Müller is read as Japanese: odd signs, or Eastern characters mostly beside Western letters."""
    eastern = re.findall(f"[{EAST_ASIAN}]", text)
    mixed = re.findall(f"(?<=[A-Za-z])[{EAST_ASIAN}]|[{EAST_ASIAN}](?=[A-Za-z])", text)
    return not re.search(rf"[^\x00-\x7f{EAST_ASIAN}]", text) and 2 * len(mixed) < len(eastern)


def _relative(name: str, info: ZipInfo) -> str:
    if name.endswith("/") and not info.file_size:
        return ""
    return "/".join(part for part in name.split("\0")[0].split("/") if part not in ("", ".", ".."))
