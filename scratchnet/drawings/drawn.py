"""The embedded data set: cats and dogs drawn from a seed, so that nothing has to be downloaded.

A cat and a dog differ in their `Form` alone: the shape of ears, head, muzzle, eyes, whiskers and tail, and the ranges
of most of these overlap. Fur, pose, size, place, scene and light are drawn in the same way for both.

Everything an animal is made of is placed in units of its head: the head's centre is (0, 0), its radius about 1, y
points down.
"""

import io

import numpy as np
from PIL import Image

from scratchnet.drawings.brush import WHITE, Colour, Pen, clear, curve, mix
from scratchnet.drawings.scenery import background, foreground, photograph, pick
from scratchnet.drawings.traits import INK, PINK, Coat, Form, Look, a_coat, a_form, a_look
from scratchnet.names import SPLITS, rng_of

SIZES = ((144, 144), (144, 144), (160, 144), (144, 160))  # width, height in pixels
OVERSAMPLING = 2  # drawn this many times too large, then reduced: smooth edges
QUALITY = 90  # of the JPEG: no artefacts to see, and a sixth of the bytes of a PNG
RADIUS = (0.21, 0.32)  # of the head, in picture sides: at 64 pixels an ear is about 10 pixels high
PLACE, SCATTER = (0.5, 0.45), (0.05, 0.04)  # of the head: so far off that no pixel is always an ear's
SHADOW, GOLD = (20, 16, 30, 70), (236, 200, 90)
COLLARS = ((196, 58, 58), (60, 110, 178), (232, 180, 60), (80, 150, 110))


def limb(pen: Pen, points: list, width: float, colour: Colour, edge: Colour, tip: float = 1.0) -> None:
    """A leg or a tail: a stroke with an outline."""
    pen.stroke(points, width + 0.1, edge, tip)
    pen.stroke(points, width, colour, tip)


def paw(pen: Pen, x: float, y: float, coat: Coat, size: float = 0.36) -> None:
    """Its top side, with the gaps between three toes."""
    pen.oval(x, y, size + 0.05, size * 0.68 + 0.05, coat.edge)
    pen.oval(x, y, size, size * 0.68, coat.paw)
    for toe in (-0.33, 0.33):
        pen.stroke([(x + toe * size, y + 0.1 * size), (x + toe * size, y + 0.55 * size)], 0.05, coat.edge)


def stripes(pen: Pen, coat: Coat, width: float, height: float) -> None:
    """A tabby: three stripes down from the top, three in from each side."""
    for x in (-0.3, 0.0, 0.3):
        down = [(x * width, -1.1 * height), (x * width * 0.7, -0.45 * height)]
        pen.stroke(down, 0.13 * width, coat.dark, tip=0.3)
    for side in (-1, 1):
        for y in (-0.2, 0.15, 0.5):
            inwards = [(side * 1.1 * width, y * height), (side * 0.6 * width, (y + 0.1) * height)]
            pen.stroke(inwards, 0.12 * height, coat.dark, tip=0.2)


def markings(pen: Pen, coat: Coat, width: float, height: float, rng: np.random.Generator) -> None:
    """The fur's pattern on a part of the animal round (0, 0); the caller keeps it inside the outline."""
    if coat.pattern == "tabby":
        stripes(pen, coat, width, height)
    elif coat.pattern == "patches":
        for x, y, size in rng.uniform([-1, -1, 0.35], [1, 0.3, 0.6], (2, 3)):
            pen.oval(x * width, y * height, size * width, size * height, coat.dark)
    elif coat.pattern == "spots":
        for x, y, size in rng.uniform([-1, -1, 0.06], [1, 0.8, 0.13], (9, 3)):
            pen.oval(x * width, y * height, size * width, size * width, coat.dark)


def shade(pen: Pen, width: float, height: float) -> None:
    """Roundness: dark below and to one side, a soft light from above."""
    pen.oval(0.1 * width, 1.1 * height, 1.1 * width, 0.5 * height, (20, 12, 30, 34))
    pen.oval(1.1 * width, 0.1 * height, 0.4 * width, 1.1 * height, (20, 12, 30, 22))
    pen.oval(-0.3 * width, -0.7 * height, 0.5 * width, 0.3 * height, (255, 250, 235, 30))


def trunk(pen: Pen, points: list, coat: Coat, at: tuple, rng: np.random.Generator) -> None:
    """The body's outline with its fur. at: x, y, width, height of the part that carries the markings."""
    x, y, width, height = at
    outline = curve(points)
    pen.fill(outline, coat.base)
    with pen.inside(outline):
        markings(pen.at(x, y), coat, width, height, rng)
        shade(pen.at(x, y), width, height)
    pen.outline(outline, coat.edge, 0.06)


