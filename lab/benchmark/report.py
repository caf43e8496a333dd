"""What was measured, as metrics and as a table."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lab.benchmark.ladder import Climb
from lab.benchmark.rungs import EAGER, EAGER_KEEPING, RUNGS, as_measured
from lab.benchmark.sweep import faster
from lab.setting import Setting
from lab.turns import median_and_iqr
from lab.work import flops, least_bytes, limit_seconds
from scratchnet.names import PLAIN
from scratchnet.timing.machine import driver


def metrics(climbs: Sequence[Climb], machine: Mapping) -> dict:
    """metrics/benchmark.json. For each architecture its rungs, `ratio`, `work` and `profile_percent`; then for all of
    them `limits`, `absent`, `setting` and `machine`.
    """
    limits = _limits(climbs)
    architectures = {climb.setting.arch: _architecture(climb, limits) for climb in climbs}
    setting, about = climbs[0].setting, climbs[0].about
    return {
        **architectures,
        "limits": limits,
        "absent": _absent({name: why for climb in climbs for name, why in climb.absent.items()}),
        "setting": {key: getattr(setting, key) for key in ("batch_size", "size", "hidden", "width")},
        "machine": {
            **machine,
            "gpu": about["gpu"],
            "driver": driver(about["gpu"]),
            "pytorch": {key: about[key] for key in ("threads", "blas")},
        },
    }


def table(metrics: Mapping) -> pd.DataFrame:
    """A row for each architecture and rung, the metrics as columns."""
    return pd.DataFrame(
        {"arch": arch, "rung": name} | metrics[arch][name] for arch in PLAIN for name in RUNGS if name in metrics[arch]
    )


def _absent(reasons: Mapping[str, str]) -> dict[str, str]:
    """A sentence for each reason, under the names of the rungs that it holds for."""
    alike = {why: [name for name in reasons if reasons[name] == why] for why in reasons.values()}
    return {
        " ".join(names): f"{'; '.join(RUNGS[name].label for name in names)}: {why}." for why, names in alike.items()
    }


def _architecture(climb: Climb, limits: Mapping) -> dict:
    rungs = {name: _rung(climb, name, limits) for name in climb.seconds}
    cpu = limits["cpu"]
    least = limit_seconds(climb.setting, 1e9 * cpu["gemm_gflops"], 1e9 * cpu["copy_gb_per_second"])
    work = {"gflop": flops(climb.setting) / 1e9, "least_mb": least_bytes(climb.setting) / 1e6}
    return rungs | {
        "ratio": _ratios(climb),
        "work": work | {"limit_step_ms": 1e3 * least},
        "profile_percent": {part: 100 * share for part, share in climb.profile.items()},
    }


def _rung(climb: Climb, name: str, limits: Mapping) -> dict:
    rung, setting, found = RUNGS[name], climb.setting, climb.found[name]
    seconds, iqr = median_and_iqr(climb.seconds[name])
    roofs = limits[name if rung.device == "cuda" else "cpu"]
    least = limit_seconds(setting, 1e9 * roofs["gemm_gflops"], 1e9 * roofs["copy_gb_per_second"])
    part = as_measured(name, setting)
    entry = {
        "label": rung.label,
        "backend": rung.backend,
        "device": rung.device,
        "threads": found["threads"],
        "cores_busy": found["cores_busy"],
        "step_ms": 1e3 * seconds,
        "step_ms_iqr": 1e3 * iqr,
        "images_per_second": setting.batch_size / seconds,
        "gflops": flops(setting) / seconds / 1e9,
        "limit_share": least / seconds,
        "gradient_error": found["gradient_error"],
    }
    if name in climb.adam_seconds:
        adam, adam_iqr = median_and_iqr(climb.adam_seconds[name])
        entry |= {"adam_step_ms": 1e3 * adam, "adam_step_ms_iqr": 1e3 * adam_iqr}
    if rung.needs == "compiler":
        entry["compile_seconds"] = found["build_seconds"]
    return entry | (_memory(found) if part == setting else {"measured": _scaled(part, setting)})


def _memory(found: Mapping) -> dict[str, float]:
    return {key: found[key] for key in ("peak_mib", "peak_device_mib") if key in found}


def _scaled(part: Setting, setting: Setting) -> str:
    times = f"{flops(setting) / flops(part):,.0f}-fold"
    return (
        f"one picture of {part.size}×{part.size} pixels, its time taken {times} (too short by some: it has more border)"
    )


def _ratios(climb: Climb) -> dict[str, float]:
    """Ratios of pictures a second, taken round by round: their median, and the distance between their quartiles."""
    seconds, eager = climb.seconds, faster(climb.seconds, EAGER)
    pairs = {
        "numpy_over_pytorch_cpu": ("fast", eager),
        "numpy_over_pytorch_cpu_keeping": ("fast", faster(seconds, EAGER_KEEPING)),
        "fast_over_fast_1_thread": ("fast", "fast_1_thread"),
    }
    ratios = {}
    for name, (over, under) in pairs.items():
        ratios[name], ratios[f"{name}_iqr"] = median_and_iqr(seconds[under] / seconds[over])
    return ratios | {"pytorch_cpu": RUNGS[eager].label}


def _limits(climbs: Sequence[Climb]) -> dict[str, dict[str, float]]:
    """The best of all that was measured. "cpu" is the machine's limit, whichever library reached it."""
    best = {
        name: {key: float(np.max([climb.limits[name][key] for climb in climbs])) for key in climbs[0].limits[name]}
        for name in climbs[0].limits
    }
    one, numpy, pytorch = (best.pop(name) for name in ("clear", "fast", "pytorch_nchw"))
    cpu = {
        "gemm_gflops": max(library["gemm_gflops"] for library in (one, numpy, pytorch)),
        "copy_gb_per_second": max(one["copy_gb_per_second"], numpy["copy_gb_per_second"]),
        "numpy_gemm_gflops": numpy["gemm_gflops"],
        "pytorch_gemm_gflops": pytorch["gemm_gflops"],
        "one_core_gemm_gflops": one["gemm_gflops"],
        "one_core_copy_gb_per_second": one["copy_gb_per_second"],
    }
    return {"cpu": cpu, **best}
