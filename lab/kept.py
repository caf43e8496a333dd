"""Keep the figures of the run that is in the workspace under a name: metrics/reference/NAME.json.

For runs that are not the committed one: on photographs, or on another machine. Keeps the settings, every metric and
timing with its machine, the digest of the prepared pictures and the commit of the code. Keeps no pictures, and none of
their names. Then writes the tables in docs/ anew, as `python -m lab tables` does. Takes some seconds: DVC is asked
whether the results are those of the settings.

With --benchmark it keeps metrics/benchmark.json instead, in metrics/reference/benchmark/NAME.json.

Example: python -m lab keep photographs_16000
"""

import subprocess
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from lab.files import metrics_here, run_name
from lab.revisions import git
from lab.tables import write_tables
from scratchnet.names import BENCHMARK, METRICS, PREPARED, REFERENCE
from scratchnet.params import Params, load
from scratchnet.prepared import digest
from scratchnet.problems import Problem
from scratchnet.records import read_metrics, write_metrics

NEEDED = (METRICS / "prepare_images.json", METRICS / "compare.json")  # from the first stage, and from the last


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
        "params": _as_metrics(params.model_dump(exclude={"data": {"path", "download"}}, exclude_none=True)),
        "data": {"digest": digest(PREPARED)},
        "code": {
            "commit": git(Path.cwd(), "rev-parse", "HEAD").strip(),
            "edited": bool(edited),
            "checked_by_dvc": with_dvc,
        },
        "metrics": current_metrics(),
    }


def _as_metrics(settings: dict) -> dict:
    """Lists of names as one text: a metric is no list."""
    inner = {key: _as_metrics(value) for key, value in settings.items() if isinstance(value, dict)}
    lists = {key: ", ".join(value) for key, value in settings.items() if isinstance(value, list | tuple)}
    return settings | inner | lists


def current_metrics() -> dict:
    """All metrics of the run in the workspace as one tree: what metrics/STAGE/ITEM.json says is at [STAGE][ITEM]."""
    tree: dict = {}
    for file in metrics_here():
        *folders, name = file.relative_to(METRICS).with_suffix("").parts
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = read_metrics(file)
    return tree


def main(arguments: list[str]) -> None:
    parser = ArgumentParser("python -m lab keep", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", type=run_name, help="of the kept run")
    parser.add_argument("--benchmark", action="store_true", help="keep the benchmark instead of the results")
    parser.add_argument("--unchecked", action="store_true", help="do not ask DVC whether results and settings agree")
    options = parser.parse_args(arguments)
    params = load()
    try:
        if options.benchmark:
            kept, folder = read_metrics(BENCHMARK), REFERENCE / "benchmark"
        else:
            kept, folder = results(params, not options.unchecked), REFERENCE
    except FileNotFoundError as error:
        raise Problem(f"There is no {error.filename}: run the pipeline first (dvc repro).") from None
    write_metrics(folder / f"{options.name}.json", kept)
    write_tables()
