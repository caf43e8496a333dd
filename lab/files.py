"""Which of the files in metrics/ are results, and which are timings. scratchnet/names.py says where each stands."""

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
