"""Photographs -> prepared pictures on disk: decoded in all cores, freed of copies, split; whole or not at all."""

import csv
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread

import numpy as np
from numpy.lib.format import open_memmap
from tqdm import tqdm

from scratchnet.names import CLASSES, SPLITS
from scratchnet.params import Data
from scratchnet.photos.decode import Rejection
from scratchnet.photos.sources import Photograph
from scratchnet.photos.splits import copies, split
from scratchnet.prepared import WHITE, to_cell
from scratchnet.problems import MIB, Problem, refuse_without_room, told_when_full
from scratchnet.timing.clock import Stopwatch

CHUNK = 64  # photographs handed to a worker at a time, and pictures copied at a time
AHEAD = 4  # chunks for each worker that are handed out before the first of them is needed


@dataclass(frozen=True)
class Summary:
    """What became of the photographs, counted: found = all of `splits` + unlabelled + rejected + duplicates.

    splits: "train", "val" and "test" -> how many pictures.
    decode_seconds: on the clock, for reading (or drawing) and decoding all that were found, by all workers together.
    """

    found: int
    rejected: int
    duplicates: int
    unlabelled: int
    splits: dict[str, int]
    decode_seconds: float

    def metrics(self) -> dict:
        """The counts, as metrics/prepare_images.json has them; "accepted" are all of the splits."""
        images = {name: getattr(self, name) for name in ("found", "rejected", "duplicates", "unlabelled")}
        return {"images": images | {"accepted": sum(self.splits.values())}, "split": self.splits}

    def timing(self) -> dict[str, float]:
        """The seconds, and the photographs that were decoded in one, whatever became of them."""
        return {"decode_seconds": self.decode_seconds, "images_per_second": self.found / self.decode_seconds}


def write_prepared(photographs: list[Photograph], directory: str | Path, data: Data, workers: int) -> Summary:
    """Write the prepared pictures of `photographs` to `directory`, in place of what was there.

    {train,val,test}/{images.npy, labels.npy, names.csv}, unlabelled/{images.npy, names.csv}, statistics.json and
    rejected.csv (name, reason, detail). Of pictures whose pixels are the same after decoding only one is kept.
    The result depends on the photographs and on `data`, not on `workers`, the number of processes that decode.
    Problem where a split would have no cats or no dogs, or the disk has no room; then, as at any error, the old
    `directory` stays.
    """
    with told_when_full(directory), _in_place_of(Path(directory)) as temporary:
        refuse_without_room(directory, 2 * len(photographs) * data.size**2 * 3)  # all, and all again in their splits
        scratch = temporary / "all.npy"
        with Stopwatch() as watch:
            digests, rejections = _decode_all(photographs, scratch, data.size, workers)
        pictures = np.load(scratch, mmap_mode="r")
        places, duplicates = _assign_splits(photographs, digests, rejections, data)
        for name in (*SPLITS, "unlabelled"):
            rows = [row for row, place in places.items() if place == name]
            _write_split(temporary / name, pictures, rows, [photographs[row] for row in rows])
        _write_statistics(temporary, _digest(photographs, digests, places))
        _write_rejected(temporary / "rejected.csv", photographs, rejections | duplicates)
        scratch.unlink()
    count = Counter(places.values())
    splits = {name: count[name] for name in SPLITS}
    return Summary(len(photographs), len(rejections), len(duplicates), count["unlabelled"], splits, watch.seconds)


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


def _decode_all(
    photographs: list[Photograph], scratch: Path, size: int, workers: int
) -> tuple[dict[int, bytes], dict[int, Rejection]]:
    """Photograph n goes to row n of the array `scratch`, (N, size, size, 3) uint8.

    -> n -> the digest of its pixels (16 bytes), and n -> why it has none.
    """
    pictures = _allocated(scratch, (len(photographs), size, size, 3))
    digests, rejections = {}, {}
    with _map_in_processes(workers) as map_all:
        found = map_all(partial(Photograph.decode, size=size), photographs)
        for row, picture in enumerate(tqdm(found, "decoding", len(photographs), unit=" pictures", disable=None)):
            if isinstance(picture, Rejection):
                rejections[row] = picture
            else:
                pictures[row] = picture
                digests[row] = hashlib.blake2b(picture, digest_size=16).digest()
    return digests, rejections


def _allocated(path: Path, shape: tuple[int, ...]) -> np.ndarray:
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


@contextmanager
def _map_in_processes(workers: int):
    """`map` over this many processes. Threads would do for files, but drawing never lets go of the interpreter.

    Processes are spawned: to fork a process that has threads (BLAS's, tqdm's) is an error waiting to happen.
    """
    if workers == 1:
        yield map
        return
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, spawn, initializer=_end_with_the_parent)
    try:
        yield partial(_map_in_chunks, pool, AHEAD * workers)
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_the_parent() -> None:
    """Ctrl-C reaches every process, and the parent answers it; of a parent killed outright a worker hears nothing."""

    def wait() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=wait, daemon=True).start()


def _map_in_chunks(pool: Executor, limit: int, function: Callable, items: list) -> Iterator:
    """Like pool.map, which would have finished pictures pile up in memory: here at most `limit` chunks are ahead."""
    pending = deque()
    for start in range(0, len(items), CHUNK):
        if len(pending) == limit:
            yield from pending.popleft().result()
        pending.append(pool.submit(_map_list, function, items[start : start + CHUNK]))
    while pending:
        yield from pending.popleft().result()


