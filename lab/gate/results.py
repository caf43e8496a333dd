"""Do the trained results in the workspace still say what is committed? That needs no clock.

They are compared with those of the last commit, not of the base. So a change that is meant to change results is
committed together with its new ones, and then agrees with them.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from lab.files import is_result
from lab.gate.verdicts import Check, Verdict
from lab.params import ResultsTolerance
from lab.revisions import files_in, text_in
from lab.timings import flat
from scratchnet.names import METRICS, PLOTS

COMPARED = METRICS / "compare.json"  # follows from other files, and holds a ratio of timings
LOSSES = f"{PLOTS}/train_*/*/loss.csv"
# Timings; and which epoch was best, which follows from losses that may differ.
NOT_COMPARED = ("seconds", "kept_epoch")
Figures = Mapping[str, float | str]


def check_results(root: Path, tolerance: ResultsTolerance) -> list[Check]:
    """A check for each file of results that is committed at HEAD."""
    committed = [path for path in files_in(root, "HEAD", str(METRICS), str(PLOTS)) if _is_compared(PurePath(path))]
    return [_check(path, text_in(root, "HEAD", path), root / path, tolerance) for path in committed]


def _is_compared(file: PurePath) -> bool:
    return (is_result(file) and file != COMPARED) or file.match(LOSSES)


def _check(name: str, committed: str, path: Path, tolerance: ResultsTolerance) -> Check:
    if not path.exists():
        return Check(name, Verdict.FAIL, "is committed, but missing here: dvc repro")
    text = path.read_text(encoding="utf-8")
    if text == committed:
        return Check(name, Verdict.PASS, "is the committed file")
    wanted, got = figures(name, committed), figures(name, text)
    differing = list(_differing(wanted, got, tolerance))
    if differing:
        more = f", and {len(differing) - 1} more" if len(differing) > 1 else ""
        return Check(
            name, Verdict.FAIL, f"{differing[0]}{more}; if the change is meant, commit the new results with it"
        )
    return Check(name, Verdict.PASS, f"{len(got)} figures within the tolerances")


def figures(name: str, text: str) -> Figures:
    """What a file of metrics or a table of losses says, by dotted key or by column and epoch; without timings."""
    everything = dict(_rows(text) if name.endswith(".csv") else flat(json.loads(text)))
    return {key: value for key, value in everything.items() if _kind(key) not in NOT_COMPARED}


def _rows(text: str) -> Iterator[tuple[str, float]]:
    for row in csv.DictReader(io.StringIO(text)):
        for column in row.keys() - {"epoch"}:
            yield f"{column} of epoch {row['epoch']}", float(row[column])


def _kind(key: str) -> str:
    """The last part of a dotted key, or the column."""
    return key.split(" of epoch ")[0].split(".")[-1]


def _differing(wanted: Figures, got: Figures, tolerance: ResultsTolerance) -> Iterator[str]:
    """A clause for each figure that is too far from the committed one."""
    for key in sorted(wanted.keys() ^ got.keys()):
        yield f"{key} is only {'committed' if key in wanted else 'here'}"
    for key in wanted:
        if key in got and not _agree(key, wanted[key], got[key], tolerance):
            yield f"{key} is {got[key]}, committed {wanted[key]}"


def _agree(key: str, wanted: float | str, got: float | str, tolerance: ResultsTolerance) -> bool:
    kind = _kind(key)
    if kind.endswith("loss"):
        relative = tolerance.first_loss if key.endswith(" of epoch 1") else tolerance.loss
        return math.isclose(wanted, got, rel_tol=relative)
    if kind.endswith("accuracy"):
        return abs(wanted - got) <= tolerance.accuracy
    return wanted == got  # counts
