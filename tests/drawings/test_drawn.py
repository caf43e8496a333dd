"""The drawn data set: the same everywhere, the same for both classes but for the animal's form."""

import io

import numpy as np
import pytest
from PIL import Image

from scratchnet.drawings.drawn import SIZES, SPLITS, draw, jpeg
from scratchnet.drawings.traits import FORMS, a_coat, a_form

CLASSES = (0, 1)


def statistics(file: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(file)) as image:
        x = np.asarray(image, dtype=np.float64)
    return np.concatenate([x.mean((0, 1)), x.std((0, 1)), x[:, :12].mean((0, 1))])


@pytest.mark.parametrize("label", CLASSES)
def test_a_picture_depends_on_its_seed_split_and_index_alone(label):
    first = jpeg(label, 7, "val", 5)
    jpeg(1 - label, 7, "val", 4)  # whatever was drawn in between
    assert jpeg(label, 7, "val", 5) == first
    others = [
        jpeg(label, 7, "val", 6),
        jpeg(label, 8, "val", 5),
        jpeg(label, 7, "test", 5),
        jpeg(1 - label, 7, "val", 5),
    ]
    assert first not in others
    assert len(set(others)) == len(others)


def test_every_picture_is_a_jpeg_of_a_known_size():
    for index in range(60):
        with Image.open(io.BytesIO(jpeg(index % 2, 0, "train", index))) as image:
            image.load()
            assert (image.format, image.mode) == ("JPEG", "RGB")
            assert image.size in SIZES


@pytest.mark.parametrize("label", CLASSES)
def test_draw_consumes_only_the_generator_it_is_given(label):
    one, two = (draw(label, np.random.default_rng(3)) for _ in range(2))
    assert one.tobytes() == two.tobytes()
    assert one.tobytes() != draw(label, np.random.default_rng(4)).tobytes()


def test_colour_and_contrast_do_not_tell_the_classes_apart():
    """Mean, spread and left edge, colour by colour, of 100 pictures a class: equal within four standard errors."""
    cats, dogs = (np.stack([statistics(jpeg(k, 1, "train", i)) for i in range(k, 200, 2)]) for k in CLASSES)
    error = np.sqrt((cats.var(axis=0) + dogs.var(axis=0)) / len(cats))
    assert (np.abs(cats.mean(axis=0) - dogs.mean(axis=0)) < 4 * error).all()


def test_every_measure_of_form_stays_in_its_range():
    for label in CLASSES:
        forms = [a_form(label, np.random.default_rng([label, i])) for i in range(200)]
        for name, ranges in FORMS.items():
            measures = np.array([getattr(form, name) for form in forms])
            assert ranges[label][0] <= measures.min() < measures.max() <= ranges[label][1]
        assert {form.ears for form in forms} >= {"pricked", "folded"}  # either class has them


def test_every_fur_comes_in_every_pattern():
    coats = [a_coat(np.random.default_rng(i)) for i in range(800)]
    assert {coat.pattern for coat in coats} == {"plain", "tabby", "patches", "spots", "blaze", "mask"}
    brightness = np.array([sum(coat.base) for coat in coats])
    assert brightness.min() < 200 < 650 < brightness.max()


@pytest.mark.parametrize("label", [-1, 2, None])
def test_a_label_that_is_neither_is_refused(label):
    with pytest.raises(ValueError, match=r"label is .*, not 0 \(cat\) or 1 \(dog\)"):
        draw(label, np.random.default_rng(0))


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="'valid'"):
        jpeg(0, 0, "valid", 0)
    assert list(SPLITS) == ["train", "val", "test"]
