"""Small pictures, each its own."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scratchnet.params import Data

SHARED = Path(__file__).parents[3] / "shared" / "dogs-vs-cats"


@pytest.fixture
def jpeg() -> Callable[[int], bytes]:
    """seed -> a JPEG file of 24×16 pixels; the same seed gives the same bytes."""

    def make(seed: int) -> bytes:
        blocks = np.random.default_rng(seed).integers(0, 256, size=(4, 6, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(blocks).resize((24, 16), Image.Resampling.NEAREST).save(file, "JPEG")
        return file.getvalue()

    return make


@pytest.fixture
def tree(tmp_path, jpeg) -> Callable[..., Path]:
    """Names below a folder -> the folder, with a picture of its own in each file, or the bytes given for it."""

    def make(names, root: Path = tmp_path / "tree", **contents: bytes) -> Path:
        for seed, name in enumerate(names):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(contents.get(name, jpeg(seed)))
        return root

    return make


@pytest.fixture
def zipped() -> Callable[..., bytes]:
    """Path, names within it and their bytes -> a zip there, of which the bytes are returned."""

    def make(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return path.read_bytes()

    return make


@pytest.fixture
def zipped_raw() -> Callable[..., None]:
    """Path, and the bytes of names with their contents -> a zip there that does not say how its names are coded."""

    def make(path: Path, members: dict[bytes, bytes]) -> None:
        class Raw(zipfile.ZipInfo):
            __slots__ = ("raw",)

            def _encodeFilenameFlags(self):  # noqa: N802, for zipfile calls it so
                return self.raw, 0

        with zipfile.ZipFile(path, "w") as archive:
            for raw, data in members.items():
                info = Raw(raw.decode("cp437"))
                info.raw = raw
                archive.writestr(info, data)

    return make


@pytest.fixture
def data() -> Callable[..., Data]:
    """Changes -> a section data: pictures of 16×16, a fifth for the test, a quarter of the rest for validation."""

    def make(**changes) -> Data:
        plain = {"source": "folder", "path": "x", "download": "x", "max_file_mib": 1, "size": 16, "seed": 1, "limit": 0}
        plain |= {"drawn": {"train": 2, "val": 2, "test": 2}, "test_fraction": 0.2, "val_fraction": 0.25}
        plain |= {"max_rejected_fraction": 0.5, "classes": ["cat", "dog"]}
        return Data.model_validate(plain | changes)

    return make


@pytest.fixture
def shared() -> Path:
    """Real photographs, where the project has been given any."""
    if not SHARED.exists():
        pytest.skip(f"no real photographs: {SHARED} does not exist")
    return SHARED
