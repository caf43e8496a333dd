"""What is fuzzed: for each kind of file small whole ones, and what the project does with one."""

import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import fuzz_damage
import numpy as np
from cats_and_dogs import folder
from PIL import Image
from source_imports import ROOT

from scratchnet import checkpoints, params, predict
from scratchnet.numpy_nn.networks import cnn
from scratchnet.photos import heif
from scratchnet.photos.decode import Rejection, decode, header, looks_like_a_picture
from scratchnet.photos.sources import Photograph, unlabelled
from scratchnet.photos.zips import MIB
from scratchnet.records import arrays_as_bytes

REASONS = {"empty", "not_an_image", "unsupported_format", "too_large", "truncated", "damaged", "unreadable"}
SIZE = 16

heif.readable()  # Pillow can write HEIC from here on


@dataclass(frozen=True)
class Target:
    """seeds: whole files. attempt: what is done with a file, in a folder where it may write. mib: of memory, at most.

    attempt may raise a Problem, and nothing else. words: what means something in such files.
    """

    seeds: Callable[[], Sequence[bytes]]
    attempt: Callable[[bytes, Path], None]
    mib: int
    words: tuple[bytes, ...] = (b"\0\0\0\0", b"\xff\xff\xff\xff")
    mutate: fuzz_damage.Mutate = fuzz_damage.damaged


