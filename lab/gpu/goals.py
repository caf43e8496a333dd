"""What is asked of the variants on a GPU, and what was measured of it.

`measured` is everywhere the record that record.py writes.
"""

from collections.abc import Mapping, Sequence

from lab.variants import in_precision

LOSS_GAPS = {"float32": 0.001, "tf32": 0.05, "bfloat16": 0.05}  # from NumPy's losses, at most, by precision


def goals(measured: Mapping) -> dict:
    """What `_held` tells of each goal. Those of speed name the batch that they were measured at, and want a GPU.

    Over a training, rounding alone parts losses by 1e-3 to 2e-2 (docs/speed.md).
    """
    small, large = (f"batch_{measured['batch_size'][which]}" for which in ("smallest", "largest"))
    own = {name: of for name, of in measured.get("speeds", {}).items() if name not in ("numpy", "image_folder")}
    eager, graph = (own.get(name, {}).get(small, {}).get("images_per_second") for name in ("resident", "cuda_graph"))
    whole = measured.get("end_to_end", {}).items()
    ends = {f"{name}, {batch}": entry for name, batches in whole for batch, entry in batches.items()}
    of_speed = {
        f"images_per_second_{large}": _held("at_least", 700_000, _at(own, large, "images_per_second")),
        f"percent_of_the_bound_{large}": _held("at_least", 40, _at(measured.get("bound", {}), large, "percent")),
        f"times_eager_{small}": _held("at_least", 5, {"cuda_graph": graph / eager} if eager and graph else {}),
        "times_image_folder": _held("at_least", 100, _figures(ends, "times_image_folder")),
    }
    if measured["machine"]["device"] != "cuda":
        no_gpu = "there was no GPU"
        of_speed = {name: {"at_least": told["at_least"], "why_not": no_gpu} for name, told in of_speed.items()}
    gaps = _figures(measured.get("parity", {}), "loss_gap")
    of_losses = {}
    for precision, wanted in LOSS_GAPS.items():
        variants = in_precision(precision)
        figures = {name: gap for name, gap in gaps.items() if name in variants}
        of_losses[f"{precision}_loss_gap"] = _held("at_most", wanted, figures, variants)
    points = _figures(measured.get("seeds", {}), "points_from_float32_mean")
    distances = {name: abs(difference) for name, difference in points.items()}
    return of_speed | of_losses | {"points_of_accuracy": _held("at_most", 1, distances, ("tf32", "bfloat16"))}


def bound(measured: Mapping) -> dict:
    """VARIANT.batch_N of bfloat16: by_memory_ms, the least time of a step by memory (see speed.floors), and step_ms.

    percent: the first in the second. 100 could not be faster.
    """
    shares: dict[str, dict] = {}
    for variant in in_precision("bfloat16"):
        for batch, step in measured["speeds"].get(variant, {}).items():
            if "step_ms" in step:
                least = measured["floor"][f"{batch}_bfloat16"]["by_memory_ms"]
                share = {"by_memory_ms": least, "step_ms": step["step_ms"], "percent": 100 * least / step["step_ms"]}
                shares.setdefault(variant, {})[batch] = share
    return shares


def _held(kind: str, wanted: float, figures: Mapping[str, float], required: Sequence[str] = ()) -> dict:
    """kind: at_least | at_most, with what is wanted; why_not, where there are no figures. figures: by variant.

    measured: the figure that decides, of `variant`: the highest. met: yes | no. without: of those that all have to
    reach the goal (`required`), who has no figure.
    """
    if not figures:
        return {kind: wanted, "why_not": "its parts have no figures"}
    variant = max(figures, key=figures.get)
    met = figures[variant] >= wanted if kind == "at_least" else figures[variant] <= wanted
    told = {kind: wanted, "measured": figures[variant], "variant": variant, "met": "yes" if met else "no"}
    without = ", ".join(name for name in required if name not in figures)
    return told | ({"without": without} if without else {})


def _at(part: Mapping[str, Mapping], batch: str, key: str) -> dict[str, float]:
    """The figures at one size of batch, by variant."""
    return _figures({name: batches.get(batch, {}) for name, batches in part.items()}, key)


def _figures(part: Mapping[str, Mapping], key: str) -> dict[str, float]:
    return {name: entry[key] for name, entry in part.items() if key in entry}
