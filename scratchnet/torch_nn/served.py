"""The splits as the input path that params.yaml names serves them."""

from pathlib import Path

import torch

from scratchnet.params import TrainCuda
from scratchnet.torch_nn.image_folder import FolderSplit, write_image_folder
from scratchnet.torch_nn.inputs import MappedSplit, Normalise, ResidentSplit

Served = ResidentSplit | MappedSplit | FolderSplit


def serve(splits: dict, where: TrainCuda, device: torch.device, root: Path) -> dict[str, Served]:
    """splits: name -> PreparedSplit. root: an empty folder, for the picture files of input image_folder."""
    normalise = Normalise(splits["train"], device, where.memory_format)
    if where.input != "image_folder":
        path = {"resident": ResidentSplit, "mapped": MappedSplit}[where.input]
        return {name: path(split, normalise) for name, split in splits.items()}
    for name, split in splits.items():
        write_image_folder(split, root / name)
    return {name: FolderSplit(root / name, normalise, where.workers) for name in splits}