def sitting(pen: Pen, form: Form, coat: Coat, rng: np.random.Generator) -> None:
    """Seen from the front: upright, the tail to one side."""
    side = rng.choice((-1, 1))
    swing = rng.uniform(0.2, 0.9)
    end = form.tail_length
    tail = [(0.7 * side, 3.2), (1.5 * side, 3.1), (1.7 * side + 0.15 * end * side, 3.1 - 0.45 * end * swing)]
    tail.append((tail[-1][0] - 0.2 * side * swing, 3.0 - 0.8 * end * swing))
    limb(pen, tail, form.tail_width, coat.base, coat.edge, tip=0.7)
    outline = [(0.5, 0.5), (0.85, 1.5), (1.25, 2.7), (1.05, 3.4), (0, 3.5)]
    trunk(pen, [*outline, *((-x, y) for x, y in outline[-2::-1])], coat, (0, 2.2, 1.1, 1.3), rng)
    pen.oval(0, 1.5, 0.45, 0.8, coat.chest)
    for x in (-1.0, 1.0):
        paw(pen, x, 3.4, coat)
    for x in (-0.36, 0.36):
        limb(pen, [(x, 2.1), (x * 1.05, 2.8), (x, 3.3)], 0.5, coat.base, coat.edge)
        pen.stroke([(x, 1.8), (x, 2.4)], 0.5, coat.base)
        paw(pen, x, 3.45, coat)


def lying(pen: Pen, form: Form, coat: Coat, rng: np.random.Generator) -> None:
    """Seen from the side, the forepaws before the chest, the tail along the ground."""
    reach = form.tail_length
    tail = [(3.0, 1.3), (3.4, 1.6), (3.2 - 0.3 * reach, 1.85), (3.1 - 0.75 * reach, 1.75 + rng.uniform(-0.1, 0.1))]
    outline = [(-0.6, 0.4), (0.5, 0.1), (1.8, -0.05), (3.0, 0.4), (3.3, 1.3), (2.6, 1.75), (0.9, 1.8), (-0.7, 1.6)]
    trunk(pen, outline, coat, (1.7, 0.9, 1.7, 0.9), rng)
    pen.blob([(1.9, 1.75), (1.9, 1.0), (2.6, 0.75), (3.2, 1.2), (2.9, 1.75)], coat.base, coat.edge, 0.06)
    limb(pen, tail, form.tail_width, coat.base, coat.edge, tip=0.7)
    pen.oval(-0.1, 1.1, 0.5, 0.5, coat.chest)
    for x in (-0.75, 0.25):
        limb(pen, [(x + 0.4, 1.55), (x, 1.7)], 0.4, coat.base, coat.edge)
        paw(pen, x - 0.1, 1.72, coat)


def standing(pen: Pen, form: Form, coat: Coat, rng: np.random.Generator) -> None:
    """Seen from the side on four legs, the tail raised more or less."""
    up, end = rng.uniform(-0.2, 1.0), form.tail_length
    tail = [(2.9, 0.8), (3.1 + 0.25 * end, 0.9 - 0.2 * end * up), (3.1 + 0.3 * end, 0.9 - 0.55 * end * up)]
    limb(pen, [*tail, (3.1 + 0.2 * end, 0.8 - 0.85 * end * up)], form.tail_width, coat.base, coat.edge, tip=0.7)
    for x in (0.5, 2.6):
        limb(pen, [(x, 1.6), (x, 3.0)], 0.42, mix(coat.base, coat.dark, 0.5), coat.edge)
    back = [(-0.4, 0.5), (0.4, 0.2), (1.7, 0.4), (2.8, 0.35), (3.2, 1.1)]
    belly = [(2.7, 1.9), (1.4, 1.85), (0.1, 2.0), (-0.5, 1.3)]
    trunk(pen, back + belly, coat, (1.5, 1.1, 1.6, 0.8), rng)
    pen.oval(-0.05, 1.2, 0.35, 0.5, coat.chest)
    for x in (0.1, 2.85):
        limb(pen, [(x, 1.7), (x - 0.05, 3.1)], 0.46, coat.base, coat.edge)
        pen.stroke([(x, 1.3), (x, 2.0)], 0.46, coat.base)
        paw(pen, x - 0.12, 3.15, coat)


def floppy_ear(pen: Pen, form: Form, coat: Coat, colour: Colour) -> None:
    """An ear that hangs down beside the cheek."""
    reach = 0.5 * form.ear_height
    near, far = [(0.0, 0.6), (-0.3, -0.1), (0.1, -0.28)], [(0.42, 0.05), (0.5, 0.5 + reach), (0.25, 0.75 + 1.2 * reach)]
    pen.blob(near + far, mix(colour, coat.dark, 0.5), coat.edge)


