"""The state of a training on disk: written whole, with a checksum, the last two kept.

A checkpoint that is cut off, empty or damaged, or another training's, never stops a run. It is told, set aside under
another name, and the one before it is read, or none.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from tqdm import tqdm

from scratchnet.problems import Problem
from scratchnet.records import arrays_as_bytes, read_arrays, replacing, temporary_prefix

Arrays = dict[str, np.ndarray]


def tell(sentence: str) -> None:
    """To a person who watches, above the progress bar."""
    tqdm.write(sentence, file=sys.stderr)


class Checkpoints:
    """The newest checkpoint of one training, `path`, and the one before it, `previous`.

    The name of `path` says which training it belongs to, and each file has this name inside.
    """

    def __init__(self, path: Path):
        self.path, self.previous = path, path.with_name(f"{path.name}.previous")
        self.whole = True  # what was written last

    def newest(self, take: Callable[[Arrays, dict], object]) -> tuple[Arrays, dict] | None:
        """The newest that is whole, ours, and that `take` accepts; None where there is none.

        take(arrays, about): KeyError, ValueError or RuntimeError where they do not fit.
        """
        self._sweep()
        for path in (self.path, self.previous):
            with suppress(FileNotFoundError):
                path.stat()
                try:
                    arrays, about = self._read(path)
                    take(arrays, about)
                    return arrays, about
                except (Problem, KeyError, ValueError, RuntimeError) as error:
                    self._set_aside(path, error)
        return None

    def write(self, arrays: Mapping[str, np.ndarray], about: Mapping[str, object]) -> None:
        """Where it cannot be written, for want of room or memory, this is told once, and the last whole one stays.

        It is on the disk itself when this returns, so that it outlasts a power cut.
        """
        try:
            self._write(arrays, {**about, "training": self._name})
            self.whole = True
        except (OSError, Problem, MemoryError) as error:
            if self.whole:
                tell(f"No checkpoint: {error} The training goes on without; what was saved before is kept.")
            self.whole = False

    def clear(self) -> None:
        """The training is over."""
        self._sweep()
        for path in (self.path, self.previous):
            path.unlink(missing_ok=True)

    @property
    def _name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    def _write(self, arrays: Mapping[str, np.ndarray], about: dict) -> None:
        content = arrays_as_bytes(arrays, about | {"digest": _digest(arrays, about)})
        with replacing(self.path) as temporary:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                self.path.replace(self.previous)
        _sync_folder(self.path.parent)

    def _read(self, path: Path) -> tuple[Arrays, dict]:
        arrays, about = read_arrays(path)
        digest = about.pop("digest", None)
        if digest is None:
            raise Problem("it is no checkpoint")
        if digest != _digest(arrays, about):
            raise Problem("its checksum is wrong")
        if about["training"] != self._name:
            raise Problem(f"it belongs to another training, {about['training']}")
        return arrays, about

    def _set_aside(self, path: Path, why: Exception) -> None:
        aside = path.with_name(f"{path.name}.damaged")
        tell(f"The checkpoint {path} cannot be used: {str(why).rstrip('.')}. It is set aside as {aside.name}.")
        with suppress(OSError):  # a folder that can only be read: then it is passed over in each run
            path.replace(aside)

    def _sweep(self) -> None:
        """The temporary files that a process killed outright has left."""
        for path in self.path.parent.glob(f"{temporary_prefix(self.path)}*"):
            path.unlink(missing_ok=True)


def _digest(arrays: Mapping[str, np.ndarray], about: Mapping[str, object]) -> str:
    """SHA-256 of all that a checkpoint says: names, dtypes, shapes, numbers, and what is told about them."""
    shapes = {name: [array.dtype.str, array.shape] for name, array in sorted(arrays.items())}
    whole = hashlib.sha256(json.dumps([about, shapes], sort_keys=True).encode())
    for name in shapes:
        whole.update(np.asarray(arrays[name], order="C").reshape(-1).view(np.uint8))
    return whole.hexdigest()


def _sync_folder(folder: Path) -> None:
    """So that the names are on the disk, too. Not every system can open a folder."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
