"""Measure what several processes that train together need, and print what to expect of 1, 8 and 64 of them.

    torchrun --standalone --nproc-per-node=N -m lab.scaling.command NAME

Reads the section scaling of lab/params.yaml, train_numpy_cnn and train_cuda_cnn of params.yaml (its input and compile
set aside: the pictures are memory-mapped, the steps eager) and data/prepared. The first process writes
metrics/reference/scaling/NAME.json. By one process alone, without torchrun, no all-reduce can be measured, and the
estimate takes the assumed link of params.yaml. While it runs, a file of pictures lies beside data/prepared.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.bench import Bench
from lab.params import load as load_lab
from lab.scaling.measure import machines, scaling
from lab.scaling.page import scaling_lines
from scratchnet.names import PREPARED
from scratchnet.params import load
from scratchnet.prepared import open_prepared
from scratchnet.problems import run
from scratchnet.records import write_metrics
from scratchnet.timing.machine import machine
from scratchnet.torch_nn.device import check_and_set_precision, choose_device, cpu_library, fastest, gpu_name
from scratchnet.torch_nn.distributed import joined


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", help="of the results, such as h100")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="cpu: gloo in place of nccl")
    arguments = parser.parse_args()
    settings = load()
    scale, where = (
        load_lab().scaling,
        settings.train_cuda_cnn.model_copy(update={"input": "mapped", "compile": "none"}),
    )
    with ExitStack() as cleanup:
        ranks = cleanup.enter_context(
            joined(arguments.device, min(scale.batch_size), "the smallest of scaling.batch_size")
        )
        device = choose_device(arguments.device, ranks.local)
        check_and_set_precision(where, device, ranks.count)
        fastest()
        splits = open_prepared(PREPARED)
        here = machine(gpu_name(device)) | cpu_library()
        here |= {"device": device.type, "processes": ranks.count, "machines": machines(ranks)}
        here |= where.model_dump(include={"precision", "memory_format"})
        folder = ranks.the_leaders(
            cleanup.enter_context(TemporaryDirectory(dir=PREPARED.parent, prefix=".prepared.")) if ranks.leads else ""
        )
        bench = Bench(device, scale.arch, settings.train_numpy_cnn, splits)
        measured = scaling(bench, where, scale, ranks, Path(folder) / "images.npy")
        if ranks.leads:
            assumed = {"hop_us": scale.assumed_hop_us, "gb_per_second": scale.assumed_gb_per_second}
            measured = {"machine": here, **measured, "assumed": assumed}
            write_metrics(f"metrics/reference/scaling/{arguments.name}.json", measured)
            print("\n".join(scaling_lines(arguments.name, measured)))


if __name__ == "__main__":
    run(main)
