"""What a linear model makes of the same pixels: how much of telling cats from dogs is a giveaway.

Reads data/prepared and the section train_linear of params.yaml. Writes the results (metrics/train_linear.json) and the
timing (metrics/timing/train_linear); validation decides after which epoch it stops.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter

from scratchnet.journal import Journal
from scratchnet.names import METRICS, PREPARED, Stream, rng_of
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import linear
from scratchnet.numpy_nn.optimizers import Adam
from scratchnet.params import load
from scratchnet.prepared import open_prepared
from scratchnet.problems import run
from scratchnet.records import write_metrics
from scratchnet.timing.machine import machine
from scratchnet.training import Plan, train


def main() -> None:
    ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter).parse_args()
    params = load().train_linear
    journal = Journal()
    journal.phases.begin("preparation")
    splits = open_prepared(PREPARED)
    network = linear(splits["train"].images[0].size, rng_of(params.seed, Stream.WEIGHTS))
    learner = NumpyLearner(network, BinaryCrossEntropy(), Adam(params.learning_rate), splits, params.batch_size)
    plan = Plan(params.epochs, params.learning_rate, params.seed)
    history = train(learner, len(splits["train"]), plan, journal)
    journal.phases.begin("evaluation")
    accuracies = {f"{split}_accuracy": learner.evaluate(split)[1] for split in ("train", "val", "test")}
    journal.phases.begin("writing")
    write_metrics(METRICS / "train_linear.json", {**accuracies, "kept_epoch": history.kept_epoch})
    rate = params.epochs * len(splits["train"]) / journal.phases.seconds["train"]
    journal.write_timing("train_linear", "all", machine(), images_per_second=rate)


if __name__ == "__main__":
    run(main)
