"""What a convolutional network looks for, and what it sees."""

import numpy as np
from matplotlib.figure import Figure

from scratchnet.order import as_stored
from scratchnet.plots.style import CLASSES


def filters(W: np.ndarray) -> Figure:
    """The first convolution's filters W (O, 3, kh, kw) as colour pictures, all on one scale: grey is zero."""
    figure = Figure(figsize=(8, 2.4), layout="constrained")
    largest = np.abs(W).max()
    for axes, kernel in zip(figure.subplots(2, (len(W) + 1) // 2).flat, W, strict=False):
        axes.imshow(0.5 + 0.5 * kernel.transpose(1, 2, 0) / largest, interpolation="nearest")
        axes.set_axis_off()
    figure.suptitle("What the first convolution looks for: its filters (red, green, blue; grey is zero)")
    return figure


def feature_maps(network, split) -> Figure:
    """A cat and a dog of a prepared split, and what every ReLU after a convolution makes of them."""
    figure = Figure(figsize=(9, 8.5), layout="constrained")
    for part, label in zip(figure.subfigures(2, 1, hspace=0.05), (0, 1), strict=True):
        index = int(np.flatnonzero(np.asarray(split.labels) == label)[0])
        x, _ = split.batch(as_stored(len(split))[index : index + 1])  # (1, 3, H, W)
        maps = {name: a for name, a in network.activations(x).items() if name.startswith("relu") and a.ndim == 4}
        picture, *rows = part.subfigures(1, 1 + len(maps), width_ratios=[1, *[2] * len(maps)])
        _picture(picture, split.images[index], CLASSES[label])
        for row, (name, activation) in zip(rows, maps.items(), strict=True):
            _grid(row, activation[0], f"after {name.replace('relu', 'convolution ')} and ReLU")
    figure.suptitle("What the network sees: bright where a filter found what it looks for")
    return figure


def _picture(part, image: np.ndarray, name: str) -> None:
    axes = part.subplots()
    axes.imshow(image)
    axes.set_title(name)
    axes.set_axis_off()


def _grid(part, activation: np.ndarray, title: str) -> None:
    """activation (C, H, W) as 4 columns of grey pictures, each map on its own scale from 0."""
    grid = part.subplots(len(activation) // 4, 4).flat
    for axes, feature_map in zip(grid, activation, strict=True):
        axes.imshow(feature_map, cmap="magma", vmin=0)
        axes.set_axis_off()
    part.suptitle(title, fontsize="medium")
