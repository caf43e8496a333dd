"""Damage of all kinds to the bytes of a file: at random, or so that the file still looks whole from outside."""

import json
import struct
import zlib
from collections.abc import Callable, Sequence
from random import Random

ODD = (0, 1, 2, 7, 8, 15, 16, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
NUMBERS = ("B", "<H", ">H", "<I", ">I")
ODD_VALUES = (None, True, 0, -1, 1, 7, 0.5, 1e308, 10**30, 10**9, 100_000, "", "x", [], {}, [[]], {"a": 1}, "two_conv")

Mutate = Callable[[Random, bytes, Sequence[bytes], Sequence[bytes]], bytes]  # rng, a file, other files, words -> a file


def damaged(rng: Random, data: bytes, others: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """One to about ten small damages. words: what means something in such a file, and is put anywhere."""
    found = bytearray(data)
    for _ in range(1 + min(int(rng.expovariate(0.6)), 9)):
        _damage(rng, found, rng.choice(others), rng.choice(words))
    return bytes(found)


def _damage(rng: Random, data: bytearray, other: bytes, word: bytes) -> None:
    start, length = rng.randrange(len(data) + 1), 1 + int(rng.expovariate(0.1))
    match rng.randrange(9):
        case 0 | 1 if start < len(data):
            data[start] ^= 1 << rng.randrange(8)
        case 2 if start < len(data):
            data[start] = rng.randrange(256)
        case 3:
            kind = rng.choice(NUMBERS)
            number = struct.pack(kind, rng.choice(ODD) & (256 ** struct.calcsize(kind) - 1))
            data[start : start + len(number)] = number
        case 4:
            del data[start : start + length]
        case 5:
            data[start:start] = data[start : start + length] * rng.choice((1, 1, 2, 50))
        case 6:
            data[start : start + rng.choice((0, len(word)))] = word
        case 7:
            there = rng.randrange(len(other) + 1)
            data[start : start + rng.choice((0, length))] = other[there : there + length]
        case 8 if rng.random() < 0.3:
            del data[start:]


def png(rng: Random, data: bytes, others: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """Of most files the checksums are right again, else the damage would be seen before it is read."""
    found = bytearray(damaged(rng, data, others, words))
    place = 8
    while place + 12 <= len(found) and rng.random() < 0.97:
        end = place + 8 + int.from_bytes(found[place : place + 4])
        found[end : end + 4] = zlib.crc32(found[place + 4 : end]).to_bytes(4) if end + 4 <= len(found) else b""
        place = end + 4
    return bytes(found)


def safetensors(rng: Random, data: bytes, others: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """Half of the files have a header that is JSON of the right length, and says something else."""
    if rng.random() < 0.5:
        return damaged(rng, data, others, words)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    about = json.loads(header["__metadata__"]["about"])
    for _ in range(rng.choice((1, 1, 2, 3))):
        about = _otherwise(rng, about)
    header["__metadata__"]["about"] = json.dumps(about)
    if rng.random() < 0.3:
        header = _otherwise(rng, header)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def _otherwise(rng: Random, value):
    """A value of JSON with one place in it, or all of it, changed to something odd."""
    if rng.random() < 0.1 or not isinstance(value, dict | list) or not value:
        return rng.choice(ODD_VALUES)
    key = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
    changed = value.copy()
    if rng.random() < 0.15:
        del changed[key]
    else:
        changed[key] = _otherwise(rng, value[key])
    return changed
