"""Where the animal is: the background behind it, what hides part of it, and the light and noise of the camera.

Nothing here knows whether a cat or a dog is in the picture, so nothing here can tell.
"""

import numpy as np
from PIL import Image, ImageFilter

from scratchnet.drawings.brush import Colour, Pen, clear, mix

WALLS = ((226, 205, 178), (178, 196, 190), (196, 160, 150), (120, 134, 152), (235, 226, 208), (92, 98, 104))
FLOORS = ((168, 122, 84), (120, 86, 62), (198, 168, 132), (104, 108, 116), (214, 204, 190))
SKIES = ((150, 196, 226), (196, 220, 230), (236, 206, 170), (120, 160, 200))
MEADOWS = ((116, 156, 78), (148, 172, 92), (86, 126, 74), (176, 166, 96))
DUSKS = ((52, 56, 98), (96, 66, 112), (208, 110, 88), (34, 46, 72))
SNOWS = ((226, 232, 240), (206, 218, 232))
BRIGHTS = ((206, 84, 72), (232, 178, 76), (88, 146, 150), (74, 104, 158), (150, 106, 152), (236, 228, 214))
WOODS = ((150, 108, 72), (188, 150, 108), (112, 84, 66), (204, 196, 184))
DEFOCUS = (0.5, 3.0)  # radius of the background's blur, in pixels
CARDBOARD = (196, 154, 108)


def pick(colours: tuple, rng: np.random.Generator) -> Colour:
    """One of the colours, a little lighter, darker, warmer or colder than it is written."""
    jitter = rng.normal(0.0, 7.0, 3) + rng.normal(0.0, 8.0)
    return tuple(int(c) for c in (np.array(colours[rng.integers(len(colours))]) + jitter).clip(0, 255))


def wash(size: tuple[int, int], corners: list[Colour]) -> Image.Image:
    """A smooth gradient between the colours of the four corners, row by row."""
    return Image.frombytes("RGB", (2, 2), bytes(c for corner in corners for c in corner)).resize(size, Image.BICUBIC)


def indoors(pen: Pen, rng: np.random.Generator) -> None:
    """A wall with a window or a picture, a skirting board, a floor and a rug."""
    wall, floor, y = pick(WALLS, rng), pick(FLOORS, rng), rng.uniform(0.5, 0.75)
    pen.box(0, 0, 1, y, clear(wall, 0.85))
    if rng.random() < 0.4:  # panelling
        for x in np.arange(rng.uniform(0, 0.1), 1, rng.uniform(0.1, 0.2)):
            pen.box(x, 0, x + 0.012, y, mix(wall, (40, 34, 30), 0.16))
    pen.box(0, y, 1, 1, floor)
    for depth in (0.05, 0.13, 0.25, 0.42):  # floorboards, wider as they come nearer
        pen.box(0, y + depth, 1, y + depth + 0.006, mix(floor, (30, 20, 16), 0.3))
    pen.box(0, y - 0.03, 1, y + 0.012, mix(wall, (255, 252, 244), 0.6))
    hanging(pen, rng)
    if rng.random() < 0.6:
        rug, x = pick(BRIGHTS, rng), rng.uniform(0.3, 0.7)
        pen.oval(x, 0.9, 0.45, 0.12, rug)
        pen.oval(x, 0.9, 0.38, 0.09, mix(rug, (255, 246, 230), 0.35))


def hanging(pen: Pen, rng: np.random.Generator) -> None:
    """A window or a picture on the wall."""
    frame, glass = pick(WOODS, rng), pick(SKIES + DUSKS + BRIGHTS, rng)
    x, y, w, h = rng.uniform([0.0, 0.02, 0.16, 0.16], [0.75, 0.15, 0.36, 0.34])
    pen.box(x - 0.018, y - 0.018, x + w + 0.018, y + h + 0.018, frame)
    pen.box(x, y, x + w, y + h, glass)
    if rng.random() < 0.5:
        pen.box(x + w / 2 - 0.008, y, x + w / 2 + 0.008, y + h, frame)
        pen.box(x, y + h / 2 - 0.008, x + w, y + h / 2 + 0.008, frame)
    else:
        pen.blob([(x, y + h), (x + w * 0.3, y + h * 0.5), (x + w * 0.6, y + h * 0.75), (x + w, y + h)], frame)


