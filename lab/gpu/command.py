"""Measure training on a GPU: how fast each variant is, whether it learns the same, and where its time goes.

    python -m lab gpu h100                            all of it, within --minutes
    python -m lab gpu h100 --parts sweeps seeds       adds these parts to what is there

A variant is a setting of train_cuda_cnn, such as `resident` or `all`: lab/variants.py lists them.

Before: python -m stages.prepare_images, and, for the part parity, python -m stages.train_numpy_cnn two_conv (or
`dvc pull`). Settings: the section gpu of lab/params.yaml, and train_numpy_cnn of params.yaml.

Written: metrics/reference/gpu/NAME.json, the same as tables (NAME.md), and a picture of training steps (NAME.png). The
files are written anew after each part, so what was measured stays.

What would begin after --minutes is left out, and named with the reason. So is what fails.

A machine for this needs an NVIDIA driver and these packages of pyproject.toml: numpy, torch, torchvision, pillow,
pandas, matplotlib, pydantic, ruamel.yaml, safetensors, threadpoolctl, tqdm. It needs neither DVC nor a network.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from lab.bench import Bench
from lab.files import run_name
from lab.gpu import speed, trainings
from lab.gpu.kernels import kernels
from lab.gpu.page import PARTS
from lab.gpu.record import Part, about, earlier, measure
from lab.params import Gpu
from lab.params import load as load_lab
from lab.turns import Deadline
from lab.variants import VARIANTS
from scratchnet.names import PREPARED, REFERENCE
from scratchnet.params import load
from scratchnet.prepared import open_prepared
from scratchnet.problems import Problem
from scratchnet.torch_nn.device import choose_device, fastest


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(prog="python -m lab gpu", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", type=run_name, help="of the results, such as h100")
    parser.add_argument("--minutes", type=float, default=7, help="nothing begins later (default: %(default)g)")
    parser.add_argument(
        "--device", choices=("cuda", "cpu"), default="cuda", help="cpu: only parity and seeds mean something there"
    )
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=f"of {', '.join(PARTS)}"
    )
    asked = parser.parse_args(arguments)
    settings, device = load(), choose_device(asked.device)
    fastest()
    scale, deadline = load_lab().gpu, Deadline(60 * asked.minutes)
    bench = Bench(device, scale.arch, settings.train_numpy_cnn, open_prepared(PREPARED), deadline)
    target = REFERENCE / "gpu" / f"{asked.name}.json"
    parts = parts_of(bench, scale, asked.parts, target.with_suffix(".png"))
    failed = measure(parts, earlier(target, about(bench, scale)), target, deadline) + bench.failures
    if failed:
        raise Problem(f"{', '.join(failed)} could not be measured, see above. The rest is in {target}.")


def parts_of(bench: Bench, scale: Gpu, names: list[str], picture: Path) -> dict[str, Part]:
    """In the order in which they are measured: all that reads a clock comes before a profiler was at work."""
    numpy_losses = trainings.numpy_losses(scale.arch, bench.params.epochs) if "parity" in names else None
    parts = {
        "floor": lambda: speed.floors(bench, scale),
        "speeds": lambda: speed.speeds(bench, scale, VARIANTS),
        "parity": lambda: trainings.parity(bench, numpy_losses),
        "end_to_end": lambda: trainings.end_to_end(bench, scale),
        "time_to_accuracy": lambda: trainings.time_to_accuracy(bench, scale),
        "sweeps": lambda: speed.sweeps(bench, scale),
        "kernels": lambda: kernels(bench, scale, picture),
        "seeds": lambda: trainings.seeds(bench, scale),
    }
    return {name: part for name, part in parts.items() if name in names}
