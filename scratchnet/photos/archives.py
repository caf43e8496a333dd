"""Archives that are not read, and what is not whole: known by their names, so that nothing in them is lost silently."""

import re
from pathlib import Path

PART = re.compile(r"\.(z\d\d|r\d\d|part\d+\.rar|(zip|7z|rar|tar|tgz|tar\.\w+)\.\d{2,3}|(zip|tar)\.part[a-z0-9]+)$")
UNFINISHED = re.compile(r"\.(part|partial|crdownload|download|opdownload|filepart|!ut|aria2)$")
OTHER = re.compile(r"\.(rar|7z|tar|tgz|tbz2?|txz|tar\.\w+|gz|bz2|xz|zst|arj|lzh|sitx?|cab|ace)$")


def why_not_read(path: Path | str) -> str | None:
    """A sentence about an archive, or a part of one, that is not read; None of every other file, zips among them."""
    name = Path(path).name.lower()
    if PART.search(name):
        return "It is a part of an archive: unpack all parts together, with the program that made them."
    if UNFINISHED.search(name):
        return "It is a download that has not ended: download it again."
    if OTHER.search(name):
        return "It is an archive of another kind than zip: unpack it, and name the folder."
    if name.endswith(".zip") and isinstance(path, Path) and path.with_suffix(".z01").exists():
        return f"It is the last part of an archive that begins with {path.stem}.z01: unpack all parts together."
    return None
