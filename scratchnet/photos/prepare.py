"""Photographs -> prepared pictures on disk: decoded in all cores, freed of copies, split; whole or not at all."""

import csv
import hashlib
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from tqdm import tqdm

from scratchnet.names import CLASSES, SPLITS
from scratchnet.params import Data
from scratchnet.photos.decode import Rejection
from scratchnet.photos.near import can_hash, crowded, near_groups, perceptual_hash, straddling
from scratchnet.photos.processes import map_in_processes
from scratchnet.photos.refused import refuse_too_few, refuse_too_many
from scratchnet.photos.sources import Photograph
from scratchnet.photos.splits import copies, split
from scratchnet.prepared import WHITE, to_cell
from scratchnet.problems import MIB, Problem, refuse_without_room, told_when_full
from scratchnet.timing.clock import Stopwatch

CHUNK = 64  # pictures copied at a time


@dataclass(frozen=True)
class Summary:
    """What became of the photographs, counted: found = all of `splits` + unlabelled + rejected + duplicates.

    splits: "train", "val" and "test" -> how many pictures.
    near: of these, how many look like another (near_duplicates), and how many of those like one in another split
    (near_duplicates_across_splits); nothing where nobody has looked.
    decode_seconds: on the clock, for reading (or drawing) and decoding all that were found, by all workers together.
    """

    found: int
    rejected: int
    duplicates: int
    unlabelled: int
    splits: dict[str, int]
    near: dict[str, int]
    decode_seconds: float

    def metrics(self) -> dict:
        """The counts, as metrics/prepare_images.json has them; "accepted" are all of the splits."""
        images = {name: getattr(self, name) for name in ("found", "rejected", "duplicates", "unlabelled")}
        return {"images": images | {"accepted": sum(self.splits.values())} | self.near, "split": self.splits}

    def timing(self) -> dict[str, float]:
        """The seconds, and the photographs that were decoded in one, whatever became of them."""
        return {"decode_seconds": self.decode_seconds, "images_per_second": self.found / self.decode_seconds}


def write_prepared(photographs: list[Photograph], directory: str | Path, data: Data, workers: int) -> Summary:
    """Write the prepared pictures of `photographs` to `directory`, in place of what was there.

    {train,val,test}/{images.npy, labels.npy, names.csv}, unlabelled/{images.npy, names.csv}, statistics.json,
    rejected.csv (name, reason, detail) and near_duplicates.csv (name, split, label, group).
    Of pictures whose pixels are the same after decoding only one is kept. What looks the same is kept in one split.
    The result depends on the photographs and on `data`, not on `workers`, the number of processes that decode.
    Problem where too many cannot be used, a split would lack one of the two kinds, or the disk has no room; then, as at
    any error, the old `directory` stays.
    """
    look = _looks_for_near_duplicates(photographs)
    with told_when_full(directory), _in_place_of(Path(directory)) as temporary:
        refuse_without_room(directory, 2 * len(photographs) * data.size**2 * 3)  # all, and all again in their splits
        scratch = temporary / "all.npy"
        with Stopwatch() as watch:
            decoded = _decode_all(photographs, scratch, data.size, workers, look)
        rejected = [(photographs[row].name, why) for row, why in decoded.rejections.items()]
        refuse_too_many(rejected, len(photographs), data.max_rejected_fraction)
        duplicates = _duplicates(photographs, decoded.digests, data.classes)
        places, groups = _assign_splits(photographs, decoded, duplicates, data)
        pictures = np.load(scratch, mmap_mode="r")
        for name in (*SPLITS, "unlabelled"):
            rows = [row for row, place in places.items() if place == name]
            _write_split(temporary / name, pictures, rows, [photographs[row] for row in rows])
        near = _write_near(temporary / "near_duplicates.csv", photographs, places, groups, data.classes) if look else {}
        _write_statistics(temporary, _digest(photographs, decoded.digests, places, data.classes), data.classes)
        _write_rejected(temporary / "rejected.csv", photographs, decoded.rejections | duplicates)
        scratch.unlink()
    count = Counter(places.values())
    splits = {name: count[name] for name in SPLITS}
    numbers = len(photographs), len(rejected), len(duplicates), count["unlabelled"]
    return Summary(*numbers, splits, near, watch.seconds)


def _looks_for_near_duplicates(photographs: list[Photograph]) -> bool:
    """Where the library is missing, only pictures that all have a split of their own go on without."""
    if can_hash():
        return True
    if any(photograph.label is not None and not photograph.split for photograph in photographs):
        raise Problem("Near duplicates could come into two splits, for ImageHash is missing: pip install ImageHash")
    print("Near duplicates are not looked for: ImageHash is missing (pip install ImageHash).", file=sys.stderr)
    return False


