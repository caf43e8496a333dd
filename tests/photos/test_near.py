"""Pictures that look the same: their hashes, their groups, and that they never come into two splits."""

import csv
import io
import sys

import numpy as np
import pytest
from cats_and_dogs import folder
from PIL import Image, ImageEnhance

from scratchnet.names import CLASSES, SPLITS
from scratchnet.photos import near, prepare
from scratchnet.photos.decode import decode
from scratchnet.photos.near import MAX_DISTANCE, crowded, distances, near_groups, perceptual_hash, straddling
from scratchnet.photos.prepare import write_prepared
from scratchnet.photos.sources import Photograph, drawn
from scratchnet.photos.splits import split
from scratchnet.prepared import open_prepared
from scratchnet.problems import Problem


def scene(seed: int) -> Image.Image:
    """A picture of 160×120 pixels of many colours; another one for each seed."""
    noise = np.random.default_rng(seed).integers(0, 256, size=(15, 20, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((160, 120), Image.Resampling.BICUBIC)


def saved(image: Image.Image, quality: int = 90) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


EDITS = {
    "saved anew": lambda image: saved(image, 30),
    "half the size": lambda image: saved(image.resize((80, 60))),
    "twice the size": lambda image: saved(image.resize((320, 240))),
    "cropped": lambda image: saved(image.crop((1, 0, 159, 119))),
    "brighter": lambda image: saved(ImageEnhance.Brightness(image).enhance(1.2)),
    "paler": lambda image: saved(ImageEnhance.Contrast(image).enhance(0.7)),
    "grey": lambda image: saved(image.convert("L")),
}


def bits_of(data: bytes) -> np.ndarray:
    return np.frombuffer(perceptual_hash(decode(data, 64)), dtype=np.uint64)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_a_picture_is_near_it_and_no_other_is(edit):
    plain = [bits_of(saved(scene(seed))) for seed in range(20)]
    for seed in range(20):
        found = distances(bits_of(EDITS[edit](scene(seed))), np.array(plain)) <= MAX_DISTANCE
        assert found.tolist() == [other == seed for other in range(20)]


def test_a_picture_of_one_colour_looks_like_nothing():
    plain = [np.full((16, 16, 3), level, dtype=np.uint8) for level in (0, 100, 200)]
    hashes = [perceptual_hash(picture) for picture in plain]
    assert hashes == [None] * 3
    assert near_groups([hashes[0], b"\1" * 32, *hashes[1:], b"\1" * 32]).tolist() == [0, 1, 2, 3, 1]


def flipped(bits: bytes, count: int, start: int = 0) -> bytes:
    array = np.unpackbits(np.frombuffer(bits, dtype=np.uint8))
    array[start : start + count] ^= 1
    return np.packbits(array).tobytes()


def test_groups_are_those_of_a_loop_over_all_pairs(monkeypatch):
    rng = np.random.default_rng(0)
    hashes = [rng.bytes(32) for _ in range(100)]
    hashes += [flipped(hashes[n % 50], MAX_DISTANCE + n % 2, start=5 * (n // 50)) for n in range(150)]
    hashes = [hashes[n] for n in rng.permutation(len(hashes))]
    expected = np.arange(len(hashes))
    for one in range(len(hashes)):
        for other in range(one):
            if (int.from_bytes(hashes[one]) ^ int.from_bytes(hashes[other])).bit_count() <= MAX_DISTANCE:
                low, high = sorted((expected[one], expected[other]))
                expected[expected == high] = low
    assert len(np.unique(expected)) < 200
    for block in (7, 64, 1000):
        monkeypatch.setattr(near, "BLOCK", block)
        np.testing.assert_array_equal(near_groups(hashes), expected)


def test_no_pictures_and_one_picture_have_groups_too():
    assert near_groups([]).tolist() == []
    assert near_groups([b"\1" * 32]).tolist() == [0]


def test_thousands_of_equal_hashes_need_little_memory():
    groups = near_groups([b"\1" * 32] * 3000)
    assert not groups.any()
    assert crowded(groups).all()


def test_what_straddles_is_found_whatever_its_place():
    groups = np.array([0, 1, 0, 3, 3, 5, 1])
    splits = np.array(["train", "val", "test", "val", "val", "train", "val"])
    assert crowded(groups).tolist() == [True, True, True, True, True, False, True]
    assert straddling(groups, splits).tolist() == [True, False, True, False, False, False, False]


LABELS = np.arange(300, dtype=np.uint8) % 2
GROUPS = np.where(np.arange(300) % 3 == 0, np.arange(300), np.arange(300) // 30 * 30)  # of 20 and of one


@pytest.mark.parametrize("limit", [0, 100])
@pytest.mark.parametrize("own", [[], ["train"], ["train", "test"], ["train", "val"]])
def test_a_cut_never_goes_through_a_group(data, limit, own):
    given = np.array([own[(n // 30) % len(own)] if own else "" for n in range(300)])  # a group has one of them
    splits = split(LABELS, given, GROUPS, data(limit=limit))
    assert set(splits) == set(SPLITS)
    assert not straddling(GROUPS, splits).any()
    assert limit == 0 or (splits != "test").sum() <= limit


def test_of_a_group_that_the_readers_own_splits_divide_nothing_is_cut(data):
    given = np.where(np.arange(300) % 30 == 0, "test", "train")
    splits = split(LABELS, given, GROUPS, data())
    assert ((splits == "test") == (given == "test")).all()
    divided = straddling(GROUPS, given)
    assert divided.sum() > 100
    assert (splits[divided] == given[divided]).all()
    given = np.where(given == "test", "val", "train")
    splits = split(LABELS, given, GROUPS, data())
    assert (splits[divided] == given[divided]).all()
    assert (splits == "test").any()


def with_near_duplicates(tree, names: list[str], **edited: str):
    """A folder of scenes, in which each file NAME is an edit of what edited[NAME] names."""
    contents = {name: saved(scene(seed)) for seed, name in enumerate(names)}
    for (name, of), edit in zip(edited.items(), EDITS.values(), strict=False):
        contents[name] = edit(scene(names.index(of)))
    return folder(tree(contents, **contents))


def near_table(directory) -> list[dict]:
    with (directory / "near_duplicates.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_near_duplicates_come_into_one_split_and_are_counted(tree, data, tmp_path, capsys):
    names = [f"{kind}.{n}.jpg" for kind in CLASSES for n in range(30)]
    edited = {f"cat.{n}.jpg": f"cat.{n + 10}.jpg" for n in range(7)}
    photographs = with_near_duplicates(tree, names, **edited)
    summary = write_prepared(photographs, tmp_path / "prepared", data(size=64), workers=1)
    assert (
        summary.metrics()["images"] | {"near_duplicates": 14, "near_duplicates_across_splits": 0}
        == (summary.metrics()["images"])
    )
    place = {name: key for key, prepared in open_prepared(tmp_path / "prepared").items() for name in prepared.names}
    assert len(place) == 60
    assert [place[name] for name in edited] == [place[of] for of in edited.values()]
    rows = near_table(tmp_path / "prepared")
    assert {row["name"]: row["group"] for row in rows} == {
        name: name if name in edited else next(first for first, of in edited.items() if of == name)
        for name in [*edited, *edited.values()]
    }
    assert all(row["split"] == place[row["name"]] and row["label"] == "cat" for row in rows)
    assert capsys.readouterr().err == ""


def test_near_duplicates_across_the_readers_own_splits_are_told_and_not_moved(tree, data, tmp_path, capsys):
    names = [f"{name}/{kind}/{n}.jpg" for name in SPLITS for kind in CLASSES for n in range(3)]
    edited = {"train/cat/0.jpg": "test/cat/0.jpg", "val/dog/1.jpg": "test/dog/1.jpg"}
    photographs = with_near_duplicates(tree, names, **edited)
    summary = write_prepared(photographs, tmp_path / "prepared", data(size=64), workers=1)
    assert summary.near == {"near_duplicates": 4, "near_duplicates_across_splits": 4}
    for name, prepared in open_prepared(tmp_path / "prepared").items():
        assert sorted(prepared.names) == [other for other in names if other.startswith(name)]
    assert capsys.readouterr().err == (
        "4 pictures look like one in another split, the first: test/cat/0.jpg. The splits are your own, so none was "
        "moved; near_duplicates.csv lists them.\n"
    )


def test_pictures_that_all_look_the_same_say_why_there_are_too_few(tree, data, tmp_path):
    names = [f"{kind}.{n}.jpg" for kind in CLASSES for n in range(3)]
    contents = {name: saved(scene(0), quality=60 + n) for n, name in enumerate(names)}
    with pytest.raises(Problem, match="6 look like others, and what looks the same stays in one split"):
        write_prepared(folder(tree(names, **contents)), tmp_path / "prepared", data(), workers=1)


def test_drawings_are_no_near_duplicates_of_each_other():
    pictures = [photograph.decode(64) for photograph in drawn({"train": 60, "test": 40}, seed=1)]
    assert not crowded(near_groups([perceptual_hash(picture) for picture in pictures])).any()


def test_without_the_library_only_splits_of_the_readers_own_go_on(tree, data, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagehash", None)
    monkeypatch.setattr(prepare, "can_hash", lambda: False)
    names = [f"{name}/{kind}/{n}.jpg" for name in SPLITS for kind in CLASSES for n in range(2)]
    summary = write_prepared(folder(tree(names)), tmp_path / "prepared", data(), workers=1)
    assert "near_duplicates" not in summary.metrics()["images"]
    assert capsys.readouterr().err == (
        "Near duplicates are not looked for: ImageHash is missing (pip install ImageHash).\n"
    )
    with pytest.raises(Problem, match="ImageHash is missing: pip install ImageHash"):
        write_prepared([Photograph("cat.0.jpg", bytes, 0)], tmp_path / "prepared", data(), workers=1)


def test_the_default_run_is_split_as_without_groups(data):
    given = np.full(300, "")
    alone = split(LABELS, given, np.arange(300), data(limit=150))
    assert (alone == split(LABELS, given, 1000 + np.arange(300), data(limit=150))).all()
    assert [int((alone == name).sum()) for name in SPLITS] == [112, 38, 150]
