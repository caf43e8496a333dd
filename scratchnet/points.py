"""Points made from a seed: three small tasks whose best possible result is known.

A task says how its points come about (`draw`) and what no network can beat (`limit`). The classifiers also know
their true densities, from which the Bayes classifier, the best there can be, follows: in x it answers the class k
with the largest p(x | k), all classes being equally frequent.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scratchnet.names import Stream, rng_of
from scratchnet.order import Order


@dataclass(frozen=True)
class Points:
    """x (N, D) float32; labels (N,) int64 of a classification, (N, 1) float32 of a regression."""

    x: np.ndarray
    labels: np.ndarray

    def batch(self, order: Order) -> tuple[np.ndarray, np.ndarray]:
        return self.x[order.indices], self.labels[order.indices]

    def __len__(self) -> int:
        return len(self.x)


class Regression1d:
    """y = f(x) + noise · N(0, 1), f(x) = max(0, 0.5 x + 0.2) + 0.3 · max(0, −x + 0.5), x uniform in [−2, 2].

    f is two ReLUs, so a two-layer perceptron can be exact. No mean squared error is lower than noise².
    """

    inputs, outputs = 1, 1
    low, high = -2.0, 2.0
    folds = (-0.4, 0.5)  # where the slope of f changes

    def __init__(self, noise: float):
        self._noise = noise

    @staticmethod
    def f(x: np.ndarray) -> np.ndarray:
        return np.maximum(0, 0.5 * x + 0.2) + 0.3 * np.maximum(0, -x + 0.5)

    def draw(self, count: int, rng: np.random.Generator) -> Points:
        x = rng.uniform(self.low, self.high, (count, 1))
        y = self.f(x) + self._noise * rng.standard_normal((count, 1))
        return Points(x.astype(np.float32), y.astype(np.float32))

    def limit(self) -> dict[str, float]:
        return {"bayes_loss": self._noise**2}


class BinaryRings:
    """x = r (cos φ, sin φ) + noise · N(0, I), φ uniform; r = 0.5 in class 0 and 1 in class 1.

    p(x | r) = exp(−(ρ² + r²) / 2σ²) I₀(ρ r / σ²) / 2πσ², ρ = |x|, σ the noise: the Rice distribution over a circle
    (https://en.wikipedia.org/wiki/Rice_distribution).
    """

    inputs, outputs = 2, 2
    radii = np.array([0.5, 1.0])

    def __init__(self, noise: float):
        self._noise = noise
        self.extent = self.radii.max() + 5 * noise

    def draw(self, count: int, rng: np.random.Generator) -> Points:
        labels = rng.integers(2, size=count)
        angle = rng.uniform(0, 2 * np.pi, count)
        ring = self.radii[labels, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)  # (N, 2)
        return Points((ring + self._noise * rng.standard_normal((count, 2))).astype(np.float32), labels)

    def densities(self, x: np.ndarray) -> np.ndarray:
        """p(x | class): x (N, 2) -> (N, 2)"""
        rho, variance = np.linalg.norm(x, axis=1, keepdims=True), self._noise**2
        gaussian = np.exp(-(rho**2 + self.radii**2) / (2 * variance)) / (2 * np.pi * variance)
        return gaussian * np.i0(rho * self.radii / variance)

    def limit(self) -> dict[str, float]:
        return {"bayes_accuracy": bayes_accuracy(self.densities, self.extent)}


class MulticlassBlobs:
    """x = centre + spread · noise · N(0, I): three Gaussians around the corners of a triangle, each of another width.

    p(x | k) = exp(−|x − centreₖ|² / 2σₖ²) / 2πσₖ², σₖ = spreadₖ · noise
    """

    inputs, outputs = 2, 3
    centres = np.stack([np.cos(np.pi * np.array([3, 7, 11]) / 6), np.sin(np.pi * np.array([3, 7, 11]) / 6)], axis=1)
    spreads = np.array([0.7, 1.0, 1.3])

    def __init__(self, noise: float):
        self._widths = self.spreads * noise
        self.extent = 1 + 5 * self._widths.max()

    def draw(self, count: int, rng: np.random.Generator) -> Points:
        labels = rng.integers(3, size=count)
        x = self.centres[labels] + self._widths[labels, None] * rng.standard_normal((count, 2))
        return Points(x.astype(np.float32), labels)

    def densities(self, x: np.ndarray) -> np.ndarray:
        """p(x | class): x (N, 2) -> (N, 3)"""
        squares = np.square(x[:, None] - self.centres).sum(axis=2)  # (N, 3)
        return np.exp(-squares / (2 * self._widths**2)) / (2 * np.pi * self._widths**2)

    def limit(self) -> dict[str, float]:
        return {"bayes_accuracy": bayes_accuracy(self.densities, self.extent)}


TASKS = {"regression_1d": Regression1d, "binary_rings": BinaryRings, "multiclass_blobs": MulticlassBlobs}


def corners(x: np.ndarray) -> np.ndarray:
    """Which of x (N, 1) or (N, 2) are corners of their convex hull: indices, ascending.

    What is linear in x, as a hidden unit is before its ReLU, is largest at a corner. So a unit that is silent at all
    corners is silent at every point. Andrew 1979, "Another efficient algorithm for convex hulls in two dimensions".
    """
    if x.shape[1] == 1:
        return np.unique([x.argmin(), x.argmax()])
    points = x.astype(np.float64)
    along = np.lexsort(points.T[::-1])
    return np.unique([*_chain(points, along), *_chain(points, along[::-1])])


def _chain(points: np.ndarray, along: np.ndarray) -> list[int]:
    """One side of the hull, from the first point to the last: at each of its corners it turns to the left."""
    chain: list[int] = []
    for place in along:
        while len(chain) > 1 and not _turns_left(*points[[*chain[-2:], place]]):
            chain.pop()
        chain.append(place)
    return chain


def _turns_left(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0])


def draw_splits(task, counts: dict[str, int], seed: int) -> dict[str, Points]:
    """Each split from a random stream of its own, so that the size of one does not change another."""
    streams = {"train": Stream.TRAIN_POINTS, "val": Stream.VAL_POINTS, "test": Stream.TEST_POINTS}
    return {name: task.draw(count, rng_of(seed, streams[name])) for name, count in counts.items()}


def bayes_accuracy(densities: Callable[[np.ndarray], np.ndarray], extent: float, cells: int = 400) -> float:
    """1/K ∫ maxₖ p(x | k) dx over the square |x₁|, |x₂| < extent: how often the best classifier is right.

    The midpoint rule on cells × cells; the square has to hold nearly all of the probability.
    """
    p = densities(square_grid(extent, cells))
    return float(p.max(axis=1).sum() / p.shape[1] * (2 * extent / cells) ** 2)


def square_grid(extent: float, cells: int) -> np.ndarray:
    """The midpoints of cells × cells squares, row by row: (cells², 2) float64."""
    middle = (np.arange(cells) + 0.5) * (2 * extent / cells) - extent
    x1, x2 = np.meshgrid(middle, middle)
    return np.stack([x1.ravel(), x2.ravel()], axis=1)
