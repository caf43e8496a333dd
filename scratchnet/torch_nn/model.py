"""CatDogCNN in PyTorch, and its weights to and from the names and layouts of the NumPy network."""

import numpy as np
import torch
from torch import Tensor, nn

from scratchnet.names import WIDTH, filters_of


class CatDogCNN(nn.Module):
    """The tutorial's network: (conv 3×3, ReLU, max-pool 2×2) once or twice, then Linear, ReLU, Linear to one logit.

    x (N, 3, size, size) float -> logits (N, 1)
    arch: "one_conv" (3→width channels) or "two_conv" (3→width→2·width); ValueError for any other.
    """

    def __init__(self, arch: str, size: int, hidden: int, width: int = WIDTH):
        super().__init__()
        channels, self.convs = 3, []  # the names of the convolutions
        for number, filters in enumerate(filters_of(arch, width), start=1):
            self.convs.append(f"conv{number}")
            self.add_module(self.convs[-1], nn.Conv2d(channels, filters, kernel_size=3, padding=1))
            channels, size = filters, size // 2
        self.fc1 = nn.Linear(channels * size * size, hidden)
        self.fc2 = nn.Linear(hidden, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(x)["fc2"]

    def blocks(self, x: Tensor) -> dict[str, Tensor]:
        """What each layer with weights hands to the next one, through ReLU and pool: NAME -> y (N, units, ...)."""
        found = {}
        for conv in self.convs:
            x = found[conv] = self.pool(torch.relu(getattr(self, conv)(x)))
        x = found["fc1"] = torch.relu(self.fc1(x.flatten(start_dim=1)))
        return found | {"fc2": self.fc2(x)}

    @torch.no_grad()
    def answer(self, x: np.ndarray) -> np.ndarray:
        """x (N, 3, size, size) float32 -> logits (N, 1) of the weights' dtype"""
        return self(torch.from_numpy(x).to(self.fc1.weight.dtype)).numpy()

    def to_numpy(self, beginning: str = "") -> dict[str, np.ndarray]:
        """Copies of the weights whose names begin so, as the NumPy network names and lays them out."""
        return {
            numpy_name(name): _as_numpy_lays_it(tensor.detach()).cpu().numpy().copy()
            for name, tensor in self.named_parameters()
            if name.startswith(beginning)
        }

    def gradients(self) -> dict[str, np.ndarray]:
        """Copies of the gradients, named and laid out like the weights of `to_numpy`."""
        return {
            numpy_name(name): _as_numpy_lays_it(tensor.grad).cpu().numpy().copy()
            for name, tensor in self.named_parameters()
        }

    @torch.no_grad()
    def from_numpy(self, weights: dict[str, np.ndarray]) -> None:
        """Take over the NumPy network's weights and their dtype. KeyError or RuntimeError where one does not fit."""
        self.to(torch.from_numpy(weights["fc1.W"]).dtype)
        for name, tensor in self.named_parameters():
            _as_numpy_lays_it(tensor).copy_(torch.from_numpy(weights[numpy_name(name)]))


def numpy_name(name: str) -> str:
    """fc1.weight -> fc1.W"""
    return name.replace("weight", "W").replace("bias", "b")


def _as_numpy_lays_it(tensor: Tensor) -> Tensor:
    """A view: nn.Linear keeps (out, in) and computes x Wᵀ, Linear in NumPy keeps (in, out) and computes x W."""
    return tensor.T if tensor.ndim == 2 else tensor
