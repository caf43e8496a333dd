"""How fast each variant trains: the rungs, the sweeps, and the floor under them."""

from collections.abc import Iterable

import numpy as np
from threadpoolctl import threadpool_limits

from scratchnet.architectures import WIDTH
from scratchnet.benchmark.setting import Setting
from scratchnet.benchmark.work import flops, fused_bytes
from scratchnet.measurement.bench import Bench, repeated
from scratchnet.numpy_nn.chosen import make_learner
from scratchnet.numpy_nn.networks import cnn
from scratchnet.numpy_nn.team import Team
from scratchnet.order import Order
from scratchnet.params import MeasureCuda
from scratchnet.problems import Problem
from scratchnet.timing import Arm, cores, median_and_iqr
from scratchnet.torch_nn.floor import floor
from scratchnet.training import Learner

FEWEST_STEPS = 32  # so that what an epoch begins and ends with weighs little
FEWEST_STEPS_FROM_FILES = 8  # for which every picture has to be written first
SWEPT = ("resident", "cuda_graph_bfloat16")  # eager float32, and the fastest that nothing has to be compiled for


def rungs(bench: Bench, scale: MeasureCuda, names: Iterable[str]) -> dict:
    """RUNG.batch_N: images_per_second, step_ms, and how many times_numpy; where it cannot work here, why_not instead.

    times_numpy: over the fast NumPy network on all cores of the host, at the smallest batch.
    """
    numpy = _numpy(bench, scale)
    found = {name: {f"batch_{size}": _told(bench, scale, name, size) for size in scale.batch_size} for name in names}
    for measured in (entry for batches in found.values() for entry in batches.values()):
        if "images_per_second" in measured:
            measured["times_numpy"] = measured["images_per_second"] / numpy["images_per_second"]
    return {"numpy": {f"batch_{min(scale.batch_size)}": numpy}, **found}


def _numpy(bench: Bench, scale: MeasureCuda) -> dict:
    size = min(scale.batch_size)
    params = bench.params.model_copy(update={"implementation": "fast", "batch_size": size})
    split = repeated(bench.splits["train"], size * min(scale.steps, FEWEST_STEPS))
    network = cnn(bench.arch, split.images.shape[1], params.hidden, np.random.default_rng([params.seed, 0]))
    learner = make_learner(network, {"train": split}, params, Team(cores()))
    with threadpool_limits(1):
        return _timed(learner, bench.plan.order(1, len(split)), size, scale.rounds)


def sweeps(bench: Bench, scale: MeasureCuda) -> dict:
    """AXIS_VALUE.RUNG, one axis at a time; width and size at the largest batch."""
    largest = max(scale.batch_size)
    axes = [("batch", {"size": value}) for value in scale.sweep_batch_size]
    axes += [("width", {"size": largest, "width": value}) for value in scale.sweep_width]
    axes += [("pixels", {"size": largest, "pixels": value}) for value in scale.sweep_size]
    return {
        f"{axis}_{list(what.values())[-1]}": {name: _told(bench, scale, name, **what) for name in SWEPT}
        for axis, what in axes
    }


def floors(bench: Bench, scale: MeasureCuda) -> dict:
    """What the device can do, and the least milliseconds of a step of each batch, by memory and by products."""
    found = floor(bench.device)
    copy = 1e9 * found["copy_gb_per_second"]
    for size in scale.batch_size:
        pixels = bench.splits["train"].images.shape[1]
        setting = Setting(bench.arch, size, pixels, bench.params.hidden, WIDTH, 0)
        for precision, number in (("float32", 4), ("bfloat16", 2)):
            rate, moved = 1e9 * found[f"{precision}_gemm_gflops"], fused_bytes(setting, number)
            found[f"batch_{size}_{precision}"] = {
                "by_memory_ms": 1e3 * moved / copy,
                "by_products_ms": 1e3 * flops(setting) / rate,
                "images_per_second_at_most": size / max(moved / copy, flops(setting) / rate),
            }
    return found


def _told(
    bench: Bench, scale: MeasureCuda, rung: str, size: int, width: int = WIDTH, pixels: int | None = None
) -> dict:
    try:
        return _measured(bench, scale, rung, size, width, pixels)
    except Problem as problem:
        return {"why_not": str(problem)}


def _measured(bench: Bench, scale: MeasureCuda, rung: str, size: int, width: int, pixels: int | None) -> dict:
    """Whole epochs of `scale.steps` at the smallest batch, of fewer where batches are larger."""
    smallest, fewest = min(scale.batch_size), FEWEST_STEPS_FROM_FILES if rung == "image_folder" else FEWEST_STEPS
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
