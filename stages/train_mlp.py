"""Train a two-layer perceptron, written by hand in NumPy, on points made from a seed.

Reads the task's part of the section train_mlp of params.yaml, and, where train_mlp.implementation is yours, your layers
in my/ (python -m exercises). Writes the weights before the first epoch and after each (models/mlp), the results
(metrics/train_mlp), the timing (metrics/timing/train_mlp), and the tables and pictures (plots/train_mlp).
"""

import copy
from argparse import ArgumentParser, RawDescriptionHelpFormatter

import numpy as np
import pandas as pd

from scratchnet import points
from scratchnet.journal import History, Journal
from scratchnet.memory import refuse_too_large
from scratchnet.names import METRICS, MODELS, PLOTS, TASKS, TUTORIAL_CURVE, Stream, rng_of
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.networks import Network
from scratchnet.numpy_nn.vital_signs import sample_of
from scratchnet.params import Task, load
from scratchnet.plots.mlp import decision_boundaries, fitted_curve, loss_curves
from scratchnet.plots.style import save
from scratchnet.plots.vital_signs import vital_signs
from scratchnet.problems import run
from scratchnet.records import write_arrays, write_metrics, write_table
from scratchnet.timing.machine import machine
from scratchnet.training import Plan, train
from scratchnet.verdict import tell, verdict
from scratchnet.yours import Parts, parts_of, told_of

STAGE = "train_mlp"
SIGNS_EVERY = 10  # epochs: one takes some milliseconds, and the vital signs are to cost less than a fiftieth of it
TUTORIAL = pd.DataFrame({"epoch": list(TUTORIAL_CURVE), "tutorial_loss": list(TUTORIAL_CURVE.values())})


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=TASKS, help="a curve to fit, or two or three classes to tell apart")
    name = parser.parse_args().task
    params = load().train_mlp
    with told_of(params.implementation):
        learn(name, getattr(params, name), parts_of(params.implementation))


def learn(name: str, params: Task, parts: Parts) -> None:
    """Train the perceptron of one task, and write all that the stage writes."""
    journal = Journal(watched="", signs_every=SIGNS_EVERY)
    journal.phases.begin("preparation")

    task = points.TASKS[name](params.noise)
    weights = (task.inputs + 1 + task.outputs) * params.hidden + task.outputs
    # float32: the weights of every epoch are kept, besides those of now, their gradients and the optimizer's moments
    refuse_too_large(f"{STAGE}.{name}.hidden", params.hidden, weights, 4 * weights * (params.epochs + 4))
    splits = points.draw_splits(task, params.model_dump(include={"train", "val", "test"}), params.seed)
    network = parts.networks.mlp(task.inputs, params.hidden, task.outputs, rng_of(params.seed, Stream.WEIGHTS))
    loss = parts.losses.MeanSquaredError() if name == "regression_1d" else parts.losses.SoftmaxCrossEntropy()
    optimizer = parts.optimizers.SGD(params.learning_rate, weight_decay=params.weight_decay)
    sample = sample_of(params.val, points.corners(splits["val"].x))
    learner = NumpyLearner(network, loss, optimizer, splits, params.batch_size, sample)

    plan = Plan(params.epochs, params.learning_rate, params.seed, params.schedule)
    history = train(learner, params.train, plan, journal)
    journal.phases.begin("evaluation")
    test, limit = learner.evaluate("test"), task.limit()
    journal.phases.begin("writing")
    write_arrays(MODELS / f"mlp/{name}.safetensors", history.filmed(), {"task": name} | params.model_dump())
    plots = PLOTS / STAGE / name
    results = report(name, history, test, limit, verdict(history, loss, splits, test))
    if name == "regression_1d":
        save(fitted_curve(network, task, splits["train"]), plots / "fitted_curve.png")
    else:
        networks = networks_after(np.geomspace(1, params.epochs, 6), network, history)
        save(decision_boundaries(networks, task, splits["train"]), plots / "boundaries.png")
    rate = params.epochs * params.train / journal.phases.seconds["train"]
    journal.write_timing(STAGE, name, machine(), images_per_second=rate)
    tell(results, f"{STAGE}.{name}")


def networks_after(epochs: np.ndarray, network: Network, history: History) -> dict[int, Network]:
    """The network as it was after these epochs, which are rounded; an epoch that occurs twice is there once."""
    networks = {int(epoch): copy.deepcopy(network) for epoch in epochs.round()}
    for epoch, copied in networks.items():
        copied.load(history.snapshots[epoch])
    return networks


def report(
    name: str, history: History, test: tuple[float, float | None], limit: dict[str, float], verdict: dict
) -> dict:
    """The metrics, and tables and pictures of losses and vital signs; losses of regression_1d beside the tutorial's.

    The results, as written.
    """
    table, plots = history.table(), PLOTS / STAGE / name
    loss, accuracy = test
    results = {"train_loss": history.kept_row()["train_loss"], "test_loss": loss}
    results |= {} if accuracy is None else {"test_accuracy": accuracy}
    results |= limit | {"kept_epoch": history.kept_epoch} | verdict
    write_metrics(METRICS / STAGE / f"{name}.json", results)
    write_table(plots / "loss.csv", table)
    tutorial = TUTORIAL.merge(table[["epoch", "train_loss"]]) if name == "regression_1d" else None
    if tutorial is not None:
        write_table(plots / "tutorial.csv", tutorial)
    save(loss_curves(table, limit, tutorial), plots / "loss.png")
    write_table(plots / "vital_signs.csv", history.signs_table())
    save(vital_signs(history.signs_table()), plots / "vital_signs.png")
    return results


if __name__ == "__main__":
    run(main)