def meadow(pen: Pen, rng: np.random.Generator) -> None:
    """Sky, clouds, two ranges of hills, trees, grass and flowers."""
    sky, grass, y = pick(SKIES, rng), pick(MEADOWS, rng), rng.uniform(0.4, 0.65)
    pen.box(0, 0, 1, 1, clear(sky, 0.8))
    for x, up in rng.uniform([0, 0.05], [1, 0.3], (2, 2)):
        for step in (-0.08, 0.0, 0.09):
            pen.oval(x + step, up - 0.02 * (step == 0), 0.09, 0.045, clear((252, 252, 250), 0.7))
    for shade, height in ((0.45, 0.1), (0.2, 0.04)):
        bumps = rng.uniform(0.0, height, 6)
        ridge = [(-0.2, 1.2), *((0.24 * i - 0.1, y - height - b) for i, b in enumerate(bumps)), (1.3, 1.2)]
        pen.blob(ridge, mix(grass, sky, shade))
    for x, size in rng.uniform([0, 0.05], [1, 0.12], (rng.integers(0, 4), 2)):
        pen.box(x - 0.01, y - size, x + 0.01, y + 0.02, (92, 68, 52))
        pen.oval(x, y - size * 1.5, size * 0.8, size, mix(grass, (30, 60, 40), 0.45))
    pen.box(0, y, 1, 1, grass)
    tufts(pen, rng, grass, y, 9)
    for x, down in rng.uniform([0, y + 0.05], [1, 1], (rng.integers(3, 9), 2)):
        pen.oval(x, down, 0.014, 0.011, pick(BRIGHTS, rng))


def tufts(pen: Pen, rng: np.random.Generator, colour: Colour, top: float, count: int) -> None:
    """Short strokes of grass on the ground below `top`."""
    for x, y, lean in rng.uniform([0, top, -0.03], [1, 1, 0.03], (count, 3)):
        pen.stroke([(x, y), (x + lean, y - 0.05)], 0.014, mix(colour, (30, 50, 20), rng.uniform(0, 0.35)), tip=0)


def dusk(pen: Pen, rng: np.random.Generator) -> None:
    """An evening sky with a moon and stars over dark hills or roofs."""
    ground, y = mix(pick(DUSKS, rng), (20, 22, 34), 0.6), rng.uniform(0.5, 0.75)
    for x, up in rng.uniform([0, 0], [1, y], (10, 2)):
        pen.oval(x, up, 0.006, 0.006, (250, 240, 210, 190))
    x, up = rng.uniform([0.1, 0.08], [0.9, 0.25])
    pen.oval(x, up, 0.11, 0.11, (250, 236, 190, 60))
    pen.oval(x, up, 0.07, 0.07, (250, 236, 200))
    for x in np.arange(0, 1, 0.17):
        height = rng.uniform(0.03, 0.2)
        if rng.random() < 0.5:
            pen.box(x, y - height, x + 0.15, y, mix(ground, (110, 90, 120), 0.3))
            pen.box(x + 0.05, y - height * 0.7, x + 0.09, y - height * 0.4, (246, 204, 116))
        else:
            pen.oval(x + 0.08, y, 0.13, height, mix(ground, (90, 90, 130), 0.2))
    pen.box(0, y, 1, 1, ground)
    tufts(pen, rng, mix(ground, (130, 130, 150), 0.4), y, 7)


