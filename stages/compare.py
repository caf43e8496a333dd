"""Lay the NumPy and the PyTorch training of each network side by side: are they the same, and what does each cost?

Reads the results, timings, loss tables and predictions of both CNN stages, and the test pictures. Writes
metrics/compare.json, metrics/compare.md and the pictures in plots/compare.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence

import pandas as pd

from scratchnet.comparison import as_markdown, compare
from scratchnet.kinds import probability_of
from scratchnet.names import CNN_STAGES, METRICS, PLOTS, PREPARED, TIMING
from scratchnet.params import load
from scratchnet.plots.compare import confusion_matrices, epoch_seconds, losses, most_wrong
from scratchnet.plots.style import save
from scratchnet.prepared import open_prepared
from scratchnet.problems import Problem, run
from scratchnet.records import read_metrics, read_predictions, write_metrics, write_text


def read_all(read: Callable, archs: Sequence[str], path: str) -> dict[str, dict]:
    """What both stages have written for each network, as [arch][backend]; path has places for {stage} and {arch}."""
    return {
        arch: {backend: read(path.format(stage=stage, arch=arch)) for backend, stage in CNN_STAGES.items()}
        for arch in archs
    }


def main() -> None:
    ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter).parse_args()
    params, test = load(), open_prepared(PREPARED)["test"]
    archs = params.archs
    try:
        results = read_all(read_metrics, archs, f"{METRICS}/{{stage}}/{{arch}}.json")
        timings = read_all(read_metrics, archs, f"{TIMING}/{{stage}}/{{arch}}.json")
        tables = read_all(pd.read_csv, archs, f"{PLOTS}/{{stage}}/{{arch}}/loss.csv")
        predictions = read_all(read_predictions, archs, f"{PLOTS}/{{stage}}/{{arch}}/predictions.csv")
    except FileNotFoundError as error:
        raise Problem(f"There is no {error.filename}: run the stages before this one first (dvc repro).") from None
    answers = [table for both in predictions.values() for table in both.values()]
    column = probability_of(test.classes)
    if any(list(table["name"]) != test.names or column not in table for table in answers):
        raise Problem(f"Other pictures than those in {PREPARED} were trained on: train both again (dvc repro).")

    comparison = {arch: compare(timings[arch], tables[arch]) for arch in archs}
    write_metrics(METRICS / "compare.json", comparison)
    write_text(METRICS / "compare.md", as_markdown(comparison, results, timings, params.section))

    plots = PLOTS / "compare"
    save(losses(tables, {arch: both["loss_gap"] for arch, both in comparison.items()}), plots / "loss.png")
    save(epoch_seconds(timings), plots / "epoch_seconds.png")
    save(confusion_matrices(predictions, test.classes), plots / "confusion.png")
    for arch in archs:
        title = f"{arch}: what it got most wrong (the truth, and how likely the network thought it)"
        save(most_wrong(test.images, predictions[arch]["numpy"], test.classes, title), plots / f"most_wrong_{arch}.png")


if __name__ == "__main__":
    run(main)
