"""Folders, links and zips of every kind, whole and damaged."""

import errno
import os
import pickle
import random
import re
import shutil
import socket
import struct
import tracemalloc
import types
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED

import pytest
from cats_and_dogs import folder

from scratchnet.photos.decode import Rejection
from scratchnet.photos.files import pictures_below
from scratchnet.photos.sources import unlabelled
from scratchnet.photos.zips import MIB
from scratchnet.problems import Problem

KAGGLE = ["train/cat.0.jpg", "train/dog.0.jpg", "train/cat.10.jpg", "train/cat.2.jpg", "test1/1.jpg"]
DAMAGE = b"\0damaged\0"


@pytest.mark.parametrize("outer", [ZIP_STORED, ZIP_DEFLATED])
@pytest.mark.parametrize("inner", [ZIP_STORED, ZIP_DEFLATED])
def test_zips_in_a_zip_are_read_also_from_other_processes(tmp_path, jpeg, outer, inner, zipped):
    members = {name: jpeg(seed) for seed, name in enumerate(KAGGLE)}
    zips = {
        name: zipped(tmp_path / name, {k: v for k, v in members.items() if k.startswith(name[:4])}, inner)
        for name in ("train.zip", "test1.zip")
    }
    zipped(tmp_path / "dogs-vs-cats.zip", zips | {"sampleSubmission.csv": b"id,label"}, outer)
    photographs = pickle.loads(pickle.dumps(folder(tmp_path / "dogs-vs-cats.zip")))
    assert {photograph.name.split("/", 1)[1]: photograph.read() for photograph in photographs} == members
    assert {photograph.label for photograph in photographs if photograph.name.startswith("test1.zip/")} == {None}


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
def test_a_zip_three_deep_is_read_by_many_threads(tmp_path, jpeg, method, zipped):
    members = {f"{name}.{n}.jpg": jpeg(n + 100 * (name == "dog")) for name in ("cat", "dog") for n in range(20)}
    inner = zipped(tmp_path / "train.zip", members, method)
    middle = zipped(tmp_path / "all.zip", {"train.zip": inner}, method)
    zipped(tmp_path / "download.zip", {"all.zip": middle}, method)
    photographs = folder(tmp_path / "download.zip") * 5
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda photograph: photograph.read(), photographs))
    assert read == [members[photograph.name.removeprefix("all.zip/train.zip/")] for photograph in photographs]


def test_more_zips_beside_pictures_are_read_however_they_are_packed(tmp_path, jpeg, zipped):
    for method in (ZIP_STORED, ZIP_DEFLATED):
        inner = zipped(tmp_path / "2023.zip", {"train/cat.100.jpg": jpeg(100)}, method)
        more = zipped(tmp_path / "more.zip", {"2023.zip": inner}, method)
        zipped(tmp_path / "mixed.zip", {"cat.0.jpg": jpeg(0), "dog.0.jpg": jpeg(1), "more.zip": more}, method)
        assert list(pictures_below(tmp_path / "mixed.zip")) == [
            "cat.0.jpg",
            "dog.0.jpg",
            "more.zip/2023.zip/train/cat.100.jpg",
        ]


def test_a_folder_of_zips_and_zips_beside_what_they_were_extracted_to(tree, jpeg, zipped):
    root = tree([])
    zipped(root / "train.zip", {name: jpeg(seed) for seed, name in enumerate(KAGGLE[:4])})
    zipped(root / "test1.zip", {"test1/1.jpg": jpeg(9)})
    assert [photograph.label for photograph in folder(root)] == [None, 0, 0, 0, 1]
    tree(KAGGLE[:4], root=root)
    (root / "test1").mkdir()  # holds no picture, so test1.zip still counts
    assert sorted(pictures_below(root)) == sorted(["test1.zip/test1/1.jpg", *KAGGLE[:4]])


