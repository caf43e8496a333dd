"""Pictures seen otherwise, on the device: the same whole numbers as scratchnet/views.py, which says what they mean."""

import torch
from torch import Tensor


def seen_on_device(images: Tensor, indices: Tensor, views: Tensor, fill: Tensor) -> Tensor:
    """images (N, H, W, 3) uint8, indices (B,) int64, views (B, 10) int64, fill (3,) uint8 -> (B, H, W, 3) uint8"""
    height, width = images.shape[1:3]
    i, j = (torch.arange(size, device=images.device) for size in (height, width))
    a, b, c, d, e, f, gain, top, left, side = (views[:, k, None, None] for k in range(10))  # each (B, 1, 1)
    rows = (a * i[:, None] + b * j + e).clamp(0, (height - 1) << 16)  # (B, H, W)
    columns = (c * i[:, None] + d * j + f).clamp(0, (width - 1) << 16)
    row, column = rows >> 16, columns >> 16
    below, beside = (row + 1).clamp(max=height - 1), (column + 1).clamp(max=width - 1)
    down, right = ((part >> 8 & 255).to(torch.int32)[..., None] for part in (rows, columns))

    def at(row: Tensor, column: Tensor) -> Tensor:
        return images[indices[:, None, None], row, column].to(torch.int32)  # (B, H, W, 3)

    upper = _between(at(row, column), at(row, beside), right)
    lower = _between(at(below, column), at(below, beside), right)
    value = (_between(upper, lower, down) * gain[..., None].to(torch.int32) >> 6).clamp(max=255).to(torch.uint8)
    in_patch = (i[:, None] >= top) & (i[:, None] < top + side) & (j >= left) & (j < left + side)
    return torch.where(in_patch[..., None], fill, value)


def _between(one: Tensor, other: Tensor, part: Tensor) -> Tensor:
    return (one * (256 - part) + other * part + 128) >> 8
