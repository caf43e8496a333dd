"""Train the convolutional network that is written by hand in NumPy, on the prepared pictures.

Reads data/prepared and the section train_numpy_cnn of params.yaml. Writes the weights (models/numpy), the results
(metrics/train_numpy_cnn), the timing (metrics/timing/train_numpy_cnn), and the tables and pictures
(plots/train_numpy_cnn). A run that was killed goes on where it stopped.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter

from threadpoolctl import threadpool_limits

from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import BinaryCrossEntropy, SigmoidMSE
from scratchnet.numpy_nn.optimizers import SGD, Adam
from scratchnet.params import ARCHITECTURES, TrainCnn, load
from scratchnet.photos.prepared import open_prepared
from scratchnet.plots.cnn import feature_maps, filters
from scratchnet.plots.style import save
from scratchnet.timing import machine
from stages import run
from stages.cnn import PREPARED, initial_network, train_and_report

STAGE = "train_numpy_cnn"
LOSSES = {"bce": BinaryCrossEntropy, "mse": SigmoidMSE}


def optimizer(params: TrainCnn) -> SGD | Adam:
    if params.optimizer == "adam":
        return Adam(params.learning_rate, weight_decay=params.weight_decay)
    return SGD(params.learning_rate, momentum=params.momentum, weight_decay=params.weight_decay)


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("arch", choices=ARCHITECTURES, help="how many convolutions: 3→16, or 3→16→32 channels")
    arch = parser.parse_args().arch
    params = load().train_numpy_cnn
    splits = open_prepared(PREPARED)

    network = initial_network(arch, splits["train"].images.shape[1], params)
    learner = NumpyLearner(network, LOSSES[params.loss](), optimizer(params), splits, params.batch_size)
    with threadpool_limits(1):  # one picture's products are so small that a second thread costs more than it brings
        checkpoint = train_and_report(STAGE, "numpy", arch, learner, splits, params, machine())

    save(filters(network.params["conv1.W"]), f"plots/{STAGE}/{arch}/filters.png")
    save(feature_maps(network, splits["test"]), f"plots/{STAGE}/{arch}/feature_maps.png")
    checkpoint.unlink()


if __name__ == "__main__":
    run(main)
