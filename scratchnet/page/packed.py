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


def deflated(array: np.ndarray) -> str:
    """The bytes of an array uint8 that compresses well (zlib's format), as base64."""
    return _text(zlib.compress(np.ascontiguousarray(array).tobytes(), level=9))


def as_json(tree: Mapping) -> str:
    """On one line, without spaces. ValueError where a number is not finite: JSON has none."""
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _text(content: bytes) -> str:
    return b64encode(content).decode("ascii")
