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

from scratchnet.params import CLASSES
from scratchnet.torch_nn.pictures import Normalise


def write_image_folder(split, root: Path) -> None:
    """images (N, H, W, 3) uint8 of a split -> root/cat/000000.png, root/dog/000001.png, ...

    ImageFolder numbers the folders in alphabetical order, which is that of CLASSES.
    """
    for name in CLASSES:
        (root / name).mkdir(parents=True)
    for index, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
        Image.fromarray(image).save(root / CLASSES[label] / f"{index:06d}.png", compress_level=1)


class FolderSplit:
    """A split read from files while training, by `workers` processes of a DataLoader (0: in this process)."""

    def __init__(self, root: Path, normalise: Normalise, workers: int):
        self.folder = ImageFolder(root, transform=PILToTensor())
        stored = [int(Path(path).stem) for path, _ in self.folder.samples]
        self.place = {index: place for place, index in enumerate(stored)}  # stored index -> ImageFolder's index
        self.normalise, self.workers = normalise, workers

    def __len__(self) -> int:
        return len(self.folder)

    def batches(self, order, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """x (B, 3, H, W) and labels (B,) on the device, in the network's dtype, for each batch of an `Order`."""
        device = self.normalise.device
        on_cuda = device.type == "cuda"  # pinned memory lets the copy overlap with the work before it
        loader = DataLoader(
            _Moved(self.folder, self.place, order), batch_size=size, num_workers=self.workers, pin_memory=on_cuda
        )
        for pixels, labels in loader:
            x = self.normalise(pixels.to(device, non_blocking=on_cuda))
            yield x, labels.to(device, non_blocking=on_cuda).to(x.dtype)  # converted there: the copy stays pinned


class _Moved(Dataset):
    """Sample k is the k-th picture of the order, flipped and shifted as the order says: (H, W, 3) uint8, label."""

    def __init__(self, folder: ImageFolder, place: dict[int, int], order):
        self.folder, self.place, self.order = folder, place, order

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, k: int) -> tuple[Tensor, int]:
        moved = self.order[k : k + 1]
        picture, label = self.folder[self.place[int(moved.indices[0])]]  # (3, H, W)
        rows, columns = (torch.from_numpy(i[0]) for i in moved.source_pixels(*picture.shape[1:]))
        return picture.permute(1, 2, 0)[rows[:, None], columns], label
