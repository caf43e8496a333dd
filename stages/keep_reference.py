"""Keep the figures of the run that is in the workspace, under a name: metrics/reference/NAME.json.

For runs that are not the committed one: on photographs, on another machine. Prints the row for the README's table,
which a test holds to be there, figure for figure. Keeps no timings, no pictures and no names of pictures.

With --benchmark, keep metrics/benchmark.json instead, which is all timings: metrics/reference/benchmark/NAME.json.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from scratchnet.benchmark.page import run_row
from scratchnet.comparison import reference_row, results_of
from scratchnet.params import ARCHITECTURES, Params, load
from scratchnet.problems import Problem
from scratchnet.records import read_metrics, write_metrics
from stages import run


def results(params: Params) -> dict:
    """What was learnt by whom, on which pictures, with which settings."""
    timings = [f"metrics/timing/{stage}/two_conv.json" for stage in ("train_numpy_cnn", "train_cuda_cnn")]
    machine = {Path(file).parent.name: read_metrics(file)["machine"] for file in timings}
    compared = read_metrics("metrics/compare.json")
    return {
        "params": {
            "data": params.data.model_dump(exclude={"path", "download"}),
            "train_numpy_cnn": params.train_numpy_cnn.model_dump(),
        },
        "pictures": read_metrics("metrics/prepare_images.json"),
        **{arch: results_of(compared[arch]) for arch in ARCHITECTURES},
        "machine": machine,
    }


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", help="such as photographs_16000")
    parser.add_argument("--benchmark", action="store_true", help="keep the benchmark instead of the results")
    arguments = parser.parse_args()
    params = load()
    try:
        if arguments.benchmark:
            measured = read_metrics("metrics/benchmark.json")
            write_metrics(f"metrics/reference/benchmark/{arguments.name}.json", measured)
            print(run_row(arguments.name, measured))
        else:
            reference = results(params)
            write_metrics(f"metrics/reference/{arguments.name}.json", reference)
            print(reference_row(arguments.name, reference))
    except FileNotFoundError as error:
        raise Problem(f"There is no {error.filename}: run the pipeline first (dvc repro).") from None


if __name__ == "__main__":
    run(main)
