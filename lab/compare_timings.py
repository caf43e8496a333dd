"""Lay the timings in the workspace beside those of another revision, with the machines that both were taken on.

Reads metrics/timing of the workspace and of REV, and prints Markdown: the ratio of each timing, or "not comparable"
where the fingerprints differ. Advisory: it ends well however the timings differ (lab/gate/command.py is the judge).
"""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from lab.revisions import commit_of, files_in, text_in
from lab.timings import page
from scratchnet.problems import Problem, run
from scratchnet.records import read_metrics

TIMING = "metrics/timing"


def of_the_workspace() -> dict[str, dict]:
    """Each file of timings by its name, such as train_mlp/binary_rings."""
    return {name_of(file): read_metrics(file) for file in Path(TIMING).glob("*/*.json")}


def of_commit(root: Path, commit: str) -> dict[str, dict]:
    return {name_of(file): json.loads(text_in(root, commit, file)) for file in files_in(root, commit, f"{TIMING}/")}


def name_of(file: str | Path) -> str:
    return str(Path(file).relative_to(TIMING).with_suffix("").as_posix())


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, metavar="REV", help="a branch, a tag or a commit, such as origin/main")
    root = Path.cwd()
    base = commit_of(root, parser.parse_args().base)
    here = of_the_workspace()
    if not here:
        raise Problem(f"There are no timings in {TIMING}: run the pipeline first (dvc repro).")
    print(page(base[:12], of_commit(root, base), here))


if __name__ == "__main__":
    run(main)
