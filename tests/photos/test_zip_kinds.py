"""Zips of unusual kinds: read or refused, never written outside, never a traceback. docs/data-quality.md lists them."""

import stat
import struct
import zipfile

import numpy as np
import pytest
from cats_and_dogs import folder

from scratchnet.photos.decode import Rejection
from scratchnet.photos.prepare import write_prepared
from scratchnet.problems import Problem


def test_a_link_in_a_zip_is_not_followed(tmp_path, jpeg, zipped):
    (tmp_path / "secret.jpg").write_bytes(jpeg(9))
    path = tmp_path / "links.zip"
    zipped(path, {"cat/1.jpg": jpeg(0), "dog/1.jpg": jpeg(1)})
    with zipfile.ZipFile(path, "a") as archive:
        for name, target in (("cat/link.jpg", tmp_path / "secret.jpg"), ("dog/up", "..")):
            info = zipfile.ZipInfo(name)
            info.create_system = 3  # Unix, whose modes say what is a link
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, f"{target}")
    found = {photograph.name: photograph.decode(16) for photograph in folder(path)}
    assert [name for name, picture in found.items() if isinstance(picture, np.ndarray)] == ["cat/1.jpg", "dog/1.jpg"]
    assert {found[name].reason for name in ("cat/link.jpg", "dog/up")} == {"not_an_image"}


def test_names_that_differ_by_case_alone_are_all_read(tmp_path, jpeg, zipped):
    members = {name: jpeg(seed) for seed, name in enumerate(("cat/A.jpg", "cat/a.jpg", "CAT/a.jpg", "dog/a.JPG"))}
    zipped(tmp_path / "case.zip", members)
    found = folder(tmp_path / "case.zip")
    assert {photograph.name: photograph.read() for photograph in found} == members
    assert sorted(photograph.label for photograph in found) == [0, 0, 0, 1]


@pytest.mark.parametrize("same_name", [False, True])
def test_a_member_that_lies_over_another_is_refused_or_a_copy_of_it(tmp_path, jpeg, zipped, data, same_name):
    """The last entry of the zip's list is made to point to the first member."""
    names = [f"{kind}/{n}.jpg" for kind in ("cat", "dog") for n in range(1, 5)]
    path = tmp_path / "over.zip"
    whole = zipped(path, {name: jpeg(seed) for seed, name in enumerate(names)})
    last = whole.rindex(b"PK\1\2")
    entry = bytearray(whole[last:])
    entry[42:46] = struct.pack("<I", 0)  # where the member begins
    if same_name:
        first = whole.index(b"PK\1\2")
        entry[16:24] = whole[first + 16 : first + 24]  # checksum and packed size
        entry[24:28] = whole[first + 24 : first + 28]
        entry[46:55] = names[0].encode()
    path.write_bytes(whole[:last] + bytes(entry))
    photographs = folder(path)
    assert len(photographs) == 8
    summary = write_prepared(photographs, tmp_path / "prepared", data(), workers=1)
    assert (summary.rejected, summary.duplicates) == ((0, 1) if same_name else (1, 0))


def test_a_zip64_is_read(tmp_path, jpeg):
    members = {"cat/1.jpg": jpeg(0), "dog/1.jpg": jpeg(1)}
    with zipfile.ZipFile(tmp_path / "large.zip", "w") as archive:
        for name, data in members.items():
            with archive.open(name, "w", force_zip64=True) as file:
                file.write(data)
    assert {photograph.name: photograph.read() for photograph in folder(tmp_path / "large.zip")} == members


def test_a_zip_whose_list_is_in_the_way_of_zip64_is_read(tmp_path, jpeg, zipped, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)  # else of more than 65,535 members
    members = {"cat/1.jpg": jpeg(0), "dog/1.jpg": jpeg(1)}
    assert b"PK\6\6" in zipped(tmp_path / "many.zip", members)
    assert {photograph.name: photograph.read() for photograph in folder(tmp_path / "many.zip")} == members


@pytest.mark.parametrize("above", ["../", "/", "C:/", "..\\"])
def test_nothing_is_written_outside(tmp_path, jpeg, zipped, data, above):
    inner = zipped(tmp_path / "away" / "inner.zip", {f"{above}cat/{n}.jpg": jpeg(n) for n in range(3)})
    (tmp_path / "away" / "inner.zip").unlink()
    members = {f"{above}{above}dog/{n}.jpg": jpeg(10 + n) for n in range(3)} | {f"{above}more.zip": inner}
    zipped(tmp_path / "here" / "outer.zip", members)
    before = set(tmp_path.rglob("*"))
    summary = write_prepared(folder(tmp_path / "here" / "outer.zip"), tmp_path / "here" / "prepared", data(), workers=1)
    assert summary.splits == {"train": 2, "val": 2, "test": 2}
    written = set(tmp_path.rglob("*")) - before
    assert all(path.is_relative_to(tmp_path / "here" / "prepared") for path in written)


@pytest.mark.parametrize("start", [b"\x1f\x8b\x08", b"Rar!\x1a\x07\x00", b"7z\xbc\xaf\x27\x1c"])
def test_another_kind_of_archive_is_a_sentence(tmp_path, start):
    (tmp_path / "pets.zip").write_bytes(start + bytes(100))
    with pytest.raises(Problem, match=r"pets\.zip is not a zip"):
        folder(tmp_path / "pets.zip")


def test_a_wrong_checksum_costs_one_picture(tmp_path, jpeg, zipped):
    path = tmp_path / "crc.zip"
    whole = zipped(path, {"cat/1.jpg": jpeg(0), "dog/1.jpg": jpeg(1)})
    listed = whole.index(b"PK\1\2") + 16
    path.write_bytes(whole[:listed] + b"oops" + whole[listed + 4 :])
    cat, dog = (photograph.decode(16) for photograph in folder(path))
    assert cat == Rejection("unreadable", f"It is damaged inside {path}: its checksum is wrong.")
    assert isinstance(dog, np.ndarray)
