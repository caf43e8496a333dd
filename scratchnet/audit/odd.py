"""Files that are pictures, and yet unlike the others."""

from pathlib import PurePosixPath

from scratchnet.photos.decode import Header

LONGEST = 3.0  # times the shorter side
SUFFIXES = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif"},
    "PNG": {".png"},
    "WEBP": {".webp"},
    "GIF": {".gif"},
    "BMP": {".bmp"},
    "AVIF": {".avif"},
    "HEIF": {".heic", ".heif"},
}


def oddities(name: str, header: Header | None, size: int) -> list[tuple[str, str]]:
    """Kind and detail of all that is odd in a file, by what its header says; nothing where it has none.

    size: the pixels of a side that pictures are squeezed to. A smaller one is stretched.
    """
    if header is None:
        return []
    short, long = sorted((header.width, header.height))
    shape = f"{header.width}×{header.height} pixels"
    found = {
        "small": (short < size, shape),
        "long": (long > LONGEST * short, shape),
        "mode": (header.mode != "RGB", header.mode),
        "frames": (header.frames > 1, f"{header.frames}, of which the first is used"),
        "turned": (header.orientation > 1, f"EXIF orientation {header.orientation}"),
        "suffix": (PurePosixPath(name).suffix.lower() not in SUFFIXES[header.format], f"It is a {header.format}"),
    }
    return [(kind, detail) for kind, (is_so, detail) in found.items() if is_so]
