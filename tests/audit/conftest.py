"""A set of photographs that has one of everything that an audit looks for."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

SIDE = 32


def picture(seed: int, label: int) -> Image.Image:
    """Cats are red and dogs blue, which a network learns at once; the rest is noise of a seed."""
    noise = np.random.default_rng(seed).integers(0, 120, size=(SIDE, SIDE, 3), dtype=np.uint8)
    noise[..., 2 * label] += 130
    return Image.fromarray(noise).resize((3 * SIDE, 2 * SIDE), Image.Resampling.NEAREST)


def saved(image: Image.Image, format: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@pytest.fixture
def encoded() -> Callable[..., bytes]:
    """Seed, label, and what to do with the picture -> a file."""

    def make(seed: int, label: int, change=lambda image: image, **options) -> bytes:
        return saved(change(picture(seed, label)), **options)

    return make
