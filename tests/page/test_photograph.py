"""The page makes the pixels that decode.py makes, and tells in a sentence what is no picture."""

import io

import numpy as np
import pytest
from PIL import Image

from scratchnet.photos.decode import decode
from scratchnet.prepared import PreparedSplit

SIZE = 64
PIXELS = "async (bytes) => photograph(new Blob([bytes.data]), 64)"
REFUSED = """async (bytes) => {
  try { await photograph(new Blob([bytes.data]), 64); return null; }
  catch (error) { return error instanceof NoPicture ? error.message : `${error}`; }
}"""


def scene(height, width, channels=3):
    """Waves, an edge and some noise: (height, width, channels) uint8"""
    rng = np.random.default_rng([height, width, channels])
    row, column = np.mgrid[:height, :width]
    waves = np.stack([np.sin(row / (7 + c) + column / (3 + 2 * c)) for c in range(channels)], axis=2)
    picture = 128 + 90 * waves + 30 * (row > column)[:, :, None] + rng.normal(0, 12, waves.shape)
    return picture.clip(0, 255).astype(np.uint8)


def file_of(picture, form="PNG", **options):
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(stream := io.BytesIO(), form, **options)
    return stream.getvalue()


SHAPES = [
    (200, 300),
    (64, 64),
    (63, 65),
    (31, 17),
    (1, 1),
    (1, 500),
    (500, 1),
    (2, 3),
    (333, 64),
    (64, 127),
    (129, 1023),
    (136, 100),
    (137, 100),  # of 64 here and above Pillow takes the columns first
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("size", [64, 33, 1])
def test_hamming_is_pillows(scripts, shape, size):
    picture = scene(*shape)
    got = scripts.call("(image, size) => hamming(image, size)", picture, size)
    wanted = np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.HAMMING))
    np.testing.assert_array_equal(got, wanted)


def palette_with_holes():
    image = Image.fromarray(scene(90, 120)).quantize(40)
    image.info["transparency"] = 3
    return file_of(image, transparency=3)


def sixteen_bits():
    return file_of(Image.fromarray((scene(90, 120, 1)[:, :, 0].astype(np.uint16) << 8) + 77))


PNGS = {
    "RGB": lambda: file_of(scene(150, 230)),
    "small": lambda: file_of(scene(30, 20)),
    "large": lambda: file_of(scene(700, 1000)),  # of several strips
    "grey": lambda: file_of(scene(90, 120, 1)[:, :, 0]),
    "grey and alpha": lambda: file_of(Image.fromarray(scene(90, 120, 2), "LA")),
    "alpha": lambda: file_of(scene(90, 120, 4)),
    "palette": lambda: file_of(Image.fromarray(scene(90, 120)).quantize(40)),
    "palette with holes": palette_with_holes,
    "black and white": lambda: file_of(Image.fromarray(scene(90, 120)).convert("1")),
    "16 bits": sixteen_bits,
    "upright by EXIF": lambda: file_of(scene(90, 120), exif=turned(6)),
}


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.filterwarnings("ignore:'mode' parameter:DeprecationWarning")
@pytest.mark.parametrize("name", PNGS)
def test_of_a_png_the_pixels_are_those_of_decode(scripts, name):
    data = PNGS[name]()
    got = scripts.call(PIXELS, np.frombuffer(data, dtype=np.uint8))["pixels"]
    np.testing.assert_array_equal(got, decode(data, SIZE))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_stands_upright(scripts, orientation):
    data = file_of(scene(60, 100), "JPEG", quality=95, exif=turned(orientation))
    got = scripts.call(PIXELS, np.frombuffer(data, dtype=np.uint8))["pixels"]
    assert np.abs(got.astype(int) - decode(data, SIZE)).mean() < 1