@contextmanager
def _in_place_of(directory: Path) -> Iterator[Path]:
    """An empty folder beside `directory`, which takes its place when the block ends well, and else vanishes.

    Where `directory` is a link, to another disk for instance, what it points to is replaced, and the link stays.
    The folder's name is fixed, so that what a killed run has left there is cleared away by the next; a run killed
    between the two renames has left the old pictures under another name.
    """
    directory = Path(os.path.realpath(directory))
    if directory.is_mount():
        raise Problem(f"{directory} is a disk of its own, which cannot be replaced: make it a link to a folder on it.")
    new, old = (directory.with_name(f".{directory.name}.{state}") for state in ("new", "old"))
    _put_back(old, directory)
    _remove(new, old)
    new.mkdir(parents=True)
    try:
        yield new
        if directory.exists():
            directory.rename(old)
        new.rename(directory)
    finally:
        _put_back(old, directory)
        _remove(new, old)


def _put_back(old: Path, directory: Path) -> None:
    if old.exists() and not directory.exists():
        old.rename(directory)


def _remove(*directories: Path) -> None:
    for directory in directories:
        if directory.exists():
            shutil.rmtree(directory)


@dataclass(frozen=True)
class Decoded:
    """Photograph n -> the digest of its pixels (16 bytes) and its perceptual hash, or why it has none."""

    digests: dict[int, bytes]
    hashes: dict[int, bytes | None]
    rejections: dict[int, Rejection]


def _decode_all(photographs: list[Photograph], scratch: Path, size: int, workers: int, look: bool) -> Decoded:
    """Photograph n goes to row n of the array `scratch`, (N, size, size, 3) uint8. look: whether to hash it."""
    pictures = allocated(scratch, (len(photographs), size, size, 3))
    decoded = Decoded({}, {}, {})
    with map_in_processes(workers) as map_all:
        found = map_all(partial(_decode, size=size, look=look), photographs)
        shown = tqdm(found, "decoding", len(photographs), unit=" pictures", disable=None)
        for row, (picture, bits) in enumerate(shown):
            if isinstance(picture, Rejection):
                decoded.rejections[row] = picture
            else:
                pictures[row] = picture
                decoded.digests[row] = hashlib.blake2b(picture, digest_size=16).digest()
                decoded.hashes[row] = bits
    return decoded