def seeds_of(format: str, modes: Sequence[str], *variants: dict) -> list[bytes]:
    """Pictures of all modes and of four sizes, and with each variant of what Pillow may write."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 4), dtype=np.uint8)
    pictures = [Image.fromarray(noise[:h, :w], "RGBA") for h, w in ((1, 1), (3, 7), (16, 24), (40, 33))]
    found = []
    for mode in modes:
        for options in ({}, *variants):
            for picture in pictures:
                plain = Image.fromarray(noise[:8, :8, 0].astype(np.uint16) << 8) if mode == "I;16" else None
                found.append(_encoded(plain or picture.convert("RGB").convert(mode), format, options))
    return sorted(set(found), key=lambda data: (len(data), data))


def _encoded(picture: Image.Image, format: str, options: dict) -> bytes:
    file = io.BytesIO()
    more = {"append_images": [picture.rotate(180)] * 2} if "save_all" in options else {}
    picture.save(file, format, **options, **more)
    return file.getvalue()


def a_picture(data: bytes, _: Path) -> None:
    check_picture(decode(data, SIZE))
    header(data)
    looks_like_a_picture(data[:16])


def check_picture(found: np.ndarray | Rejection) -> None:
    if isinstance(found, Rejection):
        assert found.reason in REASONS, found
        assert found.detail.endswith("."), found
        assert "\n" not in found.detail, found
    else:
        assert (found.shape, found.dtype) == ((SIZE, SIZE, 3), np.uint8), found


def zips() -> list[bytes]:
    """Of all kinds: stored, packed, in one another, with odd names, with a comment, encrypted, with ZIP64."""
    jpegs = seeds_of("JPEG", ["L"], {"quality": 10})
    names = (
        "cat/1.jpg",
        "dog/1.jpg",
        "test/é.jpg",
        "../cat/2.jpg",
        "C:\\dog\\2.jpg",
        "cat/1.jpg",
        "x/",
        "猫/dog.3.jpg",
    )
    found = [b"PK\5\6" + bytes(18)]
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        for count in (1, 2, 4, 8):
            members = [(name, jpegs[n % len(jpegs)] if name != "x/" else b"") for n, name in enumerate(names[:count])]
            found.append(_zipped(members, method))
            found.append(_zipped([("train/cat.zip", found[-1]), ("dog/1.jpg", jpegs[0])], method))
    found.append(_zipped([("cat.zip", found[-1]), ("dog.zip", found[1])], zipfile.ZIP_STORED, b"a comment"))
    found.append(found[1].replace(b"\x14\0\0\0\0\0", b"\x14\0\1\0\0\0"))  # the flag for encrypted
    return found


def _zipped(members: Sequence[tuple[str, bytes]], method: int, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name
        for number, (name, data) in enumerate(members):
            info = zipfile.ZipInfo(name)  # of 1980, so that a seed is always the same
            info.compress_type = method
            with archive.open(info, "w", force_zip64=number == 1) as member:
                member.write(data)
        archive.comment = comment
    return file.getvalue()


def an_archive(data: bytes, where: Path) -> None:
    path = where / "pets.zip"
    path.write_bytes(data)
    for source in (partial(unlabelled, [path]), partial(folder, path)):
        for photograph in source(MIB):
            inside = photograph.name.removeprefix(f"{path}").removeprefix("/")
            assert ".." not in inside.split("/"), inside
            assert not inside.startswith("/"), inside
            check_picture(photograph.decode(SIZE))


def settings(schema: type[params.Section], data: bytes, where: Path) -> None:
    path = where / "params.yaml"
    path.write_bytes(data)
    params.read(path, schema)


def _without_comments() -> bytes:
    lines = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    return "".join(f"{line.split('#')[0].rstrip()}\n" for line in lines if line.split("#")[0].strip()).encode()


SECTION = b"""source: folder
path: ~/pets
drawn: {train: 2, val: 2, test: 2}
size: 16
test_fraction: 0.2
"""
LEVELS = (b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(ord("b"), ord("k")))
BOMB = b"a: &a [x]\n" + b"".join(LEVELS) + b"source: *j\n"  # x, 9⁹ times
YAML_WORDS = (
    *b"&a *a <<:_*a !!int_ !!float_ !!bool_ !!timestamp_ !!binary_ !!set_ !!omap_ !!python/name:os_ ?_ :_ -_".split(),
    b"",
    *b"[[[ {{{ null ~ true .inf .nan 1e999 0x 0o8 1_0 60:60 2001-99-99 %YAML_9.9\n %TAG_!_x\n ---\n ...\n".split(b" "),
    *(b"\t", b"|\n", b">-\n", b"'", b'"\\x', b'"\\U00110000"', b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\x85"),
    *(b"9" * 5000, b"[" * 1000, b"- " * 1000, b"{a: " * 500, b"~nobody/x", b"\xed\xa0\x80"),
    *b"# @ ` 1.5 -1 = \n".split(b" "),
)
YAML_WORDS = tuple(word.replace(b"_", b" ") if word != b"1_0" else word for word in YAML_WORDS)
ARRAYS = {"now/w": np.arange(3, dtype=np.float32), "now/t": np.array(7), "kept/none": np.zeros((0, 2))}
ABOUT = {"rows": [{"epoch": 1, "loss": 1 / 3}], "begun": {"epoch": 2, "steps": 3}}
TRAINING = "state/two_conv-0123.safetensors"


def checkpoint() -> list[bytes]:
    about = ABOUT | {"training": TRAINING.removesuffix(".safetensors")}
    return [arrays_as_bytes(ARRAYS, about | {"digest": checkpoints._digest(ARRAYS, about)})]


def a_checkpoint(data: bytes, where: Path) -> None:
    """What is read has to be what was written, every bit of it."""
    path = where / TRAINING
    path.parent.mkdir()
    path.write_bytes(data)
    with redirect_stderr(io.StringIO()):
        found = checkpoints.Checkpoints(path).newest(lambda arrays, about: (arrays["now/w"], about["rows"]))
    if found is not None:
        assert found[1] == ABOUT | {"training": TRAINING.removesuffix(".safetensors")}
        assert {name: array.tobytes() for name, array in found[0].items()} == {
            name: array.tobytes() for name, array in ARRAYS.items()
        }


def weights() -> list[bytes]:
    found = []
    for arch, dtype in (("one_conv", np.float32), ("two_conv", np.float32), ("two_conv", np.float64)):
        about = {"arch": arch, "size": 8, "hidden": 1, "mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2]}
        network = cnn(arch, 8, 1, np.random.default_rng(0), dtype)
        found.append(arrays_as_bytes(network.params, about))
    return found


def weights_for_torch() -> list[bytes]:
    """And PyTorch is loaded, which takes longer than any input may."""
    import torch

    import scratchnet.torch_nn.model  # noqa: F401

    torch.set_num_threads(1)
    return weights()


JPEG, MODEL = seeds_of("JPEG", ["RGB"])[2], weights()[0]


def a_network(backend: str, data: bytes, where: Path) -> None:
    path = where / "weights.safetensors"
    path.write_bytes(data)
    classifier = predict.Classifier(path, backend)
    list(predict.predict(classifier, [Photograph("cat.jpg", lambda: JPEG)], lambda *_: None))


def a_prediction(data: bytes, where: Path) -> None:
    """A picture or a zip at the command, every second time for Kaggle."""
    path = where / ("1.zip" if data.startswith(b"PK") else "1.jpg")
    path.write_bytes(data)
    (where / "model").write_bytes(MODEL)
    submission = ["--submission"] * (sum(data) % 2)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        predict.main([str(path), "--model", str(where / "model"), "--max-file-mib", "1", *submission])


def _pngs() -> list[bytes]:
    modes = ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]
    return seeds_of("PNG", modes, MOVING, TURNED) + seeds_of("PNG", ["L", "P"], SEEN_THROUGH)


def _bitmaps() -> list[bytes]:
    """And of 32 bits with alpha, which Pillow does not write."""
    head = struct.pack("<IiiHHIIiiII", 108, 4, 4, 1, 32, 3, 64, 2835, 2835, 0, 0)
    head += struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(48)
    alpha = b"BM" + struct.pack("<IHHI", 14 + len(head) + 64, 0, 0, 14 + len(head)) + head + bytes(range(64))
    return [*seeds_of("BMP", ["1", "L", "P", "RGB", "RGBA"]), alpha]


def _refused() -> list[bytes]:
    kinds = [seeds_of(kind, ["RGB"])[-1] for kind in ("TIFF", "ICO", "PPM", "PCX", "TGA", "SGI", "JPEG2000", "DDS")]
    return [*kinds, b"%PDF-1.7\n", b"8BPS\0\1", b"<html>", b"\0\0\0\x18ftypmp42" + bytes(50)]


EXIF = Image.Exif()
EXIF[274] = 6
MOVING, TURNED = {"save_all": True}, {"exif": EXIF.tobytes()}
PNG_WORDS = tuple(b"IHDR IDAT PLTE tRNS fcTL fdAT acTL iCCP zTXt iTXt eXIf IEND".split())
JPEG_WORDS = (*(b"\xff%c" % kind for kind in b"\xc0\xc2\xc4\xda\xdb\xe1\xdd"), b"Exif\0\0MM\0*")
BOXES = tuple(b"ftyp meta ispe iloc ipco irot infe grid iref hvcC av1C Exif heic".split())
ZIP_WORDS = (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"\1\0\x10\0", b"up\x09\0\1", b"/../", b"\\", b"\0")
SEEN_THROUGH = {"transparency": 0}
PICTURES = ("jpeg", "png", "webp", "gif", "bmp", "heic", "avif", "refused")


def _all_pictures() -> list[bytes]:
    return [data for kind in PICTURES for data in TARGETS[kind].seeds()[::3]]


TARGETS = {
    "jpeg": Target(
        lambda: seeds_of("JPEG", ["L", "RGB", "CMYK"], {"progressive": True}, TURNED), a_picture, 300, JPEG_WORDS
    ),
    "png": Target(_pngs, a_picture, 300, PNG_WORDS, fuzz_damage.png),
    "webp": Target(lambda: seeds_of("WEBP", ["RGB", "RGBA"], {"lossless": True}, MOVING, TURNED), a_picture, 400),
    "gif": Target(lambda: seeds_of("GIF", ["1", "L", "P"], MOVING, SEEN_THROUGH), a_picture, 300),
    "bmp": Target(_bitmaps, a_picture, 300),
    "heic": Target(lambda: seeds_of("HEIF", ["L", "RGB", "RGBA"], TURNED), a_picture, 340, BOXES),
    "avif": Target(lambda: seeds_of("AVIF", ["RGB", "RGBA"], MOVING, TURNED), a_picture, 340, BOXES),
    "refused": Target(_refused, a_picture, 300),
    "zips": Target(zips, an_archive, 50, ZIP_WORDS),
    "params": Target(lambda: [_without_comments()], partial(settings, params.Params), 50, YAML_WORDS),
    "yaml": Target(lambda: [SECTION, SECTION, SECTION, BOMB], partial(settings, params.Data), 50, YAML_WORDS),
    "checkpoints": Target(checkpoint, a_checkpoint, 50, mutate=fuzz_damage.safetensors),
    "weights": Target(weights, partial(a_network, "numpy"), 50, mutate=fuzz_damage.safetensors),
    "weights_torch": Target(weights_for_torch, partial(a_network, "pytorch"), 50, mutate=fuzz_damage.safetensors),
    "predict": Target(lambda: zips() + _all_pictures(), a_prediction, 400, ZIP_WORDS),
}
