"""HEIC and AVIF, as phones write them: the same limits and refusals as for every picture."""

import io
import sys

import numpy as np
import pillow_heif
import pytest
from cats_and_dogs import folder
from PIL import Image, ImageDraw, features

from scratchnet.photos import decode as decoding
from scratchnet.photos import heif
from scratchnet.photos.decode import Rejection, decode, header, looks_like_a_picture

SIZE = 16
FORMATS = ("HEIF", "AVIF")

assert heif.readable() == ("AVIF", "HEIF")  # both libraries are pinned, and the HEIF writer is registered from here on


def scene(width: int = 120, height: int = 80) -> Image.Image:
    """Red above left, green above right, blue below."""
    image = Image.new("RGB", (width, height), (0, 0, 255))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=(255, 0, 0))
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=(0, 255, 0))
    return image


def encoded(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def corners(picture: np.ndarray) -> str:
    return "".join("RGB"[int(picture[y, x].argmax())] for y, x in ((1, 1), (1, -2), (-2, 1), (-2, -2)))


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
WHOLE = {format: encoded(NOISE, format, quality=90) for format in FORMATS}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("orientation", "expected"), [(1, "RGBB"), (3, "BBGR"), (6, "BRBG"), (8, "GBRB")])
def test_a_picture_is_turned_upright_once(format, orientation, expected):
    exif = Image.Exif()
    exif[274] = orientation
    assert corners(decode(encoded(scene(), format, exif=exif.tobytes()), SIZE)) == expected


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_see_through_lies_on_white(format):
    picture = decode(encoded(Image.new("RGBA", (32, 32), (255, 0, 0, 0)), format), SIZE)
    assert (picture > 250).all()


def test_deep_colours_become_eight_bits():
    deep = np.full((32, 32, 3), 0x4040, dtype=np.uint16)
    file = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (32, 32), deep.tobytes()).save(file)
    assert abs(decode(file.getvalue(), SIZE).astype(int) - 0x40).max() <= 2


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("cut", [0.5, 0.99])
def test_half_a_file_is_refused(format, cut):
    rejection = decode(WHOLE[format][: int(cut * len(WHOLE[format]))], SIZE)
    assert rejection.reason in ("truncated", "damaged")
    assert rejection.detail.endswith(".")
    assert "\n" not in rejection.detail


@pytest.mark.parametrize(("format", "words"), [("HEIF", "end of file"), ("AVIF", "Truncated data")])
def test_what_the_library_calls_cut_off_is_truncated(format, words):
    rejection = decode(WHOLE[format][:-20], SIZE)
    assert (rejection.reason, words in rejection.detail) == ("truncated", True)


def says(data: bytes, width: int, height: int) -> bytes:
    """The file, which now says in its box ispe that it is so large."""
    start = data.index(b"ispe") + 8
    return data[:start] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + data[start + 8 :]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("side", [5001, 15_000])
def test_a_picture_that_says_it_is_too_large_is_refused_before_it_is_decoded(monkeypatch, format, side):
    monkeypatch.setattr(decoding, "_squashed", None)
    rejection = decode(says(WHOLE[format], side, side), SIZE)
    assert rejection.reason == "too_large"
    assert f"{side}×{side} pixels; at most" in rejection.detail or f"{side**2} pixels" in rejection.detail


def test_a_heic_that_is_larger_than_it_says_is_refused():
    assert decode(says(encoded(Image.new("RGB", (800, 600)), "HEIF", quality=10), 64, 64), SIZE).reason == "damaged"


@pytest.mark.parametrize(
    ("format", "brand", "words"),
    [
        ("HEIF", b"heic", "This is a HEIC picture, and pillow-heif, which reads them, is missing: pip install"),
        ("AVIF", b"avif", "This is an AVIF picture, and this Pillow cannot read them: pip install"),
    ],
)
def test_where_the_library_is_missing_a_sentence_says_so(monkeypatch, format, brand, words):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setattr(features, "check", lambda _: False)
    heif.readable.cache_clear()
    try:
        assert heif.readable() == ()
        assert heif.brand(WHOLE[format]) == brand
        rejection = decode(WHOLE[format], SIZE)
        assert rejection.reason == "unsupported_format"
        assert rejection.detail.startswith(words)
        assert corners(decode(encoded(scene(), "JPEG"), SIZE)) == "RGBB"
    finally:
        heif.readable.cache_clear()


def test_they_are_known_by_how_they_begin_and_films_are_not(tree):
    files = {"train/cat.0": WHOLE["HEIF"], "train/dog.0": WHOLE["AVIF"], "film": b"\0\0\0\x18ftypmp42" + bytes(50)}
    assert [looks_like_a_picture(data[:12]) for data in files.values()] == [True, True, False]
    assert [photograph.name for photograph in folder(tree(files, **files))] == ["train/cat.0", "train/dog.0"]


def test_the_header_is_read_without_decoding():
    assert header(WHOLE["HEIF"]).format == "HEIF"
    assert (header(WHOLE["AVIF"]).width, header(WHOLE["AVIF"]).mode) == (64, "RGB")
    assert header(b"text") is None


@pytest.mark.parametrize("format", FORMATS)
def test_random_damage_is_always_told_and_never_raised(format):
    rng = np.random.default_rng(0)
    small = encoded(scene(48, 32), format)
    for _ in range(150):
        data = np.frombuffer(small, dtype=np.uint8).copy()
        data[rng.integers(len(data), size=3)] = rng.integers(0, 256, size=3)
        result = decode(data[: rng.integers(len(data) // 2, len(data) + 1)].tobytes(), SIZE)
        assert isinstance(result, np.ndarray | Rejection)


def test_a_thumbnail_is_never_taken_for_the_picture():
    large = NOISE.resize((256, 256), Image.Resampling.NEAREST)
    plain, both = encoded(large, "HEIF", quality=90), io.BytesIO()
    file = pillow_heif.from_pillow(large)
    file.info["thumbnails"] = [SIZE]
    file.save(both, quality=90)
    assert b"thmb" in both.getvalue()
    np.testing.assert_array_equal(decode(both.getvalue(), SIZE), decode(plain, SIZE))
