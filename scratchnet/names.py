"""What things are called: every name that more than one part has to know stands here, once."""

from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path

import numpy as np

CLASSES = ("cat", "dog")  # of the drawings, the pets, and what was made before a run could name others; see kinds.py
SPLITS = ("train", "val", "test")
TASKS = ("regression_1d", "binary_rings", "multiclass_blobs")  # of the perceptron
BACKENDS = {"numpy": "NumPy", "pytorch": "PyTorch"}  # for people
CNN_STAGES = {"numpy": "train_numpy_cnn", "pytorch": "train_cuda_cnn"}  # that train a network, by backend

# The convolutional networks. Of the plain ones the filters of each convolution, in units of WIDTH; of the deep one the
# filters of its residual blocks, each of which after the first halves the picture.
FILTERS = {"one_conv": (1,), "two_conv": (1, 2), "deep": (2, 4, 8, 16)}
ARCHITECTURES = tuple(FILTERS)
PLAIN = ("one_conv", "two_conv")
WIDTH = 16

PREPARED = Path("data/prepared")
MODELS = Path("models")  # BACKEND/ARCH.safetensors
PLOTS = Path("plots")  # STAGE/ITEM/...
METRICS = Path("metrics")
TIMING = METRICS / "timing"  # STAGE/ITEM.json: all that another run would find otherwise
REFERENCE = METRICS / "reference"  # runs that were kept
BENCHMARK = METRICS / "benchmark.json"
PAGE = Path("plots/page/index.html")

# What the tutorial that this project grew from reports of its own networks.
TUTORIAL_CURVE = {  # epoch -> training loss of its regression
    5: 0.0044, 10: 0.0039, 15: 0.0036, 20: 0.0033, 25: 0.0030, 30: 0.0029, 35: 0.0027, 40: 0.0023, 45: 0.0023,
    50: 0.0021,
}  # fmt: skip
TUTORIAL_CNN_LOSS = 0.7000  # of its NumPy CNN, from the first epoch to the last
TUTORIAL_SPEEDUP = 10.0  # of CUDA over NumPy


class Stream(IntEnum):
    """What random numbers are for. Each purpose draws from a stream of its own, so that none changes another."""

    WEIGHTS = 0
    SHUFFLE = 1  # of an epoch
    MOVE = 2  # flips and shifts of an epoch
    TRAIN_POINTS = 3
    VAL_POINTS = 4
    TEST_POINTS = 5
    SIGNS = 6  # the sample of the vital signs


def rng_of(seed: int, *stream: int) -> np.random.Generator:
    """The stream of a seed: rng_of(1, Stream.SHUFFLE, epoch)."""
    return np.random.default_rng([seed, *stream])


def filters_of(arch: str, width: int = WIDTH) -> tuple[int, ...]:
    """How many filters each convolution, or block, has. ValueError where there is no such network."""
    if arch not in ARCHITECTURES:  # a tuple: a damaged file may say a list
        raise ValueError(f"arch is one of {', '.join(FILTERS)}, got {arch!r}")
    return tuple(width * times for times in FILTERS[arch])


def below(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays named PREFIX/NAME, by NAME: below("weights", state) -> {"conv1.W": ...}."""
    start = f"{prefix}/"
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
