"""How fast photographs are decoded: by this project, and by torchvision's ImageFolder with Resize, side by side.

Both read the same files in one process on one core, one after the other, and take turns in going first; a first round,
which fills the cache of the disk, does not count. Prints pictures a second: the median and the quartiles of the
rounds; and the cores that each kept busy, which is its processor time divided by the time on the clock.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from functools import partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from scratchnet.photos.decode import Rejection
from scratchnet.photos.sources import Photograph
from scratchnet.problems import Problem, run
from scratchnet.records import write_metrics
from scratchnet.timing.clock import Stopwatch
from scratchnet.timing.machine import machine
from scratchnet.torch_nn.tutorial_folder import tutorial_folder


def measure(root: Path, size: int, rounds: int) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Pictures a second of each decoder in each round, (rounds,) float64, and the cores that each kept busy."""
    folder = _open(root, size)
    photographs = [Photograph(path, partial(Path.read_bytes, Path(path))) for path, _ in folder.samples]
    decoders = {
        "scratchnet": lambda: [_picture(photograph, size) for photograph in photographs],
        "torchvision": lambda: [picture for picture, _ in folder],
    }
    clock, processor = ({name: [] for name in decoders} for _ in range(2))
    for turn in tqdm(range(rounds + 1), "rounds", disable=None):
        for name in list(decoders)[:: -1 if turn % 2 else 1]:  # the second finds caches and clock rates as left
            with Stopwatch() as watch:
                decoders[name]()
            processor[name].append(watch.processor_seconds)
            clock[name].append(watch.seconds)
    speeds = {name: len(folder) / np.array(seconds[1:], dtype=np.float64) for name, seconds in clock.items()}
    return speeds, {name: sum(processor[name][1:]) / sum(clock[name][1:]) for name in decoders}


def _open(root: Path, size: int):
    """The `tutorial_folder`, or a Problem where there is none."""
    try:
        return tutorial_folder(root, size)
    except OSError as error:
        raise Problem(
            f"{root} is not a folder of folders of photographs, such as train/ with cat/ and dog/ ({error})."
        ) from error


def _picture(photograph: Photograph, size: int) -> np.ndarray:
    """To refuse a file is faster than to decode it, so it must not count."""
    picture = photograph.decode(size)
    if isinstance(picture, Rejection):
        raise Problem(f"{photograph.name} cannot be timed, move it elsewhere. {picture.detail}")
    return picture


def quartiles(values: np.ndarray) -> dict[str, float]:
    return dict(zip(("q1", "median", "q3"), np.quantile(values, (0.25, 0.5, 0.75)).tolist(), strict=True))


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return int(text)


def _arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="a folder of folders of photographs, such as train/ with cat/ and dog/")
    parser.add_argument("--size", type=_at_least_one, default=64, help="pixels of a side (default: %(default)s)")
    parser.add_argument("--rounds", type=_at_least_one, default=10, help="best an even number (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="a JSON file to write the figures to")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    with threadpool_limits(1):  # of BLAS and of torch; Pillow has no threads of its own
        speeds, cores_busy = measure(arguments.path, arguments.size, arguments.rounds)
        about = {"size": arguments.size, "rounds": arguments.rounds, "cores_busy": cores_busy, "machine": machine()}
    ratio = quartiles(speeds["scratchnet"] / speeds["torchvision"])
    table = {name: quartiles(speed) for name, speed in speeds.items()}
    for name, figures in (table | {"ratio": ratio}).items():
        print(f"{name:12}", *(f"{key} {value:8.2f}" for key, value in figures.items()))
    print("cores busy  ", *(f"{name} {cores:.2f}" for name, cores in cores_busy.items()))
    if arguments.out:
        write_metrics(arguments.out, {"images_per_second": table, "ratio": ratio} | about)


if __name__ == "__main__":
    run(main)
