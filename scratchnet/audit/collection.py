"""The photographs that are audited: their pixels on disk, and all that else is known of them, by their place."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from scratchnet.audit.odd import oddities
from scratchnet.photos.decode import Header, Rejection, decode, header
from scratchnet.photos.near import perceptual_hash
from scratchnet.photos.prepare import allocated
from scratchnet.photos.processes import map_in_processes
from scratchnet.photos.sources import Photograph
from scratchnet.prepared import from_cell, open_prepared
from scratchnet.problems import Problem, refuse_without_room

UNKNOWN = 255  # in place of a label
UNLABELLED = "unlabelled"


@dataclass(frozen=True)
class Collection:
    """N pictures. images (N, size, size, 3) uint8, on disk. labels (N,) uint8: the place in `classes`, or UNKNOWN.

    splits (N,) of str: where each picture is; "" where nothing says so. names, hashes: of the N files. pixels, bits:
    the digest of the pixels of each, and its perceptual hash. odd: name, hash, kind and detail of each oddity,
    rejected files among them. kinds: how many files there are of each format and mode.
    """

    images: np.ndarray
    labels: np.ndarray
    splits: np.ndarray
    names: list[str]
    hashes: list[str]
    pixels: list[str]
    bits: list[bytes | None]
    odd: list[tuple[str, str, str, str]]
    kinds: Counter
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


def of_prepared(directory: Path, scratch: Path) -> Collection:
    """The prepared pictures, those without a label included. A hash is of the pixels, for the files are not here."""
    prepared = open_prepared(directory)
    parts = [(name, split.images, split.labels, split.names) for name, split in prepared.items()]
    parts.append(_without_labels(directory / UNLABELLED))
    images = _room_for(sum(len(part[3]) for part in parts), parts[0][1].shape[1], scratch)
    pixels, bits = [], []
    pictures = (picture for part in parts for picture in part[1])
    for place, picture in enumerate(tqdm(pictures, "looking", len(images), unit=" pictures", disable=None)):
        images[place] = picture
        pixels.append(_digest(picture))
        bits.append(perceptual_hash(picture))
    return Collection(
        images=images,
        labels=np.concatenate([part[2] for part in parts]),
        splits=np.repeat([part[0] for part in parts], [len(part[3]) for part in parts]),
        names=[name for part in parts for name in part[3]],
        hashes=pixels,
        pixels=pixels,
        bits=bits,
        odd=[(name, "", reason, detail) for name, reason, detail in _rejected(directory)],
        kinds=Counter(),
        classes=prepared["train"].classes,
    )


def _without_labels(directory: Path) -> tuple[str, np.ndarray, np.ndarray, list[str]]:
    names = [row["name"] for row in _rows(directory / "names.csv")]
    images = np.load(directory / "images.npy", mmap_mode="r")
    return UNLABELLED, images, np.full(len(names), UNKNOWN, dtype=np.uint8), names


def _rejected(directory: Path) -> list[tuple[str, str, str]]:
    return [(row["name"], row["reason"], row["detail"]) for row in _rows(directory / "rejected.csv")]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield {key: from_cell(value) for key, value in row.items()}
    except FileNotFoundError:
        raise Problem(f"There is no {path}: run prepare_images again.") from None


def of_photographs(
    photographs: Sequence[Photograph], classes: Sequence[str], size: int, scratch: Path, workers: int
) -> Collection:
    """Photographs of two classes, of any source, decoded to size × size pixels. A hash is the SHA-256 of the file."""
    images = _room_for(len(photographs), size, scratch)
    kept, odd, kinds = [], [], Counter()
    with map_in_processes(workers) as map_all:
        looks = map_all(partial(_look, size=size), photographs)
        shown = tqdm(looks, "decoding", len(photographs), unit=" pictures", disable=None)
        for photograph, look in zip(photographs, shown, strict=True):
            odd += [(photograph.name, look.hash, *oddity) for oddity in oddities(photograph.name, look.header, size)]
            if isinstance(look.picture, Rejection):
                odd.append((photograph.name, look.hash, look.picture.reason, look.picture.detail))
                continue
            kinds[f"{look.header.format} {look.header.mode}"] += 1
            images[len(kept)] = look.picture
            kept.append((photograph, look.hash, _digest(look.picture), look.bits))
    found, hashes, pixels, bits = ([row[column] for row in kept] for column in range(4))
    labels = [UNKNOWN if photograph.label is None else photograph.label for photograph in found]
    splits = [UNLABELLED if photograph.label is None else photograph.split or "" for photograph in found]
    return Collection(
        images=images[: len(kept)],
        labels=np.array(labels, dtype=np.uint8),
        splits=np.array(splits, dtype=np.str_),
        names=[photograph.name for photograph in found],
        hashes=hashes,
        pixels=pixels,
        bits=bits,
        odd=odd,
        kinds=kinds,
        classes=tuple(classes),
    )


def _room_for(count: int, size: int, scratch: Path) -> np.ndarray:
    """(count, size, size, 3) uint8 on disk, or the Problem that there is no room."""
    refuse_without_room(scratch, count * size**2 * 3)
    return allocated(scratch, (count, size, size, 3))


def _digest(picture: np.ndarray) -> str:
    return hashlib.blake2b(picture, digest_size=16).hexdigest()


@dataclass(frozen=True)
class Look:
    """What one file is. hash: "" where its bytes could not be had."""

    picture: np.ndarray | Rejection
    hash: str
    header: Header | None = None
    bits: bytes | None = None


def _look(photograph: Photograph, size: int) -> Look:
    data = photograph.bytes()
    if isinstance(data, Rejection):
        return Look(data, "")
    picture, known = decode(data, size), hashlib.sha256(data).hexdigest()
    if isinstance(picture, Rejection):
        return Look(picture, known, header(data))
    return Look(picture, known, header(data), perceptual_hash(picture))