def winter(pen: Pen, rng: np.random.Generator) -> None:
    """Snow, firs and falling flakes."""
    snow, y = pick(SNOWS, rng), rng.uniform(0.45, 0.7)
    for x, size in rng.uniform([0, 0.08], [1, 0.2], (6, 2)):
        green = mix((58, 92, 84), snow, rng.uniform(0, 0.6))
        for step in range(3):
            half, top = size * (0.3 + 0.12 * step), y - size * (2.1 - 0.6 * step)
            pen.fill(np.array([[x, top], [x + half, top + size], [x - half, top + size]]), green)
    pen.box(0, y, 1, 1, snow)
    pen.oval(rng.uniform(0, 1), y + 0.02, 0.5, 0.06, mix(snow, (255, 255, 255), 0.5))
    pen.oval(rng.uniform(0, 1), 0.95, 0.6, 0.1, mix(snow, (150, 170, 200), 0.3))
    for x, up in rng.uniform(0, 1, (16, 2)):
        pen.oval(x, up, 0.009, 0.009, (255, 255, 255, 210))


def wallpaper(pen: Pen, rng: np.random.Generator) -> None:
    """Stripes, or a pattern of dots, at any angle."""
    one, two, gap = pick(BRIGHTS + WALLS, rng), pick(BRIGHTS + WALLS, rng), rng.uniform(0.09, 0.2)
    two = mix(one, two, rng.uniform(0.25, 0.8))
    turned = pen.at(0.5, 0.5, angle=rng.uniform(0, np.pi))
    turned.box(-1, -1, 1, 1, clear(one, 0.8))
    dots = rng.random() < 0.4
    for x in np.arange(-0.8, 0.8, gap):
        if not dots:
            turned.box(x, -1, x + gap * 0.45, 1, two)
        for y in np.arange(-0.8, 0.8, gap) if dots else ():
            turned.oval(x, y, gap * 0.22, gap * 0.22, two)


def clutter(pen: Pen, rng: np.random.Generator) -> None:
    """Lights and toys out of focus: discs, rings, triangles and boxes of every colour."""
    for x, y, size, turn in rng.uniform([0, 0, 0.04, 0], [1, 1, 0.14, 3], (rng.integers(5, 11), 4)):
        colour, kind, at = clear(pick(BRIGHTS, rng), rng.uniform(0.4, 0.95)), rng.integers(4), pen.at(x, y, size, turn)
        if kind == 0:
            at.oval(0, 0, 1, 1, colour)
        elif kind == 1:
            at.blob([(-1, 0.8), (-1, 0.8), (0, -1), (0, -1), (1, 0.8), (1, 0.8)], colour)
        elif kind == 2:
            at.box(-0.9, -0.7, 0.9, 0.7, colour)
        else:
            at.stroke([(-1.2, 0), (-0.4, 0.5), (0.4, -0.5), (1.2, 0)], 0.35, colour)


SCENES = ((indoors,), (indoors, clutter), (meadow,), (meadow, clutter), (dusk,), (winter,), (wallpaper,), (clutter,))


