"""The vital signs of a network: four numbers for each layer with weights, by which one sees that it is well, or ill.

    dead_units      the share of its units that answer nothing to any sample, 0 to 1
    activation_rms  the size of what it hands on: neither fading nor growing from layer to layer
    gradient_rms    the size of ∂L/∂W: where it is nearly 0, the layer does not learn
    update_ratio    ‖W − W₀‖ / ‖W₀‖, W₀ being the weights an epoch ago: how far the epoch moved them

The size of numbers is their root mean square. Glorot & Bengio 2010, "Understanding the difficulty of training deep
feedforward neural networks", watched activations and gradients in this way, layer by layer
(https://proceedings.mlr.press/v9/glorot10a.html). Karpathy's rule of thumb is about a single step: an update of a
thousandth of the weights (https://cs231n.github.io/neural-networks-3/#ratio). An epoch has many steps, so its ratio is
larger.

A unit is a channel of a convolution or a neuron of a linear layer, after its ReLU. One that answers 0 to every sample
gets no gradient, and may never come back: it is dead. The last layer has no ReLU. A unit of it is dead when every
sample gets the same answer.

All is measured on a sample of the validation split, the same after every epoch.
"""

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from scratchnet.names import Stream, rng_of
from scratchnet.numpy_nn.layers import Arrays
from scratchnet.order import Order, as_stored

SAMPLE = 16  # validation samples: a look at them takes half a step; more hardly change the share of dead units
SIGNS = ("dead_units", "activation_rms", "gradient_rms", "update_ratio")
SAME = 16  # roundings: answers that differ by no more are the same


def sample_of(count: int, first: Sequence[int] = ()) -> Order:
    """SAMPLE of `count` samples, drawn once and for all, and `first` always among them; of fewer, all."""
    drawn = rng_of(0, Stream.SIGNS).permutation(count)
    chosen = [*first, *drawn[~np.isin(drawn, first)]]
    return as_stored(count)[np.sort(chosen[: max(SAMPLE, len(first))])]


def vital_signs(activations: Arrays, weights: Arrays, before: Arrays, grads: Arrays) -> dict[str, dict[str, float]]:
    """LAYER -> the four signs.

    activations: LAYER -> y (N, units, ...), in the order of the chain. weights, before, grads: LAYER.W among others,
    or LAYER.NAME.W where a layer has layers within; now, before an epoch, and the gradient of the sample's loss.
    """
    *_, last = activations
    return {
        name: {
            "dead_units": same_answers(y) if name == last else dead_units(y),
            "activation_rms": rms(y),
            "gradient_rms": rms(weights_of(name, grads)),
            "update_ratio": update_ratio(weights_of(name, weights), weights_of(name, before)),
        }
        for name, y in activations.items()
    }


def weights_of(layer: str, arrays: Arrays) -> np.ndarray:
    """The numbers of LAYER.W, and of every LAYER.NAME.W, in a row."""
    return np.concatenate([w.ravel() for name, w in arrays.items() if re.fullmatch(rf"{layer}(\..*)?\.W", name)])


def dead_units(y: np.ndarray) -> float:
    """The share of units that answer 0 to all samples, everywhere; y (N, units, ...) after a ReLU."""
    loudest = y.max(axis=(0, *range(2, y.ndim)))  # (units,)
    return float((loudest == 0).mean())


def same_answers(y: np.ndarray) -> float:
    """The share of outputs that are the same for all samples, but for rounding; y (N, outputs)."""
    least, most = y.min(axis=0), y.max(axis=0)
    rounding = SAME * np.finfo(y.dtype).eps * np.maximum(-least, most)
    return float((most - least <= rounding).mean())


def rms(x: np.ndarray) -> float:
    """√(mean x²), of any shape; in float64, where the square of a large float32 is still a number."""
    numbers = x.ravel().astype(np.float64)
    return math.sqrt(numbers @ numbers / numbers.size)


def update_ratio(W: np.ndarray, before: np.ndarray) -> float:
    """‖W − W₀‖ / ‖W₀‖, W₀ being `before`; of weights that were all 0, rms(W)."""
    return rms(W - before) / (rms(before) or 1.0)


def first_not_finite(activations: Mapping, loss: float, grads: Mapping) -> str | None:
    """What comes first, in words, on the way forward and then back; None where every number is finite.

    The arguments as for `vital_signs`. With a loss that is not finite there are no gradients to look at.
    """
    for name, y in activations.items():
        if not np.isfinite(y).all():
            return f"the output of {name}"
    if not np.isfinite(loss):
        return "the loss"
    for name, dw in reversed(grads.items()):
        if not np.isfinite(dw).all():
            return f"the gradient of {name.split('.')[0]}"
    return None
