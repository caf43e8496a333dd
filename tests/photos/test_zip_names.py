"""Names in zips: in which code, with which separators, relative, and none of them lost."""

import struct
import zlib
from zipfile import ZipInfo

import pytest
from cats_and_dogs import folder

from scratchnet.photos.files import pictures_below
from scratchnet.photos.zip_names import names_of

SECOND_HALF = {"cp932": "表ソ能十申構", "gbk": "誠乗", "big5": "功蓋許"}  # their last byte is that of a backslash


@pytest.mark.parametrize("code", SECOND_HALF)
@pytest.mark.parametrize("shape", ["{kind}/{stem}.jpg", "{kind}\\{stem}.jpg", "{kind}/{stem}"])
def test_no_picture_with_a_byte_like_a_backslash_in_its_name_is_lost(tmp_path, jpeg, zipped_raw, code, shape):
    stems = [stem for stem in "一二三四五六" + SECOND_HALF[code] if stem.encode(code)]
    names = [shape.format(kind=kind, stem=stem) for kind in ("cat", "dog") for stem in stems]
    zipped_raw(tmp_path / "east.zip", {name.encode(code): jpeg(seed) for seed, name in enumerate(names)})
    found = folder(tmp_path / "east.zip")
    assert sorted(photograph.read() for photograph in found) == sorted(map(jpeg, range(len(names))))
    assert [photograph.label for photograph in found] == [0] * len(stems) + [1] * len(stems)
    if code != "big5":
        assert {photograph.name for photograph in found} == {name.replace("\\", "/") for name in names}


def test_no_picture_is_lost_whose_code_cannot_be_told(tmp_path, jpeg, zipped_raw):
    names = ["cat/b表.jpg", "cat/c.jpg", "dog/x表y.jpg", "dog/申.jpg", "dog/ｱ表.jpg"]
    zipped_raw(tmp_path / "mixed.zip", {name.encode("cp932"): jpeg(seed) for seed, name in enumerate(names)})
    assert [photograph.label for photograph in folder(tmp_path / "mixed.zip")] == [0, 0, 1, 1, 1]


@pytest.mark.parametrize("name", ["été/Müller.jpg", "猫.jpg", "Кошка.jpg"])
def test_utf8_is_known_without_the_flag(tmp_path, jpeg, zipped_raw, name):
    zipped_raw(tmp_path / "mac.zip", {name.encode(): jpeg(0), b"plain.jpg": jpeg(1)})
    pictures = pictures_below(tmp_path / "mac.zip")
    assert set(pictures) == {name, "plain.jpg"}
    assert pictures[name]() == jpeg(0)


@pytest.mark.parametrize("name", ["Müller.jpg", "Möller.jpg", "été.jpg", "Übung Größe.jpg"])
def test_western_names_of_old_programs_are_not_taken_for_japanese(tmp_path, jpeg, zipped_raw, name):
    zipped_raw(tmp_path / "dos.zip", {name.encode("cp437"): jpeg(0)})
    assert list(pictures_below(tmp_path / "dos.zip")) == [name]


def test_the_name_in_the_extra_field_counts_where_it_belongs_to_the_other():
    def named(raw: bytes, extra: bytes) -> str:
        info = ZipInfo(raw.decode("cp437"))
        info.extra, info.file_size = extra, 1
        return names_of([info])[0]

    def field(raw: bytes) -> bytes:
        content = struct.pack("<BL", 1, zlib.crc32(raw)) + "犬.jpg".encode()
        return struct.pack("<HH", 0x5455, 1) + b"x" + struct.pack("<HH", 0x7075, len(content)) + content

    assert named(b"\x8c\xa2.jpg", field(b"\x8c\xa2.jpg")) == "犬.jpg"
    assert named(b"\x81.jpg", field(b"renamed")) == "ü.jpg"


@pytest.mark.parametrize("above", ["../", "../../", "/", "./", "//x/../", "..\\", "C:/", "x/../../"])
def test_names_that_lead_out_of_the_zip_are_read_below_it(tmp_path, jpeg, zipped, above):
    members = {f"{above}pets/{kind}/{n}.jpg": jpeg(n) for kind in ("cat", "dog") for n in range(2)}
    zipped(tmp_path / "in" / "up.zip", members)
    found = folder(tmp_path / "in" / "up.zip")
    assert [photograph.read() for photograph in found] == list(members.values())
    assert {photograph.name.removeprefix("x/").removeprefix("C:/") for photograph in found} == {
        f"pets/{kind}/{n}.jpg" for kind in ("cat", "dog") for n in range(2)
    }
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_of_two_members_with_one_name_none_is_lost(tmp_path, jpeg, zipped_raw):
    members = {b"cat/1.jpg": jpeg(0), b"../cat/1.jpg": jpeg(1), b"cat/1.JPG": jpeg(2), b"dog\\1.jpg": jpeg(3)}
    zipped_raw(tmp_path / "twice.zip", members | {b"dog/1.jpg": jpeg(4), b"dog/2\\.jpg": jpeg(5)})
    found = {photograph.name: (photograph.label, photograph.read()) for photograph in folder(tmp_path / "twice.zip")}
    assert found == {
        "cat/1.JPG": (0, jpeg(2)),
        "cat/1.jpg": (0, jpeg(0)),
        "cat/1.jpg (2)": (0, jpeg(1)),
        "dog/1.jpg": (1, jpeg(3)),
        "dog/1.jpg (2)": (1, jpeg(4)),
        "dog/2\\.jpg": (1, jpeg(5)),
    }
