"""He initialisation: how large weights start, so that a signal keeps its size."""

import math

import numpy as np

from exercises.exercise import Exercise, Mistake

SAMPLES = 20_000  # the measured size is right to about two percent
BEHIND = "the mean square behind weights and ReLU, of numbers whose mean square is 1,"


def questions():
    return [{"fan_in": fan_in} for fan_in in (8, 27, 2)]


def answer(code, fan_in):
    std = code.he_std(fan_in)
    rng = np.random.default_rng(1)
    x, W = rng.standard_normal((SAMPLES, fan_in)), rng.standard_normal((SAMPLES, fan_in)) * std
    behind = np.square(np.maximum((x * W).sum(axis=1), 0)).mean()
    return {"the standard deviation": std, BEHIND: round(float(behind), 1)}


def by_hand(_code, fan_in):
    return {"the standard deviation": math.sqrt(2) / math.sqrt(fan_in)}


def measured(_code, **_):
    """For every fan_in: that is the point."""
    return {BEHIND: 1.0}


def pytorch(_code, fan_in):
    import torch

    return {"the standard deviation": torch.nn.init.calculate_gain("relu") / math.sqrt(fan_in)}


EXERCISE = Exercise(
    title="He initialisation",
    chapter=8,
    file="scratchnet/numpy_nn/networks.py",
    symbols=("he_std",),
    asks="he_std(fan_in) gives the standard deviation of weights before a ReLU, each output of which adds up fan_in "
    "products. A signal shall have the same mean square behind weights and ReLU as before.",
    hints=(
        "y = Σ w x over fan_in products. If x has the mean square 1 and w the variance s², which variance has y?",
        "It is fan_in · s². ReLU makes half of the y 0, so the mean square behind it is fan_in · s² / 2. This shall "
        "be 1.",
        "s² = 2 / fan_in, and the standard deviation is the root of it: (2 / fan_in) ** 0.5",
    ),
    mistakes=(
        Mistake(
            "(2 / fan_in) ** 0.5", "2 / fan_in", "This is the variance. The standard deviation is its square root."
        ),
        Mistake(
            "(2 / fan_in) ** 0.5",
            "(1 / fan_in) ** 0.5",
            "The 2 is missing: it makes up for the half of the signal that ReLU sets to 0.",
        ),
        Mistake(
            "(2 / fan_in) ** 0.5",
            "2 / fan_in ** 0.5",
            "The root is taken of fan_in alone: in Python ** binds more tightly than /. Use brackets: (2 / fan_in) "
            "** 0.5.",
        ),
        Mistake(
            "(2 / fan_in) ** 0.5",
            "(fan_in / 2) ** 0.5",
            "The fraction is upside down: the more products are added up, the smaller the weights have to be.",
        ),
        Mistake(
            "(2 / fan_in) ** 0.5",
            "(2 // fan_in) ** 0.5",
            "2 // fan_in is a whole number, mostly 0: then every weight starts at 0. Use /.",
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"the formula of chapter 8": by_hand, "measured sizes": measured, "PyTorch": pytorch},
)
