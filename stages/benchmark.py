"""Time one training step of every implementation of the networks, from plain loops to the GPU, all in turns.

Reads the section benchmark of lab/params.yaml, and draws its own pictures. Writes metrics/benchmark.json,
metrics/benchmark.md, and the tables and pictures in plots/benchmark. Needs an otherwise idle machine; DVC answers from
its cache where nothing has changed, so measure anew with: dvc repro -f -s benchmark
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter

import pandas as pd

from lab.benchmark.figures import ladder, roofline, sweep_over_scale
from lab.benchmark.ladder import climb, crew
from lab.benchmark.page import page
from lab.benchmark.report import metrics, table
from lab.benchmark.sweep import sweep
from lab.params import load
from lab.setting import Setting
from scratchnet.names import BENCHMARK, PLAIN, PLOTS
from scratchnet.plots.style import save
from scratchnet.problems import run
from scratchnet.records import write_metrics, write_table, write_text
from scratchnet.timing.machine import machine


def main() -> None:
    ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter).parse_args()
    params = load().benchmark
    scale = params.model_dump(include={"batch_size", "size", "hidden", "width", "seed"})
    settings = [Setting(arch, **scale) for arch in PLAIN]
    with crew(params.compile) as (workers, absent):
        climbs = [climb(workers, absent, setting, params) for setting in settings]
        sweeps = [sweep(workers, setting, params) for setting in settings]
    measured, swept = metrics(climbs, machine()), pd.concat(sweeps, ignore_index=True)

    write_metrics(BENCHMARK, measured)
    write_text(BENCHMARK.with_suffix(".md"), page(measured))
    plots = PLOTS / "benchmark"
    write_table(plots / "ladder.csv", table(measured))
    write_table(plots / "sweep.csv", swept)
    save(ladder(measured), plots / "ladder.png")
    save(roofline(measured), plots / "roofline.png")
    save(sweep_over_scale(swept), plots / "sweep.png")


if __name__ == "__main__":
    run(main)