def test_hidden_files_are_not_opened_even_where_they_are_named_like_zips(tree, tmp_path, jpeg, zipped):
    root = tree(["cat.0.jpg", "dog.0.jpg", ".trash/cat.1.jpg"])
    for hidden in ("._train.zip", "__MACOSX/._train.zip", ".cache/old.zip"):
        (root / hidden).parent.mkdir(exist_ok=True)
        (root / hidden).write_bytes(b"no zip")
    assert list(pictures_below(root)) == ["cat.0.jpg", "dog.0.jpg"]
    members = {"cat.0.jpg": jpeg(0), "dog.0.jpg": jpeg(1), "__MACOSX/._train.zip": b"", "._train.zip": b"no zip"}
    zipped(tmp_path / "mac.zip", members)
    assert list(pictures_below(tmp_path / "mac.zip")) == ["cat.0.jpg", "dog.0.jpg"]


SYSTEMS_OWN = [
    "cat/@eaDir/1.jpg/SYNOPHOTO_THUMB_XL.jpg",
    "cat/#recycle/deleted.jpg",
    "#snapshot/GMT-2024/cat/1.jpg",
    "@Recycle/cat/deleted.jpg",
    "cat/.@__thumb/1.jpg",
    "$RECYCLE.BIN/S-1-5-21/$R1.jpg",
    "$Recycle.Bin/cat/2.jpg",
    "System Volume Information/cat/3.jpg",
    ".Trash/cat/4.jpg",
    ".Trash-1000/files/cat/5.jpg",
    "lost+found/cat/6.jpg",
    "__MACOSX/cat/._1.jpg",
    "cat/Thumbs.db",
    "cat/ehthumbs.db",
    "cat/desktop.ini",
    "cat/Desktop.ini",
    "cat/Icon\r",
    "cat/.DS_Store",
]


def test_what_systems_keep_for_themselves_is_passed_over(tree, tmp_path, zipped):
    root = tree(["cat/1.jpg", "dog/1.jpg", *SYSTEMS_OWN])
    assert [photograph.name for photograph in folder(root)] == ["cat/1.jpg", "dog/1.jpg"]
    assert len(unlabelled([root])) == 2
    members = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert len(members) == 2 + len(SYSTEMS_OWN)
    zipped(tmp_path / "nas.zip", members)
    assert [photograph.name for photograph in folder(tmp_path / "nas.zip")] == ["cat/1.jpg", "dog/1.jpg"]


def test_a_folder_named_on_the_command_line_is_read_whatever_its_name(tree, tmp_path):
    assert list(pictures_below(tree(["1.jpg"], root=tmp_path / "#recycle"))) == ["1.jpg"]


@pytest.fixture
def locked(monkeypatch) -> Callable[[Path], None]:
    """Makes a folder unreadable, also for root, whom no mode keeps out."""
    real_scandir, real_access, shut = os.scandir, os.access, set()

    def scandir(path):
        if f"{path}" in shut:
            raise PermissionError(errno.EACCES, "Permission denied", f"{path}")
        return real_scandir(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "access", lambda path, mode: f"{path}" not in shut and real_access(path, mode))
    return lambda path: shut.add(f"{path}")


def test_the_root_of_a_disk_can_be_used_though_lost_and_found_cannot_be_read(tree, locked, capsys):
    root = tree(["cat/1.jpg", "dog/1.jpg", "lost+found/#1"])
    assert list(pictures_below(root)) == ["cat/1.jpg", "dog/1.jpg"]
    assert capsys.readouterr().err == ""
    locked(root / "lost+found")
    for read in (pictures_below, folder):
        assert len(read(root)) == 2
        assert capsys.readouterr().err == f"The folder {root}/lost+found cannot be read, and is passed over.\n"


def test_another_folder_that_cannot_be_read_is_a_problem_or_for_predict_left_out(tree, locked):
    root = tree(["cat/1.jpg", "dog/1.jpg", "dog/more/2.jpg"])
    locked(root / "dog" / "more")
    sentence = f"The folder {root}/dog/more cannot be read: Permission denied."
    with pytest.raises(Problem, match=re.escape(sentence)):
        folder(root)
    found = {photograph.name: photograph.decode(16) for photograph in unlabelled([root])}
    assert len(found) == 3
    assert found[f"{root}/dog/more"] == Rejection("unreadable", sentence)


