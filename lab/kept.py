"""Keep the figures of the run that is in the workspace under a name: metrics/reference/NAME.json.

For runs that are not the committed one: on photographs, or on another machine. Keeps the settings, every metric and
timing with its machine, the digest of the prepared pictures and the commit of the code. Keeps no pictures, and none of
their names. Then writes the tables in docs/ anew, as `python -m lab tables` does. Takes some seconds: DVC is asked
whether the results are those of the settings.

With --benchmark it keeps metrics/benchmark.json instead, in metrics/reference/benchmark/NAME.json. With --training it
keeps what one stage has trained, in metrics/reference/trainings/NAME.json, whatever the others have done: for the same
training from several seeds.

Examples: python -m lab keep photographs_16000
          python -m lab keep 16000_seed_2 --training train_numpy_cnn@deep
"""

import subprocess
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable
from pathlib import Path

from lab.files import metrics_here, run_name
from lab.revisions import git
from lab.tables import write_tables
from scratchnet.names import ARCHITECTURES, BENCHMARK, CNN_STAGES, METRICS, PREPARED, REFERENCE, TIMING
from scratchnet.params import Params, load
from scratchnet.prepared import digest
from scratchnet.problems import Problem
from scratchnet.records import read_metrics, write_metrics

TRAININGS = [f"{stage}@{arch}" for stage in CNN_STAGES.values() for arch in ARCHITECTURES]  # as DVC calls them
NEEDED = (METRICS / "prepare_images.json", METRICS / "compare.json")  # from the first stage, and from the last


def results(params: Params, with_dvc: bool, training: str = "") -> dict:
    """What was learnt, with which settings, from which pictures, by which code, and how fast on which machine.

    training: STAGE@ITEM of the only stage that is meant, beside that which prepared the pictures; else all are.
    """
    files = _of(*training.split("@")) if training else metrics_here()
    for file in files if training else NEEDED:
        read_metrics(file)
    asked = [training, "--with-deps"] if training else []
    if with_dvc and subprocess.run([sys.executable, "-m", "dvc", "status", "--quiet", *asked], check=False).returncode:
        raise Problem(
            "The results in the workspace are not those of its settings, code and pictures: `dvc status` says where. "
            "Run dvc repro, or, where the stages were run without DVC, keep them with --unchecked."
        )
    edited = git(Path.cwd(), "status", "--porcelain", "--untracked-files=no", "--", "scratchnet", "stages")
    return {
        "params": _as_metrics(params.model_dump(exclude={"data": {"path", "download"}}, exclude_none=True)),
        "data": {"digest": digest(PREPARED)},
        "code": {
            "commit": git(Path.cwd(), "rev-parse", "HEAD").strip(),
            "edited": bool(edited),
            "checked_by_dvc": with_dvc,
        },
        "metrics": as_tree(files),
    }


def _as_metrics(settings: dict) -> dict:
    """Lists of names as one text: a metric is no list."""
    inner = {key: _as_metrics(value) for key, value in settings.items() if isinstance(value, dict)}
    lists = {key: ", ".join(value) for key, value in settings.items() if isinstance(value, list | tuple)}
    return settings | inner | lists


def _of(stage: str, item: str) -> list[Path]:
    return [METRICS / "prepare_images.json", METRICS / stage / f"{item}.json", TIMING / stage / f"{item}.json"]


def as_tree(files: Iterable[Path]) -> dict:
    """The metrics of the workspace that `files` name: what metrics/STAGE/ITEM.json says is at [STAGE][ITEM]."""
    tree: dict = {}
    for file in files:
        *folders, name = file.relative_to(METRICS).with_suffix("").parts
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = read_metrics(file)
    return tree


def main(arguments: list[str]) -> None:
    parser = ArgumentParser("python -m lab keep", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", type=run_name, help="of the kept run")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--benchmark", action="store_true", help="keep the benchmark instead of the results")
    what.add_argument("--training", choices=TRAININGS, default="", help="keep one training alone")
    parser.add_argument("--unchecked", action="store_true", help="do not ask DVC whether results and settings agree")
    options = parser.parse_args(arguments)
    params = load()
    try:
        if options.benchmark:
            kept, folder = read_metrics(BENCHMARK), REFERENCE / "benchmark"
        else:
            kept = results(params, not options.unchecked, options.training)
            folder = REFERENCE / "trainings" if options.training else REFERENCE
    except FileNotFoundError as error:
        raise Problem(f"There is no {error.filename}: run the pipeline first (dvc repro).") from None
    write_metrics(folder / f"{options.name}.json", kept)
    write_tables()
