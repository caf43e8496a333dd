"""Muon in PyTorch: numpy_nn/optimizers.py says what it is, and why.

torch.optim.Muon takes matrices alone, and rounds to bfloat16; this one takes every parameter, in its own dtype.
"""

import torch
from torch import Tensor

from scratchnet.numpy_nn.optimizers import QUINTIC, ROWS, STEPS, TINY


class Muon(torch.optim.Optimizer):
    """Of parameters of any shape. lr: a number, or a tensor on the device, which a captured graph reads."""

    def __init__(self, params, lr: float | Tensor, momentum: float, weight_decay: float):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for w in group["params"]:
                if w not in self.state:
                    self.state[w]["momentum_buffer"] = torch.zeros_like(w)
                v = self.state[w]["momentum_buffer"]
                v.mul_(group["momentum"]).add_(w.grad)
                u = w.grad + group["momentum"] * v
                if w.ndim == 1:
                    w.sub_(group["lr"] * ROWS * u / (u.square().mean().sqrt() + TINY))
                else:
                    outputs, inputs = len(w), w[0].numel()
                    matrix = orthogonal(u.reshape(outputs, inputs)).reshape(u.shape)
                    w.mul_(1 - group["lr"] * group["weight_decay"])
                    w.sub_(group["lr"] * max(1.0, outputs / inputs) ** 0.5 * matrix)


def orthogonal(matrix: Tensor) -> Tensor:
    """The same as in NumPy, (rows, columns)."""
    wide = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    x = wide / (torch.linalg.vector_norm(wide) + TINY)
    a, b, c = QUINTIC
    for _ in range(STEPS):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x if wide is matrix else x.T
