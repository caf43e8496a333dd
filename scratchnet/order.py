"""What an epoch shows a network, drawn once outside every backend."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scratchnet.views import AS_IT_IS


@dataclass(frozen=True)
class Order:
    """Which samples a network sees, in which order, and how each picture is moved.

    indices (N,) int64; flips (N,) bool: mirrored left to right; shifts (N, 2) int64: pixels down and right.
    views (N, 10) int64: how the picture is seen otherwise, see views.py. Where there are views, nothing else moves.
    """

    indices: np.ndarray
    flips: np.ndarray
    shifts: np.ndarray
    views: np.ndarray | None = None

    def batches(self, size: int) -> Iterator["Order"]:
        """Consecutive batches of `size` samples; the last may be smaller."""
        for start in range(0, len(self), size):
            yield self[start : start + size]

    def __getitem__(self, part: slice | list[int]) -> "Order":
        return Order(**{name: array[part] for name, array in self.fields.items()})

    @property
    def fields(self) -> dict[str, np.ndarray]:
        """Its arrays, by name."""
        return {name: array for name, array in vars(self).items() if array is not None}

    def source_pixels(self, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Where each pixel of a moved picture comes from: rows (N, height), columns (N, width), int64.

        Pixel (i, j) of moved picture n is pixel (rows[n, i], columns[n, j]) of the stored one; beyond the edge
        the edge is repeated. A shift of (1, 0) moves the picture one pixel down; the flip comes first.
        """
        rows = np.clip(np.arange(height) - self.shifts[:, :1], 0, height - 1)
        columns = np.clip(np.arange(width) - self.shifts[:, 1:], 0, width - 1)
        return rows, np.where(self.flips[:, None], width - 1 - columns, columns)

    def __len__(self) -> int:
        return len(self.indices)


def as_stored(count: int, with_views: bool = False, mirrored: bool = False) -> Order:
    """Every sample once, in the order on disk, unmoved: what an evaluation sees. with_views: said as views, too.

    mirrored: left to right, all of them.
    """
    views = np.tile(AS_IT_IS, (count, 1)) if with_views else None
    return Order(np.arange(count), np.full(count, mirrored), np.zeros((count, 2), dtype=np.int64), views)


def step_count(count: int, batch_size: int) -> int:
    """How many batches `count` samples make; the last may be smaller."""
    return -(-count // batch_size)


def batch_sizes(count: int, size: int) -> list[int]:
    """Of the batches of `count` samples: the last may be smaller."""
    return [size] * (count // size) + [count % size] * (count % size > 0)
