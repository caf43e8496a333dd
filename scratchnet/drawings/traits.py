"""What an animal is like: its form, which alone tells a cat from a dog, its coat, and where it looks."""

from dataclasses import dataclass, make_dataclass

import numpy as np

from scratchnet.drawings.brush import Colour, mix
from scratchnet.drawings.scenery import pick

FURS = (  # base, markings, pale parts
    ((240, 234, 224), (196, 176, 154), (255, 252, 246)),  # white
    ((230, 204, 164), (188, 148, 100), (248, 234, 208)),  # cream
    ((214, 138, 70), (164, 90, 38), (248, 220, 180)),  # ginger
    ((186, 150, 116), (128, 94, 66), (234, 212, 184)),  # fawn
    ((134, 92, 60), (84, 54, 36), (212, 178, 140)),  # brown
    ((86, 60, 48), (50, 34, 28), (168, 130, 102)),  # chocolate
    ((156, 154, 154), (100, 98, 104), (226, 224, 222)),  # grey
    ((100, 112, 128), (64, 72, 88), (190, 198, 208)),  # blue
    ((54, 52, 58), (28, 27, 32), (226, 222, 218)),  # black
)
IRISES = ((214, 166, 60), (140, 168, 84), (124, 84, 48), (110, 160, 196))
PATTERNS = ("plain", "tabby", "patches", "spots", "blaze", "mask")
PINK, INK = (226, 140, 140), (34, 28, 30)

# What makes the task: a range for cats, a range for dogs, in head radii. The ranges overlap or all but touch, and heads
# differ by half in size, so that in pixels no measure decides alone: ears, eyes and muzzle have to be seen together.
FORMS = {
    "head_width": ((0.95, 1.18), (0.84, 1.08)),
    "jaw_width": ((0.45, 0.65), (0.42, 0.7)),
    "ear_height": ((0.6, 0.95), (0.65, 1.05)),
    "ear_width": ((0.34, 0.48), (0.28, 0.42)),
    "ear_tip": ((0.0, 0.25), (0.1, 0.6)),  # 0 pointed, 1 round
    "muzzle_width": ((0.34, 0.48), (0.4, 0.6)),
    "muzzle_height": ((0.22, 0.32), (0.34, 0.52)),
    "muzzle_depth": ((0.25, 0.45), (0.45, 1.0)),  # how far it stands out when the head turns
    "nose": ((0.09, 0.15), (0.16, 0.27)),
    "eye": ((0.2, 0.28), (0.13, 0.21)),
    "pupil": ((0.25, 0.85), (0.6, 0.95)),  # its width, as a share of its height
    "whisker": ((0.5, 1.0), (0.0, 0.45)),
    "tail_length": ((1.7, 2.6), (1.0, 2.2)),
    "tail_width": ((0.26, 0.36), (0.3, 0.5)),
}
EARS = ("pricked", "folded", "floppy")
EAR_ODDS = ((0.86, 0.14, 0.0), (0.14, 0.22, 0.64))  # cats, dogs


Form = make_dataclass(
    "Form", ["ears", *FORMS], frozen=True
)  # the shape of one animal: one of EARS, and a number of each of FORMS


@dataclass(frozen=True)
class Coat:
    """The colours of one animal and the pattern of its fur: the same for cats and dogs."""

    base: Colour
    dark: Colour
    pale: Colour
    edge: Colour
    paw: Colour
    chest: Colour
    muzzle: Colour
    nose: Colour
    iris: Colour
    pattern: str


@dataclass(frozen=True)
class Look:
    """Where the head points. turn: the sine of its angle to the side; nod: how far the face sinks."""

    turn: float
    nod: float
    asleep: bool
    tongue: bool

    def front(self, x: float, y: float, depth: float) -> tuple[float, float]:
        """Where a point of the face is seen that stands `depth` before the head's centre."""
        return x * (1 - self.turn**2) ** 0.5 + depth * self.turn, y + depth * self.nod


def a_form(label: int, rng: np.random.Generator) -> Form:
    """A cat's form (label 0) or a dog's (label 1)."""
    measures = {name: rng.uniform(*ranges[label]) for name, ranges in FORMS.items()}
    return Form(ears=EARS[rng.choice(len(EARS), p=EAR_ODDS[label])], **measures)


def a_coat(rng: np.random.Generator) -> Coat:
    """Any fur in any pattern, a little warmer or colder each time; paws, chest and muzzle may be pale."""
    shift = rng.normal(0, 8, 3)
    fur = FURS[rng.integers(len(FURS))]
    base, dark, pale = (tuple(int(c) for c in (np.array(colour) + shift).clip(0, 255)) for colour in fur)
    paw, chest, muzzle = (pale if white else base for white in rng.random(3) < (0.4, 0.5, 0.6))
    nose = INK if sum(base) < 560 else mix(PINK, INK, 0.3)  # pale animals have rosy noses
    pattern = PATTERNS[rng.integers(len(PATTERNS))]
    edge = mix(dark, INK, 0.45)
    return Coat(base, dark, pale, edge, paw, chest, muzzle, nose, pick(IRISES, rng), pattern)


def a_look(rng: np.random.Generator) -> Look:
    """To either side, up or down; some are asleep, some show their tongue."""
    return Look(rng.uniform(-0.4, 0.4), rng.uniform(-0.12, 0.15), rng.random() < 0.1, rng.random() < 0.3)
