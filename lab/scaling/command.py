"""Measure what several processes that train together bring, and print what to expect of 1, 8 and 64 of them.

    torchrun --standalone --nproc-per-node=N -m lab scaling NAME

starts N processes, one for each GPU; with --device cpu they share the cores. Without torchrun there is one process: no
all-reduce can be measured, and the estimate assumes a link.

Before: python -m stages.prepare_images (or `dvc pull`). Settings: the section scaling of lab/params.yaml, and
train_numpy_cnn and train_cuda_cnn of params.yaml (but for input and compile: pictures are read memory-mapped, and steps
are eager).

Written: metrics/reference/scaling/NAME.json. While it runs, a file of pictures lies beside data/prepared.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.bench import Bench
from lab.files import run_name
from lab.params import load as load_lab
from lab.scaling.measure import Measurement, machines
from lab.scaling.page import scaling_lines
from scratchnet.names import PREPARED, REFERENCE
from scratchnet.params import load
from scratchnet.prepared import open_prepared
from scratchnet.records import write_metrics
from scratchnet.timing.machine import machine
from scratchnet.torch_nn.device import check_and_set_precision, choose_device, cpu_library, fastest, gpu_name
from scratchnet.torch_nn.distributed import joined


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(
        prog="python -m lab scaling", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("name", metavar="NAME", type=run_name, help="of the results, such as h100")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="cpu: gloo in place of nccl")
    asked = parser.parse_args(arguments)
    settings = load()
    scale = load_lab().scaling
    where = settings.train_cuda_cnn.model_copy(update={"input": "mapped", "compile": "none"})
    with ExitStack() as cleanup:
        smallest = min(scale.batch_size), "the smallest of scaling.batch_size"
        ranks = cleanup.enter_context(joined(asked.device, *smallest))
        device = choose_device(asked.device, ranks.local)
        check_and_set_precision(where, device, ranks.count)
        fastest()
        bench = Bench(device, scale.arch, settings.train_numpy_cnn, open_prepared(PREPARED))
        here = machine(gpu_name(device)) | cpu_library()
        here |= {"device": device.type, "processes": ranks.count, "machines": machines(ranks)}
        here |= where.model_dump(include={"precision", "memory_format"})
        folder = ranks.the_leaders(
            cleanup.enter_context(TemporaryDirectory(dir=PREPARED.parent, prefix=".prepared.")) if ranks.leads else ""
        )
        figures = Measurement(bench, where, scale, ranks).figures(Path(folder) / "images.npy")
        if ranks.leads:
            assumed = {"hop_us": scale.assumed_hop_us, "gb_per_second": scale.assumed_gb_per_second}
            record = {"machine": here, **figures, "assumed": assumed}
            write_metrics(REFERENCE / "scaling" / f"{asked.name}.json", record)
            print("\n".join(scaling_lines(asked.name, record)))
