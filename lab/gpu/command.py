"""Measure the ladder on a GPU: the parity, the rungs, the floor, the sweeps, whole trainings and a profile.

Reads the section gpu of lab/params.yaml, train_numpy_cnn and train_cuda_cnn of params.yaml, data/prepared (python -m
stages.prepare_images, with the default settings) and the NumPy network's loss table (plots/train_numpy_cnn). Writes
metrics/reference/gpu/NAME.json, anew after each part, a page and a timeline beside it; another call adds its parts.
Whatever a clock is read for comes before a profiler has been at work in the process; what begins after --minutes is
left out, and so named. It needs neither DVC nor a network connection, but of the packages in pyproject.toml numpy,
torch, torchvision, pillow, pandas, matplotlib, pydantic, ruamel.yaml, safetensors, threadpoolctl and tqdm.
"""

import sys
import traceback
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from lab.bench import Bench, described
from lab.gpu import speed, trainings
from lab.gpu.goals import bound, goals
from lab.gpu.kernels import kernels
from lab.gpu.page import PARTS, page
from lab.params import load as load_lab
from lab.turns import Deadline
from lab.variants import VARIANTS
from scratchnet.names import PREPARED
from scratchnet.params import load
from scratchnet.prepared import digest, open_prepared
from scratchnet.problems import Problem, run
from scratchnet.records import read_metrics, replacing, write_metrics
from scratchnet.timing.machine import lasting, machine
from scratchnet.torch_nn.device import choose_device, cpu_library, fastest, gpu_name


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
    parser.add_argument("--minutes", type=float, default=7, help="nothing begins later (default: %(default)g)")
    parser.add_argument(
        "--device", choices=("cuda", "cpu"), default="cuda", help="cpu: parity and seeds mean something there"
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, metavar="PART", help=f"of {', '.join(PARTS)}")
    arguments = parser.parse_args()
    settings, device = load(), choose_device(arguments.device)
    params, scale = settings.train_numpy_cnn, load_lab().gpu
    fastest()
    splits, deadline = open_prepared(PREPARED), Deadline(60 * arguments.minutes)
    bench = Bench(device, scale.arch, params, splits, deadline)
    target = Path(f"metrics/reference/cuda/{arguments.name}.json")
    names = arguments.parts or PARTS
    reference = numpy_table(scale.arch, params.epochs) if "parity" in names else None
    parts: dict[str, Callable[[], dict]] = {
        "floor": lambda: speed.floors(bench, scale),
        "rungs": lambda: speed.rungs(bench, scale, VARIANTS),
        "parity": lambda: trainings.parity(bench, reference),
        "end_to_end": lambda: trainings.end_to_end(bench, scale),
        "time_to_accuracy": lambda: trainings.time_to_accuracy(bench, scale),
        "sweeps": lambda: speed.sweeps(bench, scale),
        "kernels": lambda: kernels(bench, scale, target.with_suffix(".png")),
        "seeds": lambda: trainings.seeds(bench, scale),
    }
    about = {
        "machine": machine(gpu_name(device)) | cpu_library() | {"device": device.type},
        "params": {"train_numpy_cnn": params.model_dump()},
        "data": {name: len(split) for name, split in splits.items()} | {"prepared_md5": digest(PREPARED)},
    }
    wanted = {name: part for name, part in parts.items() if name in names}
    failed = measure(wanted, earlier(target, about), target, deadline) + bench.failures
    if failed:
        raise Problem(f"{', '.join(failed)} could not be measured, see above. The rest is in {target}.")


def earlier(target: Path, about: dict) -> dict:
    """What the file has from calls before, or what every file has. Problem where it was measured otherwise."""
    if not target.exists():
        return about
    found = read_metrics(target)
    before, now = ({**each, "machine": lasting(each["machine"])} for each in (found, about))
    if other := [key for key in now if before[key] != now[key]]:
        raise Problem(
            f"{target} has figures of another {' and other '.join(other)}: choose another name, or delete it first."
        )
    return found | about


def measure(parts: dict[str, Callable[[], dict]], about: dict, target: Path, deadline: Deadline) -> list[str]:
    """Write the file and its page anew after each part; the names of those that failed."""
    left_out = about.get("left_out", {}) | dict.fromkeys(parts, "it did not come to that")
    measured, failed = about | {"left_out": left_out}, []
    for name, part in parts.items():
        if not deadline.passed():
            print(name, file=sys.stderr)
            try:
                measured[name] = part()
                del measured["left_out"][name]
            except (
                Exception
            ) as error:  # a GPU's time is dear: what the next part finds should not be lost with this one
                traceback.print_exc()
                measured["left_out"][name] = f"it failed {described(error)}"
                failed.append(name)
        else:
            measured["left_out"][name] = "there was no time left"
        write(measured, target)
    return failed


def write(measured: dict, target: Path) -> None:
    """The file and its page, with what follows from the parts."""
    if {"rungs", "floor"} <= measured.keys():
        measured = measured | {"bound": bound(measured)}
    measured = measured | {"goals": goals(measured)}
    write_metrics(target, measured)
    with replacing(target.with_suffix(".md")) as temporary:
        temporary.write_text(page(measured), encoding="utf-8")


if __name__ == "__main__":
    run(main)
