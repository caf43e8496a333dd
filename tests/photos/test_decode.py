import io
import re
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngImageFile

from scratchnet.photos import decode as decoding
from scratchnet.photos.decode import Rejection, decode

SIZE = 16


def encoded(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def scene(width: int = 120, height: int = 80) -> Image.Image:
    """Red above left, green above right, blue below."""
    image = Image.new("RGB", (width, height), (0, 0, 255))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=(255, 0, 0))
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=(0, 255, 0))
    return image


def corners(picture: np.ndarray) -> list[str]:
    """The strongest colour of each corner: above left, above right, below left, below right."""
    return ["RGB"[int(picture[y, x].argmax())] for y, x in ((1, 1), (1, -2), (-2, 1), (-2, -2))]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", "HEIF"])
def test_every_format_gives_the_same_picture(format):
    picture = decode(encoded(scene(), format), SIZE)
    assert picture.shape == (SIZE, SIZE, 3)
    assert picture.dtype == np.uint8
    assert corners(picture) == ["R", "G", "B", "B"]


@pytest.mark.parametrize("width", [2, 20, 97, 256, 1000])
def test_a_scaled_jpeg_is_where_and_what_the_whole_is(width):
    whole = scene(width, 3 * width // 4 + 1)
    expected = np.asarray(whole.resize((SIZE, SIZE), Image.Resampling.HAMMING), dtype=np.float64)
    difference = np.abs(decode(encoded(whole, "JPEG", quality=95, subsampling=0), SIZE) - expected)
    assert difference.mean() < 6  # of 255; a shift by a single pixel of the large picture would give more


def test_what_the_rounding_of_a_scaled_size_adds_is_left_out():
    ramp = np.tile(np.linspace(0, 255, 129), (129, 1)).round().astype(np.uint8)  # 129 = 8 * 16 + 1
    expected = np.asarray(Image.fromarray(ramp).resize((SIZE, SIZE), Image.Resampling.HAMMING), dtype=np.float64)
    picture = decode(encoded(Image.fromarray(ramp), "JPEG", quality=95), SIZE)
    assert np.abs(picture - expected[..., None]).max() < 5


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, "RGBB"),
        (2, "GRBB"),
        (3, "BBGR"),
        (4, "BBRG"),
        (5, "RBGB"),
        (6, "BRBG"),
        (7, "BGBR"),
        (8, "GBRB"),
        (9, "RGBB"),
    ],
)
def test_exif_orientation_is_applied(orientation, expected):
    exif = Image.Exif()
    exif[274] = orientation
    assert corners(decode(encoded(scene(), "JPEG", exif=exif), SIZE)) == list(expected)


def test_unreadable_exif_leaves_the_picture_as_it_is():
    picture = decode(encoded(scene(), "JPEG", exif=b"Exif\0\0no such thing"), SIZE)
    assert corners(picture) == ["R", "G", "B", "B"]


def test_16_bit_grey_is_scaled_and_not_clipped():
    grey = np.full((20, 20), 0x4040, dtype=np.uint16)
    assert (decode(encoded(Image.fromarray(grey), "PNG"), SIZE) == 0x40).all()


def test_cmyk_grey_and_one_bit_become_rgb():
    assert corners(decode(encoded(scene().convert("CMYK"), "JPEG"), SIZE)) == ["R", "G", "B", "B"]
    for mode in ("L", "1"):
        picture = decode(encoded(scene().convert(mode), "PNG"), SIZE)
        assert (picture == picture[..., :1]).all()


@pytest.mark.parametrize("options", [{"transparency": 0}, {"transparency": bytes([0] + [255] * 255)}])
def test_a_transparent_palette_lies_on_white(options):
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([10, 20, 30, 200, 0, 0])
    palette.paste(1, (0, 10, 20, 20))
    picture = decode(encoded(palette, "PNG", **options), SIZE)
    assert (picture[0] == 255).all()
    assert (picture[-1] == (200, 0, 0)).all()


