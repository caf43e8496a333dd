"""What was measured, as Markdown. `measured` is everywhere the record that record.py writes."""

from collections.abc import Iterator, Mapping

from scratchnet.markdown import digits, table
from scratchnet.timing.machine import chip, versions_of

PARTS = {
    "parity": "The same network: the largest distance from the NumPy network's losses",
    "floor": "The floor: what the device can do",
    "speeds": "The speed of each variant",
    "end_to_end": "From prepared pictures to trained weights",
    "time_to_accuracy": "Time to a validation accuracy",
    "sweeps": "By batch size, width and picture size",
    "kernels": "A step, kernel by kernel",
    "seeds": "The accuracy of each precision",
}
FIGURES = 5  # of a table, beside the names of its rows
TITLES = {"goals": "The goals", "bound": "How near the bound by memory"} | PARTS  # the first two follow from the parts


def page(measured: Mapping) -> str:
    """A section with a table for each part that was asked for."""
    machine = measured["machine"]
    lines = [
        f"# Training on {machine['device'].upper()}",
        "",
        f"Measured on {chip(machine)}, {machine['cores']} cores of the host; {versions_of(machine)}.",
        *_trained(measured),
    ]
    if machine["device"] == "cpu":
        lines += ["", "**This is the CPU: it proves that the script runs, and says nothing of a GPU.**"]
    for part in [name for name in TITLES if name in measured or name in measured["left_out"]]:
        lines += ["", f"## {TITLES[part]}", "", *_told(measured.get(part), measured["left_out"].get(part))]
    return "\n".join([*lines, ""])


def same_network_table(runs: Mapping[str, Mapping]) -> list[str]:
    """A row for each variant whose losses were compared with NumPy's. runs: name -> its record."""
    head = ["run, variant", "losses at most apart", "after the first epoch", "test accuracy", "points from float32"]
    rows = []
    for name, measured in runs.items():
        for variant, gap in measured.get("parity", {}).items():
            if "loss_gap" in gap:
                told = _accuracy(measured.get("seeds", {}).get(variant, {}))
                rows.append([f"{name}, {variant}", *map(digits, (gap["loss_gap"], gap["loss_gap_first_epoch"])), *told])
    return table(head, rows)


def _accuracy(found: Mapping) -> tuple[str, str]:
    if "seeds" not in found:
        return "–", "–"
    mean, spread = found["test_accuracy_mean"], found["test_accuracy_std"]
    points = "–"
    if "points_from_float32_mean" in found:
        points = f"{found['points_from_float32_mean']:+.2f} ± {found['points_from_float32_std']:.2f}".replace("-", "−")
    return f"{mean:.1%} ± {spread:.1%} ({found['seeds']} seeds)", points


def _told(found: Mapping | None, why_not: str | None) -> list[str]:
    """Tables with a row for each innermost mapping, and below them why some have no figures."""
    if found is None:
        return [f"Not measured: {why_not}."]
    rows = {name: row for name, row in _rows(found, ()) if "why_not" not in row}
    reasons: dict[str, list[str]] = {}
    for name, row in _rows(found, ()):
        if "why_not" in row:
            reasons.setdefault(row["why_not"], []).append(name)
    of_all, of_each = ({name: row for name, row in rows.items() if bool(name) == named} for named in (False, True))
    blocks = [*_tables(of_all), *_tables(of_each)]
    if reasons:
        blocks.append([f"- {', '.join(names)}: {reason}" for reason, names in reasons.items()])
    return [line for number, block in enumerate(blocks) for line in ([""] if number else []) + block]


def _tables(rows: Mapping[str, Mapping]) -> Iterator[list[str]]:
    """With FIGURES columns at most, and the rows that have any of these figures."""
    keys = list(dict.fromkeys(key for row in rows.values() for key in row))
    for start in range(0, len(keys), FIGURES):
        head = keys[start : start + FIGURES]
        shown = {name: row for name, row in rows.items() if row.keys() & set(head)}
        yield table(["", *head], [[name, *map(_cell, map(row.get, head))] for name, row in shown.items()])


def _trained(measured: Mapping) -> list[str]:
    """On how many pictures, and how often."""
    if "data" not in measured:
        return []
    data, params = measured["data"], measured["params"]["train_numpy_cnn"]
    return [
        f"Trained on {data['train']:,} pictures, {params['epochs']} epochs in batches of {params['batch_size']}; "
        f"{data['val']:,} for validation, {data['test']:,} for testing."
    ]


def _cell(value: float | str | None) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else digits(value) if value >= 0 else f"−{digits(-value)}"


def _rows(found: Mapping, path: tuple[str, ...]) -> Iterator[tuple[str, dict]]:
    """The figures that each mapping within `found` has itself, by its path: "resident, batch_32"."""
    if own := {key: value for key, value in found.items() if not isinstance(value, Mapping)}:
        yield ", ".join(path), own
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from _rows(value, (*path, key))
