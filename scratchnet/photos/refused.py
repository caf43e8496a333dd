"""What stops the preparation of photographs: too many files that cannot be used, or too few pictures."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from scratchnet.names import SPLITS
from scratchnet.photos.decode import Rejection
from scratchnet.photos.near import crowded
from scratchnet.prepared import to_cell
from scratchnet.problems import Problem

TOLD = 3  # names of each reason


def refuse_too_many(rejected: Sequence[tuple[str, Rejection]], found: int, most: float) -> None:
    """Problem, with a table of the reasons, where more than the share `most` of all files could not be used.

    rejected: the name of each and the reason.
    """
    if len(rejected) <= most * found:
        return
    by_reason = defaultdict(list)
    for name, why in rejected:
        by_reason[why.reason].append(to_cell(name))
    rows = [f"  {'reason':20}{'files':>7}  the first of them"]
    for reason, names in sorted(by_reason.items(), key=lambda row: -len(row[1])):
        rows.append(f"  {reason:20}{len(names):>7,}  {', '.join(names[:TOLD])}{', …' if len(names) > TOLD else ''}")
    raise Problem(
        f"{len(rejected):,} of {found:,} files cannot be used ({len(rejected) / found:.1%}), and "
        f"data.max_rejected_fraction allows {most:.1%}. Nothing was written.\n" + "\n".join(rows) + "\n"
        "Mend or remove them; or raise data.max_rejected_fraction, if the other files are what you want."
    )


def refuse_too_few(
    splits: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray,
    rejected: Sequence[tuple[str, Rejection]],
    classes: Sequence[str],
) -> None:
    """Problem where a split lacks one of the kinds. splits (N,) of str, labels (N,) uint8, groups (N,): see near.py."""
    count = {
        (name, kind): int(((splits == name) & (labels == k)).sum()) for name in SPLITS for k, kind in enumerate(classes)
    }
    if all(count.values()):
        return
    told = ", ".join(f"{number} {kind} in {name}" for (name, kind), number in count.items())
    why = ""
    if rejected:
        why += f" {len(rejected)} could not be used, the first: {rejected[0][0]}, {rejected[0][1].detail}"
    if near := int(crowded(groups).sum()):
        why += f" {near} look like others, and what looks the same stays in one split."
    raise Problem(f"There are too few pictures, every split needs both kinds: {told}.{why}")
