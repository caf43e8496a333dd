"""The benchmark as a Markdown page: a table for each architecture, and all that one has to know to read it."""

from collections.abc import Mapping

from lab.benchmark.rungs import EAGER, KEEPING, measured_rungs, where
from scratchnet.markdown import digits, table
from scratchnet.names import PLAIN
from scratchnet.timing.machine import versions_of

SPEED = ("rung", "device", "ms a step (IQR)", "with Adam", "pictures a second", "of the limit")
COST = ("rung", "device", "cores busy", "memory, MiB", "gradient error")
NOTES = """\
A rung is one implementation of the network. A step is forward, loss, backward and update of a batch of {batch_size}
pictures of {size}×{size} pixels: {width} filters, {hidden} hidden units, float32 unless the name says otherwise. The
update is SGD's without momentum; the step with Adam's stands beside it. Every rung has a process of its own. In each
round all take turns, in an order that is shuffled, then reversed. A figure is the median over the rounds of each
round's median. IQR, the interquartile range, is the distance between the quartiles of the rounds.

- **Threads**: the loops and the clear layers have one thread, also for BLAS; the others all cores, or as named.
- **Cores busy**: processor time over time on the clock. PyTorch's threads also count as busy while they wait for one
  another; if they stay well below their number, something else was running, and the figures are not to be trusted.
- **Memory kept**: PyTorch in a process whose C library is told not to give memory back to the system between two
  layers, `{keeping}`; the sweep compares with this one.
- **Memory**: the most that the process held, above what it held before the network was made; on a GPU, the GPU's.
  Not of torch.compile, in whose process a compiler has worked.
- **Gradient error**: the largest over the parameters of max |g − g₆₄| / max |g₆₄|, where g₆₄ is the gradient of the
  clear layers in float64 on the same batch.
- **The limit** is the time that the step's multiplications take at the rate of a large matrix product, or its least
  bytes at that of a large copy, whichever is longer: both measured in this run.
"""


def page(metrics: Mapping) -> str:
    """metrics: those of `report.metrics`."""
    absent = [f"- {reason}" for reason in metrics["absent"].values()]
    return "\n".join(
        [
            "# The ladder: one network, from one multiplication at a time to the framework",
            "",
            *(line for arch in PLAIN for line in _section(arch, metrics[arch])),
            "## How to read it",
            "",
            NOTES.format(**metrics["setting"], keeping=" ".join(f"{key}={value}" for key, value in KEEPING.items())),
            *(["Not measured here:", "", *absent, ""] if absent else []),
            *_machine(metrics["machine"], metrics["limits"]),
            "",
        ]
    )


def _section(arch: str, entry: Mapping) -> list[str]:
    ratio, work, rungs = entry["ratio"], entry["work"], measured_rungs(entry)
    return [
        f"## {arch}",
        "",
        f"**NumPy over PyTorch on the CPU: {ratio['numpy_over_pytorch_cpu']:.2f}** "
        f"(IQR {ratio['numpy_over_pytorch_cpu_iqr']:.2f}): so many times as many pictures a second. Compared are, "
        f"round by round and on all cores, the fast network and {ratio['pytorch_cpu']}, PyTorch's faster layout. It is "
        f"{ratio['numpy_over_pytorch_cpu_keeping']:.2f} (IQR {ratio['numpy_over_pytorch_cpu_keeping_iqr']:.2f}) where "
        f"PyTorch keeps its memory. All cores are {ratio['fast_over_fast_1_thread']:.2f} times as fast as one. "
        f"The step is {work['gflop']:.2f} GFLOP and moves at least {work['least_mb']:.1f} MB. At this machine's limit "
        f"it takes {work['limit_step_ms']:.2f} ms.",
        "",
        *table(SPEED, map(_speed, rungs), words=SPEED[:2]),
        "",
        *(f"- {rung['label']}: {rung['measured']}.\n" for rung in rungs if "measured" in rung),
        "What each rung needs, and how exact it is:",
        "",
        *table(COST, map(_cost, rungs), words=COST[:2]),
        "",
        "Where the time of the fast step goes, on one thread, with SGD:",
        "",
        *profile_table(entry["profile_percent"]),
        "",
    ]


def run_table(runs: Mapping[str, Mapping]) -> list[str]:
    """A row for each kept benchmark and network: pictures a second in training on the CPU, and their ratio."""
    head = ("run", "network", "NumPy, all cores", "PyTorch", "ratio (IQR)", "with PyTorch's memory kept")
    rows = [[name, arch, *_ratios(metrics[arch])] for name, metrics in runs.items() for arch in PLAIN]
    return table(head, rows, words=head[:2])


def _ratios(entry: Mapping) -> list[str]:
    speeds = [entry["fast"]["images_per_second"], max(entry[rung]["images_per_second"] for rung in EAGER)]
    over = ("numpy_over_pytorch_cpu", "numpy_over_pytorch_cpu_keeping")
    ratios = [f"**{entry['ratio'][name]:.2f}** ({entry['ratio'][f'{name}_iqr']:.2f})" for name in over]
    return [*map(digits, speeds), *ratios]


def profile_table(percent: Mapping[str, float]) -> list[str]:
    """Largest first."""
    rows = sorted(percent.items(), key=lambda row: -row[1])
    return table(("part", "of the step"), [(part, f"{share:.0f}%") for part, share in rows])


def _speed(rung: Mapping) -> list[str]:
    return [
        *_names(rung),
        f"{digits(rung['step_ms'])} ({digits(rung['step_ms_iqr'])})",
        digits(rung["adam_step_ms"]) if "adam_step_ms" in rung else "–",
        digits(rung["images_per_second"]),
        f"{rung['limit_share']:.1%}" if rung["limit_share"] >= 0.001 else f"{rung['limit_share']:.0e}",
    ]


def _cost(rung: Mapping) -> list[str]:
    memory = rung.get("peak_device_mib", rung.get("peak_mib"))
    return [
        *_names(rung),
        f"{rung['cores_busy']:.2f}",
        "–" if memory is None or "measured" in rung else f"{memory:.0f}",
        f"{rung['gradient_error']:.0e}",
    ]


def _names(rung: Mapping) -> tuple[str, str]:
    return rung["label"] + (" (scaled)" if "measured" in rung else ""), where(rung)


def _machine(machine: Mapping, limits: Mapping) -> list[str]:
    pytorch, cpu = machine["pytorch"], limits["cpu"]
    lines = [
        f"Measured on {machine['cpu']}, {machine['cores']} cores; NumPy with {machine['blas']}, PyTorch with "
        f"{pytorch['threads']} threads and {pytorch['blas']}; GPU: {machine['gpu']}, driver: {machine['driver']}; "
        f"{versions_of(machine)}; load at start {machine['load_at_start']}.",
        "",
        f"- This CPU multiplies matrices at {cpu['gemm_gflops']:.0f} GFLOP/s (NumPy {cpu['numpy_gemm_gflops']:.0f}, "
        f"PyTorch {cpu['pytorch_gemm_gflops']:.0f}, one core {cpu['one_core_gemm_gflops']:.0f}), and copies "
        f"{cpu['copy_gb_per_second']:.0f} GB/s (one core {cpu['one_core_copy_gb_per_second']:.0f}), read and written.",
    ]
    return lines + [
        f"- {name}: {roofs['gemm_gflops']:,.0f} GFLOP/s, {roofs['copy_gb_per_second']:,.0f} GB/s on the GPU."
        for name, roofs in limits.items()
        if name != "cpu"
    ]
