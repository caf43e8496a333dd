"""How many pictures a second the memory-mapped input reads: from the page cache, and from the disk.

The page cache is memory in which the system keeps what it has read of files. A reading is warm where the whole file is
in it, and cold where nothing of it is.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lab.turns import median_and_iqr
from scratchnet.timing.clock import Stopwatch
from scratchnet.torch_nn.distributed import Ranks

BATCH = 256  # pictures that are gathered at a time
COLD = 0.9  # of the file's bytes have to come from the disk, else a reading was not cold


def reading(path: Path, ranks: Ranks, machines: int, rounds: int, rng: np.random.Generator) -> dict:
    """warm, cold: pictures_per_second of a machine (median over the rounds), and their IQR.

    All processes of a machine read at once, each picture once, in random order, as a training does. cold_why_not stands
    in place of cold where the file did not come from the disk: it may lie in memory, or the system does not count. What
    a host caches for its virtual machines is beyond our reach.
    """
    count = len(np.load(path, mmap_mode="r"))
    order = rng.permutation(count)
    _read(path, order[ranks.rank :: ranks.count])  # so that the first reading is as warm as the others
    found = {}
    for kind in ("warm", "cold"):
        rates, from_disk = zip(*(_round(path, order, ranks, kind == "cold") for _ in range(rounds)), strict=True)
        median, iqr = median_and_iqr(np.array(rates) / machines)
        found[kind] = {"pictures_per_second": median, "pictures_per_second_iqr": iqr}
    if (part := min(from_disk)) < COLD:
        del found["cold"]
        found["cold_why_not"] = f"only {part:.0%} of the file came from the disk"
    return found


def _round(path: Path, order: np.ndarray, ranks: Ranks, cold: bool) -> tuple[float, float]:
    """Pictures a second of all processes together, and what part of the file's bytes came from the disk, 0 to 1."""
    if cold and ranks.local == 0:
        _drop(path)
    ranks.everyones(None)
    before = _bytes_from_disk()
    with Stopwatch() as watch:
        _read(path, order[ranks.rank :: ranks.count])
    told = ranks.everyones((watch.seconds, _bytes_from_disk() - before))
    seconds, read = zip(*told, strict=True)
    return len(order) / max(seconds), sum(read) / path.stat().st_size


def _read(path: Path, indices: Sequence[int]) -> None:
    images = np.asarray(np.load(path, mmap_mode="r"))
    for start in range(0, len(indices), BATCH):
        images[indices[start : start + BATCH]]


def _drop(path: Path) -> None:
    """Ask the system to put the file out of its page cache. It does so with pages that nobody maps."""
    if not hasattr(os, "posix_fadvise"):
        return
    with path.open("rb") as file:
        os.fsync(file.fileno())  # what is not yet on the disk would stay
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _bytes_from_disk() -> int:
    """That this process has caused to be read so far (see proc(5)); 0 where the system does not tell."""
    told = Path("/proc/self/io")
    if not told.exists():
        return 0
    return next(
        int(line.split()[1]) for line in told.read_text(encoding="utf-8").splitlines() if line.startswith("read_bytes")
    )
