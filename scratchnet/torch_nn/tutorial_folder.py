"""How tutorials read photographs, which is what our own decoder is measured against."""

from pathlib import Path

from torchvision.datasets import ImageFolder
from torchvision.transforms import Resize


def tutorial_folder(root: str | Path, size: int) -> ImageFolder:
    """Item n: a PIL image of (size, size), and the number of the folder below `root` that holds it."""
    return ImageFolder(root, transform=Resize((size, size)))
