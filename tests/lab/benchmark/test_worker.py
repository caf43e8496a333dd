"""A worker answers, tells what goes wrong, and is gone when nobody asks any more."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
from source_imports import ROOT

from lab.benchmark.worker import Worker
from lab.setting import Setting, draw
from lab.turns import interleave
from scratchnet.problems import Problem

SETTING = Setting("two_conv", batch_size=2, size=8, hidden=3, width=2, seed=1)


@pytest.fixture(scope="module")
def worker():
    with Worker("fast") as one:
        one.ask("build", SETTING, draw(8, seed=1), "sgd")
        yield one


def test_results_arrive(worker):
    seconds = worker.ask("turn", 5, 1)
    assert seconds.shape == (5,)
    assert (seconds > 0).all()
    assert worker.ask("gradient_error") < 1e-5
    used = worker.ask("used")
    assert used["cores_busy"] > 0
    assert 0 <= used.get("peak_mib", 0) < 100


def test_workers_take_turns_like_arms(worker):
    found = interleave(
        dict.fromkeys(("one", "same"), partial(worker.ask, "turn")), {"one": 2, "same": 1}, 3, np.random.default_rng(0)
    )
    assert {name: seconds.shape for name, seconds in found.items()} == {"one": (3, 2), "same": (3, 1)}


def test_a_mistake_in_a_rung_is_told_with_its_traceback(worker):
    with pytest.raises(RuntimeError, match=r"(?s)the rung fast failed.*Traceback.*no_such_question"):
        worker.ask("no_such_question")
    with pytest.raises(RuntimeError, match="ValueError: arch is one of"):
        worker.ask("build", Setting("three_conv", 2, 8, 3, 2, 1), draw(8, seed=1), "sgd")
    worker.ask("build", SETTING, draw(8, seed=1), "sgd")  # and it goes on


def test_a_worker_that_dies_is_told():
    with Worker("fast") as one:
        os.kill(one._process.pid, signal.SIGKILL)
        with pytest.raises(Problem, match=r"process of the rung fast ended with SIGKILL\. Was there too little memory"):
            one.ask("about")


def test_a_worker_that_cannot_start_says_why():
    with (
        Worker("fast", {"PYTHONPATH": "", "PYTHONSAFEPATH": "1"}) as one,
        pytest.raises(Problem, match=r"ended with status 1\..*No module named 'lab'"),
    ):
        one.ask("about")


def test_leaving_ends_the_process():
    with Worker("loops") as one:
        process = one._process
        one.ask("about")
    assert process.poll() == -signal.SIGKILL


PARENT = """
import sys, time
from lab.benchmark.worker import Worker
worker = Worker("fast")
worker.ask("about")
print(worker._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_parent_that_was_killed_leaves_no_worker(name):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    worker = int(parent.stdout.readline())
    try:
        parent.send_signal(getattr(signal, name))
        parent.communicate(timeout=15)
        assert _ended(worker)
    finally:
        parent.kill()
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


def _ended(pid: int) -> bool:
    """Within five seconds; one that nobody has buried yet (Z, a zombie) has ended."""
    for _ in range(100):
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", f"{pid}"], capture_output=True, text=True, check=False
        ).stdout
        if not state.strip() or state.startswith("Z"):
            return True
        time.sleep(0.05)
    return False
