"""Which of the files in metrics/ are results, and which are timings. scratchnet/names.py says where each stands."""

import re
from argparse import ArgumentTypeError
from pathlib import Path, PurePath

from scratchnet.names import BENCHMARK, METRICS, REFERENCE, TIMING


def is_metrics(file: PurePath) -> bool:
    """What the pipeline says of its own run: results and timings, but not the benchmark, and nothing that was kept."""
    return METRICS in file.parents and file.suffix == ".json" and REFERENCE not in file.parents and file != BENCHMARK


def is_result(file: PurePath) -> bool:
    """What every run with the same settings says again, but for rounding."""
    return is_metrics(file) and TIMING not in file.parents


def metrics_here() -> list[Path]:
    """All metrics of the run in the workspace, by name."""
    return sorted(file for file in METRICS.rglob("*.json") if is_metrics(file))


def run_name(text: str) -> str:
    """The name of a kept run, which becomes the name of its file: no path, and a name on every system."""
    devices = r"(?i:con|prn|aux|nul|com\d|lpt\d)(\.|$)"  # of Windows, where no file is called so
    if not re.fullmatch(rf"(?!{devices})[A-Za-z0-9][A-Za-z0-9._-]{{0,63}}", text):
        raise ArgumentTypeError(f"{text!r} is no name: letters, digits, '.', '-' and '_' make one, such as photos_2000")
    return text
