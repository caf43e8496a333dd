"""The vital signs again, computed on the device: numpy_nn/vital_signs.py says what they are, and why.

All numbers of all layers travel to the host together, so that a GPU is waited for once an epoch.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from scratchnet.numpy_nn.vital_signs import SAME, SIGNS

Tensors = Mapping[str, Tensor]


def vital_signs(activations: Tensors, weights: Tensors, before: Tensors, grads: Tensors) -> dict[str, dict[str, float]]:
    """LAYER -> the four signs.

    activations: LAYER -> y (N, units, ...), in the order of the chain. weights, before, grads: LAYER.weight among
    others, or LAYER.NAME.weight; now, before an epoch, and the gradient of the sample's loss.
    """
    *_, last = activations
    each = [
        torch.stack(
            [
                same_answers(y) if name == last else dead_units(y),
                rms(y),
                rms(weights_of(name, grads)),
                update_ratio(weights_of(name, weights), weights_of(name, before)),
            ]
        )
        for name, y in activations.items()
    ]
    rows = torch.stack(each).tolist()  # (layers, 4); here the device is waited for
    return {name: dict(zip(SIGNS, row, strict=True)) for name, row in zip(activations, rows, strict=True)}


def weights_of(layer: str, tensors: Tensors) -> Tensor:
    """The numbers of LAYER.weight, and of the layers within, in a row; not of their norms, whose weight is a row."""
    within = (tensor for name, tensor in tensors.items() if name.startswith(f"{layer}.") and name.endswith(".weight"))
    return torch.cat([tensor.ravel() for tensor in within if tensor.ndim > 1])


def dead_units(y: Tensor) -> Tensor:
    """The share of units that answer 0 to all samples, everywhere; y (N, units, ...) after a ReLU."""
    loudest = y.amax(dim=(0, *range(2, y.ndim)))  # (units,)
    return (loudest == 0).double().mean()


def same_answers(y: Tensor) -> Tensor:
    """The share of outputs that are the same for all samples, but for rounding; y (N, outputs)."""
    rounding = SAME * torch.finfo(y.dtype).eps * y.abs().amax(dim=0)
    return (y.amax(dim=0) - y.amin(dim=0) <= rounding).double().mean()


def rms(x: Tensor) -> Tensor:
    """√(mean x²), of any shape; float64."""
    return torch.linalg.vector_norm(x, dtype=torch.float64) / math.sqrt(x.numel())


def update_ratio(W: Tensor, before: Tensor) -> Tensor:
    """‖W − W₀‖ / ‖W₀‖, W₀ being `before`; of weights that were all 0, rms(W)."""
    size = rms(before)
    return rms(W - before) / torch.where(size > 0, size, 1.0)