@pytest.mark.parametrize(
    ("subsampling", "furthest"), [(0, 0.6), (2, 2.5)]
)  # colours of half the size are blown up before or after
@pytest.mark.parametrize(("shape", "reduced"), [((100, 90), 1), ((150, 200), 2), ((301, 422), 4), ((803, 1201), 8)])
def test_a_jpeg_is_shrunk_as_libjpeg_does(scripts, shape, reduced, subsampling, furthest):
    data = file_of(scene(*shape), "JPEG", quality=90, subsampling=subsampling)
    got = scripts.call(PIXELS, np.frombuffer(data, dtype=np.uint8))
    assert (got["height"], got["width"]) == shape
    assert got["reduced"] == reduced
    assert np.abs(got["pixels"].astype(int) - decode(data, SIZE)).mean() < furthest  # of 255


NO_PICTURES = {
    "no bytes": (lambda: b"", "no bytes"),
    "a text": (lambda: b"This is a text, and no picture.", "no picture"),
    "half a JPEG": (lambda: half(file_of(scene(200, 300), "JPEG")), "cut off"),
    "half a PNG": (lambda: half(file_of(scene(200, 300))), "cut off"),
    "half a WebP": (lambda: half(file_of(scene(200, 300), "WEBP")), "cut off"),
    "a damaged PNG": (lambda: damaged(file_of(scene(200, 300))), "damaged"),
    "a HEIC": (lambda: b"\0\0\0\x18ftypheic" + bytes(100), "HEIC"),
    "a TIFF": (lambda: file_of(scene(9, 9), "TIFF"), "a TIFF"),
    "an SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "SVG"),
    "100 megapixels": (lambda: file_of(Image.new("1", (10_000, 10_000))), "10000×10000 pixels"),
}


def half(data):
    return data[: len(data) // 2]


def damaged(data):
    return data[:30] + bytes(200) + data[230:]


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_is_told_in_a_sentence(scripts, name):
    make, sentence = NO_PICTURES[name]
    told = scripts.call(REFUSED, np.frombuffer(make(), dtype=np.uint8))
    assert told is not None
    assert sentence in told
    assert told.endswith(".")


def test_a_preview_within_a_cut_off_jpeg_is_not_taken_for_its_end(scripts):
    preview = file_of(scene(20, 30), "JPEG")
    data = file_of(scene(200, 300), "JPEG", exif=b"Exif\0\0" + preview)
    assert "cut off" in scripts.call(REFUSED, np.frombuffer(half(data), dtype=np.uint8))
    assert scripts.call(REFUSED, np.frombuffer(data + b"what a phone appends", dtype=np.uint8)) is None


def test_other_formats_and_a_frame_of_the_camera(scripts):
    picture = scene(90, 120)
    for form, options in {"BMP": {}, "GIF": {}, "WEBP": {"lossless": True}}.items():
        data = file_of(picture, form, **options)
        got = scripts.call(PIXELS, np.frombuffer(data, dtype=np.uint8))["pixels"]
        assert np.abs(got.astype(int) - decode(data, SIZE)).max() <= 1, form
    frame = scripts.call(
        "async (bytes) => photograph(await createImageBitmap(new Blob([bytes.data])), 64)",
        np.frombuffer(file_of(picture), dtype=np.uint8),
    )
    np.testing.assert_array_equal(frame["pixels"], decode(file_of(picture), SIZE))


def test_this_browser_gives_pixels_back_unchanged(scripts):
    assert scripts.call("() => canvasIsExact()") is True


def test_pixels_are_normalised_as_prepared_does(scripts):
    pixels, rng = scene(64, 64), np.random.default_rng(1)
    mean, std = rng.uniform(0.4, 0.6, 3), rng.uniform(0.2, 0.3, 3)
    split = PreparedSplit(pixels[None], np.zeros(1, dtype=np.uint8), [], mean, std)
    wanted = np.empty((1, 3, 64, 64), dtype=np.float32)
    np.multiply(pixels.transpose(2, 0, 1), split.scale[:, None, None], out=wanted[0])
    wanted += split.offset[:, None, None]
    got = scripts.call(
        "(pixels, statistics) => normalised(pixels, statistics)", pixels, {"mean": mean.tolist(), "std": std.tolist()}
    )
    np.testing.assert_array_equal(got, wanted)
