"""Pictures of phones, HEIC and AVIF: which library reads them here, and what to do where it is missing.

Both are boxes of the same kind, which also hold films: after four bytes "ftyp", then four letters, the brand.
Pillow reads AVIF where it was built with libavif, and pillow-heif reads HEIC. A machine that only trains needs neither.
"""

from functools import lru_cache

from PIL import features

BOX = b"ftyp"
HEIC = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"))
AVIF = frozenset((b"avif", b"avis"))


def brand(data: bytes) -> bytes:
    """Four letters; none where the file is not of this kind."""
    return data[8:12] if data[4:8] == BOX else b""


def is_a_picture(data: bytes) -> bool:
    """Whether a file that begins so (12 bytes are enough) is a HEIC or AVIF picture, not a film."""
    return brand(data) in HEIC | AVIF


@lru_cache
def readable() -> tuple[str, ...]:
    """The formats of this kind that can be read here, by Pillow's names."""
    return ("AVIF",) * features.check("avif") + ("HEIF",) * _registered()


def _registered() -> bool:
    """An embedded thumbnail is never taken for the picture: an edit of the picture may have left it as it was."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener(thumbnails=False, decode_threads=1)
    return True


def what_is_missing(data: bytes) -> str:
    """A sentence, where the file needs a library that is not here; else nothing."""
    if brand(data) in HEIC and "HEIF" not in readable():
        return "This is a HEIC picture, and pillow-heif, which reads them, is missing: pip install pillow-heif."
    if brand(data) in AVIF and "AVIF" not in readable():
        return "This is an AVIF picture, and this Pillow cannot read them: pip install --force-reinstall pillow."
    return ""