def allocated(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """A new array on disk, of uint8 and zero, memory-mapped. It has its room on the disk before anything is written.

    A file with holes would take its room as it is written, and where there is none the system kills the process.
    OSError where there is no room.
    """
    pictures = open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    with path.open("r+b") as file:
        size = path.stat().st_size
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.seek(pictures.offset)
            for start in range(pictures.offset, size, MIB):
                file.write(bytes(min(MIB, size - start)))
    return pictures


def _decode(photograph: Photograph, size: int, look: bool) -> tuple[np.ndarray | Rejection, bytes | None]:
    picture = photograph.decode(size)
    return picture, perceptual_hash(picture) if look and not isinstance(picture, Rejection) else None


def _duplicates(
    photographs: list[Photograph], digests: dict[int, bytes], classes: Sequence[str]
) -> dict[int, Rejection]:
    """Row -> which picture it repeats. What has no label repeats nothing."""
    labelled = {row: digest for row, digest in digests.items() if photographs[row].label is not None}
    repeats = copies(labelled, {row: photographs[row].split or "" for row in labelled})
    return {row: _duplicate(photographs[row], photographs[first], classes) for row, first in repeats.items()}


def _assign_splits(
    photographs: list[Photograph], decoded: Decoded, duplicates: dict[int, Rejection], data: Data
) -> tuple[dict[int, str], np.ndarray]:
    """Row -> "train", "val", "test" or "unlabelled", for every picture that is kept, the labelled ones first.

    And the groups of near duplicates of the labelled ones, in their order.
    """
    kept = [row for row in decoded.digests if photographs[row].label is not None and row not in duplicates]
    labels = np.array([photographs[row].label for row in kept], dtype=np.uint8)
    given = np.array([photographs[row].split or "" for row in kept], dtype=np.str_)
    groups = near_groups([decoded.hashes[row] for row in kept])
    splits = split(labels, given, groups, data)
    rejected = [(photographs[row].name, why) for row, why in decoded.rejections.items()]
    refuse_too_few(splits, labels, groups, rejected, data.classes)
    unlabelled = [row for row in decoded.digests if photographs[row].label is None]
    places = dict(zip(kept, splits.tolist(), strict=True)) | dict.fromkeys(unlabelled, "unlabelled")
    return places, groups


def _duplicate(copy: Photograph, first: Photograph, classes: Sequence[str]) -> Rejection:
    detail = f"The same picture as {first.name}"
    if copy.label != first.label:
        detail += f", but labelled {classes[copy.label]}, not {classes[first.label]}"
    return Rejection("duplicate", f"{detail}.")


def _write_split(directory: Path, pictures: np.ndarray, rows: list[int], photographs: list[Photograph]) -> None:
    """Copy some rows of `pictures`; labels are written where there are any."""
    directory.mkdir()
    images = allocated(directory / "images.npy", (len(rows), *pictures.shape[1:]))
    for start in range(0, len(rows), CHUNK):
        images[start : start + CHUNK] = pictures[rows[start : start + CHUNK]]
    _write_csv(directory / "names.csv", ("name",), ((photograph.name,) for photograph in photographs))
    if directory.name != "unlabelled":
        np.save(directory / "labels.npy", np.array([photograph.label for photograph in photographs], dtype=np.uint8))


def _digest(
    photographs: list[Photograph], digests: dict[int, bytes], places: dict[int, str], classes: Sequence[str]
) -> str:
    """Of the three splits: their pictures, with labels, names and order. A hex string of 32 digits.

    What has no label does not count: nothing is learnt from it, and nothing tested on it. Nor do the names cat and dog:
    so the digests of kept runs stay what they were.
    """
    whole = hashlib.blake2b(digest_size=16)
    if tuple(classes) != CLASSES:
        whole.update(json.dumps(classes).encode())
    for name in SPLITS:
        for row in (row for row, place in places.items() if place == name):
            picture = [name, photographs[row].label, photographs[row].name, digests[row].hex()]
            whole.update(json.dumps(picture).encode())
    return whole.hexdigest()


def _write_statistics(directory: Path, digest: str, classes: Sequence[str]) -> None:
    """Mean and standard deviation of each colour of train, the digest of all, and what the labels mean.

    So nobody has to read all pictures to know which they are.
    """
    images = np.load(directory / "train" / "images.npy", mmap_mode="r")
    mean, std = mean_and_std(images[start : start + CHUNK] for start in range(0, len(images), CHUNK))
    statistics = {"mean": mean.tolist(), "std": std.tolist(), "digest": digest, "classes": classes}
    (directory / "statistics.json").write_text(json.dumps(statistics, indent=2) + "\n", encoding="utf-8", newline="\n")


def mean_and_std(chunks: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(3,) float64 each: of each colour of pictures (n, size, size, 3) uint8 / 255, a chunk after the other.

    Exact: from how often each of the 256 values occurs.
    """
    counts = np.zeros((3, WHITE + 1), dtype=np.int64)
    for pictures in chunks:
        for colour in range(3):
            counts[colour] += np.bincount(pictures[..., colour].ravel(), minlength=WHITE + 1)
    values = np.arange(WHITE + 1, dtype=np.float64) / WHITE
    shares = counts / counts.sum(axis=1, keepdims=True)
    mean = shares @ values
    std = np.sqrt((shares * (values - mean[:, None]) ** 2).sum(axis=1))
    return mean, np.maximum(std, 1 / WHITE)  # a colour that is the same everywhere must not become infinite


def _write_near(
    path: Path, photographs: list[Photograph], places: dict[int, str], groups: np.ndarray, classes: Sequence[str]
) -> dict[str, int]:
    """A row for each picture that looks like another, with the first of its group; and how many there are.

    Across two splits they can only be where these are the reader's own: that is told, and nothing is moved.
    """
    rows = list(places)[: len(groups)]
    splits = np.array([places[row] for row in rows])
    near, across = crowded(groups), straddling(groups, splits)
    table = [
        (photographs[rows[n]].name, splits[n], classes[photographs[rows[n]].label], photographs[rows[groups[n]]].name)
        for n in np.nonzero(near)[0]
    ]
    _write_csv(path, ("name", "split", "label", "group"), table)
    if across.any():
        first = photographs[rows[across.argmax()]].name
        print(
            f"{across.sum():,} pictures look like one in another split, the first: {to_cell(first)}. The splits are "
            f"your own, so none was moved; {path.name} lists them.",
            file=sys.stderr,
        )
    return {"near_duplicates": int(near.sum()), "near_duplicates_across_splits": int(across.sum())}


def _write_rejected(path: Path, photographs: list[Photograph], rejections: dict[int, Rejection]) -> None:
    rows = ((photographs[row].name, why.reason, why.detail) for row, why in sorted(rejections.items()))
    _write_csv(path, ("name", "reason", "detail"), rows)


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Whatever a name holds, `prepared.from_cell` reads it back, and a spreadsheet opens the table safely."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *([to_cell(text) for text in row] for row in rows)])