NOT_A_FILE = Rejection("unreadable", "It is a pipe, a socket or a device, not a file.")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_nothing_waits_for_pipes_sockets_and_devices(tree, monkeypatch):
    root = tree(["cat/1.jpg", "dog/1.jpg"])
    for name in ("cat/pipe.jpg", "dog/pipe", "notes", "test.fifo"):
        os.mkfifo(root / name)
    (root / "dog/zero.png").symlink_to("/dev/zero")
    (root / "dog/nowhere.png").symlink_to("nowhere")
    monkeypatch.chdir(root)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("cat/socket.jpg")
        found = {photograph.name: photograph.decode(16) for photograph in folder(root)}
        special = {name: rejection for name, rejection in found.items() if isinstance(rejection, Rejection)}
        assert special.pop("dog/nowhere.png").reason == "unreadable"
        assert special == dict.fromkeys(("cat/pipe.jpg", "cat/socket.jpg", "dog/pipe", "dog/zero.png"), NOT_A_FILE)
        assert len(unlabelled([root])) == 6
        assert unlabelled([root / "notes"])[0].decode(16) == NOT_A_FILE


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_that_is_named_like_a_zip_is_a_problem(tree):
    root = tree(["cat.0.jpg", "dog.0.jpg"])
    os.mkfifo(root / "more.zip")
    for path in (root, root / "more.zip"):
        with pytest.raises(Problem, match=r"more\.zip is a pipe or a device, not a zip"):
            folder(path)


def test_linked_folders_are_followed_and_no_folder_is_walked_twice(tree, tmp_path):
    elsewhere = tree(["1.jpg"], root=tmp_path / "elsewhere")
    root = tree(["cat/1.jpg", "cat/deep/2.jpg"])
    (root / "dog").symlink_to(elsewhere)
    (root / "cat" / "loop").symlink_to(".")
    assert list(pictures_below(root)) == ["cat/1.jpg", "cat/deep/2.jpg", "dog/1.jpg"]


def test_of_two_ways_to_a_folder_the_first_by_name_is_taken(tree, monkeypatch):
    root = tree(["dogs/1.jpg", "cats/1.jpg"])
    (root / "a").symlink_to("cats")
    real_walk = os.walk
    for backwards in (False, True):

        def walk(*arguments, backwards=backwards, **options):
            for here, folders, names in real_walk(*arguments, **options):
                folders.sort(reverse=backwards)
                yield here, folders, names

        monkeypatch.setattr(os, "walk", walk)
        assert list(pictures_below(root)) == ["a/1.jpg", "dogs/1.jpg"]


def test_names_that_are_not_utf8_can_be_written_and_their_files_read(tree, jpeg):
    root = tree(["cat/1.jpg", "dog/1.jpg"])
    path = root / "cat" / os.fsdecode(b"caf\xe9.jpg")
    try:
        path.write_bytes(jpeg(7))
    except OSError:
        pytest.skip("this disk keeps names in UTF-8 only")
    found = folder(root)[1]
    assert found.name == "cat/caf\\xe9.jpg"
    assert found.read() == jpeg(7)
    assert [photograph.name for photograph in unlabelled([path])] == [f"{root}/cat/caf\\xe9.jpg"]


def test_backslashes_in_a_zip_are_separators(tmp_path, jpeg, zipped):
    zipped(tmp_path / "windows.zip", {"train\\cat\\1.jpg": jpeg(0), "train\\dog\\1.jpg": jpeg(1)})
    found = [(photograph.name, photograph.label, photograph.split) for photograph in folder(tmp_path / "windows.zip")]
    assert found == [("train/cat/1.jpg", 0, "train"), ("train/dog/1.jpg", 1, "train")]


def test_damage_inside_a_zip_is_noticed_where_it_is(tmp_path, jpeg, zipped):
    for method in (ZIP_STORED, ZIP_DEFLATED):
        path = tmp_path / f"{method}.zip"
        whole = zipped(path, {"cat.0.jpg": jpeg(0), "dog.0.jpg": jpeg(1)}, method)
        path.write_bytes(whole[:200] + DAMAGE + whole[200 + len(DAMAGE) :])
        cat, dog = folder(path)
        with pytest.raises(OSError, match="damaged inside"):
            cat.read()
        assert dog.read() == jpeg(1)


