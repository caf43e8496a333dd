"""The bytes of one file -> one picture, or the reason why not.

Every function may run in many threads at once. Speed comes from `draft`: libjpeg then decodes a JPEG at 1/2, 1/4
or 1/8 of its size, which costs a fraction of decoding all of it.
"""

import io
import re
import struct
import threading
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image

from scratchnet.photos import heif

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # and heif.py's; Pillow's other parsers are out of bad files' reach
SIGNATURES = (b"\xff\xd8", b"\x89PNG", b"RIFF", b"GIF8", b"BM")  # how files of these formats begin
UNSUPPORTED = (  # offset, bytes, whose they are
    (0, b"II*\0", "a TIFF"),
    (0, b"MM\0*", "a TIFF"),
    (4, b"ftyp", "a film"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%PDF", "a PDF"),
)
# Of pixels. Pillow opens no picture of more than twice 89,478,485; a JPEG of so many is reduced while it is decoded.
MAX_WHOLE = 25_000_000  # of what is decoded whole: it takes at most about a second and 300 MiB, a WebP 400
MAX_SIDE = 65_535  # a JPEG's. Pillow copies a line anew for each 64 KiB of it: one of 16 megapixels took half a minute
MAX_PROGRESSIVE = 50_000_000  # of a progressive JPEG: libjpeg keeps all of it first, in up to 6 bytes a pixel
BROKEN = (  # what Pillow raises on bad data: nearly everything, for its parsers trust what a file says of itself
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,  # while decoding, and where warnings are errors; else it is told, and the picture read
    struct.error,
    zlib.error,
)

CUT_OFF = re.compile("truncated|end of file", re.IGNORECASE)  # so say Pillow, libavif and libheif

# EXIF: how the camera was held -> what turns the picture upright
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_one_at_a_time = threading.Lock()  # warnings.catch_warnings changes the whole process


@dataclass(frozen=True)
class Rejection:
    """Why a file is not a usable picture, as rejected.csv has it.

    reason: a word to count by: empty, not_an_image, unsupported_format, too_large, truncated or damaged; unreadable
    where not even the file's bytes could be had; duplicate, which `prepare.py` finds. detail: a sentence for people.
    """

    reason: str
    detail: str


def decode(data: bytes, size: int) -> np.ndarray | Rejection:
    """The bytes of a whole file -> its picture, (size, size, 3) uint8: rows from the top, columns from the left, RGB.

    The picture is turned upright, see-through parts lie on white, and a picture that is no square is squashed to one.
    """
    if not data:
        return Rejection("empty", "The file has no bytes.")
    try:
        image, orientation = _open(data)
    except Image.DecompressionBombError as error:
        return Rejection("too_large", f"{error}")
    except BROKEN:
        return _why_not_opened(data)
    try:
        if image.width * image.height > (most := _most_pixels(image)):
            return Rejection("too_large", f"{image.width}×{image.height} pixels; at most {most:,} are decoded.")
        if max(image.size) > MAX_SIDE:
            return Rejection("too_large", f"{image.width}×{image.height} pixels; a side has at most {MAX_SIDE:,}.")
        drafted = image.draft(None, (size, size))  # a phone's large JPEG is small by now
        small = _squashed(image, size, drafted[1] if drafted else None)
    except BROKEN as error:
        said = " ".join(f"{error}".split()).removesuffix(".") or type(error).__name__
        return Rejection("truncated" if CUT_OFF.search(said) else "damaged", f"{image.format}: {said}.")
    if orientation in UPRIGHT:
        small = small.transpose(UPRIGHT[orientation])
    return np.array(small, dtype=np.uint8)


@dataclass(frozen=True)
class Header:
    """What a file says of itself before it is decoded. width, height: in pixels. orientation: of EXIF, 1 is upright."""

    format: str
    mode: str
    width: int
    height: int
    frames: int
    orientation: int


def header(data: bytes) -> Header | None:
    """None where it says nothing that can be understood."""
    try:
        image, orientation = _open(data)
        return Header(image.format, image.mode, *image.size, getattr(image, "n_frames", 1), orientation)
    except (*BROKEN, Image.DecompressionBombError):
        return None


def _most_pixels(image: Image.Image) -> int:
    if image.format != "JPEG":
        return MAX_WHOLE
    return MAX_PROGRESSIVE if "progressive" in image.info else 2 * Image.MAX_IMAGE_PIXELS


def _open(data: bytes) -> tuple[Image.Image, int]:
    """The header alone: the picture, not yet decoded, and its EXIF orientation."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # corrupt metadata and size: the first is harmless, the second checked
        image = Image.open(io.BytesIO(data), formats=heif.readable() if heif.brand(data) else FORMATS)
        return image, _orientation(image) if "exif" in image.info else 1


def _orientation(image: Image.Image) -> int:
    """1 (upright) to 8. A camera that wrote EXIF which nobody can read has not said how it was held: 1."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except BROKEN:
        return 1


def _squashed(image: Image.Image, size: int, box: tuple[float, float, float, float] | None) -> Image.Image:
    """Decode and resize. Hamming's filter has no aliasing, is sharper than bilinear, and costs as little.

    libjpeg may reduce a JPEG to just above `size`. Leaving it twice as large takes a quarter more time and comes
    hardly closer to what torchvision's Resize makes of the whole picture: 40.6 dB instead of 40.3.
    box: the picture without what the rounding of the reduced size has added.
    """
    return _rgb(image).resize((size, size), Image.Resampling.HAMMING, box=box)


def _rgb(image: Image.Image) -> Image.Image:
    """Any mode -> RGB. 16-bit grey is scaled (Pillow would clip it); what is see-through lies on white."""
    image.load()
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    if image.mode == "I;16":
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data and not _alpha_is_unused(image):
        return _on_white(image)
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """A megapixel at a time, for each copy of all of a large picture would take 100 MiB, and there would be four."""
    whole, rows = Image.new("RGB", image.size), max(1, (1 << 20) // image.width)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height))).convert("RGBA")
        band = Image.alpha_composite(Image.new("RGBA", band.size, "white"), band)
        whole.paste(band.convert("RGB"), (0, top))
    return whole


def _alpha_is_unused(image: Image.Image) -> bool:
    """Some programs write BMPs of 32 bits whose alpha is 0 everywhere. No viewer takes them for empty."""
    return image.format == "BMP" and image.mode == "RGBA" and image.getextrema()[3] == (0, 0)


def looks_like_a_picture(beginning: bytes) -> bool:
    """Whether a file that begins so (12 bytes are enough) is of a format that is read here."""
    if beginning.startswith(b"RIFF"):  # so do sounds and films
        return beginning[8:12] == b"WEBP"
    if heif.is_a_picture(beginning):
        return True
    if beginning.startswith(b"BM"):  # so may a text
        return beginning[6:10] == bytes(4)
    return beginning.startswith(SIGNATURES)


def _why_not_opened(data: bytes) -> Rejection:
    """Pillow found no picture; the first bytes tell what the file is instead."""
    if missing := heif.what_is_missing(data):
        return Rejection("unsupported_format", missing)
    if looks_like_a_picture(data):
        return Rejection("damaged", f"Its header is damaged or cut off ({len(data)} bytes).")
    for offset, signature, kind in UNSUPPORTED:
        if data.startswith(signature, offset):
            return Rejection("unsupported_format", f"This is {kind}; convert it to JPEG or PNG.")
    return Rejection("not_an_image", f"It begins with {data[:16]!r}, as no picture does.")
