"""What to expect of N processes that train together: arithmetic on what was measured, or is assumed.

A step of all takes t(B/N) + r: the step of the largest share of the batch, and the all-reduce of the gradients. In a
ring (https://doi.org/10.1016/j.jpdc.2008.09.002) every process passes 2 (N − 1) times an N-th of the bytes on to the
next, so r = 2 (N − 1) · (hop + bytes / (N · b)), b in bytes a second. Nothing is taken to overlap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from lab.setting import Setting
from lab.work import NUMBER, flops, fused_bytes, parameters
from scratchnet.problems import Problem

ESTIMATED = (1, 8, 64)  # processes
IMAGENET = 1_281_167  # pictures to train on: arXiv:1409.0575, table 2


@dataclass(frozen=True)
class Link:
    """From one process of a ring to the next: how long before a message arrives, and how fast it does."""

    hop_seconds: float
    bytes_per_second: float

    def all_reduce_seconds(self, processes: int, size: float) -> float:
        """Of `size` bytes, by so many processes."""
        return 2 * (processes - 1) * (self.hop_seconds + size / (processes * self.bytes_per_second))

    def slowed_by(self, other: "Link") -> "Link":
        """A ring that has both kinds of links goes at the pace of the slower one."""
        return Link(max(self.hop_seconds, other.hop_seconds), min(self.bytes_per_second, other.bytes_per_second))


def fitted(processes: int, sizes: Sequence[float], seconds: Sequence[float]) -> tuple[Link, float]:
    """The link that explains all-reduces of these bytes by so many processes, and by what part it misses the worst.

    Least squares of the relative errors, neither figure negative. Problem where more bytes take no longer.
    """
    sizes, seconds = (np.array(values, dtype=np.float64) for values in (sizes, seconds))
    units = 2 * (processes - 1) * np.stack([np.ones_like(sizes), sizes / processes], axis=1)  # of hop and of 1 / b
    (hop, seconds_a_byte), _ = nnls(units / seconds[:, None], np.ones_like(seconds))
    if seconds_a_byte == 0:
        raise Problem(
            "The all-reduces took no longer the more bytes they had, so that no bandwidth can be told: measure again "
            "on a quieter machine, or with larger scaling.all_reduce_kib."
        )
    told = units @ (hop, seconds_a_byte)
    return Link(float(hop), float(1 / seconds_a_byte)), float(np.abs(told / seconds - 1).max())


@dataclass(frozen=True)
class Expected:
    """What N processes make of a batch. assumed: is the link assumed, and not measured?

    input_seconds: until the pictures of a batch are read from disk, by all machines together; 0 where that is unknown.
    """

    step_seconds: float
    all_reduce_seconds: float = 0.0
    input_seconds: float = 0.0
    assumed: bool = False

    @property
    def computing_seconds(self) -> float:
        """Of a step with its all-reduce."""
        return self.step_seconds + self.all_reduce_seconds

    def epoch_seconds(self, batch_size: int, pictures: int = IMAGENET) -> float:
        """The pictures of the next batch are read meanwhile."""
        return -(-pictures // batch_size) * max(self.computing_seconds, self.input_seconds)


def share(batch_size: int, processes: int) -> int:
    """Pictures of the largest part of a batch."""
    return -(-batch_size // processes)


def shares(batch_sizes: Sequence[int], processes: int) -> list[int]:
    """Whose steps an estimate needs, where so many processes can be measured."""
    counts = {*ESTIMATED, processes} - {1}
    return sorted({share(size, count) for size in batch_sizes for count in counts if count <= size})


def expected(measured: Mapping, batch_size: int, processes: int) -> Expected | None:
    """From what lab/scaling/command.py has measured; None where a batch has not a picture for each process.

    The step of a share is that of processes which are all busy; of one process, that of one alone. The all-reduce of
    as many processes as were measured is the measured one, of others the fitted link's. Beyond the machine that was
    measured the assumed network comes in.
    """
    if processes > batch_size:
        return None
    machine, reading, size = measured["machine"], measured["reading"], measured["setting"]["gradient_bytes"]
    steps = measured["step"]["alone" if processes == 1 else "busy"]
    machines = -(-processes * machine["machines"] // machine["processes"])
    from_disk = reading.get("cold", reading["warm"])["pictures_per_second"]
    alone = Expected(
        step_seconds=steps[f"pictures_{share(batch_size, processes)}"]["step_ms"] / 1e3,
        input_seconds=batch_size / (machines * from_disk),
    )
    if processes == 1:
        return alone
    if processes == machine["processes"]:
        measured_ms = measured["all_reduce"]["gradients"][f"bytes_{size}"]["all_reduce_ms"]
        return replace(alone, all_reduce_seconds=measured_ms / 1e3)
    link, assumed = _link(measured, processes)
    return replace(alone, all_reduce_seconds=link.all_reduce_seconds(processes, size), assumed=assumed)


def _link(measured: Mapping, processes: int) -> tuple[Link, bool]:
    """Between so many processes, and whether any of it is assumed."""
    machine, assumed = measured["machine"], _as_link(measured["assumed"])
    if "link" not in measured:
        return assumed, True
    link = _as_link(measured["link"])
    if processes < machine["processes"] or machine["machines"] > 1:
        return link, False
    return link.slowed_by(assumed), True


def _as_link(entry: Mapping) -> Link:
    return Link(entry["hop_us"] / 1e6, 1e9 * entry["gb_per_second"])


@dataclass(frozen=True)
class DataSheet:
    """A GPU as its maker describes it, and a cluster of it: nothing of this was measured."""

    name: str
    flops_per_second: float  # float32
    bytes_per_second: float
    per_machine: int
    within: Link
    between: Link

    def expected(self, setting: Setting, processes: int) -> Expected | None:
        """The step is its lower bound (see work.fused_bytes), the all-reduce by an assumed latency."""
        if processes > setting.batch_size:
            return None
        part = replace(setting, batch_size=share(setting.batch_size, processes))
        step = max(flops(part) / self.flops_per_second, fused_bytes(part, NUMBER) / self.bytes_per_second)
        link = self.within if processes <= self.per_machine else self.between
        all_reduce = link.all_reduce_seconds(processes, NUMBER * parameters(setting))
        return Expected(step, all_reduce, assumed=processes > 1)


# https://resources.nvidia.com/en-us-tensor-core: SXM; NVLink's 900 GB/s are both directions together; one 400 Gb/s
# InfiniBand a GPU. The hop is assumed: NCCL's own model (src/graph/tuning.cc) has 1.9 µs over NVLink and 4.0 µs over
# the network for a ring, and most hops of eight machines stay within one.
H100 = DataSheet("H100", 67e12, 3.35e12, 8, Link(2e-6, 450e9), Link(2e-6, 50e9))
