"""Prepared pictures on their way to the network: kept on the device, or read from disk batch by batch.

Both serve, for an `Order`, x (B, 3, H, W) and labels (B,) on the device, in the network's dtype. What travels there is
uint8, a quarter of float32's bytes; the device flips, shifts and normalises.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


class Normalise:
    """pixels (B, H, W, 3) uint8 -> x (B, 3, H, W) = pixel · scale + offset, in float32: the same two roundings as in
    NumPy. Then x becomes what the split's dtype says.

    memory_format: "contiguous" or "channels_last", of the numbers of x. Pixels come channels last: that copies nothing.
    """

    def __init__(self, split, device: torch.device, memory_format: str):
        self.device, self.layout, self.dtype = device, LAYOUTS[memory_format], getattr(torch, split.dtype)
        self.scale, self.offset = (torch.from_numpy(v).to(device) for v in (split.scale, split.offset))

    def __call__(self, pixels: Tensor) -> Tensor:
        x = pixels.to(torch.float32) * self.scale + self.offset
        return x.permute(0, 3, 1, 2).contiguous(memory_format=self.layout).to(self.dtype)


class ResidentSplit:
    """A split whose pictures stay on the device: images (N, H, W, 3) uint8, labels (N,).

    An epoch's order goes there once, before the first step; after that nothing crosses the bus.
    """

    def __init__(self, split, normalise: Normalise):
        self.images = torch.from_numpy(np.array(split.images)).to(normalise.device)
        self.labels = torch.from_numpy(np.array(split.labels)).to(normalise.device, normalise.dtype)
        self.normalise = normalise

    def __len__(self) -> int:
        return len(self.labels)

    def batches(self, order, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        moves = [torch.from_numpy(part).to(self.images.device) for part in (order.indices, order.flips, order.shifts)]
        for batch in zip(*(part.split(size) for part in moves), strict=True):
            yield self.take(*batch)

    def take(self, indices: Tensor, flips: Tensor, shifts: Tensor) -> tuple[Tensor, Tensor]:
        """The batch of these pictures, moved so: indices (B,), flips (B,) and shifts (B, 2) on the device."""
        pixels = moved(self.images, indices, flips, shifts)
        return self.normalise(pixels), self.labels[indices]


class MappedSplit:
    """A split that stays on disk, memory-mapped, and may be larger than any memory: each batch is copied to the device.

    The host gathers a batch while the device computes the one before.
    """

    def __init__(self, split, normalise: Normalise):
        self.split, self.normalise = split, normalise

    def __len__(self) -> int:
        return len(self.split)

    def batches(self, order, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        for batch in order.batches(size):
            pictures, labels = (array[batch.indices] for array in (self.split.images, self.split.labels))
            here = np.arange(len(batch))
            pixels, indices, flips, shifts = (
                to_device(torch.from_numpy(part), self.normalise.device)
                for part in (pictures, here, batch.flips, batch.shifts)
            )
            x = self.normalise(moved(pixels, indices, flips, shifts))
            yield x, to_device(torch.from_numpy(labels), self.normalise.device).to(x.dtype)


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """A copy on the device; from pinned memory, so that neither the host nor the device waits for it."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


def moved(images: Tensor, indices: Tensor, flips: Tensor, shifts: Tensor) -> Tensor:
    """Pixels (B, H, W, 3) of the pictures `indices`: `Order.source_pixels` says which, here on the device."""
    height, width = images.shape[1:3]
    rows = (torch.arange(height, device=images.device) - shifts[:, :1]).clamp(0, height - 1)
    columns = (torch.arange(width, device=images.device) - shifts[:, 1:]).clamp(0, width - 1)
    columns = torch.where(flips[:, None], width - 1 - columns, columns)
    return images[indices[:, None, None], rows[:, :, None], columns[:, None, :]]
