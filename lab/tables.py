"""Write the tables of kept runs in docs/ anew, from the files in metrics/reference.

Each table stands between two comments that name it, such as <!-- kept runs --> and <!-- end of kept runs -->. The rest
of a page is left as it is. Takes a second.

Example: python -m lab tables
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import mean

from lab.audits import audit_table, seen_table
from lab.benchmark.page import run_table
from lab.gate.prove import proof_table
from lab.gpu.page import same_network_table
from lab.scaling.page import scaling_table
from scratchnet.markdown import fill, table
from scratchnet.names import BACKENDS, CNN_STAGES, REFERENCE
from scratchnet.problems import Problem
from scratchnet.records import read_metrics, write_text

FIGURES = ("test_accuracy", "test_accuracy_both_ways", "expected_calibration_error")  # of the table of seeds
WORDS = ("right", "both ways", "calibration error", "minutes")
Runs = Mapping[str, dict]  # what was kept, by the name that it was kept under


def training_table(runs: Runs) -> list[str]:
    """A row for each run and network: how often it was right on the test split, and how far the two losses parted."""
    head = ("run", "network", "trained on", "NumPy right", "PyTorch right", "largest gap of the losses")
    return table(head, [row for name, run in runs.items() for row in _trainings(name, run["metrics"])], words=head[:2])


def _trainings(name: str, metrics: Mapping) -> Iterator[list[str]]:
    pictures = f"{metrics['prepare_images']['split']['train']:,}"
    for arch in metrics["compare"]:
        right = [f"{metrics[stage][arch]['test_accuracy']:.1%}" for stage in CNN_STAGES.values()]
        yield [name, arch, pictures, *right, f"{metrics['compare'][arch]['loss_gap']:.0e}"]


def seeds_table(runs: Runs) -> list[str]:
    """A row for the same training from several seeds: how often it was right on the test split, and its time."""
    rows: dict[tuple, list[list[float]]] = {}
    for run in runs.values():
        metrics = run["metrics"]
        backend, stage = next((backend, stage) for backend, stage in CNN_STAGES.items() if stage in metrics)
        ((arch, found),) = metrics[stage].items()
        epochs = (run["params"]["train_numpy_cnn"] | run["params"]["of_arch"][arch])["epochs"]
        split = metrics["prepare_images"]["split"]
        figures = [*(found[name] for name in FIGURES), metrics["timing"][stage][arch]["train_seconds"] / 60]
        rows.setdefault((arch, -split["train"], split["test"], epochs, BACKENDS[backend]), []).append(figures)
    return table(("training", "seeds", *WORDS), [_seeds(key, rows[key]) for key in sorted(rows)])


def _seeds(key: tuple, found: list[list[float]]) -> list[str]:
    """found: the figures of each seed."""
    arch, learned, tested, epochs, by = key
    *shares, minutes = zip(*found, strict=True)
    means = [f"{mean(share):.1%}" for share in shares]
    spreads = [f" ({min(share):.1%} to {max(share):.1%})" if len(found) > 1 else "" for share in shares]
    right = [f"{centre}{spread}" for centre, spread in zip(means, spreads, strict=True)]
    training = f"{arch} in {by}, {epochs} epochs of {-learned:,} pictures; tested on {tested:,}"
    fastest, slowest = f"{min(minutes):.0f}", f"{max(minutes):.0f}"
    return [training, f"{len(found)}", *right, fastest if fastest == slowest else f"{fastest} to {slowest}"]


# The page, the name of the table in it, the folder of the kept files, and what makes a table of them.
TABLES: list[tuple[str, str, Path, Callable[[Runs], list[str]]]] = [
    ("docs/photographs.md", "kept runs", REFERENCE, training_table),
    ("docs/accuracy.md", "kept trainings", REFERENCE / "trainings", seeds_table),
    ("docs/speed.md", "kept benchmarks", REFERENCE / "benchmark", run_table),
    ("docs/timing.md", "kept proof", REFERENCE / "gate", proof_table),
    ("docs/cuda.md", "kept variants", REFERENCE / "gpu", same_network_table),
    ("docs/cuda.md", "kept scaling", REFERENCE / "scaling", scaling_table),
    ("docs/data-quality.md", "kept audits", REFERENCE / "audit", audit_table),
    ("docs/data-quality.md", "what a person sees", REFERENCE / "audit" / "seen", seen_table),
]


def write_tables() -> None:
    """All pages, or none where one of them has no place for its table."""
    pages: dict[str, str] = {}
    for path, name, folder, make in TABLES:
        runs = {file.stem: read_metrics(file) for file in sorted(folder.glob("*.json"))}
        pages[path] = fill(pages.get(path) or _read(path), name, make(runs))
    for path, page in pages.items():
        write_text(path, page)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(f"There is no {path} here. Go to the project's root first.") from None


def main(arguments: list[str]) -> None:
    parser = ArgumentParser("python -m lab tables", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    write_tables()
