"""What several processes bring, as Markdown: the formula beside the measurement, and the estimates."""

from collections.abc import Iterator, Mapping

from lab.scaling.estimate import ESTIMATED, H100, IMAGENET, Expected, expected
from lab.setting import Setting
from scratchnet.markdown import digits, table
from scratchnet.names import WIDTH
from scratchnet.timing.machine import chip, versions_of

SHEET_BATCHES = (32, 1024, 16384)
SIZE, HIDDEN = 64, 64  # of the data sheet's rows: pixels, and hidden units
PICTURE_BYTES = 3 * SIZE**2
NONE, ASSUMED = "–", r" \*"


def estimates_table(runs: Mapping[str, Mapping]) -> list[str]:
    """Seconds an epoch of ImageNet: of the kept runs (lab/scaling/command.py), by name, and by data sheet."""
    head = ("one process a core or GPU", "batch", *map(str, ESTIMATED), "a step, ms: by the formula", "measured")
    return table(head, [*_kept_estimates(runs), *_sheet_estimates()])


def scaling_table(runs: Mapping[str, Mapping]) -> list[str]:
    """The same in full."""
    lines = [line for name, measured in runs.items() for line in [*scaling_lines(name, measured), ""]]
    return [*lines, *_sheet_lines()]


def scaling_lines(name: str, measured: Mapping) -> list[str]:
    """One run: where it was measured, and a row for each batch and number of processes."""
    head = ("batch", "processes", "step of a share, ms", "all-reduce, ms", "both, ms", "measured, ms (IQR)",
            "measured / both", "reading from disk, ms", "seconds an epoch")  # fmt: skip
    return [*_about(name, measured), "", *table(head, _rows(measured))]


def _kept_estimates(runs: Mapping[str, Mapping]) -> Iterator[list[str]]:
    for measured in runs.values():
        processes = measured["machine"]["processes"]
        for batch in _batches(measured):
            cells = [_epoch(expected(measured, batch, count), batch) for count in ESTIMATED]
            both, real = expected(measured, batch, processes), _real(measured, batch, processes)
            compared = [f"{digits(1e3 * both.computing_seconds)} (with {processes})", digits(real["step_ms"])]
            yield [f"{chip(measured['machine'])}, measured", f"{batch:,}", *cells, *compared]


def _sheet_estimates() -> Iterator[list[str]]:
    for batch in SHEET_BATCHES:
        cells = [_epoch(_by_data_sheet(batch, count), batch) for count in ESTIMATED]
        yield [f"{H100.name}, at least, by data sheet", f"{batch:,}", *cells, NONE, "nowhere"]


def _epoch(found: Expected | None, batch: int) -> str:
    """Marked where the link is assumed."""
    return NONE if found is None else digits(found.epoch_seconds(batch)) + ASSUMED * found.assumed


def _about(name: str, measured: Mapping) -> list[str]:
    machine, reading = measured["machine"], measured["reading"]
    warm, cold = (_rate(reading.get(kind)) for kind in ("warm", "cold"))
    return [
        f"`{name}`: {machine['processes']} processes, threads of each: {machine['threads']}, on {chip(machine)}, "
        f"{machine['cores']} cores, {machine['precision']}; {versions_of(machine)}. A machine reads {warm} pictures "
        f"a second from its page cache, {cold} from its disk{_why(reading)} (IQR). {_measured_link(measured)} "
        f"Assumed where marked with an asterisk: {_link(measured['assumed'])}."
    ]


def _why(reading: Mapping) -> str:
    return f" ({reading['cold_why_not']})" if "cold_why_not" in reading else ""


def _measured_link(measured: Mapping) -> str:
    if "link" not in measured:
        return measured.get("link_why_not", "No all-reduce was measured.")
    link, processes = measured["link"], measured["machine"]["processes"]
    return (
        f"Its {processes} processes meet as over links of {_link(link)}, which misses no measured all-reduce "
        f"by more than {link['largest_error']:.0%}."
    )


def _link(link: Mapping) -> str:
    return f"{digits(link['hop_us'])} µs a hop and {digits(link['gb_per_second'])} GB/s"


def _rate(told: Mapping | None) -> str:
    if told is None:
        return NONE
    return f"{digits(told['pictures_per_second'])} ({digits(told['pictures_per_second_iqr'])})"


def _rows(measured: Mapping) -> Iterator[list[str]]:
    for batch in _batches(measured):
        for count in sorted({*ESTIMATED, measured["machine"]["processes"]}):
            found, real = expected(measured, batch, count), _real(measured, batch, count)
            if found is not None:
                both = 1e3 * found.computing_seconds
                yield [
                    f"{batch:,}",
                    str(count),
                    digits(1e3 * found.step_seconds),
                    digits(1e3 * found.all_reduce_seconds) + ASSUMED * found.assumed,
                    digits(both),
                    f"{digits(real['step_ms'])} ({digits(real['step_ms_iqr'])})" if real else NONE,
                    f"{real['step_ms'] / both:.2f}" if real else NONE,
                    digits(1e3 * found.input_seconds),
                    digits(found.epoch_seconds(batch)),
                ]


def _real(measured: Mapping, batch: int, processes: int) -> Mapping | None:
    """The step of the whole batch as it was measured by so many processes, if it was."""
    kind = "alone" if processes == 1 else "together"
    if processes not in (1, measured["machine"]["processes"]):
        return None
    return measured["step"][kind][f"pictures_{batch}"]


def _batches(measured: Mapping) -> list[int]:
    return [int(key.removeprefix("pictures_")) for key in measured["step"]["alone"]]


def _sheet_lines() -> list[str]:
    """Nothing here was measured."""
    head = ("batch", "GPUs", "step of a share, µs, at least", "all-reduce, µs", "seconds an epoch, at least",
            "reading, GB/s a machine")  # fmt: skip
    within, between = ({"hop_us": 1e6 * link.hop_seconds, "gb_per_second": link.bytes_per_second / 1e9}
                       for link in (H100.within, H100.between))  # fmt: skip
    about = (
        f"{H100.name}s by their data sheet, **measured nowhere**: {H100.flops_per_second / 1e12:.0f} TFLOP/s in "
        f"float32, {H100.bytes_per_second / 1e12:.2f} TB/s; {_link(within)} between the {H100.per_machine} of a "
        f"machine, {_link(between)} between machines; the hop is assumed. The step is its lower bound."
    )
    rows = []
    for batch in SHEET_BATCHES:
        for count in ESTIMATED:
            if (found := _by_data_sheet(batch, count)) is not None:
                machines = -(-count // H100.per_machine)
                rows.append(
                    [
                        f"{batch:,}",
                        str(count),
                        digits(1e6 * found.step_seconds),
                        digits(1e6 * found.all_reduce_seconds),
                        digits(found.epoch_seconds(batch)),
                        digits(IMAGENET * PICTURE_BYTES / found.epoch_seconds(batch) / machines / 1e9),
                    ]
                )
    return [about, "", *table(head, rows)]


def _by_data_sheet(batch: int, processes: int) -> Expected | None:
    return H100.expected(Setting("two_conv", batch, SIZE, HIDDEN, WIDTH, seed=0), processes)
