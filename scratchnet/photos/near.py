"""Pictures that look the same though their pixels differ: saved anew, resized, a little cropped or brighter.

Each gets a perceptual hash: 256 bits, each of which says whether one of the 16×16 lowest frequencies of the grey
picture is above their median. The distance of two pictures is the number of bits in which they differ.
docs/data-quality.md has the measurements behind the numbers here.
"""

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
from PIL import Image

SIDE = 16  # of the square of frequencies
WORDS = SIDE**2 // 64  # in which its bits are compared
MAX_DISTANCE = 32  # bits, of near duplicates
FLAT = 2.0  # standard deviation of the grey levels, of 255: below it the bits of a picture are noise
BLOCK = 64  # pictures compared with all others at a time: their distances have to fit into memory


def can_hash() -> bool:
    """Whether the library that hashes is installed; on a machine that only trains it may be missing."""
    return find_spec("imagehash") is not None


def perceptual_hash(picture: np.ndarray) -> bytes | None:
    """picture (H, W, 3) uint8 -> 32 bytes; None where it is of one colour, and so looks like nothing."""
    import imagehash  # after `can_hash`

    grey = Image.fromarray(picture).convert("L")
    if np.asarray(grey).std() < FLAT:
        return None
    return np.packbits(imagehash.phash(grey, hash_size=SIDE).hash).tobytes()


def near_groups(hashes: Sequence[bytes | None]) -> np.ndarray:
    """(N,) int64: for each picture the place of the first that it looks like, its own where it looks like none.

    Of three pictures in a row the first and the last may be further apart than MAX_DISTANCE, and are of one group.
    All pairs are compared, 64 pictures with all others at a time.
    """
    groups = np.arange(len(hashes))
    known = np.array([place for place, bits in enumerate(hashes) if bits is not None], dtype=np.int64)
    words = np.frombuffer(b"".join(filter(None, hashes)), dtype=np.uint64).reshape(-1, WORDS)
    for start in range(0, len(words), BLOCK):
        rest = words[start:]
        near = distances(rest[:BLOCK, None], rest) <= MAX_DISTANCE  # (BLOCK, the rest)
        first, second = np.nonzero(near)
        if len(first) > len(near):  # more than each with itself
            groups = _joined(groups, known[first + start], known[second + start])
    return groups


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Hashes (..., WORDS) uint64, which are broadcast -> (...) uint16, in bits. A word at a time, to save memory."""
    different = (np.bitwise_count(one[..., word] ^ other[..., word]) for word in range(WORDS))
    return sum(different, start=np.uint16(0))


def _joined(groups: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """groups (N,), after those of the pictures first[k] and second[k] have become one, for each k."""
    from scipy.sparse import coo_array  # scipy loads slowly, and most runs have no pair at all
    from scipy.sparse.csgraph import connected_components

    ends = groups[first], groups[second]
    graph = coo_array((np.ones(len(first), dtype=np.int8), ends), shape=(len(groups), len(groups)))
    component = connected_components(graph, directed=False)[1][groups]
    _, beginnings, places = np.unique(component, return_index=True, return_inverse=True)
    return beginnings[places]


def crowded(groups: np.ndarray) -> np.ndarray:
    """(N,) bool: which pictures are not alone in their group."""
    return np.bincount(groups, minlength=len(groups))[groups] > 1


def straddling(groups: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """(N,) bool: which pictures have a near duplicate in another split. splits (N,) of str."""
    _, numbers = np.unique(splits, return_inverse=True)
    lowest, highest = np.full(len(groups), len(groups)), np.full(len(groups), -1)
    np.minimum.at(lowest, groups, numbers)
    np.maximum.at(highest, groups, numbers)
    return (lowest < highest)[groups]
