"""How fast each variant trains: at some batch sizes, over sweeps, and beside what the device can do."""

from collections.abc import Iterable

import numpy as np

from lab.bench import Bench, or_why_not, repeated
from lab.floor import torch_floor
from lab.params import Gpu
from lab.turns import Arm, median_and_iqr
from lab.work import flops, fused_bytes
from scratchnet.names import WIDTH
from scratchnet.order import Order
from scratchnet.training import Learner

FEWEST_STEPS = 32  # of an epoch: what it begins and ends with shall weigh little
FEWEST_STEPS_FROM_FILES = 8  # every picture is written first; two for each process that reads, if that is more
NUMPY_STEPS = 4  # of an epoch of NumPy's, which has little to begin and end with
NUMPY_PICTURES = 512  # of a batch at most: NumPy's pictures a second hardly depend on it (docs/speed.md)
SWEPT = ("resident", "cuda_graph_bfloat16")  # eager float32, and the fastest that nothing is compiled for


def speeds(bench: Bench, scale: Gpu, variants: Iterable[str]) -> dict:
    """VARIANT.batch_N: images_per_second, step_ms (median), step_ms_iqr and times_numpy; or why_not.

    IQR: the distance between the quartiles. times_numpy: images_per_second over those of the fast NumPy network on all
    cores of the host, at the smallest batch.
    """
    smallest = f"batch_{min(scale.batch_size)}"
    numpy = {smallest: _numpy(bench, scale, min(scale.batch_size))}
    found = {
        name: {f"batch_{size}": _measured(bench, scale, name, size) for size in scale.batch_size} for name in variants
    }
    return {"numpy": numpy, **{name: _over(numpy[smallest], batches) for name, batches in found.items()}}


def sweeps(bench: Bench, scale: Gpu) -> dict:
    """AXIS_VALUE.VARIANT, such as width_32.resident: the same figures. times_numpy is over AXIS_VALUE.numpy.

    One axis at a time: the batch; the filters of the first convolution (width) and the pixels of a side, both at the
    largest batch, of which NumPy takes the smallest.
    """
    smallest, largest = min(scale.batch_size), max(scale.batch_size)
    axes = [("batch", value, {"size": value}, min(value, NUMPY_PICTURES)) for value in scale.sweep_batch_size]
    axes += [("width", value, {"size": largest, "width": value}, smallest) for value in scale.sweep_width]
    axes += [("pixels", value, {"size": largest, "pixels": value}, smallest) for value in scale.sweep_size]
    found = {}
    for axis, value, what, of_numpy in axes:
        variants = {name: _measured(bench, scale, name, **what) for name in SWEPT}
        numpy = _numpy(bench, scale, **(what | {"size": of_numpy}))
        found[f"{axis}_{value}"] = {"numpy": numpy, **_over(numpy, variants)}
    return found


def floors(bench: Bench, scale: Gpu) -> dict:
    """What the device can do (see torch_floor), and what follows for a step: batch_N_PRECISION.

    by_memory_ms, by_products_ms: the least milliseconds of a step, if nothing but copying or multiplying took time.
    images_per_second_at_most: by the longer of the two.
    """
    found = torch_floor(bench.device)
    copied = 1e9 * found["copy_gb_per_second"]
    for size in scale.batch_size:
        setting = bench.changed(batch_size=size).setting(bench.splits["train"].images.shape[1])
        for precision, number_bytes in (("float32", 4), ("bfloat16", 2)):
            by_memory = fused_bytes(setting, number_bytes) / copied
            by_products = flops(setting) / (1e9 * found[f"{precision}_gemm_gflops"])
            found[f"batch_{size}_{precision}"] = {
                "by_memory_ms": 1e3 * by_memory,
                "by_products_ms": 1e3 * by_products,
                "images_per_second_at_most": size / max(by_memory, by_products),
            }
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
    bench = bench.changed(batch_size=size)
    with bench.numpy_learner({"train": split}, width) as learner:
        return _timed(learner, *bench.epoch(len(split)), scale.rounds)


@or_why_not
def _measured(bench: Bench, scale: Gpu, variant: str, size: int, width: int = WIDTH, pixels: int | None = None) -> dict:
    """Whole epochs: of `scale.steps` at the smallest batch, of fewer where batches are larger."""
    from_files = max(FEWEST_STEPS_FROM_FILES, 2 * scale.workers)
    smallest, fewest = min(scale.batch_size), from_files if variant == "image_folder" else FEWEST_STEPS
    steps = scale.steps if size <= smallest else min(scale.steps, max(fewest, scale.steps * smallest // size))
    split = repeated(bench.splits["train"], steps * size, pixels)
    bench = bench.changed(batch_size=size)
    with bench.learner(variant, {"train": split}, width, scale.workers) as learner:
        return _timed(learner, *bench.epoch(len(split)), scale.rounds)


def _timed(learner: Learner, order: Order, rates: np.ndarray, rounds: int) -> dict:
    """Of `rounds` epochs, after one that does not count."""
    seconds = Arm(lambda: learner.train_epoch(order, rates), learner.synchronize).turn(rounds, warm_up=1)
    (median, iqr), steps = median_and_iqr(seconds), len(rates)
    return {
        "images_per_second": len(order) / median,
        "step_ms": 1e3 * median / steps,
        "step_ms_iqr": 1e3 * iqr / steps,
    }
