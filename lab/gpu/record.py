"""The record of a measurement on disk: NAME.json, written anew after each part, and a page of tables beside it.

Top level: machine, params, batch_size and data say what was measured, and each part has its own name below. left_out:
the parts that were asked for and have no figures, with the reason. bound and goals follow from the parts.
"""

import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from lab.bench import Bench, described
from lab.gpu.goals import bound, goals
from lab.gpu.page import page
from lab.params import Gpu
from lab.turns import Deadline
from scratchnet.names import PREPARED
from scratchnet.prepared import digest
from scratchnet.problems import Problem
from scratchnet.records import read_metrics, write_metrics, write_text
from scratchnet.timing.machine import lasting, machine
from scratchnet.torch_nn.device import cpu_library, gpu_name

Part = Callable[[], dict]


def about(bench: Bench, scale: Gpu) -> dict:
    """What every record begins with: where, with which settings, and on which pictures."""
    return {
        "machine": machine(gpu_name(bench.device)) | cpu_library() | {"device": bench.device.type},
        "params": {"train_numpy_cnn": bench.params.model_dump()},
        "batch_size": {"smallest": min(scale.batch_size), "largest": max(scale.batch_size)},
        "data": {name: len(split) for name, split in bench.splits.items()} | {"digest": digest(PREPARED)},
    }


def earlier(target: Path, about: Mapping) -> dict:
    """The record that earlier calls left at `target`, or an empty one. Problem where it is of something else.

    The machine's load may differ: it does at every start.
    """
    if not target.exists():
        return dict(about)
    found = read_metrics(target)
    before, now = ({**each, "machine": lasting(each["machine"])} for each in (found, about))
    if other := [key for key in now if before.get(key) != now[key]]:
        raise Problem(
            f"{target} has figures of another {' and other '.join(other)}: choose another name, or delete it first."
        )
    return found | about


def measure(parts: Mapping[str, Part], record: Mapping, target: Path, deadline: Deadline) -> list[str]:
    """Add the parts to the record, and write it after each. The names of those that failed.

    An error in a part ends that part alone: a GPU's time is dear, and the other parts shall not be lost.
    """
    left_out = record.get("left_out", {}) | dict.fromkeys(parts, "it did not come to that")
    record, failed = {**record, "left_out": left_out}, []
    for name, part in parts.items():
        if deadline.passed():
            left_out[name] = "there was no time left"
        else:
            print(name, file=sys.stderr)
            try:
                record[name] = part()
                del left_out[name]
            except Exception as error:
                traceback.print_exc()
                left_out[name] = f"it failed {described(error)}"
                failed.append(name)
        write(record, target)
    return failed


def write(record: Mapping, target: Path) -> None:
    """The record and its page, with what follows from the parts."""
    if {"speeds", "floor"} <= record.keys():
        record = {**record, "bound": bound(record)}
    record = {**record, "goals": goals(record)}
    write_metrics(target, record)
    write_text(target.with_suffix(".md"), page(record))
