"""Lay the NumPy and the PyTorch training of each network side by side: are they the same, and what does each cost?

Reads the results, timings, loss tables and predictions of both CNN stages, the test pictures, and the benchmark. Writes
metrics/compare.json, metrics/compare.md and the pictures in plots/compare.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

import pandas as pd

from scratchnet.comparison import as_markdown, compare
from scratchnet.names import ARCHITECTURES, CNN_STAGES, PREPARED, TUTORIAL_CNN_LOSS
from scratchnet.plots.compare import confusion_matrices, epoch_seconds, losses, most_wrong
from scratchnet.plots.style import save
from scratchnet.prepared import open_prepared
from scratchnet.problems import Problem, run
from scratchnet.records import read_metrics, replacing, write_metrics


def read_tables(name: str) -> dict[str, dict[str, pd.DataFrame]]:
    """plots/STAGE/ARCH/NAME.csv as tables[arch][backend]."""
    return {
        arch: {backend: pd.read_csv(f"plots/{stage}/{arch}/{name}.csv") for backend, stage in CNN_STAGES.items()}
        for arch in ARCHITECTURES
    }


def read_all(folder: str) -> dict[str, dict[str, dict]]:
    """FOLDER/STAGE/ARCH.json as metrics[arch][backend]."""
    return {
        arch: {backend: read_metrics(f"{folder}/{stage}/{arch}.json") for backend, stage in CNN_STAGES.items()}
        for arch in ARCHITECTURES
    }


def main() -> None:
    ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter).parse_args()
    test = open_prepared(PREPARED)["test"]
    try:
        results, timings = read_all("metrics"), read_all("metrics/timing")
        tables, predictions = read_tables("loss"), read_tables("predictions")
        benchmark = read_metrics("metrics/benchmark.json")
    except FileNotFoundError as error:
        raise Problem(f"There is no {error.filename}: run the stages before this one first (dvc repro).") from None

    if any(list(table["name"]) != test.names for both in predictions.values() for table in both.values()):
        raise Problem(
            "The networks were trained on other pictures than data/prepared holds: train both again (dvc repro)."
        )
    comparison = {arch: compare(results[arch], timings[arch], tables[arch]) for arch in ARCHITECTURES}
    write_metrics("metrics/compare.json", comparison)
    with replacing("metrics/compare.md") as temporary:
        machines = {backend: timings["two_conv"][backend]["machine"] for backend in CNN_STAGES}
        temporary.write_text(as_markdown(comparison, machines, benchmark))

    plots = Path("plots/compare")
    gaps = {arch: both["loss_gap"] for arch, both in comparison.items()}
    save(losses(tables, gaps, TUTORIAL_CNN_LOSS), plots / "loss.png")
    save(epoch_seconds(timings), plots / "epoch_seconds.png")
    save(confusion_matrices(predictions), plots / "confusion.png")
    for arch in ARCHITECTURES:
        title = f"{arch}: what it got most wrong (the truth, and how likely the network thought it)"
        save(most_wrong(test.images, predictions[arch]["numpy"], title), plots / f"most_wrong_{arch}.png")


if __name__ == "__main__":
    run(main)
