"""Keep the figures of the run that is in the workspace, under a name: metrics/reference/NAME.json.

For runs that are not the committed one: on photographs, on another machine. Prints the row for the README's table,
which a test holds to be there, figure for figure. Keeps no timings, no pictures and no names of pictures.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from scratchnet.comparison import reference_row, results_of
from scratchnet.params import ARCHITECTURES, load
from scratchnet.problems import Problem
from scratchnet.records import read_metrics, write_metrics
from stages import run


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", help="such as photographs_16000")
    name = parser.parse_args().name
    params = load()
    timings = [f"metrics/timing/{stage}/two_conv.json" for stage in ("train_numpy_cnn", "train_cuda_cnn")]
    try:
        machine = {Path(file).parent.name: read_metrics(file)["machine"] for file in timings}
        compared = read_metrics("metrics/compare.json")
        reference = {
            "params": {
                "data": params.data.model_dump(exclude={"path", "download"}),
                "train_numpy_cnn": params.train_numpy_cnn.model_dump(),
            },
            "pictures": read_metrics("metrics/prepare_images.json"),
            **{arch: results_of(compared[arch]) for arch in ARCHITECTURES},
            "machine": machine,
        }
    except FileNotFoundError as error:
        raise Problem(f"There is no {error.filename}: run the pipeline first (dvc repro).") from None
    write_metrics(f"metrics/reference/{name}.json", reference)
    print(reference_row(name, reference))


if __name__ == "__main__":
    run(main)
