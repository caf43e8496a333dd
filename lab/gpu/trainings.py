"""Whole trainings: every variant learns the same, and how long it takes from pictures to weights."""

from contextlib import AbstractContextManager

import numpy as np
import pandas as pd

from lab.bench import Bench, forget_compiled, or_why_not, repeated
from lab.params import Gpu
from lab.variants import VARIANTS
from scratchnet.comparison import loss_gaps
from scratchnet.problems import Problem
from scratchnet.timing.clock import Stopwatch
from scratchnet.training import Learner, train, warm_up

PRECISIONS = ("resident", "tf32", "bfloat16")  # rungs that differ in precision, float32 first
# From the usual path to the last rung; end to end with one size of batch, or with two where nothing is compiled.
ENDS = {"image_folder": 1, "resident": 2, "cuda_graph_bfloat16": 2, "all": 1}


def parity(bench: Bench, numpy_table: pd.DataFrame) -> dict:
    """RUNG.loss_gap: the largest distance of its losses from the NumPy network's, over the whole default run."""
    return {rung: _distance(bench, rung, numpy_table) for rung in VARIANTS}


@or_why_not
def _distance(bench: Bench, rung: str, numpy_table: pd.DataFrame) -> dict:
    with bench.learner(rung, bench.splits) as learner:
        rows = train(learner, len(bench.splits["train"]), bench.plan).table()
    return loss_gaps(rows, numpy_table) | {"val_accuracy": float(rows["val_accuracy"].iloc[-1])}


def end_to_end(bench: Bench, scale: Gpu) -> dict:
    """RUNG.batch_N: seconds from the prepared pictures, repeated in memory, to trained weights, and the
    training_seconds of these, without the preparations: to bring the pictures to the device, to compile (where inductor
    has compiled the same before, it finds that on disk), to capture; of image_folder to write its files.

    The usual path finds its files written and waits for them whatever the batch; so it is measured at the smallest, and
    times_image_folder is its training_seconds over all seconds of the other.
    """
    sizes = sorted({min(scale.batch_size), max(scale.batch_size)})
    found = {
        rung: {f"batch_{size}": _timed(bench.changed(batch_size=size), scale, rung) for size in sizes[: ENDS[rung]]}
        for rung in ENDS
    }
    usual = found["image_folder"][f"batch_{sizes[0]}"]
    for measured in (entry for rung, batches in found.items() for entry in batches.values() if rung != "image_folder"):
        if "seconds" in usual and "seconds" in measured:
            measured["times_image_folder"] = usual["training_seconds"] / measured["seconds"]
    return found


@or_why_not
def _timed(bench: Bench, scale: Gpu, rung: str) -> dict:
    bench = bench.changed(epochs=scale.epochs, keep="last")
    forget_compiled()  # what was measured before is put away before the clock starts
    with Stopwatch() as whole:
        splits = bench.splits | {"train": repeated(bench.splits["train"], scale.pictures)}
        with (
            bench.learner(rung, splits, workers=scale.workers) as learner,
            Stopwatch(learner.synchronize) as training,
        ):
            train(learner, scale.pictures, bench.plan, "last")
    return {"seconds": whole.seconds, "training_seconds": training.seconds}


def time_to_accuracy(bench: Bench, scale: Gpu) -> dict:
    """RUNG.seconds of training until the validation accuracy was reached the first time, and the epochs it took.

    numpy: of the fast NumPy network on all cores of the host.
    """
    found = {"numpy": _reaching(bench, scale, bench.numpy_learner(bench.splits))}
    return found | {
        rung: _reaching(bench, scale, bench.learner(rung, bench.splits, workers=scale.workers)) for rung in ENDS
    }


@or_why_not
def _reaching(bench: Bench, scale: Gpu, made: AbstractContextManager[Learner]) -> dict:
    with made as learner:
        count = len(bench.splits["train"])
        warm_up(learner, bench.plan.order(1, count))  # cuDNN tries its algorithms out for each size of batch
        rows = train(learner, count, bench.plan).table()
    reached = rows.index[rows["val_accuracy"] >= scale.accuracy]
    if not len(reached):
        return {"why_not": f"the best validation accuracy was {float(rows['val_accuracy'].max()):.1%}"}
    return {"seconds": float(rows["seconds"].iloc[: reached[0] + 1].sum()), "epochs": int(reached[0]) + 1}


def seeds(bench: Bench, scale: Gpu) -> dict:
    """RUNG: mean and standard deviation of the test accuracy over seeds of the initial weights and of the order.

    points_from_float32: by how many points of accuracy it differs from float32 with the same seed. The rungs take
    turns, a seed at a time: where time is short, `seeds` says how many each of them had.
    """
    rows: list[dict[str, float]] = []
    why_not: dict[str, str] = {}
    for seed in range(1, scale.seeds + 1):
        row: dict[str, float] = {}
        for rung in PRECISIONS:
            if rung not in why_not:
                try:
                    row[rung] = _test_accuracy(bench.changed(seed=seed), rung)
                except Problem as problem:
                    if bench.deadline.passed():
                        return _over_seeds(rows, dict.fromkeys(PRECISIONS, str(problem)) | why_not)
                    why_not[rung] = str(problem)
        rows.append(row)
    return _over_seeds(rows, why_not)


def _test_accuracy(bench: Bench, rung: str) -> float:
    with bench.learner(rung, bench.splits) as learner:
        train(learner, len(bench.splits["train"]), bench.plan, bench.params.keep)
        return learner.evaluate("test")[1]


def _over_seeds(rows: list[dict[str, float]], why_not: dict[str, str]) -> dict:
    """why_not: of the rungs that lack a seed."""
    float32, found = PRECISIONS[0], {}
    for rung in PRECISIONS:
        accuracies = np.array([row[rung] for row in rows if rung in row], dtype=np.float64)
        if len(accuracies) < max(2, len(rows)):
            found[rung] = {"why_not": why_not[rung]}
            continue
        found[rung] = {
            "test_accuracy_mean": float(accuracies.mean()),
            "test_accuracy_std": float(accuracies.std(ddof=1)),
        }
        if rung != float32:
            points = 100 * (accuracies - [row[float32] for row in rows])
            found[rung] |= {
                "points_from_float32_mean": float(points.mean()),
                "points_from_float32_std": float(points.std(ddof=1)),
            }
        found[rung]["seeds"] = len(accuracies)
    return found
