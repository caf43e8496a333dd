"""What is asked of the variants on a GPU, and what was measured of it.

`measured` is everywhere the record that record.py writes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lab.variants import in_precision

LOSS_GAPS = {"float32": 0.001, "tf32": 0.05, "bfloat16": 0.05}  # from NumPy's losses, at most, by precision


@dataclass(frozen=True)
class Goal:
    """kind: at_least | at_most, which `figures` compare with `wanted`. figures: by the variant that reached them.

    required: variants that all have to reach the goal. Without any, the best one decides.
    """

    name: str
    kind: str
    wanted: float
    figures: Mapping[str, float]
    required: tuple[str, ...] = ()

    def told(self) -> dict:
        """measured: the figure that decides, of `variant`: the highest. met: yes | no. without: who has no figure."""
        decides = max(self.figures, key=self.figures.get)
        figure = self.figures[decides]
        met = figure >= self.wanted if self.kind == "at_least" else figure <= self.wanted
        told = {"measured": figure, "variant": decides, "met": "yes" if met else "no"}
        missing = [name for name in self.required if name not in self.figures]
        return told | ({"without": ", ".join(missing)} if missing else {})


def goals(measured: Mapping) -> dict:
    """GOAL: at_least or at_most, and what Goal.told says; or why_not, where nothing was measured of it."""
    on_gpu = measured["machine"]["device"] == "cuda"
    found = {}
    for goal in _speeds(measured):
        found[goal.name] = {goal.kind: goal.wanted} | (_told(goal) if on_gpu else {"why_not": "there was no GPU"})
    for goal in _distances(measured):
        found[goal.name] = {goal.kind: goal.wanted} | _told(goal)
    return found


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


def _told(goal: Goal) -> dict:
    return goal.told() if goal.figures else {"why_not": "its parts have no figures"}


def _speeds(measured: Mapping) -> Iterator[Goal]:
    """Of a GPU: at the smallest and the largest batch that were measured, which their names say."""
    smallest, largest = (f"batch_{measured['batch_size'][which]}" for which in ("smallest", "largest"))
    others = ("numpy", "image_folder")
    own = {name: batches for name, batches in measured.get("speeds", {}).items() if name not in others}
    fast = _at(own, largest, "images_per_second")
    yield Goal(f"images_per_second_{largest}", "at_least", 700_000, fast)
    shares = _at(measured.get("bound", {}), largest, "percent")
    yield Goal(f"percent_of_the_bound_{largest}", "at_least", 40, shares)
    small = _at(own, smallest, "images_per_second")
    both = {"cuda_graph", "resident"} <= small.keys()
    graphs = {"cuda_graph": small["cuda_graph"] / small["resident"]} if both else {}
    yield Goal(f"times_eager_{smallest}", "at_least", 5, graphs)
    whole = measured.get("end_to_end", {})
    ends = {f"{name}, {batch}": entry for name, batches in whole.items() for batch, entry in batches.items()}
    yield Goal("times_image_folder", "at_least", 100, _figures(ends, "times_image_folder"))


def _distances(measured: Mapping) -> Iterator[Goal]:
    """How far results may be apart. Over a training, rounding alone parts losses by 1e-3 to 2e-2 (docs/speed.md)."""
    gaps = _figures(measured.get("parity", {}), "loss_gap")
    for precision, wanted in LOSS_GAPS.items():
        required = in_precision(precision)
        own = {name: gap for name, gap in gaps.items() if name in required}
        yield Goal(f"{precision}_loss_gap", "at_most", wanted, own, required)
    points = _figures(measured.get("seeds", {}), "points_from_float32_mean")
    distances = {name: abs(difference) for name, difference in points.items()}
    yield Goal("points_of_accuracy", "at_most", 1, distances, ("tf32", "bfloat16"))


def _at(part: Mapping[str, Mapping], batch: str, key: str) -> dict[str, float]:
    """The figures at one size of batch, by variant."""
    return _figures({name: batches.get(batch, {}) for name, batches in part.items()}, key)


def _figures(part: Mapping[str, Mapping], key: str) -> dict[str, float]:
    return {name: entry[key] for name, entry in part.items() if key in entry}
