"""Kills a training at random moments, goes on with it, and compares its end with that of one left alone: to the bit.

    PYTHONPATH=. python tests/kills.py [--kills 200] [--seed 1] [MODE ...]

MODE: numpy_one_thread, numpy_all_threads, torch_cpu, torchrun (two processes); all of them where none is named. The
training is tiny: to start it, from a process that has the libraries already, and to write takes most of the time. Every
second kill waits until a checkpoint is being written.
"""

import argparse
import json
import math
import os
import random
import runpy
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from source_imports import ROOT
from stages_project import change_params
from warm_python import WHERE, warm_python

from scratchnet.params import load
from scratchnet.photos.prepare import write_prepared
from scratchnet.photos.sources import photographs
from scratchnet.records import read_arrays

TINY = {
    "data": {"size": 16, "drawn": {"train": 40, "val": 8, "test": 8}},
    "train_numpy_cnn": {"epochs": 5, "hidden": 4, "batch_size": 8, "max_shift": 2},
    "train_cuda_cnn": {"device": "cpu"},
    "checkpoint": {"every_seconds": 0.003},
}
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
MODES = {  # the stage, its threads (0: as many as there are), and what starts it
    "numpy_one_thread": ("train_numpy_cnn", 1, []),
    "numpy_all_threads": ("train_numpy_cnn", 0, []),
    "torch_cpu": ("train_cuda_cnn", 0, []),
    "torchrun": ("train_cuda_cnn", 1, TORCHRUN),
}
END = "end.safetensors"  # the last checkpoint, which a training deletes when it is over
PATIENCE = 120.0  # seconds for anything


@dataclass
class Survived:
    """kills: that hit the training. within_writing: of them, while a checkpoint was written. trainings: that ended."""

    kills: int = 0
    within_writing: int = 0
    trainings: int = 0


def survive(mode: str, kills: int, seed: int, folder: Path) -> Survived:
    """Train again and again, killed at random moments, until so many kills have hit. AssertionError where an end
    differs from that of the training that was left alone."""
    rng, survived = random.Random(seed), Survived()
    prepare(folder / "alone")
    kill_once(mode, folder / "alone", math.inf)
    wanted = end_of(folder / "alone")
    lasts = kill_once(mode, folder / "alone", math.inf)  # the libraries are there by now
    while survived.kills < kills:
        project = folder / "killed"
        shutil.rmtree(project, ignore_errors=True)
        prepare(project)
        while True:
            if kill_once(mode, project, rng.uniform(0, 0.8 * lasts), in_writing=rng.random() < 0.5):
                break
            survived.kills += 1
            survived.within_writing += being_written(project)
        assert_same(end_of(project), wanted)
        survived.trainings += 1
    return survived


def prepare(project: Path) -> None:
    project.mkdir(parents=True)
    shutil.copy(ROOT / "params.yaml", project)
    change_params(project, TINY)
    data = load(project / "params.yaml").data
    write_prepared(photographs(data), project / "data/prepared", data, workers=1)


def being_written(project: Path) -> bool:
    """Is a checkpoint being written, or was it when the process was killed?"""
    return any(project.glob(".checkpoints/*/.*"))


def kill_once(mode: str, project: Path, after: float, in_writing: bool = False) -> float | None:
    """Start the training, or go on with it, and kill one of its processes after so many seconds.

    in_writing: and then as soon as a checkpoint is being written. How many seconds it took where it ended before; None
    where it was killed.
    """
    process, asked, began, killed = start(mode, project), time.monotonic(), None, False
    while process.poll() is None:
        assert time.monotonic() - asked < PATIENCE, (project / "log").read_text()
        pids = sorted(project.glob("pid.[01]"))
        if began is None and len(pids) == (2 if MODES[mode][2] else 1):
            began = time.monotonic()
        if began and not killed and time.monotonic() - began > after and (not in_writing or being_written(project)):
            killed = True
            with suppress(ProcessLookupError):
                os.kill(int(random.choice(pids).read_text()), signal.SIGKILL)
        time.sleep(0.001)
    if process.returncode == 0:
        return time.monotonic() - began
    assert killed, (project / "log").read_text()
    return None


def start(mode: str, project: Path) -> subprocess.Popen:
    """The training. It tells the numbers of its processes in the files pid.0, pid.1; what it says is added to log."""
    stage, threads, launcher = MODES[mode]
    for left in project.glob("pid.[01]"):
        left.unlink()
    command = ["python", *launcher, __file__, "--train", stage, str(threads)]
    path = os.pathsep.join([os.environ.get(WHERE, ""), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with (project / "log").open("a") as log:
        return subprocess.Popen(command, cwd=project, env=environment, stdout=log, stderr=log)


def end_of(project: Path) -> dict:
    """All that a training has left but its times: the state (weights and optimizer), the results, the tables."""
    arrays, about = read_arrays(project / END)
    found = arrays | {key: about[key] for key in ("kept_epoch", "signs")}
    found["rows"] = pd.DataFrame(about["rows"]).drop(columns="seconds").to_dict("list")
    (losses,) = project.glob("plots/*/two_conv/loss.csv")
    found["loss.csv"] = pd.read_csv(losses).drop(columns="seconds").to_dict("list")
    patterns = ("models/*/*.safetensors", "metrics/train_*/*.json", "plots/*/two_conv/[pv]*.csv")
    files = [path for pattern in patterns for path in project.glob(pattern)]
    assert len(files) == 5
    assert not list(project.glob(".checkpoints/*/*"))
    return found | {path.name: path.read_bytes() for path in files}


def assert_same(found: dict, wanted: dict) -> None:
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(found[name], value, err_msg=name, strict=True)
        else:
            assert found[name] == value, name


def train(stage: str, threads: int) -> None:
    """What is killed: the stage. It tells its process's number, keeps its last checkpoint, and draws nothing."""
    from scratchnet.journal import Journal
    from scratchnet.plots import style

    whole = Path(f"pid.{os.environ.get('RANK', 0)}")
    whole.with_name("new." + whole.name).write_text(str(os.getpid()))
    whole.with_name("new." + whole.name).rename(whole)
    if threads:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    elif stage == "train_cuda_cnn":
        import torch

        torch.set_num_threads(len(os.sched_getaffinity(0)))
    write_timing = Journal.write_timing

    def keep_and_write(journal, *arguments, **rates):
        shutil.copy(journal.checkpoint, END)
        write_timing(journal, *arguments, **rates)

    Journal.write_timing = keep_and_write
    style.save = lambda *_, **__: None  # it takes longer than all else, and is no part of what is compared
    sys.argv = [stage, "two_conv"]
    runpy.run_module(f"stages.{stage}", run_name="__main__", alter_sys=True)


def main() -> None:
    if sys.argv[1:2] == ["--train"]:
        train(sys.argv[2], int(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modes", metavar="MODE", nargs="*", help=", ".join(MODES))
    parser.add_argument("--kills", type=int, default=200, help="for each mode")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for mode in given.modes or MODES:
        with TemporaryDirectory(prefix="python-") as warm, TemporaryDirectory(prefix="kills-") as folder:
            os.environ[WHERE] = warm
            with warm_python(Path(warm)):
                began = time.monotonic()
                survived = survive(mode, given.kills, given.seed, Path(folder))
                seconds = round(time.monotonic() - began)
        print(json.dumps({"mode": mode, **vars(survived), "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
