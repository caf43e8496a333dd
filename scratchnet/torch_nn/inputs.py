"""Prepared pictures on their way to the network in PyTorch: three paths, of which params.yaml names one.

resident: all pictures stay on the device. mapped: each batch is read from disk, and may be of more than fits in memory.
image_folder: picture files and a DataLoader, as PyTorch tutorials have it.

Each path is a split with `len()` and `batches(order, size)`. For an `Order` of N pictures that gives N / size batches
(the last may be smaller), each a pair on the device:

    x (B, 3, H, W)   normalised pictures, in the network's dtype: float32, or float64
    labels (B,)      0 or 1, in the same dtype, as the losses want it

All paths give the same numbers to the bit. What travels to the device is uint8, a quarter of float32's bytes.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from scratchnet.order import Order
from scratchnet.params import TrainCuda
from scratchnet.prepared import PreparedSplit
from scratchnet.problems import Problem
from scratchnet.torch_nn.views import seen_on_device
from scratchnet.views import seen

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
Batches = Iterator[tuple[Tensor, Tensor]]  # x, labels


class Normalise:
    """pixels (B, H, W, 3) uint8 -> x (B, 3, H, W) of the split's dtype: x = pixel · scale + offset.

    It is computed in float32, with the same two roundings as in NumPy.
    memory_format: "contiguous" or "channels_last", of the numbers of x. Pixels come channels last: that copies nothing.
    """

    def __init__(self, split: PreparedSplit, device: torch.device, memory_format: str):
        self.device, self.layout, self.dtype = device, LAYOUTS[memory_format], getattr(torch, split.dtype)
        self.scale, self.offset, self.fill = (  # each (3,)
            torch.from_numpy(v).to(device) for v in (split.scale, split.offset, split.fill)
        )

    def __call__(self, pixels: Tensor) -> Tensor:
        x = pixels.to(torch.float32) * self.scale + self.offset
        return x.permute(0, 3, 1, 2).contiguous(memory_format=self.layout).to(self.dtype)


class ResidentSplit:
    """A split whose pictures stay on the device: images (N, H, W, 3) uint8, labels (N,) of the network's dtype.

    An epoch's order goes there once, before the first step; after that nothing crosses the bus.
    """

    def __init__(self, split: PreparedSplit, normalise: Normalise):
        self.images = torch.from_numpy(np.array(split.images)).to(normalise.device)
        self.labels = torch.from_numpy(np.array(split.labels)).to(normalise.device, normalise.dtype)
        self.normalise = normalise

    def __len__(self) -> int:
        return len(self.labels)

    def batches(self, order: Order, size: int) -> Batches:
        fields = {name: torch.from_numpy(part).to(self.images.device) for name, part in order.fields.items()}
        for batch in zip(*(part.split(size) for part in fields.values()), strict=True):
            yield self.take(**dict(zip(fields, batch, strict=True)))

    def take(self, **fields: Tensor) -> tuple[Tensor, Tensor]:
        """x and labels of one batch, of the fields of its order on the device: indices (B,) int64, and the others."""
        return self.normalise(moved(self.images, self.normalise.fill, **fields)), self.labels[fields["indices"]]


class MappedSplit:
    """A split that stays on disk, memory-mapped, and may be larger than any memory: each batch is copied to the device.

    The host gathers a batch while the device computes the one before.
    """

    def __init__(self, split: PreparedSplit, normalise: Normalise):
        self.split, self.normalise = split, normalise

    def __len__(self) -> int:
        return len(self.split)

    def batches(self, order: Order, size: int) -> Batches:
        for batch in order.batches(size):
            pictures, labels = (array[batch.indices] for array in (self.split.images, self.split.labels))
            fields = batch.fields | {"indices": np.arange(len(batch)), "images": pictures}  # their places in the batch
            there = {name: to_device(torch.from_numpy(part), self.normalise.device) for name, part in fields.items()}
            x = self.normalise(moved(fill=self.normalise.fill, **there))
            yield x, to_device(torch.from_numpy(labels), self.normalise.device).to(x.dtype)


class FolderSplit:
    """A split read from picture files while training, by `workers` processes of a DataLoader (0: in this process).

    root: what `write_image_folder` has written. The workers are started once for each size of batch, and wait for the
    next epoch; each batch tells them its part of the order.
    """

    def __init__(self, root: Path, normalise: Normalise, workers: int):
        from torchvision.datasets import ImageFolder  # takes a second to import, which the other paths need not wait
        from torchvision.transforms import PILToTensor

        folder = ImageFolder(root, transform=PILToTensor())
        stored = [int(Path(path).stem) for path, _ in folder.samples]
        place = {index: place for place, index in enumerate(stored)}  # stored index -> ImageFolder's index
        self._dataset = _Moved(folder, place, normalise.fill.cpu().numpy())
        self.normalise, self.workers = normalise, workers
        self._loaders: dict[int, DataLoader] = {}

    def __len__(self) -> int:
        return len(self._dataset.place)

    def batches(self, order: Order, size: int) -> Batches:
        device = self.normalise.device
        on_cuda = device.type == "cuda"  # pinned memory lets the copy overlap with the work before it
        if size not in self._loaders:
            how = {"num_workers": self.workers, "persistent_workers": self.workers > 0, "pin_memory": on_cuda}
            self._loaders[size] = DataLoader(self._dataset, batch_sampler=_Batches(size), **how)
        loader = self._loaders[size]
        loader.batch_sampler.order = order
        for pixels, labels in self._told(loader):
            x = self.normalise(pixels.to(device, non_blocking=on_cuda))
            yield x, labels.to(device, non_blocking=on_cuda).to(x.dtype)  # converted there: the copy stays pinned

    def _told(self, loader: DataLoader) -> Iterator[list[Tensor]]:
        """What the loader gives. Problem where its workers have no room to hand it over: containers often have 64 MB.

        The workers' own errors come here without a number; one with a number is about their queues and semaphores.
        """
        try:
            yield from loader
        except (RuntimeError, OSError) as error:
            if not self.workers or ("shared memory" not in str(error) and getattr(error, "errno", None) is None):
                raise
            words = str(error).strip().splitlines()[-1].rstrip(".")
            raise Problem(
                f"The workers have too little shared memory (/dev/shm) for their batches, with "
                f"train_cuda_cnn.workers={self.workers}: {words}. Take fewer, or 0, which needs none; or give a "
                f"container more: docker run --shm-size=1g."
            ) from error


class _Batches:
    """The batches of the order that is set, which a DataLoader hands to its workers one by one."""

    def __init__(self, size: int):
        self.size, self.order = size, None

    def __iter__(self) -> Iterator[Order]:
        return self.order.batches(self.size)


class _Moved(Dataset):
    """Pictures of an order, flipped and shifted as it says: (H, W, 3) uint8, and their labels.

    folder: torchvision's ImageFolder; place: index in the split -> index in the folder. fill (3,) uint8, of patches.
    """

    def __init__(self, folder, place: dict[int, int], fill: np.ndarray):
        self.folder, self.place, self.fill = folder, place, fill

    def __getitems__(self, batch: Order) -> list[tuple[Tensor, int]]:
        return [self._sample(batch[k : k + 1]) for k in range(len(batch))]

    def _sample(self, moved: Order) -> tuple[Tensor, int]:
        picture, label = self.folder[self.place[int(moved.indices[0])]]  # (3, H, W)
        picture = picture.permute(1, 2, 0)
        if moved.views is not None:
            return torch.from_numpy(seen(picture.numpy()[None], moved.views, self.fill)[0]), label
        rows, columns = (torch.from_numpy(i[0]) for i in moved.source_pixels(*picture.shape[:2]))
        return picture[rows[:, None], columns], label


Served = ResidentSplit | MappedSplit | FolderSplit


def serve(splits: dict[str, PreparedSplit], where: TrainCuda, device: torch.device, root: Path) -> dict[str, Served]:
    """The splits, each by the path that `where.input` names. root: an empty folder, for the files of image_folder."""
    normalise = Normalise(splits["train"], device, where.memory_format)
    if where.input != "image_folder":
        path = {"resident": ResidentSplit, "mapped": MappedSplit}[where.input]
        return {name: path(split, normalise) for name, split in splits.items()}
    for name, split in splits.items():
        write_image_folder(split, root / name)
    return {name: FolderSplit(root / name, normalise, where.workers) for name in splits}


def write_image_folder(split: PreparedSplit, root: Path) -> None:
    """The pictures as files, losslessly: root/0/000000.png, root/1/000001.png, ...

    ImageFolder numbers the folders in alphabetical order. So they are called by the labels, not by the kinds.
    """
    for label in range(len(split.classes)):
        (root / f"{label}").mkdir(parents=True)
    for index, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
        Image.fromarray(image).save(root / f"{label}" / f"{index:06d}.png", compress_level=1)


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """A copy on the device; from pinned memory, so that neither the host nor the device waits for it."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


def moved(
    images: Tensor, fill: Tensor, indices: Tensor, flips: Tensor, shifts: Tensor, views: Tensor | None = None
) -> Tensor:
    """Pixels (B, H, W, 3) uint8 of the pictures `indices` among images (N, H, W, 3), on the device.

    Which pixel goes where is what `Order.source_pixels` says, or what views.py says, where there are views.
    """
    if views is not None:
        return seen_on_device(images, indices, views, fill)
    height, width = images.shape[1:3]
    rows = (torch.arange(height, device=images.device) - shifts[:, :1]).clamp(0, height - 1)  # (B, H)
    columns = (torch.arange(width, device=images.device) - shifts[:, 1:]).clamp(0, width - 1)  # (B, W)
    columns = torch.where(flips[:, None], width - 1 - columns, columns)
    return images[indices[:, None, None], rows[:, :, None], columns[:, None, :]]