def _map_list(function: Callable, items: list) -> list:
    return [function(item) for item in items]


def _assign_splits(
    photographs: list[Photograph], digests: dict[int, bytes], rejections: dict[int, Rejection], data: Data
) -> tuple[dict[int, str], dict[int, Rejection]]:
    """Row -> "train", "val", "test" or "unlabelled", for every picture that is kept; row -> which one it repeats."""
    unlabelled = [row for row in digests if photographs[row].label is None]
    labelled = [row for row in digests if photographs[row].label is not None]
    given = {row: photographs[row].split or "" for row in labelled}
    repeats = copies({row: digests[row] for row in labelled}, given)
    duplicates = {row: _duplicate(photographs[row], photographs[first]) for row, first in repeats.items()}
    kept = [row for row in labelled if row not in duplicates]
    labels = np.array([photographs[row].label for row in kept], dtype=np.uint8)
    splits = split(labels, np.array([given[row] for row in kept], dtype=np.str_), data)
    _refuse_too_few(splits, labels, [(photographs[row].name, why) for row, why in rejections.items()])
    return dict(zip(kept, splits.tolist(), strict=True)) | dict.fromkeys(unlabelled, "unlabelled"), duplicates


def _duplicate(copy: Photograph, first: Photograph) -> Rejection:
    detail = f"The same picture as {first.name}"
    if copy.label != first.label:
        detail += f", but labelled {CLASSES[copy.label]}, not {CLASSES[first.label]}"
    return Rejection("duplicate", f"{detail}.")


def _refuse_too_few(splits: np.ndarray, labels: np.ndarray, rejected: list[tuple[str, Rejection]]) -> None:
    count = {
        (name, kind): int(((splits == name) & (labels == k)).sum()) for name in SPLITS for k, kind in enumerate(CLASSES)
    }
    if all(count.values()):
        return
    told = ", ".join(f"{number} {kind}s in {name}" for (name, kind), number in count.items())
    why = (
        f" {len(rejected)} could not be used, the first: {rejected[0][0]}, {rejected[0][1].detail}" if rejected else ""
    )
    raise Problem(f"There are too few pictures, every split needs cats and dogs: {told}.{why}")


def _write_split(directory: Path, pictures: np.ndarray, rows: list[int], photographs: list[Photograph]) -> None:
    """Copy some rows of `pictures`; labels are written where there are any."""
    directory.mkdir()
    images = _allocated(directory / "images.npy", (len(rows), *pictures.shape[1:]))
    for start in range(0, len(rows), CHUNK):
        images[start : start + CHUNK] = pictures[rows[start : start + CHUNK]]
    _write_csv(directory / "names.csv", ("name",), ((photograph.name,) for photograph in photographs))
    if directory.name != "unlabelled":
        np.save(directory / "labels.npy", np.array([photograph.label for photograph in photographs], dtype=np.uint8))


def _digest(photographs: list[Photograph], digests: dict[int, bytes], places: dict[int, str]) -> str:
    """Of the three splits: their pictures, with labels, names and order. A hex string of 32 digits.

    What has no label does not count: nothing is learnt from it, and nothing tested on it.
    """
    whole = hashlib.blake2b(digest_size=16)
    for name in SPLITS:
        for row in (row for row, place in places.items() if place == name):
            picture = [name, photographs[row].label, photographs[row].name, digests[row].hex()]
            whole.update(json.dumps(picture).encode())
    return whole.hexdigest()


def _write_statistics(directory: Path, digest: str) -> None:
    """Mean and standard deviation of each colour of train, exact: from how often each of the 256 values occurs.

    And the digest of all, so that nobody has to read all pictures to know which they are.
    """
    images = np.load(directory / "train" / "images.npy", mmap_mode="r")
    counts = np.zeros((3, WHITE + 1), dtype=np.int64)
    for start in range(0, len(images), CHUNK):
        for colour in range(3):
            counts[colour] += np.bincount(images[start : start + CHUNK, ..., colour].ravel(), minlength=WHITE + 1)
    values = np.arange(WHITE + 1, dtype=np.float64) / WHITE
    shares = counts / counts.sum(axis=1, keepdims=True)
    mean = shares @ values
    std = np.sqrt((shares * (values - mean[:, None]) ** 2).sum(axis=1))
    std = np.maximum(std, 1 / WHITE)  # a colour that is the same everywhere must not become infinite
    statistics = {"mean": mean.tolist(), "std": std.tolist(), "digest": digest}
    (directory / "statistics.json").write_text(json.dumps(statistics, indent=2) + "\n", encoding="utf-8", newline="\n")


def _write_rejected(path: Path, photographs: list[Photograph], rejections: dict[int, Rejection]) -> None:
    rows = ((photographs[row].name, why.reason, why.detail) for row, why in sorted(rejections.items()))
    _write_csv(path, ("name", "reason", "detail"), rows)


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Whatever a name holds, `prepared.from_cell` reads it back, and a spreadsheet opens the table safely."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *([to_cell(text) for text in row] for row in rows)])
