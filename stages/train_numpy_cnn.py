"""Train the convolutional network that is written by hand in NumPy, on the prepared pictures.

Reads data/prepared, the section train_numpy_cnn of params.yaml, and, where its implementation is yours, your layers in
my/ (python -m exercises). Writes the weights and the filters of every epoch (models/numpy), the results
(metrics/train_numpy_cnn), the timing (metrics/timing/train_numpy_cnn), and the tables and pictures
(plots/train_numpy_cnn). A run that was killed goes on where it stopped.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter

from threadpoolctl import threadpool_limits

from scratchnet.experiment import Experiment
from scratchnet.names import ARCHITECTURES, PLOTS
from scratchnet.numpy_fast.chosen import make_learner
from scratchnet.numpy_fast.team import Team
from scratchnet.params import Params, load
from scratchnet.plots.cnn import feature_maps, filters, looked_at, takes_means
from scratchnet.plots.style import save
from scratchnet.problems import run
from scratchnet.timing.machine import cores, machine
from scratchnet.timing.phases import Phases
from scratchnet.yours import parts_of, told_of


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument(
        "arch", choices=ARCHITECTURES, help="which network: one or two convolutions, or a deep residual one"
    )
    arch = parser.parse_args().arch
    settings = load()
    with told_of(settings.train_numpy_cnn.implementation):
        train(arch, settings)


def train(arch: str, settings: Params) -> None:
    params, phases = settings.cnn(arch), Phases()
    phases.begin("preparation")
    parts = parts_of(params.implementation)
    experiment = Experiment("numpy", arch, params, phases, parts.digest, settings.checkpoint.every_seconds)
    network = experiment.initial_network(parts.networks.cnn)
    team = Team(cores() if params.implementation == "fast" else 1)
    learner = make_learner(network, experiment.splits, params, team, parts)

    def draw() -> None:
        plots = PLOTS / experiment.stage / arch
        save(filters(network.params["conv1.W"]), plots / "filters.png")
        save(feature_maps(network, experiment.splits["test"]), plots / "feature_maps.png")
        if takes_means(network):
            save(looked_at(network, experiment.splits["test"]), plots / "looked_at.png", palette=True)

    with threadpool_limits(1):  # products this small are slower on two threads; the fast network has a team of its own
        how = {"threads": team.size, "implementation": params.implementation, "dtype": params.dtype}
        experiment.run(learner, machine() | how, draw, section=settings.section(arch))


if __name__ == "__main__":
    run(main)
