"""What to expect of N processes that train together: arithmetic on what was measured, or is assumed.

Each process computes the gradients of its share of a batch. Then all take the mean of their gradients: an all-reduce.
So a step with a batch of B pictures takes t(B/N) + r seconds: t is the step of a share by itself, r an all-reduce.

In a ring (https://doi.org/10.1016/j.jpdc.2008.09.002) every process sends 2 (N − 1) messages to its neighbour, each an
N-th of the gradients. So r = 2 (N − 1) · (hop + bytes / (N · b)): a message takes `hop` seconds to arrive, and b bytes
pass a link in a second. That computing and sending may overlap is not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from scratchnet.problems import Problem

ESTIMATED = (1, 8, 64)  # processes
IMAGENET = 1_281_167  # pictures to train on: arXiv:1409.0575, table 2


@dataclass(frozen=True)
class Link:
    """From one process of a ring to the next."""

    hop_seconds: float
    bytes_per_second: float

    def all_reduce_seconds(self, processes: int, size: float) -> float:
        """r of the formula above, for `size` bytes."""
        return 2 * (processes - 1) * (self.hop_seconds + size / (processes * self.bytes_per_second))

    def slowed_by(self, other: "Link") -> "Link":
        """A ring that has both kinds of links goes at the pace of the slower one."""
        return Link(max(self.hop_seconds, other.hop_seconds), min(self.bytes_per_second, other.bytes_per_second))


def fitted(processes: int, sizes: Sequence[float], seconds: Sequence[float]) -> tuple[Link, float]:
    """The link that explains measured all-reduces best, and its largest relative error: 0.1 is 10% off.

    sizes: bytes of each all-reduce; seconds: that it took. Both unknowns, hop and 1 / b, come from least squares of the
    relative errors, neither of them negative. Problem where more bytes take no longer.
    """
    sizes, seconds = (np.array(values, dtype=np.float64) for values in (sizes, seconds))
    factors = 2 * (processes - 1) * np.stack([np.ones_like(sizes), sizes / processes], axis=1)  # of hop and of 1 / b
    (hop, seconds_a_byte), _ = nnls(factors / seconds[:, None], np.ones_like(seconds))
    if seconds_a_byte == 0:
        raise Problem(
            "The all-reduces took no longer the more bytes they had, so that no bandwidth can be told: measure again "
            "on a quieter machine, or with larger scaling.all_reduce_kib."
        )
    told = factors @ (hop, seconds_a_byte)
    return Link(float(hop), float(1 / seconds_a_byte)), float(np.abs(told / seconds - 1).max())


@dataclass(frozen=True)
class Expected:
    """What to expect of a step with a batch of pictures. assumed: the link is assumed, and not measured.

    step_seconds: of the largest share. input_seconds: until all machines together have read the pictures of a batch.
    """

    step_seconds: float
    all_reduce_seconds: float
    input_seconds: float
    assumed: bool = False

    @property
    def computing_seconds(self) -> float:
        """Of a step with its all-reduce."""
        return self.step_seconds + self.all_reduce_seconds

    def epoch_seconds(self, batch_size: int, pictures: int = IMAGENET) -> float:
        """While a step computes, the pictures of the next batch are read: the slower of the two counts."""
        return -(-pictures // batch_size) * max(self.computing_seconds, self.input_seconds)


def share(batch_size: int, processes: int) -> int:
    """Pictures of the largest part of a batch."""
    return -(-batch_size // processes)


def shares(batch_sizes: Sequence[int], processes: int) -> list[int]:
    """The sizes of shares that `expected` needs the steps of, where so many processes can be measured."""
    counts = {*ESTIMATED, processes} - {1}
    return sorted({share(size, count) for size in batch_sizes for count in counts if count <= size})


def expected(measured: Mapping, batch_size: int, processes: int) -> Expected | None:
    """What to expect of a batch and so many processes; None where a process would have no picture.

    measured: a record, see measure.py.

    - The step of a share was measured while all processes were busy; that of one process, while it was alone.
    - The all-reduce of as many processes as were measured is the measured one. Of others it is that of the fitted link.
    - Beyond the machines that were measured, the slower of the fitted and the assumed link counts.
    - Every machine has a disk of its own.
    """
    if processes > batch_size:
        return None
    machine, reading, size = measured["machine"], measured["reading"], measured["setting"]["gradient_bytes"]
    steps = measured["step"]["alone" if processes == 1 else "busy"]
    machines = -(-processes * machine["machines"] // machine["processes"])
    from_disk = reading.get("cold", reading["warm"])["pictures_per_second"]
    alone = Expected(
        step_seconds=steps[f"pictures_{share(batch_size, processes)}"]["step_ms"] / 1e3,
        all_reduce_seconds=0.0,
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
