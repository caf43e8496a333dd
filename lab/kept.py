"""Keep the figures of the run that is in the workspace, under a name: metrics/reference/NAME.json.

For runs that are not the committed one: on photographs, on another machine. Keeps the settings, every metric and timing
with its machine, the digest of the prepared pictures and the commit of the code, but no pictures and none of their
names; then writes the tables of kept runs anew (lab/tables.py).

With --benchmark, keep metrics/benchmark.json instead, which is all timings: metrics/reference/benchmark/NAME.json.
"""

import subprocess
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from lab.revisions import git
from lab.tables import write_tables
from scratchnet.params import Params, load
from scratchnet.prepared import digest
from scratchnet.problems import Problem, run
from scratchnet.records import read_metrics, write_metrics

NEEDED = ("metrics/prepare_images.json", "metrics/compare.json")  # from the first stage, and from the last
SECTIONS = {"data", "train_mlp", "train_linear", "train_numpy_cnn", "train_cuda_cnn"}  # all that the results depend on


def results(params: Params, with_dvc: bool) -> dict:
    """What was learnt, with which settings, from which pictures, by which code, and how fast on which machine."""
    for file in NEEDED:
        read_metrics(file)
    if with_dvc and subprocess.run([sys.executable, "-m", "dvc", "status", "--quiet"], check=False).returncode:
        raise Problem(
            "The results in the workspace are not those of its settings, code and pictures: `dvc status` says where. "
            "Run dvc repro, or, where the stages were run without DVC, keep them with --unchecked."
        )
    edited = git(Path.cwd(), "status", "--porcelain", "--untracked-files=no", "--", "scratchnet", "stages")
    return {
        "params": params.model_dump(include=SECTIONS, exclude={"data": {"path", "download"}}),
        "data": {"prepared_md5": digest("data/prepared")},
        "code": {
            "commit": git(Path.cwd(), "rev-parse", "HEAD").strip(),
            "edited": bool(edited),
            "checked_by_dvc": with_dvc,
        },
        "metrics": current_metrics(),
    }


def current_metrics() -> dict:
    """metrics/STAGE/ITEM.json at [STAGE][ITEM], and so on for all files but the benchmark and what is kept."""
    tree: dict = {}
    for file in sorted(Path("metrics").rglob("*.json")):
        *folders, name = file.relative_to("metrics").with_suffix("").parts
        if "reference" in folders or name == "benchmark":
            continue
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = read_metrics(file)
    return tree


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", help="such as photographs_16000")
    parser.add_argument("--benchmark", action="store_true", help="keep the benchmark instead of the results")
    parser.add_argument("--unchecked", action="store_true", help="do not ask DVC whether results and settings agree")
    arguments = parser.parse_args()
    params = load()
    try:
        if arguments.benchmark:
            kept, file = read_metrics("metrics/benchmark.json"), f"benchmark/{arguments.name}"
        else:
            kept, file = results(params, not arguments.unchecked), arguments.name
    except FileNotFoundError as error:
        raise Problem(f"There is no {error.filename}: run the pipeline first (dvc repro).") from None
    write_metrics(f"metrics/reference/{file}.json", kept)
    write_tables()


if __name__ == "__main__":
    run(main)
