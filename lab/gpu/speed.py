"""How fast each variant trains: the rungs, the sweeps, and the floor under them."""

from collections.abc import Iterable

from lab.bench import Bench, or_why_not, repeated
from lab.floor import torch_floor
from lab.params import Gpu
from lab.turns import Arm, median_and_iqr
from lab.work import flops, fused_bytes
from scratchnet.names import WIDTH
from scratchnet.order import Order
from scratchnet.training import Learner

FEWEST_STEPS = 32  # so that what an epoch begins and ends with weighs little
FEWEST_STEPS_FROM_FILES = 8  # for which every picture has to be written first; two for each worker, if that is more
NUMPY_STEPS, NUMPY_PICTURES = 4, 512  # of an epoch, which has little to begin and end with; and of a batch at most
SWEPT = ("resident", "cuda_graph_bfloat16")  # eager float32, and the fastest that nothing has to be compiled for


def rungs(bench: Bench, scale: Gpu, names: Iterable[str]) -> dict:
    """RUNG.batch_N: images_per_second, step_ms, and how many times_numpy; where it cannot work here, why_not instead.

    times_numpy: over the fast NumPy network on all cores of the host, at the smallest batch.
    """
    smallest = f"batch_{min(scale.batch_size)}"
    numpy = {smallest: _numpy(bench, scale, min(scale.batch_size))}
    found = {
        name: {f"batch_{size}": _measured(bench, scale, name, size) for size in scale.batch_size} for name in names
    }
    return {"numpy": numpy, **{name: _over(numpy[smallest], batches) for name, batches in found.items()}}


def sweeps(bench: Bench, scale: Gpu) -> dict:
    """AXIS_VALUE.RUNG, one axis at a time; width and size at the largest batch. times_numpy: over AXIS_VALUE.numpy.

    NumPy takes the smallest batch for widths and sizes, and never more than NUMPY_PICTURES: its pictures a second
    hardly depend on it (docs/speed.md).
    """
    smallest, largest = min(scale.batch_size), max(scale.batch_size)
    axes = [("batch", value, {"size": value}, min(value, NUMPY_PICTURES)) for value in scale.sweep_batch_size]
    axes += [("width", value, {"size": largest, "width": value}, smallest) for value in scale.sweep_width]
    axes += [("pixels", value, {"size": largest, "pixels": value}, smallest) for value in scale.sweep_size]
    found = {}
    for axis, value, what, of_numpy in axes:
        rungs = {name: _measured(bench, scale, name, **what) for name in SWEPT}
        numpy = _numpy(bench, scale, **(what | {"size": of_numpy}))
        found[f"{axis}_{value}"] = {"numpy": numpy, **_over(numpy, rungs)}
    return found


def _over(numpy: dict, entries: dict[str, dict]) -> dict[str, dict]:
    """Each with its times_numpy, where both were measured."""
    return {
        name: entry | {"times_numpy": entry["images_per_second"] / numpy["images_per_second"]}
        if "images_per_second" in entry and "images_per_second" in numpy
        else entry
        for name, entry in entries.items()
    }


@or_why_not
def _numpy(bench: Bench, scale: Gpu, size: int, width: int = WIDTH, pixels: int | None = None) -> dict:
    split = repeated(bench.splits["train"], size * min(scale.steps, NUMPY_STEPS), pixels)
    with bench.changed(batch_size=size).numpy_learner({"train": split}, width) as learner:
        return _timed(learner, bench.plan.order(1, len(split)), size, scale.rounds)


def floors(bench: Bench, scale: Gpu) -> dict:
    """What the device can do, and the least milliseconds of a step of each batch, by memory and by products."""
    found = torch_floor(bench.device)
    copy = 1e9 * found["copy_gb_per_second"]
    for size in scale.batch_size:
        pixels = bench.splits["train"].images.shape[1]
        setting = bench.changed(batch_size=size).setting(pixels)
        for precision, number in (("float32", 4), ("bfloat16", 2)):
            rate, moved = 1e9 * found[f"{precision}_gemm_gflops"], fused_bytes(setting, number)
            found[f"batch_{size}_{precision}"] = {
                "by_memory_ms": 1e3 * moved / copy,
                "by_products_ms": 1e3 * flops(setting) / rate,
                "images_per_second_at_most": size / max(moved / copy, flops(setting) / rate),
            }
    return found


@or_why_not
def _measured(bench: Bench, scale: Gpu, rung: str, size: int, width: int = WIDTH, pixels: int | None = None) -> dict:
    """Whole epochs of `scale.steps` at the smallest batch, of fewer where batches are larger."""
    from_files = max(FEWEST_STEPS_FROM_FILES, 2 * scale.workers)
    smallest, fewest = min(scale.batch_size), from_files if rung == "image_folder" else FEWEST_STEPS
    steps = scale.steps if size <= smallest else min(scale.steps, max(fewest, scale.steps * smallest // size))
    split = repeated(bench.splits["train"], steps * size, pixels)
    bench = bench.changed(batch_size=size)
    with bench.learner(rung, {"train": split}, width, scale.workers) as learner:
        return _timed(learner, bench.plan.order(1, len(split)), size, scale.rounds)


def _timed(learner: Learner, order: Order, batch_size: int, rounds: int) -> dict:
    seconds = Arm(lambda: learner.train_epoch(order), learner.synchronize).turn(rounds, warm_up=1)
    (median, iqr), steps = median_and_iqr(seconds), len(order) / batch_size
    return {
        "images_per_second": len(order) / median,
        "step_ms": 1e3 * median / steps,
        "step_ms_iqr": 1e3 * iqr / steps,
    }
