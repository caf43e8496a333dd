"""What processes need that train together: the step of a share, the all-reduce, the whole step, and the pictures.

The record has, beside `machine` and `assumed`:
- setting: the network, and the bytes of its gradients and of a picture;
- reading: see reading.py;
- step.alone, step.busy, step.together: step_ms by pictures_N, the size of the batch or of the share;
- all_reduce.swept, all_reduce.gradients: all_reduce_ms by bytes_N;
- link: hop_us, gb_per_second and largest_error (see estimate.fitted), or link_why_not.
"""

import platform
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lab.bench import Bench, repeated
from lab.params import Scaling
from lab.scaling.estimate import fitted, shares
from lab.scaling.reading import reading
from lab.turns import Arm, LabStream, interleave, median_and_iqr, steps_that_fit
from lab.work import NUMBER, parameters
from scratchnet.names import rng_of
from scratchnet.params import TrainCuda
from scratchnet.prepared import PreparedSplit
from scratchnet.problems import Problem
from scratchnet.torch_nn.device import synchronize
from scratchnet.torch_nn.distributed import ALONE, Ranks
from scratchnet.torch_nn.inputs import MappedSplit, Normalise
from scratchnet.torch_nn.learner import make_learner

READINGS = 3  # of the whole file, from the page cache and from the disk
KIB = 2**10
UNITS = {"step": "pictures", "all_reduce": "bytes"}
What = tuple[str, str, int]  # a part of the record, the kind in it, and the pictures or bytes


@dataclass(frozen=True)
class Meeting:
    """What takes turns here (see lab/turns.py): an arm in every process.

    All begin a turn together, and a step takes as long as that of the slowest. steps: training steps that a step of the
    arm consists of. alone: the first process works, and the others wait.
    """

    arm: Arm
    ranks: Ranks
    steps: int = 1
    alone: bool = False

    def turn(self, steps: int, warm_up: int) -> np.ndarray:
        """Seconds of a training step, (steps,) float64, the same in every process."""
        self.ranks.everyones(None)
        works = self.ranks.leads or not self.alone
        seconds = self.arm.turn(steps, warm_up) if works else np.zeros(steps, dtype=np.float64)
        return np.max(self.ranks.everyones(seconds), axis=0) / self.steps


def machines(ranks: Ranks) -> int:
    """On how many the processes are."""
    return len(set(ranks.everyones(platform.node())))


