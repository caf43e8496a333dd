"""What a convolutional network looks for, and what it sees."""

import numpy as np
from matplotlib.figure import Figure

from scratchnet.order import as_stored

ROWS = 4  # of feature maps
SHOWN = 32  # maps of a layer; of a network with more than two, half as many


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
    """The first picture of each kind in a prepared split, and what every ReLU after a convolution makes of them."""
    labels = np.asarray(split.labels)
    shown = [int(np.flatnonzero(labels == label)[0]) for label in (0, 1)]
    x, _ = split.batch(as_stored(len(split))[shown])  # (2, 3, H, W)
    maps = {name: y for name, y in network.activations(x).items() if name.startswith("relu") and y.ndim == 4}
    maps = {name: y[:, : SHOWN if len(maps) <= 2 else SHOWN // 2] for name, y in maps.items()}
    widths = [ROWS, *(y.shape[1] // ROWS for y in maps.values())]
    figure = Figure(figsize=(0.75 * sum(widths), 7), layout="constrained")
    for place, part in enumerate(figure.subfigures(2, 1, hspace=0.05)):
        picture, *grids = part.subfigures(1, len(widths), width_ratios=widths)
        _picture(picture, split.images[shown[place]], split.classes[place])
        for grid, (name, y) in zip(grids, maps.items(), strict=True):
            _grid(grid, y[place], f"after {_in_words(name)} and ReLU")
    figure.suptitle("What the network sees: bright where a filter found what it looks for")
    return figure


def _in_words(relu: str) -> str:
    """relu1 -> convolution 1; relu_block2 -> block 2"""
    return relu.replace("relu_block", "block ").replace("relu", "convolution ")


def _picture(part, image: np.ndarray, name: str) -> None:
    axes = part.subplots()
    axes.imshow(image)
    axes.set_title(name)
    axes.set_axis_off()


def _grid(part, activation: np.ndarray, title: str) -> None:
    """activation (C, H, W) as C pictures in ROWS rows, each on its own scale from 0."""
    grid = part.subplots(ROWS, len(activation) // ROWS).flat
    for axes, feature_map in zip(grid, activation, strict=True):
        axes.imshow(feature_map, cmap="magma", vmin=0)
        axes.set_axis_off()
    part.suptitle(title, fontsize="medium")
