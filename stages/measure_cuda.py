"""Measure the ladder on a GPU: the parity, the rungs, the floor, the sweeps, whole trainings and a profile.

Reads the sections measure_cuda, train_numpy_cnn and train_cuda_cnn of params.yaml, data/prepared (python -m
stages.prepare_images, with the default settings) and the NumPy network's loss table (plots/train_numpy_cnn). Writes
metrics/reference/cuda/NAME.json, anew after each part, a page and a timeline beside it. Parts come in the order of
what they are worth, and those that begin after --minutes are left out, and so named. It needs neither DVC nor a
network connection, but of the packages in pyproject.toml numpy, torch, torchvision, pillow, pandas, matplotlib,
pydantic, ruamel.yaml, safetensors, threadpoolctl and tqdm.
"""

import sys
import traceback
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from scratchnet.measurement import speed, trainings
from scratchnet.measurement.bench import RUNGS, Bench
from scratchnet.measurement.kernels import kernels
from scratchnet.measurement.page import page
from scratchnet.params import load
from scratchnet.photos.prepared import open_prepared
from scratchnet.problems import Problem
from scratchnet.records import replacing, write_metrics
from scratchnet.timing import Deadline, machine
from scratchnet.torch_nn.device import choose_device, cpu_library, gpu_name
from stages import run
from stages.cnn import PREPARED


def numpy_table(arch: str, epochs: int) -> pd.DataFrame:
    path = Path(f"plots/train_numpy_cnn/{arch}/loss.csv")
    if not path.exists():
        raise Problem(f"There is no {path}, the NumPy network's loss table: python -m stages.train_numpy_cnn {arch}")
    table = pd.read_csv(path)
    if len(table) != epochs:
        raise Problem(f"{path} has {len(table)} epochs, params.yaml {epochs}: train both with the same settings.")
    return table


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", help="of the results, such as h100")
    parser.add_argument("--minutes", type=float, default=8.0, help="no part begins later (default: %(default)g)")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="cpu: only to see that it runs")
    arguments = parser.parse_args()
    settings = load()
    scale = settings.measure_cuda
    device = choose_device(arguments.device)
    bench = Bench(device, scale.arch, settings.train_numpy_cnn, settings.train_cuda_cnn, open_prepared(PREPARED))
    target = Path(f"metrics/reference/cuda/{arguments.name}.json")
    reference = numpy_table(scale.arch, settings.train_numpy_cnn.epochs)
    parts: dict[str, Callable[[], dict]] = {
        "parity": lambda: trainings.parity(bench, reference),
        "rungs": lambda: speed.rungs(bench, scale, RUNGS),
        "floor": lambda: speed.floors(bench, scale),
        "sweeps": lambda: speed.sweeps(bench, scale),
        "end_to_end": lambda: trainings.end_to_end(bench, scale),
        "time_to_accuracy": lambda: trainings.time_to_accuracy(bench, scale),
        "kernels": lambda: kernels(bench, scale, target.with_suffix(".png")),
        "seeds": lambda: trainings.seeds(bench, scale),
    }
    here = machine(gpu_name(device)) | cpu_library() | {"device": device.type}
    failed = measure(parts, {"machine": here}, target, arguments.minutes)
    if failed:
        raise Problem(f"{', '.join(failed)} could not be measured, see above. The rest is in {target}.")


def measure(parts: dict[str, Callable[[], dict]], measured: dict, target: Path, minutes: float) -> list[str]:
    """Write the file and its page anew after each part; the names of those that failed."""
    deadline, measured, failed = Deadline(60 * minutes), measured | {"left_out": {}}, []
    for name, part in parts.items():
        if deadline.passed():
            measured["left_out"][name] = f"{minutes:g} minutes were over"
        else:
            print(name, file=sys.stderr)
            try:
                measured[name] = part()
            except (
                Exception
            ) as error:  # a GPU's time is dear: what the next part finds should not be lost with this one
                traceback.print_exc()
                measured["left_out"][name] = f"it failed ({type(error).__name__}, {str(error).strip()[:200]})"
                failed.append(name)
        write_metrics(target, measured)
        with replacing(target.with_suffix(".md")) as temporary:
            temporary.write_text(page(measured))
    return failed


if __name__ == "__main__":
    run(main)
