"""A whole run with tiny settings, but for the benchmark, whose committed figures stand in: what the page is made of."""

import importlib
import os
import shutil
import sys
from contextlib import chdir
from pathlib import Path
from unittest.mock import patch

from source_imports import ROOT
from stages_project import TINY, change_params

from scratchnet.names import ARCHITECTURES, TASKS

STAGES = (
    ("prepare_images",),
    *(("train_mlp", task) for task in TASKS),
    *(("train_numpy_cnn", arch) for arch in ARCHITECTURES),
    *(("train_cuda_cnn", arch) for arch in ARCHITECTURES),
    ("compare",),
)


def make_run(folder: Path, changes: dict | None = None, stages=STAGES) -> Path:
    """Run stages in `folder`, with the tiny settings and some changes to them."""
    shutil.copy(ROOT / "params.yaml", folder)
    change_params(folder, {key: part for key, part in TINY.items() if key in (folder / "params.yaml").read_text()})
    change_params(folder, changes or {})
    for stage in stages:
        run_stage(folder, *stage)
    for file in ("metrics/benchmark.json", "plots/benchmark/sweep.csv"):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, folder / file)
    return folder


def run_stage(folder: Path, stage: str, *arguments: str) -> None:
    with chdir(folder), patch.object(sys, "argv", [stage, *arguments]), patch.dict(os.environ):
        importlib.import_module(f"stages.{stage}").main()
