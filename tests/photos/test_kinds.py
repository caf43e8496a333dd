"""Files of every kind among pictures: each is read, or refused with a reason. docs/data-quality.md lists them."""

import errno
import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from cats_and_dogs import folder
from PIL import Image

from scratchnet.photos.decode import Rejection, decode
from scratchnet.photos.prepare import write_prepared
from scratchnet.problems import Problem

SIZE = 16
QUARTERS = np.array([[(255, 0, 0), (0, 255, 0)], [(0, 0, 255), (255, 255, 0)]], dtype=np.uint8)
SCENE = Image.fromarray(QUARTERS).resize((64, 48), Image.Resampling.NEAREST)  # red, green; blue, yellow


def encoded(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def is_the_scene(picture: np.ndarray | Rejection) -> bool:
    assert not isinstance(picture, Rejection), picture
    found = picture[[3, 3, -4, -4], [3, -4, 3, -4]].reshape(2, 2, 3).astype(int)
    return bool((abs(found - QUARTERS) < 40).all())


NO_PICTURES = {
    "text": b"This is a cat.",
    "html": b"<!DOCTYPE html><html><body>404</body></html>",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
}


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_what_is_named_like_a_picture_and_is_none_is_refused(tree, kind):
    photographs = folder(tree(["cat/1.jpg", "cat/2.jpg", "dog/1.jpg"], **{"cat/2.jpg": NO_PICTURES[kind]}))
    rejection = photographs[1].decode(SIZE)
    assert rejection.reason == ("unsupported_format" if kind == "pdf" else "not_an_image")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_a_format_is_known_by_its_bytes_and_not_by_its_name(tree, format):
    contents = {
        f"cat/1{suffix}": encoded(SCENE, format) for suffix in (".jpg", ".PNG", ".gif", ".bmp", ".heic", ".tif")
    }
    found = folder(tree([*contents, "dog/1.jpg"], **contents))
    assert len(found) == 7
    assert all(is_the_scene(photograph.decode(SIZE)) for photograph in found if photograph.label == 0)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_junk_after_the_end_changes_nothing(format):
    whole = encoded(SCENE, format)
    np.testing.assert_array_equal(decode(whole + b"\0junk\xff\xd8" * 500, SIZE), decode(whole, SIZE))


def test_a_jpeg_without_jfif_is_read():
    whole = encoded(SCENE, "JPEG", quality=95)
    assert whole[2:4] == b"\xff\xe0"
    bare = whole[:2] + whole[4 + int.from_bytes(whole[4:6]) :]
    assert b"JFIF" not in bare
    np.testing.assert_array_equal(decode(bare, SIZE), decode(whole, SIZE))


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_an_animation_the_first_picture_counts(format):
    others = [Image.new("RGB", SCENE.size, colour) for colour in ("black", "white")]
    assert is_the_scene(decode(encoded(SCENE, format, save_all=True, append_images=others), SIZE))


@pytest.mark.parametrize(
    ("mode", "format"), [("CMYK", "JPEG"), ("P", "PNG"), ("P", "GIF"), ("RGBA", "PNG"), ("RGBA", "WEBP"), ("P", "BMP")]
)
def test_every_mode_with_colours_becomes_rgb(mode, format):
    assert is_the_scene(decode(encoded(SCENE.convert(mode), format), SIZE))


def test_sixteen_bits_a_colour_become_eight():
    """Pillow does not write such a PNG: each line is a byte 0 and its pixels, two bytes a colour."""
    lines = (np.asarray(SCENE).astype(">u2") * 257).tobytes()
    width = 6 * SCENE.width
    pixels = b"".join(b"\0" + lines[start : start + width] for start in range(0, len(lines), width))
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", *SCENE.size, 16, 2, 0, 0, 0),
        b"IDAT": zlib.compress(pixels),
        b"IEND": b"",
    }
    whole = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks.items():
        whole += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    assert is_the_scene(decode(whole, SIZE))


def test_grey_with_alpha_lies_on_white():
    below = Image.linear_gradient("L").resize((32, 32)).point(lambda level: 255 * (level > 127))
    grey = Image.merge("LA", (Image.new("L", (32, 32), 80), below))
    picture = decode(encoded(grey, "PNG"), SIZE)
    assert (picture[0] == 255).all()
    assert (picture[-1] == 80).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1)])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_the_thinnest_pictures_are_read(size, format):
    picture = decode(encoded(Image.new("RGB", size, (9, 99, 200)), format), SIZE)
    assert not isinstance(picture, Rejection), picture
    assert (abs(picture.astype(int) - (9, 99, 200)) <= 3).all()


def test_a_link_to_itself_and_a_link_to_nothing_are_unreadable(tree):
    root = tree(["cat/1.jpg", "dog/1.jpg"])
    (root / "cat" / "loop.jpg").symlink_to("loop.jpg")
    (root / "dog" / "gone.jpg").symlink_to("nowhere.jpg")
    found = {photograph.name: photograph.decode(SIZE) for photograph in folder(root)}
    assert {name: found[name].reason for name in ("cat/loop.jpg", "dog/gone.jpg")} == dict.fromkeys(
        ("cat/loop.jpg", "dog/gone.jpg"), "unreadable"
    )


def test_a_file_that_may_not_be_read_is_unreadable(tree, monkeypatch):
    photographs = folder(tree(["cat/1.jpg", "dog/1.jpg"]))

    def refused(path, *_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), f"{path}")

    monkeypatch.setattr(Path, "open", refused)
    rejection = photographs[0].decode(SIZE)
    assert rejection.reason == "unreadable"
    assert "Permission denied" in rejection.detail


@pytest.mark.parametrize(
    ("names", "words"),
    [(["cat/1.jpg"], "no dog"), (["cat/1.jpg", "dog/1.jpg"], "too few pictures"), (["1.jpg"], "Nothing in .* says")],
)
def test_a_single_picture_is_a_sentence(tree, data, tmp_path, names, words):
    with pytest.raises(Problem, match=words):
        write_prepared(folder(tree(names)), tmp_path / "prepared", data(), workers=1)
    assert not (tmp_path / "prepared").exists()
