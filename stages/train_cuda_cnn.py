"""Train the same network in PyTorch: on CUDA where there is a GPU, else on the CPU (and every table says which).

Reads data/prepared, and of params.yaml the sections train_numpy_cnn (what to train: shared, so that the networks
cannot be told to differ) and train_cuda_cnn (where). It starts from the NumPy network's initial weights. Writes the
weights (models/pytorch), the results (metrics/train_cuda_cnn), the timing (metrics/timing/train_cuda_cnn) and the
tables (plots/train_cuda_cnn). A run that was killed goes on where it stopped.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from scratchnet.params import ARCHITECTURES, TrainCuda, load
from scratchnet.photos.prepared import PreparedSplit, open_prepared
from scratchnet.timing import Phases, machine
from scratchnet.torch_nn.image_folder import FolderSplit, write_image_folder
from scratchnet.torch_nn.learner import (
    LOSSES,
    ResidentSplit,
    TorchLearner,
    choose_device,
    cpu_library,
    gpu_name,
    make_optimizer,
    synchronize,
)
from scratchnet.torch_nn.model import CatDogCNN
from stages import run
from stages.cnn import PREPARED, initial_network, train_and_report


def on_device(splits: dict[str, PreparedSplit], params: TrainCuda, device, cleanup: ExitStack) -> dict:
    """The splits as the chosen input path serves them; picture files live in a folder that `cleanup` removes."""
    if params.input == "resident":
        return {name: ResidentSplit(split, device) for name, split in splits.items()}
    root = Path(cleanup.enter_context(TemporaryDirectory(prefix="image_folder-")))
    for name, split in splits.items():
        write_image_folder(split, root / name)
    return {name: FolderSplit(root / name, split, device, params.workers) for name, split in splits.items()}


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("arch", choices=ARCHITECTURES, help="how many convolutions: 3→16, or 3→16→32 channels")
    arch = parser.parse_args().arch
    settings = load()
    params, where = settings.train_numpy_cnn, settings.train_cuda_cnn
    phases = Phases()
    device = choose_device(where.device)
    phases.begin("preparation", lambda: synchronize(device))
    splits = open_prepared(PREPARED)

    size = splits["train"].images.shape[1]
    model = CatDogCNN(arch, size, params.hidden)
    model.from_numpy(initial_network(arch, size, params).params)
    model.to(device)
    optimizer = make_optimizer(model, params.optimizer, params.learning_rate, params.momentum, params.weight_decay)
    with ExitStack() as cleanup:
        served = on_device(splits, where, device, cleanup)
        learner = TorchLearner(model, LOSSES[params.loss], optimizer, served, params.batch_size)
        here = machine(gpu_name(device)) | cpu_library()
        train_and_report("train_cuda_cnn", "pytorch", arch, learner, splits, params, here, phases)


if __name__ == "__main__":
    run(main)
