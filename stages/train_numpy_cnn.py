"""Train the convolutional network that is written by hand in NumPy, on the prepared pictures.

Reads data/prepared and the section train_numpy_cnn of params.yaml. Writes the weights (models/numpy), the results
(metrics/train_numpy_cnn), the timing (metrics/timing/train_numpy_cnn), and the tables and pictures
(plots/train_numpy_cnn). A run that was killed goes on where it stopped.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter

from threadpoolctl import threadpool_limits

from scratchnet.experiment import initial_network, train_and_report
from scratchnet.names import ARCHITECTURES, PREPARED
from scratchnet.numpy_fast.chosen import make_learner
from scratchnet.numpy_fast.team import Team
from scratchnet.params import load
from scratchnet.plots.cnn import feature_maps, filters
from scratchnet.plots.style import save
from scratchnet.prepared import open_prepared
from scratchnet.problems import run
from scratchnet.timing.machine import cores, machine
from scratchnet.timing.phases import Phases

STAGE = "train_numpy_cnn"


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("arch", choices=ARCHITECTURES, help="how many convolutions: 3→16, or 3→16→32 channels")
    arch = parser.parse_args().arch
    params = load().train_numpy_cnn
    phases = Phases()
    phases.begin("preparation")
    splits = open_prepared(PREPARED, params.dtype)

    network = initial_network(arch, splits["train"].images.shape[1], params)
    team = Team(cores() if params.implementation == "fast" else 1)
    learner = make_learner(network, splits, params, team)

    def draw() -> None:
        save(filters(network.params["conv1.W"]), f"plots/{STAGE}/{arch}/filters.png")
        save(feature_maps(network, splits["test"]), f"plots/{STAGE}/{arch}/feature_maps.png")

    with threadpool_limits(1):  # products this small are slower on two threads; the fast network has a team of its own
        here = machine() | {
            "threads": team.size,
            "implementation": params.implementation,
            "dtype": params.dtype,
        }
        train_and_report(STAGE, "numpy", arch, learner, splits, params, here, phases, draw)


if __name__ == "__main__":
    run(main)
