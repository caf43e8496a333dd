"""Whole trainings: every variant learns the same, and how long it takes from pictures to weights."""

import numpy as np
import pandas as pd

from scratchnet.measurement.bench import RUNGS, Bench, Splits, repeated
from scratchnet.params import MeasureCuda
from scratchnet.problems import Problem
from scratchnet.timing import Stopwatch
from scratchnet.training import train

PRECISIONS = ("resident", "tf32", "bfloat16")  # rungs that differ in precision
ENDS = ("image_folder", "resident", "all")  # from the usual path to the last rung


def parity(bench: Bench, numpy_table: pd.DataFrame) -> dict:
    """RUNG.loss_gap: the largest distance of its losses from the NumPy network's, over the whole default run."""
    found = {}
    for rung in RUNGS:
        try:
            with bench.learner(rung, bench.splits) as learner:
                rows = train(learner, len(bench.splits["train"]), bench.plan).table()
        except Problem as problem:
            found[rung] = {"why_not": str(problem)}
            continue
        columns = ["train_loss", "val_loss"]
        gap = np.abs(rows[columns].to_numpy() - numpy_table[columns].to_numpy()).max(axis=1)
        accuracy = float(rows["val_accuracy"].iloc[-1])
        found[rung] = {
            "loss_gap": float(gap.max()), "loss_gap_first_epoch": float(gap[0]), "val_accuracy": accuracy
        }  # fmt: skip
    return found


def end_to_end(bench: Bench, scale: MeasureCuda) -> dict:
    """RUNG.seconds from the prepared pictures, repeated, to trained weights; training_seconds without the preparations.

    To prepare is to bring the pictures to the device, to compile and to capture; of image_folder to write its files,
    which the usual path finds written: so ratio is its training_seconds over all seconds of the last rung.
    """
    found = {rung: _timed(bench, scale, rung) for rung in ENDS}
    usual, last = (found[rung] for rung in (ENDS[0], ENDS[-1]))
    if "seconds" in usual and "seconds" in last:
        found["ratio"] = usual["training_seconds"] / last["seconds"]
    return found


def _timed(bench: Bench, scale: MeasureCuda, rung: str) -> dict:
    bench = bench.changed(epochs=scale.epochs, keep="last")
    splits = bench.splits | {"train": repeated(bench.splits["train"], scale.pictures)}
    try:
        with (
            Stopwatch() as whole,
            bench.learner(rung, splits, workers=scale.workers) as learner,
            Stopwatch(learner.synchronize) as training,
        ):
            train(learner, scale.pictures, bench.plan, "last")
    except Problem as problem:
        return {"why_not": str(problem)}
    return {"seconds": whole.seconds, "training_seconds": training.seconds}


def time_to_accuracy(bench: Bench, scale: MeasureCuda) -> dict:
    """RUNG.seconds of training until the validation accuracy was reached the first time, and the epochs it took."""
    found = {}
    for rung in ENDS:
        try:
            with bench.learner(rung, bench.splits, workers=scale.workers) as learner:
                rows = train(learner, len(bench.splits["train"]), bench.plan).table()
        except Problem as problem:
            found[rung] = {"why_not": str(problem)}
            continue
        reached = rows.index[rows["val_accuracy"] >= scale.accuracy]
        best = float(rows["val_accuracy"].max())
        found[rung] = (
            {"seconds": float(rows["seconds"].iloc[: reached[0] + 1].sum()), "epochs": int(reached[0]) + 1}
            if len(reached)
            else {"why_not": f"the best validation accuracy was {best:.1%}"}
        )
    return found


def seeds(bench: Bench, scale: MeasureCuda) -> dict:
    """RUNG: mean and standard deviation of the test accuracy over seeds of the initial weights and of the order."""
    return {rung: _over_seeds(bench, scale.seeds, rung, bench.splits) for rung in PRECISIONS}


def _over_seeds(bench: Bench, count: int, rung: str, splits: Splits) -> dict:
    accuracies = []
    for seed in range(1, count + 1):
        try:
            with bench.changed(seed=seed).learner(rung, splits) as learner:
                train(learner, len(splits["train"]), bench.changed(seed=seed).plan, bench.params.keep)
                accuracies.append(learner.evaluate("test")[1])
        except Problem as problem:
            return {"why_not": str(problem)}
    mean, spread = float(np.mean(accuracies)), float(np.std(accuracies, ddof=1)) if count > 1 else 0.0
    return {"test_accuracy_mean": mean, "test_accuracy_std": spread, "seeds": count}
