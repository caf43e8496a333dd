"""What the two CNN chapters share: the initial weights, the plan, and the files that a training leaves."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from scratchnet.names import CLASSES, Stream, below, rng_of
from scratchnet.numpy_nn.losses import LOSSES, sigmoid
from scratchnet.numpy_nn.networks import Network, cnn
from scratchnet.params import TrainCnn
from scratchnet.prepared import PreparedSplit
from scratchnet.records import write_arrays, write_metrics, write_table
from scratchnet.timing.machine import lasting
from scratchnet.timing.phases import Phases
from scratchnet.training import History, Learner, Plan, train

NAMES = np.array(CLASSES)


def initial_network(arch: str, size: int, params: TrainCnn) -> Network:
    """The NumPy network from which both backends start."""
    return cnn(arch, size, params.hidden, rng_of(params.seed, Stream.WEIGHTS), params.dtype)


def train_and_report(
    stage: str,
    backend: str,
    arch: str,
    learner: Learner,
    splits: dict[str, PreparedSplit],
    params: TrainCnn,
    machine: dict,
    phases: Phases,
    draw: Callable[[], None] = lambda: None,
    leads: bool = True,
) -> None:
    """Train, keep the weights to keep, and write the model, the metrics, the tables, the pictures and the timing.

    machine: `timing.machine` as this backend uses it. draw: makes the stage's own pictures of the trained network.
    leads: of several processes that train together, one writes.
    The timing is written last, for it counts all that was before; with it the checkpoint has served.
    """
    plan = Plan(**params.model_dump(include=set(Plan.__dataclass_fields__)))
    checkpoint = _checkpoint(stage, arch, splits, params, machine)
    with tqdm(total=params.epochs, desc=f"{stage} {arch}", unit="epoch", disable=not leads) as bar:

        def show(row: dict) -> None:
            bar.set_postfix({key: f"{row[key]:.4f}" for key in ("train_loss", "val_loss", "val_accuracy")})
            bar.update(row["epoch"] - bar.n)

        history = train(learner, len(splits["train"]), plan, params.keep, checkpoint, show, phases, leads)
    phases.begin("evaluation", learner.synchronize)
    logits = learner.outputs("test")
    if not leads:
        return
    phases.begin("writing", learner.synchronize)
    weights = below("weights", history.kept)
    write_arrays(f"models/{backend}/{arch}.safetensors", weights, _about(arch, params, splits["train"]))
    write_metrics(f"metrics/{stage}/{arch}.json", _results(history, _tested(logits, splits["test"], params), weights))
    write_table(f"plots/{stage}/{arch}/loss.csv", history.table())
    write_table(f"plots/{stage}/{arch}/predictions.csv", _predictions(logits, splits["test"]))
    draw()
    timing = phases.metrics() | _rates(history, splits, phases)
    write_metrics(f"metrics/timing/{stage}/{arch}.json", {**timing, "device": device(machine), "machine": machine})
    checkpoint.unlink()


def _checkpoint(stage: str, arch: str, splits: dict[str, PreparedSplit], params: TrainCnn, machine: dict) -> Path:
    """Where a killed run goes on from: outside DVC's outs, found again only by the same code on the same data."""
    digest = hashlib.sha256(json.dumps([params.model_dump(), lasting(machine)]).encode())
    for file in sorted([*Path("scratchnet").rglob("*.py"), *Path("stages").glob("*.py")]):
        digest.update(file.read_bytes())
    for name in ("train", "val"):
        digest.update(splits[name].images)
        digest.update(splits[name].labels)
    return Path(f".checkpoints/{stage}/{arch}-{digest.hexdigest()[:16]}.safetensors")


def _about(arch: str, params: TrainCnn, train_split: PreparedSplit) -> dict:
    """All that a trained network needs beside its weights: see stages/predict.py."""
    return {
        "arch": arch,
        "hidden": params.hidden,
        "size": train_split.images.shape[1],
        "mean": train_split.mean.tolist(),
        "std": train_split.std.tolist(),
    }


def _results(history: History, test: tuple[float, float], weights: dict[str, np.ndarray]) -> dict:
    kept = history.rows[history.kept_epoch - 1]
    return {
        "train_loss": kept["train_loss"],
        "val_loss": kept["val_loss"],
        "val_accuracy": kept["val_accuracy"],
        "test_loss": test[0],
        "test_accuracy": test[1],
        "kept_epoch": history.kept_epoch,
        "parameters": sum(array.size for array in weights.values()),
    }


def _tested(logits: np.ndarray, split: PreparedSplit, params: TrainCnn) -> tuple[float, float]:
    """Loss and accuracy."""
    loss = LOSSES[params.loss]()
    return loss(logits, split.labels)[0], float(loss.right(logits, split.labels).mean())


def device(machine: dict) -> str:
    return "cpu" if machine["gpu"] == "none" else "cuda"


def _rates(history: History, splits: dict[str, PreparedSplit], phases: Phases) -> dict:
    """Of an epoch's training the median and the quartiles over the epochs; of all evaluation together.

    That is the validation split after every epoch, and the test split.
    """
    seconds = history.table()["seconds"]
    evaluated = len(history.rows) * len(splits["val"]) + len(splits["test"])
    return {
        "epoch_seconds": float(seconds.median()),
        "epoch_seconds_q1": float(seconds.quantile(0.25)),
        "epoch_seconds_q3": float(seconds.quantile(0.75)),
        "images_per_second": len(splits["train"]) / float(seconds.median()),
        "evaluation_images_per_second": evaluated / phases.seconds["evaluation"],
    }


def _predictions(logits: np.ndarray, split: PreparedSplit) -> pd.DataFrame:
    logits = logits[:, 0].astype(np.float64)
    return pd.DataFrame(
        {
            "name": split.names,
            "label": NAMES[split.labels],
            "predicted": NAMES[(logits > 0).astype(int)],
            "probability_dog": sigmoid(logits),
        }
    )
