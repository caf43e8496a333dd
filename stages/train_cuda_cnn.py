"""Train the same network in PyTorch: on CUDA where there is a GPU, else on the CPU (and every table says which).

Reads data/prepared, and of params.yaml the sections train_numpy_cnn (what to train: shared, so that the networks
cannot be told to differ) and train_cuda_cnn (where, and how). It starts from the NumPy network's initial weights.
Writes the weights and the filters of every epoch (models/pytorch), the results (metrics/train_cuda_cnn), the timing
(metrics/timing/train_cuda_cnn) and the tables (plots/train_cuda_cnn). A run that was killed goes on where it stopped.

On several GPUs: torchrun --standalone --nproc-per-node=N -m stages.train_cuda_cnn ARCH
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import ExitStack, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from scratchnet.experiment import Experiment
from scratchnet.names import ARCHITECTURES
from scratchnet.params import load
from scratchnet.problems import run
from scratchnet.timing.machine import machine
from scratchnet.timing.phases import Phases
from scratchnet.torch_nn.device import (
    check_and_set_precision,
    choose_device,
    cpu_library,
    gpu_name,
    repeatable,
    synchronize,
    told_when_memory_is_full,
)
from scratchnet.torch_nn.distributed import joined
from scratchnet.torch_nn.inputs import serve
from scratchnet.torch_nn.learner import make_learner
from scratchnet.torch_nn.model import CatDogCNN


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument(
        "arch", choices=ARCHITECTURES, help="which network: one or two convolutions, or a deep residual one"
    )
    arch = parser.parse_args().arch
    settings = load()
    params, where = settings.cnn(arch), settings.train_cuda_cnn
    phases = Phases()
    with ExitStack() as cleanup:
        ranks = cleanup.enter_context(joined(where.device, params.batch_size))
        device = choose_device(where.device, ranks.local)
        check_and_set_precision(where, device, ranks.count)
        repeatable()
        phases.begin("preparation", lambda: synchronize(device))
        experiment = Experiment("pytorch", arch, params, phases, every_seconds=settings.checkpoint.every_seconds)
        model = CatDogCNN(arch, experiment.size, params.hidden)
        model.from_numpy(experiment.initial_network().arrays)
        how = where.model_dump(exclude={"device"}) | {"processes": ranks.count, "dtype": params.dtype}
        here = ranks.the_leaders(machine(gpu_name(device)) | cpu_library() | how)

        files = TemporaryDirectory(prefix="image_folder-") if where.input == "image_folder" else nullcontext("")
        cleanup.enter_context(told_when_memory_is_full(min(params.batch_size, len(experiment.splits["train"]))))
        served = serve(experiment.splits, where, device, Path(cleanup.enter_context(files)))
        learner = make_learner(model, served, params, where, device, ranks)
        experiment.run(learner, here, ranks=ranks, section=settings.section(arch))


if __name__ == "__main__":
    run(main)
