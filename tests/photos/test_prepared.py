import csv
import hashlib
import io
import json
import multiprocessing
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from cats_and_dogs import folder
from PIL import Image
from source_imports import ROOT

from scratchnet.kinds import key
from scratchnet.names import CLASSES, SPLITS
from scratchnet.order import Order
from scratchnet.photos import prepare as module
from scratchnet.photos import processes, sources
from scratchnet.photos.decode import decode
from scratchnet.photos.prepare import write_prepared
from scratchnet.photos.sources import Photograph
from scratchnet.prepared import digest, from_cell, open_prepared, to_cell
from scratchnet.problems import Problem

NONE_NEAR = {"near_duplicates": 0, "near_duplicates_across_splits": 0}
NAMES = [f"{name}.{n}.jpg" for n in range(10) for name in ("cat", "dog")]


def rejected(directory: Path) -> list[tuple[str, str, str]]:
    with (directory / "rejected.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["name", "reason", "detail"]
    return [tuple(row) for row in rows]


def contents(directory: Path) -> dict[str, str]:
    """Every file and the digest of its bytes."""
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_every_picture_arrives_with_its_label_and_its_name(tree, data, tmp_path):
    root = tree([*NAMES, "test1/1.jpg"])
    summary = write_prepared(folder(root), tmp_path / "prepared", data(), workers=1)
    assert summary.metrics() == {
        "images": {"found": 21, "rejected": 0, "duplicates": 0, "unlabelled": 1, "accepted": 20} | NONE_NEAR,
        "split": {"train": 12, "val": 4, "test": 4},
    }
    splits = open_prepared(tmp_path / "prepared")
    assert sorted(name for split in splits.values() for name in split.names) == sorted(NAMES)
    for split in splits.values():
        for picture, label, name in zip(split.images, split.labels, split.names, strict=True):
            np.testing.assert_array_equal(picture, decode((root / name).read_bytes(), 16))
            assert name.startswith(("cat", "dog")[label])
    unlabelled = np.load(tmp_path / "prepared" / "unlabelled" / "images.npy")
    np.testing.assert_array_equal(unlabelled, [decode((root / "test1/1.jpg").read_bytes(), 16)])


def test_the_pictures_know_the_kinds_and_so_does_their_digest(tree, data, tmp_path):
    root, found = tree(NAMES), {}
    for classes in (("cat", "dog"), ("Cats", "dog"), ("dog", "cat")):
        settings = data(classes=list(classes))
        write_prepared(sources.folder(root, classes=classes), tmp_path / "prepared", settings, workers=1)
        val = open_prepared(tmp_path / "prepared")["val"]
        assert val.classes == classes
        assert all(key(classes[label]) in name for label, name in zip(val.labels, val.names, strict=True))
        found[classes] = val.digest
    assert len(set(found.values())) == 3


def test_neither_workers_nor_the_order_on_disk_matter(tree, data, tmp_path):
    forwards, backwards = tree(NAMES), tmp_path / "backwards"
    for name in reversed(NAMES):
        tree([name], root=backwards, **{name: (forwards / name).read_bytes()})
    write_prepared(folder(forwards), tmp_path / "one", data(), workers=1)
    write_prepared(folder(backwards), tmp_path / "two", data(), workers=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_bad_pictures_are_told_and_the_run_goes_on(tree, data, tmp_path, jpeg):
    bad = {"cat.0.jpg": b"", "cat.1.jpg": b"This is a text file.", "dog.0.jpg": jpeg(99)[:-20]}
    root = tree(NAMES, **bad)
    photographs = folder(root)
    (root / "dog.1.jpg").unlink()
    summary = write_prepared(photographs, tmp_path / "prepared", data(), workers=1)
    assert summary.rejected == 4
    assert [row[:2] for row in rejected(tmp_path / "prepared")] == [
        ("cat.0.jpg", "empty"),
        ("cat.1.jpg", "not_an_image"),
        ("dog.0.jpg", "truncated"),
        ("dog.1.jpg", "unreadable"),
    ]


DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "'quoted",
    " =1",
    "＝1",
    "a;=1+1",
    "a|-1",
    "tab\there",
    "line\nfeed",
    "carriage\rreturn",
    "nul\0",
    "escape\x1b[31m",
    "right\u202eto left",
    "line\u2028separator",
    "=back\\slash\\u000a\n",
    "\n",
]
HARMLESS = ["", "a=b", "a-b;c", 'quo"te', "com,ma", "back\\slash\\u000a", "caf\\xe9", "猫 été"]


@pytest.mark.parametrize("text", [*DANGEROUS, *HARMLESS])
def test_a_cell_is_safe_in_a_spreadsheet_and_reads_back(text):
    cell = to_cell(text)
    assert from_cell(cell) == text
    assert (cell == text) == (text in HARMLESS)
    assert not re.search(r"^[ ]*[=+\-@＝]|[;|][=+\-@]", cell)
    assert cell.isprintable()


def test_names_of_any_kind_come_back_from_the_tables(data, tmp_path, jpeg):
    names = [f"{text}.jpg" for text in DANGEROUS + HARMLESS]
    photographs = [Photograph(name, partial(jpeg, n), label=n % 2) for n, name in enumerate(names)]
    bad = [Photograph(f"{name}.txt", partial(bytes), label=0) for name in names]
    write_prepared(photographs + bad, tmp_path / "prepared", data(), workers=1)
    read = open_prepared(tmp_path / "prepared")
    assert sorted(name for split in read.values() for name in split.names) == sorted(names)
    assert [from_cell(name) for name, *_ in rejected(tmp_path / "prepared")] == [f"{name}.txt" for name in names]
    for table in ("rejected.csv", "train/names.csv"):  # a line is a row, also for programs that only know lines
        text = (tmp_path / "prepared" / table).read_text(encoding="utf-8")
        assert len(text.splitlines()) == 1 + (len(names) if table == "rejected.csv" else len(read["train"]))


def test_a_picture_is_never_in_two_splits(tree, data, tmp_path, jpeg):
    names = [
        f"{split}/{kind}/{n}.jpg" for split in ("train", "val", "test") for kind in ("cat", "dog") for n in range(4)
    ]
    same = dict.fromkeys(["train/cat/0.jpg", "val/cat/2.jpg", "test/cat/3.jpg", "train/dog/1.jpg"], jpeg(1000))
    same["train/cat/1.jpg"] = jpeg(1000) + b"other bytes, the same pixels"
    summary = write_prepared(folder(tree(names, **same)), tmp_path / "prepared", data(), workers=1)
    assert summary.duplicates == 4
    found = {name: (reason, detail) for name, reason, detail in rejected(tmp_path / "prepared")}
    assert set(found) == {*same, "train/cat/1.jpg"} - {"test/cat/3.jpg"}
    assert set(found.values()) == {
        ("duplicate", "The same picture as test/cat/3.jpg."),
        ("duplicate", "The same picture as test/cat/3.jpg, but labelled dog, not cat."),
    }
    pictures = [
        picture.tobytes() for split in open_prepared(tmp_path / "prepared").values() for picture in split.images
    ]
    assert len(set(pictures)) == len(pictures) == len(names) - 4


def test_statistics_are_of_the_train_split_alone(tree, data, tmp_path):
    write_prepared(folder(tree(NAMES)), tmp_path / "prepared", data(), workers=1)
    splits = open_prepared(tmp_path / "prepared")
    pixels = splits["train"].images.reshape(-1, 3) / 255
    for split in splits.values():
        np.testing.assert_allclose(split.mean, pixels.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(split.std, pixels.std(axis=0), rtol=1e-12)


def test_the_digest_knows_every_picture_label_name_and_the_order(tree, data, tmp_path):
    def digest_of(photographs, workers=1) -> str:
        write_prepared(photographs, tmp_path / "prepared", data(), workers)
        return digest(tmp_path / "prepared")

    root = tree([f"{split}/{kind}/{n}.jpg" for split in SPLITS for kind in CLASSES for n in range(2)])
    photographs = folder(root)
    first, second, *others = photographs
    known = digest_of(photographs)
    assert re.fullmatch("[0-9a-f]{32}", known)
    assert {split.digest for split in open_prepared(tmp_path / "prepared").values()} == {known}
    assert digest_of(photographs, workers=2) == known
    picture = first.decode(16)
    picture[3, 4, 1] ^= 1
    changed = [
        [replace(first, read=partial(png, picture)), second, *others],
        [replace(first, label=1 - first.label), second, *others],
        [replace(first, name="test/cat/nought.jpg"), second, *others],
        [replace(first, split="val"), second, *others],
        [second, first, *others],
        [replace(first, read=second.read), replace(second, read=first.read), *others],
    ]
    assert digest_of([replace(first, read=partial(png, first.decode(16))), second, *others]) == known
    assert len({known, *map(digest_of, changed)}) == len(changed) + 1


def png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def test_pictures_without_a_digest_are_to_be_prepared_again(tree, data, tmp_path):
    write_prepared(folder(tree(NAMES)), tmp_path / "prepared", data(), workers=1)
    file = tmp_path / "prepared" / "statistics.json"
    statistics = json.loads(file.read_text())
    del statistics["digest"]
    file.write_text(json.dumps(statistics))
    for opening in (digest, open_prepared):
        with pytest.raises(Problem, match=r"prepared without a digest: run prepare_images again\."):
            opening(tmp_path / "prepared")
    with pytest.raises(Problem, match="run prepare_images first"):
        digest(tmp_path)


def test_a_batch_is_moved_and_normalised_as_the_order_says(tree, data, tmp_path):
    write_prepared(folder(tree(NAMES)), tmp_path / "prepared", data(size=20), workers=1)
    split = open_prepared(tmp_path / "prepared")["train"]
    rng = np.random.default_rng(0)
    order = Order(
        indices=rng.permutation(len(split))[:7],
        flips=rng.random(7) < 0.5,
        shifts=rng.integers(-3, 4, size=(7, 2)),
    )
    x, labels = split.batch(order)
    assert (x.shape, x.dtype, x.flags.c_contiguous) == ((7, 3, 20, 20), np.float32, True)
    rows, columns = order.source_pixels(20, 20)
    for n, index in enumerate(order.indices):
        moved = split.images[index][rows[n][:, None], columns[n]]  # (20, 20, 3)
        expected = (moved / 255 - split.mean) / split.std
        np.testing.assert_allclose(x[n], expected.transpose(2, 0, 1), rtol=0, atol=1e-5)
        assert labels[n] == split.labels[index]


def test_a_colour_that_never_varies_stays_finite(tree, data, tmp_path):
    write_prepared(folder(tree(NAMES)), tmp_path / "prepared", data(), workers=1)
    images = np.load(tmp_path / "prepared" / "train" / "images.npy", mmap_mode="r+")
    images[..., 2] = 7
    images.flush()
    module._write_statistics(tmp_path / "prepared", digest="", classes=CLASSES)
    assert np.isfinite(open_prepared(tmp_path / "prepared")["train"].scale).all()


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("place", [(module, "_write_statistics"), (Photograph, "decode")])
def test_a_run_that_is_killed_leaves_the_old_pictures_and_nothing_else(
    tree, data, tmp_path, monkeypatch, interruption, place
):
    target = tmp_path / "data" / "prepared"
    write_prepared(folder(tree(NAMES)), target, data(), workers=1)
    before = contents(tmp_path / "data")

    def killed(*_, **__):
        raise interruption

    monkeypatch.setattr(*place, killed)
    with pytest.raises(interruption):
        write_prepared(folder(tree(NAMES)), target, data(seed=2), workers=1)
    assert contents(tmp_path / "data") == before
    monkeypatch.undo()
    write_prepared(folder(tree(NAMES)), target, data(seed=2), workers=1)
    assert contents(tmp_path / "data") != before
    assert [path.name for path in target.parent.iterdir()] == ["prepared"]


def test_an_error_in_a_worker_leaves_the_old_pictures_and_no_process(tree, data, tmp_path):
    target = tmp_path / "data" / "prepared"
    photographs = folder(tree(NAMES))
    write_prepared(photographs, target, data(), workers=1)
    before = contents(tmp_path / "data")
    bad = Photograph("cat.99.jpg", partial(int, "no number"), label=0)
    with pytest.raises(ValueError, match="no number"):
        write_prepared([*photographs, bad], target, data(), workers=2)
    assert contents(tmp_path / "data") == before
    assert multiprocessing.active_children() == []


SLOW = """import sys, time
from scratchnet.params import Data
from scratchnet.photos.prepare import write_prepared
from scratchnet.photos.sources import Photograph

def read():
    print("reading\\n", end="", flush=True)  # in one piece, also where nothing is buffered: two workers say it
    time.sleep(0.01)
    return b""

if __name__ == "__main__":
    photographs = [Photograph(f"{n}.jpg", read) for n in range(10_000)]
    write_prepared(photographs, "data/prepared", Data.model_validate_json(sys.argv[1]), workers=2)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_workers_end_with_the_process_that_started_them(data, tmp_path, name):
    """All of them have inherited its output, so this ends when the last of them has."""
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "data" / "prepared").mkdir(parents=True)
    (tmp_path / "data" / "prepared" / "old").write_text("picture")
    with subprocess.Popen(
        [sys.executable, "slow.py", data().model_dump_json()],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as run:
        try:
            assert run.stdout.readline() == b"reading\n"
            run.send_signal(getattr(signal, name))
            run.communicate(timeout=15)
            assert (tmp_path / "data" / "prepared" / "old").read_text() == "picture"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)


def test_a_disk_that_is_too_small_is_told_before_any_work(tree, data, tmp_path, monkeypatch):
    target, photographs = tmp_path / "prepared", folder(tree(NAMES))
    needed = 2 * len(photographs) * data().size ** 2 * 3
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=needed - 1))
    monkeypatch.setattr(module, "_decode_all", pytest.fail)
    told = rf"^{target} needs {needed / 2**20:.1f} MiB, and .* MiB are free on its disk, at {tmp_path}\. Make room"
    with pytest.raises(Problem, match=told):
        write_prepared(photographs, target, data(), workers=1)
    assert list(tmp_path.glob("*prepared*")) == []


@pytest.mark.parametrize("has_fallocate", [True, False])
def test_a_disk_that_fills_up_is_told_and_nothing_is_left(tree, data, tmp_path, monkeypatch, has_fallocate):
    """No file may be longer than 4 kB here, and 20 pictures are 15 kB."""
    if not has_fallocate:
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    photographs, before = folder(tree(NAMES)), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(Problem, match=r"prepared cannot be written: File too large; .* MiB are free there\. Make"):
            write_prepared(photographs, tmp_path / "prepared", data(), workers=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.glob("*prepared*")) == []


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system cannot allocate a file")
def test_the_memory_mapped_files_have_no_holes(tmp_path):
    module.allocated(tmp_path / "all.npy", (100, 64, 64, 3))
    assert (tmp_path / "all.npy").stat().st_blocks * 512 >= 100 * 64 * 64 * 3


def test_only_a_few_chunks_are_decoded_ahead_of_what_is_stored():
    class Pool:
        submitted = 0

        def submit(self, function, *arguments):
            self.submitted += 1
            future = Future()
            future.set_result(function(*arguments))
            return future

    pool, items = Pool(), list(range(20 * processes.CHUNK + 1))
    results = processes._map_in_chunks(pool, 3, str, items)
    for taken, result in enumerate(results):
        assert result == f"{taken}"
        assert pool.submitted <= taken // processes.CHUNK + 3
    assert taken + 1 == len(items)


def test_pictures_that_a_run_killed_between_two_renames_has_put_aside_come_back(tree, data, tmp_path):
    (tmp_path / ".prepared.old").mkdir()
    (tmp_path / ".prepared.old" / "picture").write_text("old")
    with pytest.raises(Problem):
        write_prepared(folder(tree(NAMES))[:1], tmp_path / "prepared", data(), workers=1)
    assert (tmp_path / "prepared" / "picture").read_text() == "old"
    assert not list(tmp_path.glob(".prepared*"))


def test_where_the_new_pictures_cannot_be_put_in_place_the_old_are_put_back(tree, data, tmp_path, monkeypatch):
    target = tmp_path / "data" / "prepared"
    write_prepared(folder(tree(NAMES)), target, data(), workers=1)
    before, rename = contents(tmp_path / "data"), Path.rename

    def failing(self, to):
        if self.name == ".prepared.new":
            raise OSError("no")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="no"):
        write_prepared(folder(tree(NAMES)), target, data(seed=2), workers=1)
    assert contents(tmp_path / "data") == before


@pytest.mark.parametrize("there", ["a folder", "nothing"])
@pytest.mark.parametrize("linked", ["prepared", "data"])
def test_prepared_pictures_may_be_a_link_to_another_disk(tree, data, tmp_path, there, linked):
    disk, project = tmp_path / "disk" / "prepared", tmp_path / "project" / "data"
    link = project if linked == "data" else project / "prepared"
    link.parent.mkdir(parents=True)
    link.symlink_to(disk.parent if linked == "data" else disk)
    disk.parent.mkdir()
    if there == "a folder":
        (disk / "train").mkdir(parents=True)
    for seed in (1, 2):
        write_prepared(folder(tree(NAMES)), project / "prepared", data(seed=seed), workers=1)
        assert link.is_symlink()
        assert len(open_prepared(project / "prepared")["train"]) == 12
        assert [path.name for path in disk.parent.iterdir()] == ["prepared"]
    for seed in (1, 2):
        write_prepared(folder(tree(NAMES)), tmp_path / f"{seed}", data(seed=seed), workers=1)
    assert contents(disk) == contents(tmp_path / "2") != contents(tmp_path / "1")


def test_a_disk_of_its_own_is_a_problem_before_any_work(tmp_path, monkeypatch, data):
    monkeypatch.setattr(Path, "is_mount", lambda path: path == tmp_path / "disk")
    (tmp_path / "disk").mkdir()
    (tmp_path / "prepared").symlink_to("disk")
    with pytest.raises(Problem, match="disk is a disk of its own, which cannot be replaced"):
        write_prepared([], tmp_path / "prepared", data(), workers=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "prepared"]


def test_what_a_dead_run_left_is_cleared_away(tree, data, tmp_path):
    (tmp_path / ".prepared.new" / "train").mkdir(parents=True)
    write_prepared(folder(tree(NAMES)), tmp_path / "prepared", data(), workers=1)
    assert not list(tmp_path.glob(".prepared*"))


def test_too_few_pictures_are_a_problem_that_counts_them(tree, data, tmp_path):
    photographs = folder(tree(["cat.0.jpg", "cat.1.jpg", "cat.2.jpg", "dog.0.jpg", "dog.1.jpg"], **{"dog.1.jpg": b""}))
    with pytest.raises(Problem, match=r"0 dog in train.*0 dog in val.*1 dog in test.*dog.1.jpg, The file has no bytes"):
        write_prepared(photographs, tmp_path / "prepared", data(), workers=1)
    with pytest.raises(Problem, match="0 cat in train"):
        write_prepared(photographs[-1:], tmp_path / "prepared", data(limit=5, max_rejected_fraction=1.0), workers=1)
    assert not (tmp_path / "prepared").exists()


@pytest.mark.parametrize("damage", ["missing", "cut off", "labels", "statistics", "empty"])
def test_missing_or_damaged_pictures_say_which_stage_makes_them(tree, data, tmp_path, damage):
    target = tmp_path / "prepared"
    if damage != "missing":
        write_prepared(folder(tree(NAMES)), target, data(), workers=1)
        images, labels = target / "train" / "images.npy", target / "val" / "labels.npy"
        {
            "cut off": lambda: images.write_bytes(images.read_bytes()[:-10]),
            "labels": lambda: np.save(labels, np.load(labels)[1:]),
            "statistics": lambda: (target / "statistics.json").write_text('{"mean": [0, 0, 0], "digest": "1"}'),
            "empty": lambda: images.write_bytes(b""),
        }[damage]()
    with pytest.raises(Problem, match=r"prepared.*run prepare_images first"):
        open_prepared(target)


def test_real_photographs(shared, data, tmp_path):
    photographs = folder(shared / "train.zip")[::160]
    summary = write_prepared(photographs, tmp_path / "prepared", data(limit=60), workers=1)
    assert summary.splits == {"train": 44, "val": 16, "test": 40}
    assert rejected(tmp_path / "prepared") == []
