"""What NumPy's network says to a picture of the page: activations and gradients, to hold shown numbers against."""

from pathlib import Path

import numpy as np

from scratchnet.numpy_nn.networks import Network, cnn
from scratchnet.order import as_stored
from scratchnet.prepared import open_prepared
from scratchnet.records import read_arrays

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def network_of(folder: Path, arch: str, backend: str) -> Network:
    """With the weights that a backend has trained; it gives the pixels' gradient too."""
    weights, about = read_arrays(folder / f"models/{backend}/{arch}.safetensors")
    network = cnn(arch, about["size"], about["hidden"], np.random.default_rng(0))
    network.load(weights)
    return to_the_pixels(network)


def to_the_pixels(network: Network) -> Network:
    """The same network, whose first layer gives the gradient of what came in: training leaves it out."""
    conv1 = network.layers["conv1"]
    getattr(conv1, "_layer", conv1)._needs_dx = True  # a convolution without b has one inside
    return network


def picture_of(folder: Path, test_index: int) -> tuple[np.ndarray, int]:
    """x (1, 3, size, size) of the test split, and its label."""
    split = open_prepared(folder / "data/prepared")["test"]
    x, labels = split.batch(as_stored(len(split))[test_index : test_index + 1])
    return x, int(labels[0])


def gradients_of(network: Network, x: np.ndarray, dy: np.ndarray) -> dict[str, np.ndarray]:
    """dy of every layer's output, by the layer's name, and as "x" of the pixels."""
    network.infer(x)  # as the page does: of a batch norm with its running statistics
    gradients = {}
    for name, layer in reversed(network.layers.items()):
        gradients[name] = dy
        dy = layer.backward(dy)
    return gradients | {"x": dy}


def number_in(text: str) -> float:
    """ "−1.23 · 10⁻⁴" -> -0.000123"""
    mantissa, _, power = text.replace("−", "-").replace(",", "").partition(" · 10")
    return float(mantissa) * 10.0 ** int(power.translate(SUPERSCRIPTS) or 0)
