"""Kept audits of photographs as Markdown: what `python -m scratchnet audit` has found, and what a person sees in it."""

from collections import Counter
from collections.abc import Iterator, Mapping

from scratchnet.markdown import table
from scratchnet.timing.machine import versions_of

VERDICTS = ("wrong", "ambiguous", "right")


def audit_table(runs: Mapping[str, Mapping]) -> list[str]:
    """A table for each run, and the machine that it ran on."""
    lines = []
    for name, found in runs.items():
        rows = [[what, f"{number:,}"] for what, number in _counts(found)]
        machine, minutes = found["machine"], found["seconds"] / 60
        lines += [*table((name, "pictures"), rows), ""]
        lines += [
            f"The networks gave {found['labels']['right']:.1%} of all labels too. All of it took {minutes:.0f} minutes",
            f"on {machine['cores']} cores, which other work shared ({machine['cpu']}; {versions_of(machine)}).",
        ]
    return lines


def _counts(found: Mapping) -> Iterator[tuple[str, int]]:
    copies, doubted = found["copies"], found["labels"]["doubted"]
    yield "looked at", found["files"]["pictures"]
    yield "odd files, rejected ones included", sum(found["files"]["odd"].values())
    yield "the same pixels as one before", copies["same_pixels"]
    yield "look like another, the same pixels included", copies["near_duplicates"]
    yield "look like one with the other label", copies["with_another_label"]
    yield from ((f"labels doubted: {kind}", count) for kind, count in doubted.items() if kind != "all")


def seen_table(runs: Mapping[str, Mapping]) -> list[str]:
    """runs: name -> which doubted labels -> file -> the verdict of a person who looked at it, among other things."""
    rows = []
    for groups in runs.values():
        for group, files in groups.items():
            count = Counter(file["verdict"] for file in files.values())
            shares = [f"{count[verdict]} ({count[verdict] / len(files):.0%})" for verdict in VERDICTS]
            rows.append([group.replace("_", " "), f"{len(files)}", *shares])
    return table(("doubted labels", "looked at", *(f"label {verdict}" for verdict in VERDICTS)), rows)
