"""Write the tables of kept runs in README.md and docs/ anew, from the files in metrics/reference.

Each stands between two comments that name it, <!-- kept runs --> and <!-- end of kept runs -->; the rest of a page is
left as it is.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping
from pathlib import Path

from lab.benchmark.page import run_table
from lab.gate.proof import proof_table
from lab.gpu.page import same_network_table
from lab.scaling.page import estimates_table, scaling_table
from scratchnet.comparison import reference_table
from scratchnet.markdown import fill
from scratchnet.problems import Problem, run
from scratchnet.records import read_metrics, replacing

Table = Callable[[Mapping[str, dict]], list[str]]

KEPT = {
    "runs": ("metrics/reference", reference_table),
    "benchmarks": ("metrics/reference/benchmark", run_table),
    "proof": ("metrics/reference/timing_gate", proof_table),
    "estimates": ("metrics/reference/scaling", estimates_table),
    "scaling": ("metrics/reference/scaling", scaling_table),
    "variants": ("metrics/reference/cuda", same_network_table),
}
PLACES = {
    "README.md": ("runs", "benchmarks", "estimates"),
    "docs/cuda.md": ("variants", "scaling"),
    "docs/speed.md": ("benchmarks",),
    "docs/timing.md": ("proof",),
}


def write_tables() -> None:
    pages = {path: filled(path, kinds) for path, kinds in PLACES.items()}
    for path, page in pages.items():
        with replacing(path) as temporary:
            temporary.write_text(page, encoding="utf-8")


def filled(path: str, kinds: tuple[str, ...]) -> str:
    """The page with its tables as the kept files have them now."""
    try:
        page = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(f"There is no {path} here. Go to the project's root first.") from None
    for kind in kinds:
        folder, table = KEPT[kind]
        runs = {file.stem: read_metrics(file) for file in sorted(Path(folder).glob("*.json"))}
        page = fill(page, f"kept {kind}", table(runs))
    return page


def main() -> None:
    ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter).parse_args()
    write_tables()


if __name__ == "__main__":
    run(main)
