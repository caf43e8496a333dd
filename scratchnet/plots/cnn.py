"""What a convolutional network looks for, and what it sees."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from scratchnet.numpy_nn.deep_layers import GlobalAveragePool2d
from scratchnet.numpy_nn.losses import sigmoid
from scratchnet.order import as_stored
from scratchnet.plots.style import CLASS_COLOURS

ROWS = 4  # of feature maps
SHOWN = 32  # maps of a layer; of a network with more than two, half as many
LOOKED = 256  # pictures of each kind, among which the most wrong are sought
BATCH = 64  # of them at a time
COLUMNS = 8  # of pictures that the network looked at
FIRST, SECOND = CLASS_COLOURS[:2]
SPEAKS = LinearSegmentedColormap.from_list(  # for the first kind; for neither, clear; for the second
    "speaks", [(0, (FIRST, 0.8)), (0.5, (FIRST, 0)), (0.5, (SECOND, 0)), (1, (SECOND, 0.8))]
)


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


def takes_means(network) -> bool:
    """Whether the logit is a weighted sum of the means of the last maps, as `class_activation` needs it."""
    return any(isinstance(layer, GlobalAveragePool2d) for layer in network.layers.values())


def class_activation(network, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each place of the last maps adds to the logit of the pictures x (N, 3, H, W): maps (N, h, w), logits (N,).

    The class activation map of arXiv:1512.04150. The logit is fc of the means of the last maps, and both are sums. So
    it can be added up the other way round: z = b + Σₚ map[p], with map[p] = 1 / P · Σ_c W[c] · a[c, p] at each of the P
    places p. A positive number speaks for the second kind.
    """
    activations = network.activations(x)
    last, _, fc = list(activations)[-3:]  # the ReLU after the last block, the mean, the logit
    maps = activations[last]
    weights = network.layers[fc].params["W"][:, 0]
    return np.einsum("nchw,c->nhw", maps, weights) / maps[0, 0].size, activations[fc][:, 0]


def looked_at(network, split) -> Figure:
    """Where in a picture the network found what speaks for either kind: see `class_activation`.

    The first eight pictures of each kind in the split, and the eight most wrong of its first 256 of each.
    """
    stored = np.asarray(split.labels)
    shown = np.concatenate([np.flatnonzero(stored == label)[:LOOKED] for label in (0, 1)])
    order = as_stored(len(split))
    batches = np.array_split(shown, -(-len(shown) // BATCH))
    found = [class_activation(network, split.batch(order[batch])[0]) for batch in batches]
    maps, logits = (np.concatenate(each) for each in zip(*found, strict=True))
    labels = stored[shown]
    truth = sigmoid(np.where(labels == 1, logits, -logits))  # the probability of what is there
    rows = [np.flatnonzero(labels == label) for label in (0, 1)] + [np.argsort(truth, kind="stable")]
    rows = [row[:COLUMNS] for row in rows]
    strong = np.quantile(np.abs(maps), 0.98) or 1.0  # one scale for all, so that an unsure answer is pale
    figure = Figure(figsize=(10, 4.8), layout="constrained")
    for line, row in zip(figure.subplots(len(rows), COLUMNS), rows, strict=True):
        for axes in line:
            axes.set_axis_off()
        for axes, index in zip(line, row, strict=False):
            axes.imshow(split.images[shown[index]].mean(-1), cmap="gray", vmin=0, vmax=255)
            _lay_over(axes, maps[index] / strong, split.images.shape[1])
            axes.set_title(f"{split.classes[labels[index]]}: {truth[index]:.1%}", fontsize="small")
    cat, dog = split.classes
    figure.suptitle(
        f"What the network looked at: orange speaks for {cat}, blue for {dog}\n"
        "(above a picture: what it is, and how likely the network thought that; in the last row the least likely)"
    )
    return figure


def _lay_over(axes, part: np.ndarray, size: int) -> None:
    """part (h, w) from -1 to 1, laid over size × size pixels: the colour of the kind, as strong as the number."""
    place = {"extent": (-0.5, size - 0.5, size - 0.5, -0.5), "interpolation": "bilinear"}
    axes.imshow(part, cmap=SPEAKS, vmin=-1, vmax=1, interpolation_stage="data", **place)


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
