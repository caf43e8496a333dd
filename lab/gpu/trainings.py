"""Whole trainings: whether every variant learns the same, and how long it takes from pictures to weights."""

from contextlib import AbstractContextManager

import numpy as np
import pandas as pd

from lab.bench import NO_TIME, Bench, forget_compiled, or_why_not, repeated
from lab.params import Gpu
from lab.variants import VARIANTS
from scratchnet.comparison import loss_gaps
from scratchnet.names import CNN_STAGES, PLOTS
from scratchnet.problems import Problem
from scratchnet.timing.clock import Stopwatch
from scratchnet.training import Learner, train, warm_up

PRECISIONS = ("resident", "tf32", "bfloat16")  # a variant for each precision, float32 first
# What is trained end to end, from the usual way to the last variant, and with how many sizes of batch, the smallest
# first. The usual way waits for files whatever the batch, and `all` takes long to compile: one size.
ENDS = {"image_folder": 1, "resident": 2, "cuda_graph_bfloat16": 2, "all": 1}


def numpy_losses(arch: str, epochs: int) -> pd.DataFrame:
    """The NumPy network's loss table, which `parity` compares with. Problem where it is missing, or of other epochs."""
    stage = CNN_STAGES["numpy"]
    path = PLOTS / stage / arch / "loss.csv"
    if not path.exists():
        raise Problem(f"There is no {path}, the NumPy network's loss table: python -m stages.{stage} {arch}")
    table = pd.read_csv(path)
    if len(table) != epochs:
        raise Problem(f"{path} has {len(table)} epochs, params.yaml {epochs}: train both with the same settings.")
    return table


def parity(bench: Bench, numpy_table: pd.DataFrame) -> dict:
    """VARIANT.loss_gap: the largest distance of its losses from the NumPy network's, over a whole training.

    Also loss_gap_first_epoch, and val_accuracy (0 to 1) after the last epoch.
    """
    return {variant: _distance(bench, variant, numpy_table) for variant in VARIANTS}


@or_why_not
def _distance(bench: Bench, variant: str, numpy_table: pd.DataFrame) -> dict:
    with bench.learner(variant, bench.splits) as learner:
        rows = train(learner, len(bench.splits["train"]), bench.plan).table()
    return loss_gaps(rows, numpy_table) | {"val_accuracy": float(rows["val_accuracy"].iloc[-1])}


def end_to_end(bench: Bench, scale: Gpu) -> dict:
    """VARIANT.batch_N: seconds from prepared pictures in memory to trained weights, and training_seconds of these.

    The difference is preparation: to bring the pictures to the device, to compile, to capture; of image_folder, to
    write its files. What inductor compiled before, it finds on disk.

    times_image_folder compares with the usual way, which finds its files written: training_seconds of image_folder
    over all seconds of the variant.
    """
    sizes = sorted({min(scale.batch_size), max(scale.batch_size)})
    found = {
        variant: {f"batch_{size}": _timed(bench.changed(batch_size=size), scale, variant) for size in sizes[:count]}
        for variant, count in ENDS.items()
    }
    usual = found["image_folder"][f"batch_{sizes[0]}"]
    for entry in (entry for batches in found.values() for entry in batches.values()):
        if entry is not usual and "seconds" in usual and "seconds" in entry:
            entry["times_image_folder"] = usual["training_seconds"] / entry["seconds"]
    return found


@or_why_not
def _timed(bench: Bench, scale: Gpu, variant: str) -> dict:
    bench = bench.changed(epochs=scale.epochs, keep="last")
    forget_compiled()  # of what was measured before, so that the clock does not see it go
    with Stopwatch() as whole:
        splits = bench.splits | {"train": repeated(bench.splits["train"], scale.pictures)}
        made = bench.learner(variant, splits, workers=scale.workers)
        with made as learner, Stopwatch(learner.synchronize) as training:
            train(learner, scale.pictures, bench.plan)
    return {"seconds": whole.seconds, "training_seconds": training.seconds}


def time_to_accuracy(bench: Bench, scale: Gpu) -> dict:
    """VARIANT.seconds of training until `scale.accuracy` on the validation split was reached, and the epochs it took.

    numpy: of the fast NumPy network on all cores of the host.
    """
    made = {name: bench.learner(name, bench.splits, workers=scale.workers) for name in ENDS}
    made = {"numpy": bench.numpy_learner(bench.splits), **made}  # each is made when its `with` begins
    return {name: _reaching(bench, scale, learner) for name, learner in made.items()}


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
    """VARIANT: test_accuracy_mean and test_accuracy_std (0 to 1) over seeds of the initial weights and of the order.

    Of tf32 and bfloat16 also points_from_float32_mean and _std: the difference from float32 with the same seed, in
    points of accuracy (0 to 100). seeds: how many were trained. A seed counts only if every variant had time for it.
    """
    rows: list[dict[str, float]] = []
    why_not: dict[str, str] = {}
    for seed in range(1, scale.seeds + 1):
        found = {name: _tested(bench.changed(seed=seed), name) for name in PRECISIONS if name not in why_not}
        problems = {name: entry["why_not"] for name, entry in found.items() if "why_not" in entry}
        if problems and bench.deadline.passed():
            why_not = dict.fromkeys(PRECISIONS, NO_TIME) | why_not
            break
        rows.append({name: entry["accuracy"] for name, entry in found.items() if name not in problems})
        why_not |= problems
    return _over_seeds(pd.DataFrame(rows, columns=list(PRECISIONS), dtype=np.float64), why_not)


@or_why_not
def _tested(bench: Bench, variant: str) -> dict[str, float]:
    with bench.learner(variant, bench.splits) as learner:
        train(learner, len(bench.splits["train"]), bench.plan)
        return {"accuracy": learner.evaluate("test")[1]}


def _over_seeds(accuracies: pd.DataFrame, why_not: dict[str, str]) -> dict:
    """accuracies: a column for each variant, a row for each seed; NaN where a variant had a problem."""
    found = {}
    points = 100 * accuracies.sub(accuracies[PRECISIONS[0]], axis=0)
    for variant in PRECISIONS:
        if len(accuracies) < 2 or accuracies[variant].hasnans:
            found[variant] = {"why_not": why_not[variant]}
            continue
        found[variant] = _spread("test_accuracy", accuracies[variant])
        if variant != PRECISIONS[0] and not points[variant].hasnans:
            found[variant] |= _spread("points_from_float32", points[variant])
        found[variant]["seeds"] = len(accuracies)
    return found


def _spread(name: str, values: pd.Series) -> dict[str, float]:
    return {f"{name}_mean": float(values.mean()), f"{name}_std": float(values.std())}