def test_damage_inside_a_copied_zip_is_told_by_the_name_the_reader_knows(tmp_path, jpeg, zipped):
    inner = zipped(tmp_path / "train.zip", {"cat.0.jpg": jpeg(0), "dog.0.jpg": jpeg(1)})
    outer = tmp_path / "outer.zip"
    zipped(outer, {"train.zip": inner[:200] + DAMAGE + inner[200 + len(DAMAGE) :]}, ZIP_DEFLATED)
    rejection = folder(outer)[0].decode(16)
    assert (rejection.reason, rejection.detail) == (
        "unreadable",
        f"It is damaged inside train.zip in {outer}: its checksum is wrong.",
    )


@pytest.mark.parametrize("outer", [ZIP_STORED, ZIP_DEFLATED])
def test_one_damaged_picture_in_a_zip_in_a_zip_costs_no_other(tmp_path, jpeg, outer, zipped):
    inner = zipped(tmp_path / "train.zip", {"cat.0.jpg": jpeg(0), "cat.1.jpg": jpeg(1), "dog.0.jpg": jpeg(2)})
    path = tmp_path / "outer.zip"
    whole = zipped(path, {"train.zip": inner}, outer)
    if outer == ZIP_STORED:  # a byte of the first picture
        at = whole.index(jpeg(0)) + 300
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    else:  # the checksum of the inner zip, in the outer's list
        path.write_bytes(whole.replace(struct.pack("<L", zlib.crc32(inner)), b"oops"))
    first, *others = folder(path)
    assert [photograph.read() for photograph in others] == [jpeg(1), jpeg(2)]
    if outer == ZIP_STORED:
        assert first.decode(16) == Rejection(
            "unreadable", f"It is damaged inside train.zip in {path}: its checksum is wrong."
        )


@pytest.mark.parametrize("outer", [ZIP_STORED, ZIP_DEFLATED])
def test_damage_anywhere_in_a_zip_of_zips_is_a_sentence_that_names_it(tmp_path, jpeg, outer, zipped):
    rng = random.Random(0)
    inner = zipped(tmp_path / "inner.zip", {"cat.0.jpg": jpeg(0)[:50], "dog.0.jpg": jpeg(1)[:50]})
    whole = zipped(tmp_path / "outer.zip", {"train.zip": inner}, outer)
    told_as = []
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        (tmp_path / "outer.zip").write_bytes(damaged[: rng.choice([len(damaged), rng.randrange(len(damaged))])])
        try:
            for picture in pictures_below(tmp_path / "outer.zip").values():
                with suppress(OSError):
                    picture()
        except Problem as problem:
            told_as.append(str(problem))
    assert all(str(tmp_path / "outer.zip") in sentence for sentence in told_as)
    assert any("train.zip in" in sentence and "download it again" in sentence for sentence in told_as)