@dataclass(frozen=True)
class Measurement:
    """The measurement, in one of its processes. where: how PyTorch trains. scale: how much is measured."""

    bench: Bench
    where: TrainCuda
    scale: Scaling
    ranks: Ranks

    def figures(self, path: Path) -> dict:
        """The record. path: where the first process writes the pictures that all read.

        Steps and all-reduces take turns, so that a machine that slows down slows them all.
        """
        split, seed = self.bench.splits["train"], self.bench.params.seed
        if self.ranks.leads:
            np.save(path, repeated(split, self.scale.pictures).images)
        self.ranks.everyones(None)
        found = {
            "setting": self._setting(),
            "reading": reading(path, self.ranks, machines(self.ranks), READINGS, rng_of(seed, LabStream.READING)),
        }
        rivals = self._steps(_from_disk(split, path))
        turns = dict.fromkeys(rivals, 1)
        for name, rival in self._exchanges().items():
            rivals[name] = rival
            turns[name] = steps_that_fit(self.scale.turn_seconds, float(rival.turn(1, warm_up=1)[0]))
        seconds = interleave(
            {what: rival.turn for what, rival in rivals.items()},
            turns,
            self.scale.rounds,
            rng_of(seed, LabStream.TURNS),
        )
        exchanges = {size: values for (part, _, size), values in seconds.items() if part == "all_reduce"}
        return found | _entries(seconds) | link_of(exchanges, self.ranks.count)

    def _setting(self) -> dict:
        split = self.bench.splits["train"]
        setting = self.bench.setting(split.images.shape[1])
        about = {"arch": setting.arch, "size": setting.size, "hidden": setting.hidden}
        return about | {"gradient_bytes": NUMBER * parameters(setting), "picture_bytes": split.images[0].nbytes}

    def _steps(self, split: PreparedSplit) -> dict[What, Meeting]:
        """alone, busy: of a share, without a word to the others, by the first process or by all at once.

        together: of a batch, by DistributedDataParallel.
        """
        sizes, count = self.scale.batch_size, self.ranks.count
        wanted = [("alone", size) for size in sizes]
        wanted += [("busy", size) for size in shares(sizes, count)]
        wanted += [("together", size) for size in sizes if count > 1]
        return {("step", kind, size): self._training(split, kind, size) for kind, size in wanted}

    def _training(self, split: PreparedSplit, kind: str, size: int) -> Meeting:
        """As many steps as fit into a turn, or as there are pictures for.

        A step is a whole one: pictures that are read memory-mapped from the page cache, moved and normalised; Adam.
        """
        device = self.bench.device
        bench = self.bench.changed(batch_size=size)
        served = {"train": MappedSplit(split, Normalise(split, device, self.where.memory_format))}
        model, among = self.bench.model(split.images.shape[1]), self.ranks if kind == "together" else ALONE
        learner = make_learner(model, served, bench.params, self.where, device, among)
        order, rates = bench.epoch(len(split), 1 + (self.ranks.rank if kind == "busy" else 0))

        def meeting(steps: int) -> Meeting:
            arm = Arm(lambda: learner.train_epoch(order[: steps * size], rates[:steps]), learner.synchronize)
            return Meeting(arm, self.ranks, steps, alone=kind == "alone")

        seconds = float(meeting(1).turn(1, warm_up=1)[0])
        return meeting(min(steps_that_fit(self.scale.turn_seconds, seconds), len(split) // size))

    def _exchanges(self) -> dict[What, Meeting]:
        """All-reduces of the swept sizes and of the gradients' own; none by one process."""
        if self.ranks.count == 1:
            return {}
        device, gradients = self.bench.device, self._setting()["gradient_bytes"]
        sizes = [("swept", KIB * kib) for kib in self.scale.all_reduce_kib] + [("gradients", gradients)]
        return {
            ("all_reduce", kind, size): Meeting(
                Arm(self.ranks.exchange(size, device), lambda: synchronize(device)), self.ranks
            )
            for kind, size in sizes
        }


def link_of(exchanges: dict[int, np.ndarray], processes: int) -> dict:
    """Fitted to the seconds of all-reduces, by their bytes; nothing where there were none.

    link_why_not where they are too noisy, for the rest is worth keeping.
    """
    if not exchanges:
        return {}
    try:
        link, error = fitted(processes, list(exchanges), [float(np.median(values)) for values in exchanges.values()])
    except Problem as problem:
        return {"link_why_not": str(problem)}
    told = {"hop_us": 1e6 * link.hop_seconds, "gb_per_second": link.bytes_per_second / 1e9, "largest_error": error}
    return {"link": told}


def _entries(seconds: dict[What, np.ndarray]) -> dict:
    """part.kind.UNIT_size: the median in milliseconds, and the distance between the quartiles (IQR)."""
    found: dict[str, dict] = {}
    for (part, kind, size), values in seconds.items():
        median, iqr = median_and_iqr(1e3 * values)
        entry = {f"{part}_ms": median, f"{part}_ms_iqr": iqr}
        found.setdefault(part, {}).setdefault(kind, {})[f"{UNITS[part]}_{size}"] = entry
    return found


def _from_disk(split: PreparedSplit, path: Path) -> PreparedSplit:
    """The same pictures again and again, as many as the file has."""
    images = np.asarray(np.load(path, mmap_mode="r"))
    return replace(split, images=images, labels=split.labels[np.arange(len(images)) % len(split)])