def upright_ear(pen: Pen, form: Form, coat: Coat, colour: Colour) -> None:
    """A pricked ear, or a lower one whose tip is folded forward."""
    w, h = form.ear_width, form.ear_height * (1.0 if form.ears == "pricked" else 0.55)
    blunt = 0.5 * w * form.ear_tip if form.ear_tip > 0.05 else 0.0
    tip = [(-blunt, -h), (blunt, -h)]
    pen.blob([(-w, 0.3), (-w * 0.75, -h * 0.45), *tip, (w * 0.8, -h * 0.4), (w, 0.35)], colour, coat.edge)
    if form.ears == "pricked":
        inner = [(-w * 0.5, 0.1), (-w * 0.4, -h * 0.35), (0, -h * 0.72), (w * 0.42, -h * 0.3), (w * 0.5, 0.15)]
        pen.blob(inner, mix(PINK, coat.dark, 0.45))
    else:
        fold, point = [(-w * 0.8, -h * 0.75), (w * 0.7, -h * 0.8), (w * 0.6, -h * 0.1)], (w * 0.3, 0.32)
        pen.blob([*fold, point, point, (-w * 0.5, 0.05)], mix(colour, coat.dark, 0.4), coat.edge)


def ears(pen: Pen, form: Form, coat: Coat, look: Look, rng: np.random.Generator) -> None:
    """Both ears, each in a frame on its side of the crown that is tilted outwards."""
    tilt = rng.uniform(0.15, 0.5)
    colour = coat.dark if rng.random() < 0.4 else coat.base
    ear = floppy_ear if form.ears == "floppy" else upright_ear
    for side in (-1, 1):
        x, y = look.front(side * 0.62 * form.head_width, -0.62, -0.1)
        ear(pen.at(x, y, angle=side * tilt, mirror=side < 0), form, coat, colour)


def eyes(pen: Pen, form: Form, coat: Coat, look: Look) -> None:
    """Rim, iris, pupil and a glint; or two lids."""
    for side in (-1, 1):
        x, y = look.front(side * 0.42 * form.head_width, -0.08, 0.35)
        at, size = pen.at(x, y, angle=side * 0.18), form.eye
        if look.asleep:
            at.stroke([(-size, 0), (0, size * 0.5), (size, 0)], 0.09, INK)
            continue
        at.oval(0, 0, size * 1.2, size * 1.1, INK)
        at.oval(0, 0, size, size * 0.92, coat.iris)
        at.oval(0, 0, size * 0.85 * form.pupil, size * 0.85, INK)
        at.oval(-size * 0.3, -size * 0.35, size * 0.26, size * 0.26, WHITE)


def muzzle(pen: Pen, form: Form, coat: Coat, look: Look) -> None:
    """The snout from the brow down, the chin with or without a tongue, the cheeks, mouth and nose."""
    w, h = form.muzzle_width, form.muzzle_height
    x, y = look.front(0, 0.3 + 0.4 * h, form.muzzle_depth)
    pen.stroke([look.front(0, 0.0, 0.5), (x, y)], w * 0.8, coat.muzzle, tip=2.2)
    at = pen.at(x, y)
    if look.tongue:
        tongue = [(-0.13, h * 0.7), (0.13, h * 0.7), (0.12, h + 0.25), (-0.12, h + 0.25)]
        at.blob(tongue, PINK, mix(PINK, INK, 0.4), 0.03)
    at.oval(0, h * 0.45, w * 0.62, h * 0.75, mix(coat.muzzle, coat.dark, 0.25))
    for side in (-1, 1):
        at.oval(side * w * 0.48, h * 0.1, w * 0.62, h * 0.8, coat.muzzle)
    mouth(at, form, coat)
    nose(at.at(0, -h * 0.45, form.nose), coat)


def mouth(pen: Pen, form: Form, coat: Coat) -> None:
    """The line down from the nose and a smile to either side."""
    w, h, line = form.muzzle_width, form.muzzle_height, mix(coat.edge, INK, 0.5)
    pen.stroke([(0, -h * 0.45), (0, h * 0.35)], 0.05, line)
    for side in (-1, 1):
        smile = [(0, h * 0.35), (side * w * 0.4, h * 0.75), (side * w * 0.85, h * 0.5)]
        pen.stroke(smile, 0.055, line, tip=0.5)


def nose(pen: Pen, coat: Coat) -> None:
    """A rounded triangle with a gleam; its half width is 1."""
    pen.blob([(-1, -0.5), (0, -0.75), (1, -0.5), (0, 0.85)], coat.nose)
    pen.oval(-0.3, -0.35, 0.3, 0.16, clear(WHITE, 0.47))


