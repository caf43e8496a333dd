"""A pen that fills smooth shapes in coordinates of its own, and the colours it is dipped in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

SAMPLES = 6  # points from one control point to the next: at 160 pixels no corner shows
TURNS = 2 * np.pi * np.arange(24, dtype=np.float64) / 24
CIRCLE = np.stack([np.cos(TURNS), np.sin(TURNS)], axis=1)  # the unit circle as a 24-gon
HALF_CIRCLE = CIRCLE[:13:2]

Colour = tuple[int, ...]  # red, green, blue and, where it is see-through, alpha: 0..255
WHITE = (255, 255, 255)


def _catmull_rom() -> np.ndarray:
    """Weights of four neighbouring control points for the samples between the middle two: (SAMPLES, 4)."""
    t = np.arange(SAMPLES, dtype=np.float64) / SAMPLES
    weights = [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]
    return np.stack(weights, axis=1) / 2


WEIGHTS = _catmull_rom()


@lru_cache(maxsize=64)
def _neighbours(count: int, closed: bool) -> np.ndarray:
    """For each piece of a curve through `count` points, the four control points that shape it."""
    pieces = np.arange(count if closed else count - 1)[:, None] + np.array([-1, 0, 1, 2])
    return pieces % count if closed else pieces.clip(0, count - 1)


def curve(points: Sequence, closed: bool = True) -> np.ndarray:
    """A smooth (Catmull-Rom) curve through the points (N, 2); a point given twice is a corner."""
    points = np.asarray(points, dtype=np.float64)
    samples = (WEIGHTS @ points[_neighbours(len(points), closed)]).reshape(-1, 2)
    return samples if closed else np.concatenate([samples, points[-1:]])


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour `share` of the way from a to b."""
    return tuple(round(x + (y - x) * share) for x, y in zip(a[:3], b[:3], strict=True))


def clear(colour: Colour, alpha: float) -> Colour:
    """The colour as a glaze: alpha 1 hides what is below, alpha 0 shows it."""
    return (*colour[:3], round(255 * alpha))


class Pen:
    """Draws on an image in a frame of its own: a point p lands on pixel origin + p @ axes.

    axes (2, 2): the pen's x and y axis, each a row, in pixels; origin (2,)
    """

    def __init__(self, image: Image.Image, axes: np.ndarray, origin: np.ndarray):
        self.image, self.axes, self.origin = image, axes, origin
        self._draw = ImageDraw.Draw(image, "RGBA")  # on an RGB image: blends see-through colours

    def at(self, x: float, y: float, scale: float = 1.0, angle: float = 0.0, mirror: bool = False) -> "Pen":
        """A pen whose origin is (x, y) of this one, scaled, turned by `angle` (radians, clockwise), mirrored."""
        c, s = scale * np.cos(angle), scale * np.sin(angle)
        turn = np.array([[-c, -s] if mirror else [c, s], [-s, c]])
        return Pen(self.image, turn @ self.axes, self._pixels(np.array([x, y])))

    def _pixels(self, points: np.ndarray) -> np.ndarray:
        return points @ self.axes + self.origin

    def fill(self, outline: np.ndarray, colour: Colour) -> None:
        """The polygon through the outline's points (N, 2), as they are."""
        self._draw.polygon(self._pixels(outline).ravel().tolist(), fill=colour)

    def outline(self, outline: np.ndarray, colour: Colour, width: float) -> None:
        """A line along the closed outline (N, 2); it is a pixel wide at least."""
        ring = self._pixels(np.concatenate([outline, outline[:2]]))
        pixels = max(1, round(width * np.hypot(*self.axes[0])))
        self._draw.line(ring.ravel().tolist(), fill=colour, width=pixels)

    def blob(self, points: Sequence, colour: Colour, edge: Colour | None = None, width: float = 0.05) -> None:
        """The smooth closed shape through the points, with a line of `edge` around it where one is given."""
        outline = curve(points)
        self.fill(outline, colour)
        if edge is not None:
            self.outline(outline, edge, width)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour, angle: float = 0.0) -> None:
        """An ellipse round (x, y), turned by `angle` (radians, clockwise)."""
        c, s = np.cos(angle), np.sin(angle)
        self.fill((CIRCLE * [rx, ry]) @ np.array([[c, s], [-s, c]]) + [x, y], colour)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """The rectangle from (x0, y0) to (x1, y1)."""
        self.fill(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), colour)

    def stroke(self, points: Sequence, width: float, colour: Colour, tip: float = 1.0) -> None:
        """A smooth brush stroke through the points, `width` wide at its start and `tip * width` at its end."""
        path = curve(points, closed=False)
        along = path[1:] - path[:-1]
        along = np.concatenate([along, along[-1:]])
        half = width / 2 * (1 + (tip - 1) * np.arange(len(path)) / (len(path) - 1))
        along *= (half / np.hypot(along[:, 0], along[:, 1]))[:, None]  # now half as long as the stroke is wide
        across = along[:, ::-1] * [-1.0, 1.0]
        last = path[-1] + HALF_CIRCLE @ np.array([across[-1], along[-1]])
        first = path[0] - HALF_CIRCLE @ np.array([across[0], along[0]])
        self.fill(np.concatenate([path + across, last, (path - across)[::-1], first]), colour)

    @contextmanager
    def inside(self, outline: np.ndarray) -> Iterator[None]:
        """What is drawn within the `with` block stays inside the outline (N, 2), like a marking on fur."""
        below = self.image.copy()
        yield
        mask = Image.new("L", self.image.size, 255)
        ImageDraw.Draw(mask).polygon(self._pixels(outline).ravel().tolist(), fill=0)
        self.image.paste(below, mask=mask)
