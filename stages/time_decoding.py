"""How fast photographs are decoded: by this project, and by torchvision's ImageFolder with Resize, side by side.

Both read the same files, one after the other in one process without threads, in turns; a first turn of each, which
fills the cache of the disk, does not count. Prints pictures a second: the median and the quartiles of the rounds.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

import numpy as np
from tqdm import tqdm

from scratchnet.photos.decode import decode
from scratchnet.records import write_metrics
from scratchnet.timing import Stopwatch, machine
from scratchnet.torch_nn.tutorial_folder import tutorial_folder
from stages import run


def measure(root: Path, size: int, rounds: int) -> dict[str, np.ndarray]:
    """Pictures a second of each decoder in each round, (rounds,) float64."""
    folder = tutorial_folder(root, size)
    decoders = {
        "scratchnet": lambda: [decode(Path(path).read_bytes(), size) for path, _ in folder.samples],
        "torchvision": lambda: [picture for picture, _ in folder],
    }
    speeds = {name: [] for name in decoders}
    for _ in tqdm(range(rounds + 1), "rounds", disable=None):
        for name, all_pictures in decoders.items():
            with Stopwatch() as watch:
                all_pictures()
            speeds[name].append(len(folder) / watch.seconds)
    return {name: np.array(speed[1:], dtype=np.float64) for name, speed in speeds.items()}


def quartiles(values: np.ndarray) -> dict[str, float]:
    return dict(zip(("q1", "median", "q3"), np.quantile(values, (0.25, 0.5, 0.75)).tolist(), strict=True))


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="a folder of folders of photographs, such as train/ with cat/ and dog/")
    parser.add_argument("--size", type=int, default=64, help="pixels of a side (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=9, help="default: %(default)s")
    parser.add_argument("--out", type=Path, help="a JSON file to write the figures to")
    arguments = parser.parse_args()
    speeds = measure(arguments.path, arguments.size, arguments.rounds)
    ratio = quartiles(speeds["scratchnet"] / speeds["torchvision"])
    table = {name: quartiles(speed) for name, speed in speeds.items()}
    for name, figures in (table | {"ratio": ratio}).items():
        print(f"{name:12}", *(f"{key} {value:8.2f}" for key, value in figures.items()))
    if arguments.out:
        about = {"size": arguments.size, "rounds": arguments.rounds, "machine": machine()}
        write_metrics(arguments.out, {"images_per_second": table, "ratio": ratio} | about)


if __name__ == "__main__":
    run(main)
