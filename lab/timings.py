"""Lay the timings in the workspace beside those of another revision, with the machines that both were taken on.

Reads metrics/timing of the workspace and of REV, and prints Markdown: the ratio of each timing, or "not comparable"
where the machines differ. Writes nothing, and takes a second. It is advisory: it ends well however the timings differ,
for they were taken at two times. `python -m lab gate` is the judge.

Example: python -m lab timings --base origin/main
"""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from lab.revisions import commit_of, files_in, text_in
from scratchnet.markdown import digits, table
from scratchnet.names import TIMING
from scratchnet.problems import Problem
from scratchnet.records import read_metrics
from scratchnet.timing.machine import lasting

TIMINGS = ("images_per_second", "train_seconds", "total_seconds")
NOTES = """\
Base is {revision}, head is the workspace. Advisory: two runs, at two times, and each with whatever else its machine had
to do. Timings of two machines say nothing about the code, so they have no ratio; whether the runs had the same settings
is told by `dvc params diff`.
"""

Files = Mapping[str, Mapping]  # what each file of timings says, by its name: "train_mlp/binary_rings"


def page(revision: str, base: Files, head: Files) -> str:
    """The fingerprints, then the timings, as Markdown."""
    groups: dict[str, list[str]] = {}  # files that were timed on the same two machines
    for name in sorted(base.keys() & head.keys()):
        pair = json.dumps([lasting(side[name]["machine"]) for side in (base, head)], sort_keys=True)
        groups.setdefault(pair, []).append(name)
    machines = [line for names in groups.values() for line in _fingerprints(names, base, head)]
    rows = [row for names in groups.values() for name in names for row in _timings(name, base[name], head[name])]
    lone = [f"- {name}: only in {'base' if name in base else 'head'}." for name in sorted(base.keys() ^ head.keys())]
    ratios = table(["timing", "base", "head", "head / base"], rows)
    return "\n".join(["## Timings", "", NOTES.format(revision=revision), *ratios, "", *lone, "", *machines])


def differences(base: Mapping, head: Mapping) -> list[str]:
    """The keys in which two fingerprints (`timing.machine`) differ, the load apart: none where timings compare."""
    one, other = flat(lasting(base)), flat(lasting(head))
    return [key for key in one | other if one.get(key) != other.get(key)]


def _timings(name: str, base: Mapping, head: Mapping) -> Iterator[list[str]]:
    comparable = not differences(base["machine"], head["machine"])
    for key in TIMINGS:
        if key in base and key in head:
            ratio = f"{head[key] / base[key]:.2f}" if comparable else "not comparable"
            yield [f"{name} {key}", digits(base[key]), digits(head[key]), ratio]


def _fingerprints(names: Sequence[str], base: Files, head: Files) -> list[str]:
    """What a group of files was timed on; where the two machines differ, in bold.

    The load is that of each file: they were started one after the other.
    """
    sides = [[flat(side[name]["machine"]) for name in names] for side in (base, head)]
    differing = differences(base[names[0]]["machine"], head[names[0]]["machine"])
    rows = []
    for key in sides[0][0] | sides[1][0]:
        values = (dict.fromkeys(str(machine.get(key, "–")) for machine in side) for side in sides)
        cells = [key, *map(", ".join, values)]
        rows.append([f"**{cell}**" for cell in cells] if key in differing else cells)
    verdict = f"not comparable, for they differ in {', '.join(differing)}" if differing else "comparable"
    return [f"**{', '.join(names)}**: {verdict}.", "", *table(["machine", "base", "head"], rows), ""]


def flat(tree: Mapping, prefix: str = "") -> dict[str, object]:
    """{"versions": {"numpy": "2.4"}} -> {"versions.numpy": "2.4"}"""
    found = {}
    for key, value in tree.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
    return found


def of_the_workspace() -> dict[str, dict]:
    """Each file of timings by its name, such as train_mlp/binary_rings."""
    return {name_of(file): read_metrics(file) for file in TIMING.glob("*/*.json")}


def of_commit(root: Path, commit: str) -> dict[str, dict]:
    files = files_in(root, commit, f"{TIMING.as_posix()}/")
    return {name_of(PurePath(file)): json.loads(text_in(root, commit, file)) for file in files}


def name_of(file: PurePath) -> str:
    return file.relative_to(TIMING).with_suffix("").as_posix()


def main(arguments: list[str]) -> None:
    parser = ArgumentParser("python -m lab timings", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, metavar="REV", help="a branch, a tag or a commit, such as origin/main")
    root = Path.cwd()
    base = commit_of(root, parser.parse_args(arguments).base)
    here = of_the_workspace()
    if not here:
        raise Problem(f"There are no timings in {TIMING}: run the pipeline first (dvc repro).")
    print(page(base[:12], of_commit(root, base), here))
