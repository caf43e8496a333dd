"""A tiny training in NumPy, on one thread, killed outright at random moments: one process forks for every start.

    python quick_kills.py FOLDER KILLS

prints how many kills hit, and how many of them a checkpoint that was being written. `kills.py` is the long version.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
from source_imports import ROOT

sys.path.insert(0, str(ROOT))
from scratchnet.checkpoints import Checkpoints
from scratchnet.journal import Journal
from scratchnet.numpy_fast.chosen import make_learner
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.networks import cnn
from scratchnet.params import load
from scratchnet.prepared import PreparedSplit
from scratchnet.training import Plan, train

PARAMS = load(ROOT / "params.yaml").train_numpy_cnn.model_copy(update={"hidden": 4, "batch_size": 8})
PLAN = Plan(4, 0.003, seed=2, schedule="cosine", augment="flip_shift", max_shift=2)


def pictures(count: int) -> PreparedSplit:
    images = np.random.default_rng(count).integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
    labels = (np.arange(count) % 2).astype(np.uint8)
    return PreparedSplit(images, labels, [""] * count, np.full(3, 0.5), np.full(3, 0.3))


def whole_training(checkpoint: Path) -> None:
    splits = {"train": pictures(40), "val": pictures(8)}
    learner = make_learner(cnn("two_conv", 16, 4, np.random.default_rng(0)), splits, PARAMS, Team(1))
    train(learner, 40, PLAN, Journal(checkpoint=checkpoint, every_seconds=1e-9, watched="conv", signs_every=1))


def started(checkpoint: Path) -> int:
    """The number of a process that trains."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        whole_training(checkpoint)
        status = 0
    finally:
        os._exit(status)


def killed(pid: int, after: float) -> bool:
    """Was it killed, or over before so many seconds?"""
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return status != 0


def end_of(checkpoint: Path) -> tuple[dict, dict]:
    """The last checkpoint: weights, optimizer, filters, losses, vital signs; without times."""
    arrays, about = Checkpoints(checkpoint).newest(lambda *_: None)
    rows = [{key: value for key, value in row.items() if key != "seconds"} for row in about["rows"]]
    return arrays, {"rows": rows, "signs": about["signs"], "kept_epoch": about["kept_epoch"]}


def main() -> None:
    folder, wanted_kills = Path(sys.argv[1]), int(sys.argv[2])
    os.fsync = lambda _: None  # a kill, other than a power cut, takes nothing from the disk's cache
    rng, kills, within_writing, began = random.Random(0), 0, 0, time.monotonic()
    alone = folder / "alone/run.safetensors"
    os.waitpid(started(alone), 0)
    lasts, wanted = time.monotonic() - began, end_of(alone)
    while kills < wanted_kills:
        checkpoint = folder / f"{kills}/run.safetensors"
        while killed(started(checkpoint), rng.uniform(0, lasts)):
            kills += 1
            within_writing += any(checkpoint.parent.glob(".*"))
        arrays, about = end_of(checkpoint)
        for name, array in wanted[0].items():
            np.testing.assert_array_equal(arrays[name], array, err_msg=name, strict=True)
        assert (arrays.keys(), about) == (wanted[0].keys(), wanted[1])
    print(kills, within_writing)


if __name__ == "__main__":
    main()