def test_a_transparent_colour_lies_on_white():
    picture = decode(encoded(scene(), "PNG", transparency=(255, 0, 0)), SIZE)
    assert picture[1, 1].tolist() == [255, 255, 255]
    assert picture[1, -2].tolist() == [0, 255, 0]


def test_half_seen_through_is_half_white():
    picture = decode(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 128)), "PNG"), SIZE)
    assert (abs(picture.astype(int) - 127) <= 1).all()


def test_a_large_picture_lies_on_white_as_a_small_one_does():
    """It is taken in several pieces."""
    noise = np.random.default_rng(0).integers(0, 256, (1200, 1000, 4), dtype=np.uint8)
    image = Image.fromarray(noise)
    whole = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    expected = np.asarray(whole.resize((SIZE, SIZE), Image.Resampling.HAMMING))
    np.testing.assert_array_equal(decode(encoded(image, "PNG", compress_level=0), SIZE), expected)


def bmp_with_alpha(image: Image.Image, alpha: int) -> bytes:
    """A BMP of 32 bits with a header of version 4, which says where the alpha is; Pillow does not write such."""
    pixels = np.dstack([np.asarray(image)[::-1, :, ::-1], np.full(image.size[::-1], alpha, dtype=np.uint8)]).tobytes()
    header = struct.pack("<IiiHHIIiiII", 108, *image.size, 1, 32, 3, len(pixels), 2835, 2835, 0, 0)
    header += struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(48)
    start = 14 + len(header)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + pixels


