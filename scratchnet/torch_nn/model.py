"""CatDogCNN in PyTorch, and its weights to and from the names and layouts of the NumPy network."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from scratchnet.names import WIDTH, filters_of

# PyTorch's names, and NumPy's: of a batch norm, and of every other layer.
OF_A_NORM = {"weight": "gamma", "bias": "beta", "running_mean": "running_mean", "running_var": "running_var"}
OF_A_LAYER = {"weight": "W", "bias": "b"}


class CatDogCNN(nn.Module):
    """The tutorial's network of two kinds of pictures, by the name of its architecture.

    x (N, 3, size, size) float -> logits (N, 1)
    "one_conv" (3→width channels) and "two_conv" (3→width→2·width): (conv 3×3, ReLU, max-pool 2×2) once or twice, then
    Linear, ReLU, Linear. "deep": residual blocks with batch norms, see numpy_nn/networks.py; it has no hidden units.
    ValueError for any other. In training, as PyTorch has it from the start; see `evaluating`.
    """

    def __init__(self, arch: str, size: int, hidden: int, width: int = WIDTH):
        super().__init__()
        filters = filters_of(arch, width)
        self.arch = arch
        self.named: list[str] = []  # the layers with weights, through which x goes one after the other
        if arch == "deep":
            self._add("conv1", _conv(3, filters[0], kernel=4, stride=2))
            self.norm1 = nn.BatchNorm2d(filters[0])
            channels = filters[0]
            for number, outputs in enumerate(filters, start=1):
                self._add(f"block{number}", Residual(channels, outputs, stride=1 if number == 1 else 2))
                channels = outputs
            self.fc = nn.Linear(channels, 1)
            return
        channels = 3
        for number, outputs in enumerate(filters, start=1):
            self._add(f"conv{number}", nn.Conv2d(channels, outputs, kernel_size=3, padding=1))
            channels, size = outputs, size // 2
        self.fc1 = nn.Linear(channels * size * size, hidden)
        self.fc2 = nn.Linear(hidden, 1)
        self.pool = nn.MaxPool2d(2)

    def _add(self, name: str, module: nn.Module) -> None:
        self.named.append(name)
        self.add_module(name, module)

    def forward(self, x: Tensor) -> Tensor:
        *_, logits = self.blocks(x).values()
        return logits

    def blocks(self, x: Tensor) -> dict[str, Tensor]:
        """What each layer with weights hands to the next one, through norm, ReLU and pool: NAME -> y (N, units, ...).

        The last are the logits.
        """
        return self._deep(x) if self.arch == "deep" else self._plain(x)

    def _plain(self, x: Tensor) -> dict[str, Tensor]:
        found = {}
        for conv in self.named:
            x = found[conv] = self.pool(torch.relu(getattr(self, conv)(x)))
        x = found["fc1"] = torch.relu(self.fc1(x.flatten(start_dim=1)))
        return found | {"fc2": self.fc2(x)}

    def _deep(self, x: Tensor) -> dict[str, Tensor]:
        conv1, *blocks = self.named
        x = torch.relu(self.norm1(self.conv1(x)))
        found = {conv1: x}
        for block in blocks:
            x = found[block] = torch.relu(getattr(self, block)(x))
        x = found[block] = x.mean(dim=(2, 3))
        return found | {"fc": self.fc(x)}

    @torch.no_grad()
    def answer(self, x: np.ndarray) -> np.ndarray:
        """x (N, 3, size, size) float32 -> logits (N, 1) of the weights' dtype, of the trained network"""
        with evaluating(self):
            return self(torch.from_numpy(x).to(self.conv1.weight.dtype)).numpy()

    def to_numpy(self, beginning: str = "") -> dict[str, np.ndarray]:
        """Copies of the weights, then of the running statistics, whose names begin so, as NumPy names and lays them."""
        return {
            numpy_name(name): _as_numpy_lays_it(tensor.detach()).cpu().numpy().copy()
            for name, tensor in self.kept().items()
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
        """Take over the NumPy network's weights and their dtype, and running statistics where they are among them.

        KeyError or RuntimeError where one does not fit.
        """
        self.to(torch.from_numpy(weights["conv1.W"]).dtype)
        for name, tensor in self.kept().items():
            _as_numpy_lays_it(tensor).copy_(torch.from_numpy(weights[numpy_name(name)]))

    def kept(self) -> dict[str, Tensor]:
        """All that a trained network is: the parameters, and the batch norms' running statistics."""
        running = {name: buffer for name, buffer in self.named_buffers() if buffer.is_floating_point()}
        return dict(self.named_parameters()) | running


class Residual(nn.Module):
    """x (N, channels, H, W) -> (N, filters, H / stride, W / stride), before the ReLU: see numpy_nn/networks.py."""

    def __init__(self, channels: int, filters: int, stride: int):
        super().__init__()
        self.conv1, self.norm1 = _conv(channels, filters, kernel=3, stride=stride), nn.BatchNorm2d(filters)
        self.conv2, self.norm2 = _conv(filters, filters, kernel=3), nn.BatchNorm2d(filters)
        self.is_short = stride == 1 and channels == filters
        if not self.is_short:
            self.conv_short = _conv(channels, filters, kernel=1, stride=stride)
            self.norm_short = nn.BatchNorm2d(filters)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.is_short else self.norm_short(self.conv_short(x))
        return self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x))))) + shortcut


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """In the block the model answers as a trained one: batch norms take their running statistics, and keep them."""
    model.eval()
    try:
        yield
    finally:
        model.train()


def numpy_name(name: str) -> str:
    """fc1.weight -> fc1.W; block1.norm2.weight -> block1.norm2.gamma"""
    layer, _, own = name.rpartition(".")
    is_norm = layer.rpartition(".")[2].startswith("norm")
    return f"{layer}.{(OF_A_NORM if is_norm else OF_A_LAYER)[own]}"


def _conv(channels: int, filters: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, filters, kernel, stride, padding=(kernel - 1) // 2, bias=False)


def _as_numpy_lays_it(tensor: Tensor) -> Tensor:
    """A view: nn.Linear keeps (out, in) and computes x Wᵀ, Linear in NumPy keeps (in, out) and computes x W."""
    return tensor.T if tensor.ndim == 2 else tensor