def whiskers(pen: Pen, form: Form, coat: Coat, look: Look) -> None:
    """Three on each side, dark on pale fur and white on dark."""
    x, y = look.front(0, 0.45, form.muzzle_depth)
    colour = clear(WHITE if sum(coat.base) < 420 else coat.edge, 0.85)
    for side in (-1, 1):
        for lift in (-0.22, 0.0, 0.2):
            start = (x + side * form.muzzle_width * 0.7, y + 0.3 * lift)
            end = (start[0] + side * form.whisker, y + lift * (1 + form.whisker))
            pen.stroke([start, ((start[0] + end[0]) / 2, end[1] - 0.04), end], 0.05, colour, tip=0.3)


def face_markings(pen: Pen, coat: Coat, look: Look) -> None:
    """A pale blaze down the middle of the face, or a dark mask round the eyes."""
    x, _ = look.front(0, 0, 0.5)
    if coat.pattern == "blaze":
        pen.stroke([(x, -1.2), (x, -0.3), (x, 0.6)], 0.2, coat.pale, tip=3)
    elif coat.pattern == "mask":
        for side in (-0.45, 0.45):
            pen.oval(x + side, -0.05, 0.4, 0.42, coat.dark)


def head(pen: Pen, form: Form, coat: Coat, look: Look, rng: np.random.Generator) -> None:
    """From back to front: ears (but for floppy ones), skull, markings, muzzle, eyes, whiskers."""
    w, jaw = form.head_width, form.jaw_width
    right = [(0.5 * w, -0.84), (0.95 * w, -0.3), (0.98 * w, 0.25), (jaw, 0.82)]
    if form.ears != "floppy":
        ears(pen, form, coat, look, rng)
    outline = curve([(0, -0.92), *right, (0, 0.95), *((-x, y) for x, y in right[::-1])])
    pen.fill(outline, coat.base)
    with pen.inside(outline):
        markings(pen, coat, w, 0.9, rng)
        face_markings(pen, coat, look)
        shade(pen, w, 0.9)
    pen.outline(outline, coat.edge, 0.06)
    if form.ears == "floppy":
        ears(pen, form, coat, look, rng)
    muzzle(pen, form, coat, look)
    eyes(pen, form, coat, look)
    if form.whisker > 0.25:
        whiskers(pen, form, coat, look)


POSES = ((sitting, 3.5, 0.0), (lying, 1.95, 1.2), (standing, 3.5, 1.3))  # and the middle of its shadow: y, x


def animal(pen: Pen, label: int, rng: np.random.Generator) -> None:
    """One animal in a pen whose unit is the picture's side; size and place are the same for cats and dogs."""
    form, coat, look = a_form(label, rng), a_coat(rng), a_look(rng)
    pose, ground, middle = POSES[rng.integers(len(POSES))]
    radius = rng.uniform(*RADIUS)
    x, y = rng.normal(PLACE, SCATTER)
    mirror = rng.random() < 0.5
    x += (1 if mirror else -1) * middle * 0.04  # makes room for the body
    whole = pen.at(x, y, radius, mirror=mirror)
    whole.oval(middle, ground, 2.2, 0.3, SHADOW)
    pose(whole, form, coat, rng)
    if rng.random() < 0.4:
        whole.stroke([(-0.7, 0.75), (0, 1.1), (0.7, 0.75)], 0.24, pick(COLLARS, rng))
        whole.oval(0, 1.25, 0.14, 0.14, GOLD)
    head(whole.at(0, 0, angle=rng.normal(0, 0.12)), form, coat, look, rng)


def draw(label: int, rng: np.random.Generator) -> Image.Image:
    """A picture of a cat (label 0) or a dog (label 1)."""
    if label not in (0, 1):
        raise ValueError(f"label is {label!r}, not 0 (cat) or 1 (dog)")
    width, height = SIZES[rng.integers(len(SIZES))]
    image = background((width, height), rng).resize((width * OVERSAMPLING, height * OVERSAMPLING), Image.BILINEAR)
    stretched = Pen(image, np.diag(np.array(image.size, dtype=np.float64)), np.zeros(2))
    side = min(image.size)
    centred = Pen(image, side * np.eye(2), (np.array(image.size) - side) / 2)
    animal(centred, label, rng)
    foreground(stretched, rng)
    return photograph(image.reduce(OVERSAMPLING), rng)


def jpeg(label: int, seed: int, split: str, index: int) -> bytes:
    """Picture `index` of a split as a JPEG file; it depends on nothing but the four arguments."""
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}, not one of {', '.join(SPLITS)}")
    rng = rng_of(seed, SPLITS.index(split), index)
    file = io.BytesIO()
    draw(label, rng).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
