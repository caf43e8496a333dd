"""What a step is measured on: a network, and a batch of drawn pictures. Nothing has to be prepared for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from scratchnet.names import Stream, rng_of
from scratchnet.numpy_nn.networks import Network, cnn
from scratchnet.order import as_stored
from scratchnet.prepared import WHITE, PreparedSplit

FEW = 8  # so many pictures are drawn; a larger batch repeats them, which makes no step faster


@dataclass(frozen=True)
class Setting:
    """All that decides how much work a training step is, and the seed of the initial weights.

    Pictures are size × size pixels. width: filters of the first convolution. hidden: units of the first linear layer.
    """

    arch: str
    batch_size: int
    size: int
    hidden: int
    width: int
    seed: int

    def network(self, dtype=np.float32) -> Network:
        """The clear network, from which every implementation takes its initial weights."""
        rng = rng_of(self.seed, Stream.WEIGHTS)
        return cnn(self.arch, self.size, self.hidden, rng, dtype, self.width)

    def batch(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A batch: x (batch_size, 3, size, size) float32, normalised, and labels (batch_size,) uint8.

        pictures: (n, size, size, 3) uint8, cats and dogs in turn. They are repeated until the batch is full.
        """
        scaled = pictures / WHITE
        labels = (np.arange(len(pictures)) % 2).astype(np.uint8)
        split = PreparedSplit(pictures, labels, [], scaled.mean(axis=(0, 1, 2)), scaled.std(axis=(0, 1, 2)))
        x, labels = split.batch(as_stored(len(split)))
        again = np.arange(self.batch_size) % len(x)
        return x[again], labels[again]


@cache  # every worker is sent the same
def draw(size: int, seed: int) -> np.ndarray:
    """A few cats and dogs in turn, (FEW, size, size, 3) uint8."""
    from scratchnet.photos.sources import drawn  # the workers, which get them drawn, need not load Pillow

    return np.stack([drawing.decode(size) for drawing in drawn({"train": FEW}, seed)])


def largest_error(got: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]) -> float:
    """Of each parameter max |got − wanted| / max |wanted|; of these the largest."""
    return max(float(np.abs(got[name] - w).max() / np.abs(w).max()) for name, w in wanted.items())