def background(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """One of the scenes on a wash of colour, more or less out of focus."""
    corners = [pick(SKIES + WALLS + DUSKS + MEADOWS, rng) for _ in range(4)]
    image = wash(size, corners)
    pen = Pen(image, np.diag(np.array(size, dtype=np.float64)), np.zeros(2))
    for layer in SCENES[rng.integers(len(SCENES))]:
        layer(pen, rng)
    return image.filter(ImageFilter.BoxBlur(rng.uniform(*DEFOCUS)))


def grass(pen: Pen, rng: np.random.Generator) -> None:
    """Tall blades from the lower edge."""
    colour, centre = pick(MEADOWS, rng), rng.uniform(0, 1)
    for x, lean, height in rng.normal([centre, 0, 0.3], [0.2, 0.06, 0.09], (13, 3)):
        blade = [(x, 1.05), (x + lean * 0.4, 1 - height * 0.5), (x + lean, 1 - abs(height))]
        pen.stroke(blade, 0.028, mix(colour, (26, 52, 24), rng.uniform(0, 0.5)), tip=0.1)


def fence(pen: Pen, rng: np.random.Generator) -> None:
    """One or two boards of a fence, near the camera."""
    colour, x, width = pick(WOODS, rng), rng.uniform(0, 0.95), rng.uniform(0.06, 0.12)
    for left in (x, x + rng.uniform(0.25, 0.5)):
        top, middle, right = rng.uniform(0.05, 0.5), left + width / 2, left + width
        board = [[left, top + 0.08], [middle, top], [right, top + 0.08], [right, 1.1], [left, 1.1]]
        pen.fill(np.array(board), colour)
        pen.box(left + width * 0.3, 0.6, left + width * 0.36, 1.05, mix(colour, (50, 34, 24), 0.3))


def carton(pen: Pen, rng: np.random.Generator) -> None:
    """A cardboard box to sit in."""
    x, y, w = rng.uniform([0.05, 0.66, 0.4], [0.4, 0.84, 0.6])
    colour = pick((CARDBOARD,), rng)
    flaps = [[x - 0.1, y + 0.1], [x, y], [x + w, y], [x + w + 0.1, y + 0.1]]
    pen.fill(np.array(flaps), mix(colour, (255, 240, 210), 0.3))
    pen.box(x, y + 0.03, x + w, 1.1, colour)
    pen.box(x + w * 0.44, y + 0.03, x + w * 0.56, y + 0.15, mix(colour, (250, 235, 200), 0.5))


def plant(pen: Pen, rng: np.random.Generator) -> None:
    """Leaves that hang in from one side."""
    colour, left, y = pick(MEADOWS, rng), rng.random() < 0.5, rng.uniform(0.1, 0.9)
    side = pen.at(0.0 if left else 1.0, y, mirror=not left)
    for angle in rng.uniform(-0.9, 0.9, 5):
        leaf = side.at(-0.02, 0, rng.uniform(0.25, 0.45), angle)
        green = mix(colour, (24, 70, 50), rng.uniform(0, 0.6))
        leaf.blob([(0, 0), (0.4, -0.14), (1, 0.05), (1, 0.05), (0.45, 0.16)], green)
        leaf.stroke([(0.05, 0), (0.9, 0.04)], 0.025, mix(green, (230, 240, 190), 0.3), tip=0.2)


def ball(pen: Pen, rng: np.random.Generator) -> None:
    """A striped ball in front."""
    x, y, size = rng.uniform([0.1, 0.7, 0.08], [0.9, 0.95, 0.16])
    one, two, at = pick(BRIGHTS, rng), pick(BRIGHTS, rng), pen.at(x, y, size, rng.uniform(-1, 1))
    at.oval(0, 0, 1, 1, one)
    at.blob([(-0.95, -0.3), (0, -0.1), (0.95, -0.3), (0.95, 0.3), (0, 0.5), (-0.95, 0.3)], two)
    at.oval(-0.35, -0.45, 0.22, 0.16, (255, 255, 255, 130))


def foreground(pen: Pen, rng: np.random.Generator) -> None:
    """In half of the pictures, something in front that may hide a part of the animal."""
    kinds = (grass, fence, carton, plant, ball)
    if rng.random() < 0.4:
        kinds[rng.integers(len(kinds))](pen, rng)


def photograph(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The scene as a camera sees it: light from one side, exposure, contrast, tint, blur and sensor noise."""
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.BoxBlur(rng.uniform(0.3, 0.9)))
    light = Image.frombytes("L", (2, 2), bytes(rng.integers(180, 256, 4).tolist())).resize(image.size, Image.BICUBIC)
    gain = rng.uniform(0.85, 1.12) * rng.uniform(0.95, 1.05, 3) / 220  # exposure and white balance
    x = np.asarray(image) * (np.asarray(light)[:, :, None] * gain.astype(np.float32))
    x = x.mean() + (x - x.mean()) * np.float32(rng.uniform(0.75, 1.15))
    x += rng.standard_normal((*x.shape[:2], 1), dtype=np.float32) * np.float32(rng.uniform(0.5, 5.0))
    return Image.fromarray(x.clip(0, 255).astype(np.uint8))
