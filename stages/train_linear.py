"""What a linear model makes of the same pixels: how much of telling cats from dogs is a giveaway.

Reads data/prepared and the section train_linear of params.yaml. Writes metrics/train_linear.json; validation decides
after which epoch it stops.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter

import numpy as np

from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import linear
from scratchnet.numpy_nn.optimizers import Adam
from scratchnet.params import load
from scratchnet.photos.prepared import open_prepared
from scratchnet.records import write_metrics
from scratchnet.training import Plan, train
from stages import run
from stages.cnn import PREPARED


def main() -> None:
    ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter).parse_args()
    params = load().train_linear
    splits = open_prepared(PREPARED)
    network = linear(splits["train"].images[0].size, np.random.default_rng([params.seed, 0]))
    learner = NumpyLearner(network, BinaryCrossEntropy(), Adam(params.learning_rate), splits, params.batch_size)
    history = train(learner, len(splits["train"]), Plan(params.epochs, params.learning_rate, params.seed))
    accuracies = {f"{split}_accuracy": learner.evaluate(split)[1] for split in ("train", "val", "test")}
    write_metrics("metrics/train_linear.json", {**accuracies, "kept_epoch": history.kept_epoch})


if __name__ == "__main__":
    run(main)