def test_a_bmp_whose_alpha_is_zero_everywhere_is_no_white_picture():
    assert corners(decode(bmp_with_alpha(scene(), 0), SIZE)) == ["R", "G", "B", "B"]
    assert (decode(bmp_with_alpha(Image.new("RGB", (20, 20)), 128), SIZE) // 2 == 127 // 2).all()
    assert (decode(encoded(Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG"), SIZE) == 255).all()


def test_an_animation_is_its_first_picture():
    data = encoded(scene(), "GIF", save_all=True, append_images=[Image.new("RGB", (120, 80), "white")])
    assert corners(decode(data, SIZE)) == ["R", "G", "B", "B"]


WHOLE = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)), "JPEG")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"This is a text file.", "not_an_image"),
        (WHOLE[: len(WHOLE) // 2], "truncated"),
        (WHOLE[:100], "damaged"),
        (b"II*\0" + bytes(100), "unsupported_format"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "damaged"),
        (b"\0\0\0\x18ftypavif" + bytes(100), "damaged"),
        (b"\0\0\0\x18ftypqt  " + bytes(100), "unsupported_format"),
    ],
    ids=["empty", "text", "half", "header", "tiff", "heic", "avif", "film"],
)
def test_what_is_no_picture_is_rejected_with_its_reason(data, reason):
    rejection = decode(data, SIZE)
    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason
    assert rejection.detail.endswith(".")


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks, whose checksums are right."""
    whole = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(whole)


def test_a_png_whose_palette_is_missing_is_damaged():
    header = struct.pack(">IIBBBBB", 8, 8, 8, 3, 0, 0, 0)  # 3: of a palette
    pixels = zlib.compress((b"\0" + bytes(8)) * 8)
    assert decode(png((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")), SIZE) == Rejection(
        "damaged", "PNG: AssertionError."
    )


@pytest.mark.parametrize("error", [TypeError, KeyError, OverflowError, RuntimeError, AttributeError, zlib.error])
@pytest.mark.parametrize("place", ["draft", "load"])
def test_whatever_a_parser_raises_on_bad_data_is_a_rejection(monkeypatch, error, place):
    def broken(*_):
        raise error("no sense")

    monkeypatch.setattr(PngImageFile, place, broken)
    assert decode(encoded(scene(), "PNG"), SIZE).reason == "damaged"


def with_size(data: bytes, format: str, width: int, height: int) -> bytes:
    """The file, which now says that it is so large."""
    whole = bytearray(data)
    match format:
        case "BMP":
            whole[18:26] = struct.pack("<II", width, height)
        case "GIF":
            whole[6:10] = struct.pack("<HH", width, height)
        case "PNG":
            whole[16:24] = struct.pack(">II", width, height)
            whole[29:33] = struct.pack(">I", zlib.crc32(whole[12:29]))
        case "WEBP":  # lossless: 14 bits each, less 1, after a byte 0x2f
            whole[21:25] = struct.pack("<I", (width - 1) | (height - 1) << 14)
        case "JPEG":
            start = max(whole.find(b"\xff\xc0"), whole.find(b"\xff\xc2")) + 5
            whole[start : start + 4] = struct.pack(">HH", height, width)
    return bytes(whole)


@pytest.mark.parametrize(
    ("format", "options", "width", "height"),
    [
        ("BMP", {}, 5001, 5000),
        ("GIF", {}, 65_350, 1_114),
        ("PNG", {}, 5001, 5000),
        ("WEBP", {"lossless": True}, 16_000, 1_600),
        ("JPEG", {"progressive": True}, 10_000, 5_001),
        ("JPEG", {}, 60_000, 3_000),
        ("PNG", {}, 65_536, 8),
        ("PNG", {}, 1, 65_536),
    ],
)
def test_a_picture_that_says_it_is_too_large_is_refused_before_it_is_decoded(
    monkeypatch, format, options, width, height
):
    monkeypatch.setattr(decoding, "_squashed", None)
    rejection = decode(with_size(encoded(scene(8, 8), format, **options), format, width, height), 4 * SIZE)
    assert rejection.reason == "too_large"
    assert re.search(f"{width}×{height} pixels; (at most|a side)|{width * height} pixels", rejection.detail)


@pytest.mark.parametrize("side", [10_000, 20_000], ids=["where Pillow warns", "where Pillow raises"])
def test_a_decompression_bomb_is_refused_unopened(side):
    data = bytearray(encoded(Image.new("1", (8, 8)), "BMP"))
    data[18:26] = side.to_bytes(4, "little") * 2
    assert decode(bytes(data), SIZE).reason == "too_large"


def test_a_large_jpeg_is_judged_by_what_is_decoded_of_it():
    side = 9_600  # 92 megapixels, of which an eighth of the width and height is decoded
    picture = decode(encoded(Image.new("L", (side, side), 128), "JPEG"), SIZE)
    assert not isinstance(picture, Rejection), picture
    assert (picture == 128).all()


def test_threads_get_the_same_pictures_and_leave_the_warning_filters_alone():
    files = [encoded(scene(100 + n, 90), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff") for n in range(40)]
    alone, filters = [decode(file, SIZE) for file in files], list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(decode, files, [SIZE] * len(files)))
    np.testing.assert_array_equal(together, alone)
    assert warnings.filters == filters


def test_random_damage_is_always_told_and_never_raised():
    rng = np.random.default_rng(0)
    exif = Image.Exif()
    exif[274] = 6
    wholes = [encoded(scene(), format) for format in ("PNG", "WEBP", "GIF", "BMP")]
    wholes.append(encoded(scene(), "JPEG", exif=exif))
    for _ in range(500):
        data = np.frombuffer(wholes[rng.integers(len(wholes))], dtype=np.uint8).copy()
        data[rng.integers(min(len(data), 300), size=4)] = rng.integers(0, 256, size=4)
        result = decode(data[: rng.integers(len(data) // 2, len(data) + 1)].tobytes(), SIZE)
        assert isinstance(result, np.ndarray | Rejection)


def test_real_photographs_come_close_to_resizing_the_whole(shared):
    differences = []
    for path in sorted((shared / "originals" / "train").rglob("*.jpg"))[::25]:
        whole = Image.open(path).convert("RGB").resize((64, 64), Image.Resampling.HAMMING)
        differences.append(np.square(decode(path.read_bytes(), 64) - np.asarray(whole, dtype=np.float64)).mean())
    assert 10 * np.log10(255**2 / np.mean(differences)) > 38  # dB; 2/255 of a pixel's value, root mean square
