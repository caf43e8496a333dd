"""What is asked of the ladder on a GPU, and what was measured of it."""

from collections.abc import Iterator, Mapping

from lab.variants import in_precision

LARGE, SMALL = "batch_1024", "batch_32"
Figures = dict[str, float]  # by rung


def bound(measured: Mapping) -> dict:
    """RUNG.batch_N of the bfloat16 rungs: how much of the least time by memory (see `floor`) is in their step's."""
    shares: dict[str, dict] = {}
    for rung in in_precision("bfloat16"):
        for batch, step in measured["rungs"].get(rung, {}).items():
            if "step_ms" in step:
                least = measured["floor"][f"{batch}_bfloat16"]["by_memory_ms"]
                share = {"by_memory_ms": least, "step_ms": step["step_ms"], "percent": 100 * least / step["step_ms"]}
                shares.setdefault(rung, {})[batch] = share
    return shares


def goals(measured: Mapping) -> dict:
    """GOAL: at_least or at_most, measured, rung (whose figure decides) and met; or why_not in place of these three.

    without: the rungs that have no figure although the goal is for them too. measured: the file that
    lab/gpu/command.py writes.
    """
    on_gpu = measured["machine"]["device"] == "cuda"
    found = {}
    for name, kind, wanted, figures, rungs in [*_speeds(measured if on_gpu else {}), *_distances(measured)]:
        found[name] = {kind: wanted}
        if figures:
            decides = max(figures, key=figures.get)  # the fastest; or the farthest from what it should be
            met = figures[decides] >= wanted if kind == "at_least" else figures[decides] <= wanted
            found[name] |= {"measured": figures[decides], "rung": decides, "met": "yes" if met else "no"}
            if missing := [rung for rung in rungs if rung not in figures]:
                found[name]["without"] = ", ".join(missing)
        else:
            reason = "its parts have no figures" if on_gpu or kind == "at_most" else "there was no GPU"
            found[name]["why_not"] = reason
    return found


Goal = tuple[str, str, float, Figures, tuple[str, ...]]  # the last: rungs that all have to reach it


def _speeds(measured: Mapping) -> Iterator[Goal]:
    steps = {rung: step for rung, step in measured.get("rungs", {}).items() if rung not in ("numpy", "image_folder")}
    large = {rung: batches.get(LARGE, {}) for rung, batches in steps.items()}
    small = _figures({rung: batches.get(SMALL, {}) for rung, batches in steps.items()}, "images_per_second")
    shares = {rung: batches.get(LARGE, {}) for rung, batches in measured.get("bound", {}).items()}
    graphs = {"cuda_graph": small["cuda_graph"] / small["resident"]} if {"cuda_graph", "resident"} <= set(small) else {}
    whole = measured.get("end_to_end", {})
    ends = {f"{rung}, {size}": entry for rung, sizes in whole.items() for size, entry in sizes.items()}
    yield "images_per_second_batch_1024", "at_least", 700_000, _figures(large, "images_per_second"), ()
    yield "percent_of_the_bound_batch_1024", "at_least", 40, _figures(shares, "percent"), ()
    yield "times_eager_batch_32", "at_least", 5, graphs, ()
    yield "times_image_folder", "at_least", 100, _figures(ends, "times_image_folder"), ()


def _distances(measured: Mapping) -> Iterator[Goal]:
    """How far losses may part over a whole training; rounding alone parts float32's by 1e-3 to 2e-2 (docs/speed.md)."""
    gaps = _figures(measured.get("parity", {}), "loss_gap")
    for precision, wanted in (("float32", 0.001), ("tf32", 0.05), ("bfloat16", 0.05)):
        rungs = in_precision(precision)
        of_these = {rung: gap for rung, gap in gaps.items() if rung in rungs}
        yield f"{precision}_loss_gap", "at_most", wanted, of_these, rungs
    points = _figures(measured.get("seeds", {}), "points_from_float32_mean")
    distances = {rung: abs(difference) for rung, difference in points.items()}
    yield "points_of_accuracy", "at_most", 1, distances, ("tf32", "bfloat16")


def _figures(part: Mapping[str, Mapping], key: str) -> Figures:
    return {rung: entry[key] for rung, entry in part.items() if key in entry}
