"""Arrays as text, for the page's scripts: base64 of their bytes, little-endian, in C order."""

import json
import zlib
from base64 import b64encode
from collections.abc import Mapping

import numpy as np


def packed(array: np.ndarray) -> dict:
    """shape and base64. uint8 stays uint8; every other number becomes float32, which is what the networks have."""
    kind = np.uint8 if array.dtype == np.uint8 else np.dtype("<f4")
    return {"shape": list(array.shape), "base64": _text(np.ascontiguousarray(array, dtype=kind).tobytes())}


def packed_all(arrays: Mapping[str, np.ndarray]) -> dict[str, dict]:
    return {name: packed(array) for name, array in arrays.items()}


def shuffled(array: np.ndarray) -> dict:
    """shape, and float32 deflated without loss: the first bytes of all numbers, the second bytes of all, and so on.

    The bytes that hold the exponents are much alike, and stand together now. So weights need a seventh less room.
    """
    numbers = np.ascontiguousarray(array, dtype="<f4")
    return {"shape": list(array.shape), "deflated": deflated(numbers.reshape(-1, 1).view(np.uint8).T)}


def deflated(array: np.ndarray) -> str:
    """The bytes of an array uint8 that compresses well (zlib's format), as base64."""
    return _text(zlib.compress(np.ascontiguousarray(array).tobytes(), level=9))


def as_json(tree: Mapping) -> str:
    """On one line, without spaces. ValueError where a number is not finite: JSON has none."""
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _text(content: bytes) -> str:
    return b64encode(content).decode("ascii")
