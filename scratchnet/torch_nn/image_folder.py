"""The usual way of PyTorch tutorials: picture files, torchvision's ImageFolder, a DataLoader with workers.

It reads the very pixels that the other backends read: prepared pictures, written losslessly as PNG.
"""

from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import PILToTensor

from scratchnet.names import CLASSES
from scratchnet.order import Order
from scratchnet.torch_nn.inputs import Normalise


def write_image_folder(split, root: Path) -> None:
    """images (N, H, W, 3) uint8 of a split -> root/cat/000000.png, root/dog/000001.png, ...

    ImageFolder numbers the folders in alphabetical order, which is that of CLASSES.
    """
    for name in CLASSES:
        (root / name).mkdir(parents=True)
    for index, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
        Image.fromarray(image).save(root / CLASSES[label] / f"{index:06d}.png", compress_level=1)


class FolderSplit:
    """A split read from files while training, by `workers` processes of a DataLoader (0: in this process).

    The workers are started once for each size of batch, and wait for the next epoch; each batch tells them its part of
    the order.
    """

    def __init__(self, root: Path, normalise: Normalise, workers: int):
        folder = ImageFolder(root, transform=PILToTensor())
        stored = [int(Path(path).stem) for path, _ in folder.samples]
        place = {index: place for place, index in enumerate(stored)}  # stored index -> ImageFolder's index
        self._dataset = _Moved(folder, place)
        self.normalise, self.workers = normalise, workers
        self._loaders: dict[int, DataLoader] = {}

    def __len__(self) -> int:
        return len(self._dataset.place)

    def batches(self, order: Order, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """x (B, 3, H, W) and labels (B,) on the device, in the network's dtype, for each batch of an `Order`."""
        device = self.normalise.device
        on_cuda = device.type == "cuda"  # pinned memory lets the copy overlap with the work before it
        if size not in self._loaders:
            how = {"num_workers": self.workers, "persistent_workers": self.workers > 0, "pin_memory": on_cuda}
            self._loaders[size] = DataLoader(self._dataset, batch_sampler=_Batches(size), **how)
        loader = self._loaders[size]
        loader.batch_sampler.order = order
        for pixels, labels in loader:
            x = self.normalise(pixels.to(device, non_blocking=on_cuda))
            yield x, labels.to(device, non_blocking=on_cuda).to(x.dtype)  # converted there: the copy stays pinned


class _Batches:
    """The batches of the order that is set, which a DataLoader hands to its workers one by one."""

    def __init__(self, size: int):
        self.size, self.order = size, None

    def __iter__(self) -> Iterator[Order]:
        return self.order.batches(self.size)


class _Moved(Dataset):
    """Pictures of an order, flipped and shifted as it says: (H, W, 3) uint8, and their labels."""

    def __init__(self, folder: ImageFolder, place: dict[int, int]):
        self.folder, self.place = folder, place

    def __getitems__(self, batch: Order) -> list[tuple[Tensor, int]]:
        return [self._sample(batch[k : k + 1]) for k in range(len(batch))]

    def _sample(self, moved: Order) -> tuple[Tensor, int]:
        picture, label = self.folder[self.place[int(moved.indices[0])]]  # (3, H, W)
        rows, columns = (torch.from_numpy(i[0]) for i in moved.source_pixels(*picture.shape[1:]))
        return picture.permute(1, 2, 0)[rows[:, None], columns], label
