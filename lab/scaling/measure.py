"""What processes that train together need: the step of a share, the all-reduce, the real step, and the pictures."""

import platform
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lab.bench import Bench, repeated
from lab.params import Scaling
from lab.scaling.estimate import fitted, shares
from lab.scaling.reading import reading
from lab.turns import Arm, interleave, median_and_iqr, steps_that_fit
from lab.work import NUMBER, parameters
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


@dataclass(frozen=True)
class Meeting:
    """A rival with an arm in every process: all begin a turn together, and a step takes as long as the slowest's.

    steps: that one step of the arm consists of. alone: only the first process works, the others wait.
    """

    arm: Arm
    ranks: Ranks
    steps: int = 1
    alone: bool = False

    def turn(self, steps: int, warm_up: int) -> np.ndarray:
        self.ranks.everyones(None)
        works = self.ranks.leads or not self.alone
        seconds = self.arm.turn(steps, warm_up) if works else np.zeros(steps, dtype=np.float64)
        return np.max(self.ranks.everyones(seconds), axis=0) / self.steps


def machines(ranks: Ranks) -> int:
    """On how many the processes are."""
    return len(set(ranks.everyones(platform.node())))


def scaling(bench: Bench, where: TrainCuda, scale: Scaling, ranks: Ranks, path: Path) -> dict:
    """All figures that `estimate.expected` needs. path: where the first process writes the pictures that all read.

    Every step is a whole one: Adam, and pictures that are read memory-mapped from the page cache, moved and normalised.
    step.alone, step.busy: of a share, without a word to the others, by the first process or by all at once;
    step.together: DistributedDataParallel. These, and all-reduces of several sizes, take turns.
    """
    split = bench.splits["train"]
    if ranks.leads:
        np.save(path, repeated(split, scale.pictures).images)
    ranks.everyones(None)
    setting = bench.setting(split.images.shape[1])
    gradient_bytes, seed = NUMBER * parameters(setting), bench.params.seed
    found = {
        "setting": {"arch": bench.arch, "size": setting.size, "hidden": setting.hidden,
                    "gradient_bytes": gradient_bytes, "picture_bytes": split.images[0].nbytes},
        "reading": reading(path, ranks, machines(ranks), READINGS, np.random.default_rng(seed)),
    }  # fmt: skip
    steps = _steps(bench, where, _from_disk(split, path), scale, ranks)
    exchanges = _exchanges(bench, scale, ranks, gradient_bytes)
    turns = dict.fromkeys(steps, 1)
    for name, rival in exchanges.items():
        turns[name] = steps_that_fit(scale.turn_seconds, float(rival.turn(1, warm_up=1)[0]))
    seconds = interleave(steps | exchanges, turns, scale.rounds, np.random.default_rng(seed))
    for (part, kind, size), values in seconds.items():
        median, iqr = median_and_iqr(1e3 * values)
        entry = {f"{part}_ms": median, f"{part}_ms_iqr": iqr}
        found.setdefault(part, {}).setdefault(kind, {})[f"{UNITS[part]}_{size}"] = entry
    if exchanges:
        found |= _link(
            {size: float(np.median(seconds[part, kind, size])) for part, kind, size in exchanges}, ranks.count
        )
    return found


def _from_disk(split: PreparedSplit, path: Path) -> PreparedSplit:
    """The same pictures again and again, as many as the file has."""
    images = np.asarray(np.load(path, mmap_mode="r"))
    return replace(split, images=images, labels=split.labels[np.arange(len(images)) % len(split)])


def _steps(bench: Bench, where: TrainCuda, split: PreparedSplit, scale: Scaling, ranks: Ranks) -> dict[tuple, Meeting]:
    """By kind, and by the pictures of a batch ("together") or of one process ("alone", "busy")."""
    wanted = [("alone", size) for size in scale.batch_size]
    wanted += [("busy", size) for size in shares(scale.batch_size, ranks.count)]
    wanted += [("together", size) for size in scale.batch_size if ranks.count > 1]
    return {("step", kind, size): _training(bench, where, split, scale, ranks, kind, size) for kind, size in wanted}


def _training(
    bench: Bench, where: TrainCuda, split: PreparedSplit, scale: Scaling, ranks: Ranks, kind: str, size: int
) -> Meeting:
    """As many steps as fit into a turn, or as there are pictures for."""
    params = bench.params.model_copy(update={"batch_size": size})
    served = {"train": MappedSplit(split, Normalise(split, bench.device, where.memory_format))}
    among = ranks if kind == "together" else ALONE
    learner = make_learner(bench.model(split.images.shape[1]), served, params, where, bench.device, among)
    order = bench.plan.order(1 + (ranks.rank if kind == "busy" else 0), len(split))

    def meeting(steps: int) -> Meeting:
        arm = Arm(lambda: learner.train_epoch(order[: steps * size]), learner.synchronize)
        return Meeting(arm, ranks, steps, alone=kind == "alone")

    seconds = float(meeting(1).turn(1, warm_up=1)[0])
    return meeting(min(steps_that_fit(scale.turn_seconds, seconds), len(split) // size))


def _exchanges(bench: Bench, scale: Scaling, ranks: Ranks, gradient_bytes: int) -> dict[tuple, Meeting]:
    """All-reduces by their kind and bytes; none by one process."""
    if ranks.count == 1:
        return {}
    sizes = [("swept", KIB * kib) for kib in scale.all_reduce_kib] + [("gradients", gradient_bytes)]
    return {
        ("all_reduce", kind, size): Meeting(
            Arm(ranks.exchange(size, bench.device), lambda: synchronize(bench.device)), ranks
        )
        for kind, size in sizes
    }


def _link(seconds: dict[int, float], processes: int) -> dict:
    """Fitted to all-reduces by their bytes; link_why_not where they are too noisy, for the rest is worth keeping."""
    try:
        link, error = fitted(processes, list(seconds), list(seconds.values()))
    except Problem as problem:
        return {"link_why_not": str(problem)}
    told = {"hop_us": 1e6 * link.hop_seconds, "gb_per_second": link.bytes_per_second / 1e9, "largest_error": error}
    return {"link": told}
