"""What several processes bring, as Markdown: how far off the formula is, and what to expect."""

from collections.abc import Iterator, Mapping

from lab.scaling.estimate import ESTIMATED, IMAGENET, expected
from scratchnet.markdown import digits, table
from scratchnet.timing.machine import chip, versions_of

ASSUMED = r" \*"


def scaling_table(runs: Mapping[str, Mapping]) -> list[str]:
    """All kept runs. runs: name -> its record (see measure.py)."""
    parts = [scaling_lines(name, measured) for name, measured in runs.items()]
    return [line for number, lines in enumerate(parts) for line in ([""] if number else []) + lines]


def scaling_lines(name: str, measured: Mapping) -> list[str]:
    """One run: where it was measured, and its two tables."""
    lines = [*_about(name, measured), ""]
    if measured["machine"]["processes"] > 1:
        head = ("batch", "step of a share, ms", "all-reduce, ms", "both, ms", "measured, ms (IQR)", "measured / both")
        lines += [f"How far off the formula is, with {measured['machine']['processes']} processes:", ""]
        lines += [*table(head, _comparisons(measured)), ""]
    head = ("batch", "processes", "step of a share, ms", "all-reduce, ms", "reading, ms", "seconds an epoch")
    lines.append(
        f"What to expect, with the {IMAGENET:,} pictures of ImageNet an epoch. "
        f"An asterisk: the link is assumed, {_link(measured['assumed'])}."
    )
    return [*lines, "", *table(head, _expectations(measured))]


def _about(name: str, measured: Mapping) -> list[str]:
    machine, reading, link = measured["machine"], measured["reading"], measured.get("link")
    if link:
        fitted = f"The link that explains its all-reduces best has {_link(link)}; "
        fitted += f"the worst of them it misses by {link['largest_error']:.0%}."
    return [
        f"`{name}`: {machine['processes']} processes on {chip(machine)}, {machine['cores']} cores, "
        f"threads of each: {machine['threads']}. {machine['precision']}; {versions_of(machine)}.",
        "",
        f"- A machine reads {_rate(reading['warm'])} pictures a second from its page cache.",
        f"- From its disk: {_rate(reading['cold']) if 'cold' in reading else reading['cold_why_not']}.",
        f"- {fitted if link else measured.get('link_why_not', 'No all-reduce was measured.')}",
    ]


def _comparisons(measured: Mapping) -> Iterator[list[str]]:
    processes = measured["machine"]["processes"]
    for batch in _batches(measured):
        found, real = expected(measured, batch, processes), measured["step"]["together"][f"pictures_{batch}"]
        both = 1e3 * found.computing_seconds
        yield [
            f"{batch:,}",
            digits(1e3 * found.step_seconds),
            digits(1e3 * found.all_reduce_seconds),
            digits(both),
            f"{digits(real['step_ms'])} ({digits(real['step_ms_iqr'])})",
            f"{real['step_ms'] / both:.2f}",
        ]


def _expectations(measured: Mapping) -> Iterator[list[str]]:
    for batch in _batches(measured):
        for count in sorted({*ESTIMATED, measured["machine"]["processes"]}):
            if (found := expected(measured, batch, count)) is not None:
                yield [
                    f"{batch:,}",
                    str(count),
                    digits(1e3 * found.step_seconds),
                    digits(1e3 * found.all_reduce_seconds) + (ASSUMED if found.assumed else ""),
                    digits(1e3 * found.input_seconds),
                    digits(found.epoch_seconds(batch)),
                ]


def _batches(measured: Mapping) -> list[int]:
    return [int(key.removeprefix("pictures_")) for key in measured["step"]["alone"]]


def _link(link: Mapping) -> str:
    return f"{digits(link['hop_us'])} µs a hop and {digits(link['gb_per_second'])} GB/s"


def _rate(told: Mapping) -> str:
    return f"{digits(told['pictures_per_second'])} (IQR {digits(told['pictures_per_second_iqr'])})"
