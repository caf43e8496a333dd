"""How long a training step of the deep network takes: clear NumPy, fast NumPy, and PyTorch eager, in turns.

Writes metrics/reference/deep_step/NAME.json: milliseconds of each, the ratios round by round, and the least that this
machine needs for the products. Takes two minutes, and wants a machine that does nothing else.

Example: python -m lab deep my_machine
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import ExitStack

import numpy as np
from tqdm import tqdm

from lab.benchmark.ladder import build
from lab.benchmark.rungs import EAGER, EAGER_KEEPING, RUNGS
from lab.benchmark.sweep import faster
from lab.benchmark.worker import Worker
from lab.files import run_name
from lab.setting import Setting
from lab.turns import median_and_iqr
from lab.work import flops, least_bytes, limit_seconds
from scratchnet.names import REFERENCE, WIDTH, rng_of
from scratchnet.params import load
from scratchnet.records import write_metrics
from scratchnet.timing.machine import machine

COMPARED = ("clear", "fast", "fast_1_thread", *EAGER, *EAGER_KEEPING)
OVER = {
    "numpy_over_pytorch_cpu": ("PyTorch", EAGER),
    "numpy_over_pytorch_cpu_keeping": ("PyTorch, memory kept", EAGER_KEEPING),
}
ROUNDS = 12  # in each of them every implementation takes a step


def measure(setting: Setting, rounds: int, optimizer: str) -> dict:
    """Steps, one of each implementation a round, in an order drawn anew."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(Worker(name, RUNGS[name].environment)) for name in COMPARED}
        for worker in workers.values():
            build(worker, setting, optimizer)
        rng, seconds = rng_of(setting.seed), {name: np.zeros(rounds, dtype=np.float64) for name in COMPARED}
        for place in tqdm(range(rounds), "deep", unit="round", disable=None):
            for name in rng.permutation(COMPARED).tolist():
                seconds[name][place] = workers[name].ask("turn", 1, 0)[0]
        floor = workers["fast"].ask("limits")
        used = {name: worker.ask("used") for name, worker in workers.items()}
    return _found(setting, seconds, floor, used) | {"optimizer": optimizer}


def _found(setting: Setting, seconds: dict[str, np.ndarray], floor: dict, used: dict) -> dict:
    rungs = {}
    for name, each in seconds.items():
        median, iqr = median_and_iqr(each)
        rungs[name] = {"step_ms": 1e3 * median, "step_ms_iqr": 1e3 * iqr, **used[name]}
        rungs[name]["images_per_second"] = setting.batch_size / median
    least = limit_seconds(setting, 1e9 * floor["gemm_gflops"], 1e9 * floor["copy_gb_per_second"])
    return {
        **rungs,
        "ratio": _ratios(seconds),
        "work": {"gflop": flops(setting) / 1e9, "least_mb": least_bytes(setting) / 1e6, "limit_step_ms": 1e3 * least},
        "limits": floor,
        "setting": {"batch_size": setting.batch_size, "size": setting.size, "width": setting.width},
        "machine": machine(),
    }


def _ratios(seconds: dict[str, np.ndarray]) -> dict:
    """How many times as fast as PyTorch in its faster layout, over the rounds: as it is installed, and at its best."""
    found = {}
    for name, (_, rungs) in OVER.items():
        found[name], found[f"{name}_iqr"] = median_and_iqr(seconds[faster(seconds, rungs)] / seconds["fast"])
    return found


def main(arguments: list[str]) -> None:
    """The command: python -m lab deep NAME."""
    parser = ArgumentParser("python -m lab deep", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", type=run_name, help="of the machine")
    name, params = parser.parse_args(arguments).name, load()
    how = params.cnn("deep")
    setting = Setting("deep", how.batch_size, params.data.size, how.hidden, WIDTH, how.seed)
    found = measure(setting, ROUNDS, how.optimizer)
    write_metrics(REFERENCE / "deep_step" / f"{name}.json", found)
    for rung, each in ((rung, found[rung]) for rung in COMPARED):
        print(f"{RUNGS[rung].label:32} {each['step_ms']:6.0f} ms (IQR {each['step_ms_iqr']:.0f})")
    ratio = found["ratio"]
    for key, (how, _) in OVER.items():
        print(f"NumPy over {how}: {ratio[key]:.2f} (IQR {ratio[f'{key}_iqr']:.2f})")