def test_a_full_disk_is_not_called_damage(tmp_path, jpeg, zipped, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    zipped(tmp_path / "outer.zip", {"train.zip": zipped(tmp_path / "train.zip", {"cat.0.jpg": jpeg(0)})}, ZIP_DEFLATED)
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(Problem, match=r"train\.zip in .*outer\.zip cannot be unpacked \(.*No space left.*\)\.$"):
        pictures_below(tmp_path / "outer.zip")


def test_an_empty_zip_is_a_problem_only_where_it_was_named(tree, tmp_path, jpeg, zipped):
    root = tree(["cat.0.jpg", "dog.0.jpg"])
    empty = zipped(root / "extra.zip", {})
    assert list(pictures_below(root)) == ["cat.0.jpg", "dog.0.jpg"]
    for method in (ZIP_STORED, ZIP_DEFLATED):
        zipped(tmp_path / "outer.zip", {"cat.0.jpg": jpeg(0), "dog.0.jpg": jpeg(1), "extra.zip": empty}, method)
        assert list(pictures_below(tmp_path / "outer.zip")) == ["cat.0.jpg", "dog.0.jpg"]
    with pytest.raises(Problem, match=r"extra\.zip is empty"):
        folder(root / "extra.zip")


def test_a_zip_that_cannot_be_opened_is_a_sentence(tree):
    root = tree(["cat.0.jpg", "dog.0.jpg"])
    (root / "more.zip").symlink_to("nowhere.zip")
    with pytest.raises(Problem, match=r"The zip .*more\.zip cannot be opened: No such file"):
        folder(root)


def test_bad_paths_and_zips_are_told_in_a_sentence(tmp_path, jpeg, zipped):
    def problem(name: str, data: bytes | None) -> str:
        if data is not None:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(Problem) as caught:
            folder(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        return str(caught.value)

    whole = zipped(tmp_path / "whole.zip", {"cat.0.jpg": jpeg(0), "dog.0.jpg": jpeg(1)})
    assert "There is no" in problem("missing", None)
    assert "login page" in problem("login.zip", b"\n<!DOCTYPE html><html><title>Sign in")
    assert "cut off" in problem("half.zip", whole[: len(whole) // 2])
    assert "is not a zip" in problem("photo.jpg", jpeg(0))
    assert "is not a zip" in problem("empty.zip", b"")
    encrypted = whole.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0")
    assert "encrypted" in problem("encrypted.zip", encrypted)
    with zipfile.ZipFile(tmp_path / "nested.zip", "w") as archive:
        archive.writestr("train.zip", b"<html>")
    assert "train.zip in" in problem("nested.zip", None)


@pytest.mark.parametrize("said", [None, 1000])
def test_a_member_that_unpacks_to_too_much_is_refused_in_little_memory(tmp_path, jpeg, zipped, said):
    """said: the size that the zip's list names in place of the true one."""
    bomb = 30 * MIB
    path = tmp_path / "bomb.zip"
    whole = zipped(path, {"cat.0.jpg": bytes(bomb), "cat.1.jpg": jpeg(1), "dog.0.jpg": jpeg(2)}, ZIP_DEFLATED)
    if said:
        path.write_bytes(whole.replace(struct.pack("<I", bomb), struct.pack("<I", said)))
    large, cat, dog = folder(path, MIB)
    tracemalloc.start()
    rejection = large.decode(16)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * MIB
    assert rejection.reason == ("unreadable" if said else "too_large")
    assert said or rejection.detail == "It has 30.0 MiB; at most 1 are read."
    assert (cat.read(), dog.read()) == (jpeg(1), jpeg(2))


def test_a_file_that_is_too_large_is_refused_unread(tree):
    root = tree(["cat/1.jpg", "dog/1.jpg"])
    with (root / "cat/1.jpg").open("wb") as file:
        file.truncate(1 << 40)
    assert folder(root, MIB)[0].decode(16).reason == "too_large"


def test_a_zip_in_a_zip_is_not_unpacked_where_the_disk_has_no_room(tmp_path, jpeg, zipped, monkeypatch):
    zipped(tmp_path / "outer.zip", {"train.zip": zipped(tmp_path / "train.zip", {"cat.0.jpg": jpeg(0)})})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: types.SimpleNamespace(free=10))
    with pytest.raises(Problem, match=r"train\.zip in .*cannot be unpacked \(0 MiB are needed in .*, 0 are free\)\.$"):
        pictures_below(tmp_path / "outer.zip")


def test_zips_in_zips_without_an_end_are_refused(tmp_path, jpeg, zipped):
    whole = zipped(tmp_path / "0.zip", {"cat.0.jpg": jpeg(0)})
    for depth in range(1, 9):
        whole = zipped(tmp_path / f"{depth}.zip", {f"{depth - 1}.zip": whole})
    assert len(pictures_below(tmp_path / "7.zip")) == 1
    with pytest.raises(Problem, match="a zip in more than 8 others"):
        pictures_below(tmp_path / "8.zip")
