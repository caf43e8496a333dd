"""A training that is killed outright again and again ends like one that was left alone. The long version: kills.py."""

import os
import signal
import subprocess
import sys
import time

import kills
import pytest
from source_imports import ROOT
from stages_project import change_params
from warm_python import WHERE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_training_survives_kill_after_kill_to_the_bit(tmp_path):
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(ROOT / "tests/quick_kills.py"), str(tmp_path), "12"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    killed, _ = map(int, done.stdout.split())
    assert killed >= 12


@pytest.mark.skipif(WHERE not in os.environ, reason="without a warm Python two processes take long to start")
def test_processes_that_torchrun_started_stop_together_where_one_is_asked_to(tmp_path):
    kills.prepare(tmp_path / "project")
    change_params(tmp_path / "project", {"train_numpy_cnn": {"epochs": 10000}, "checkpoint": {"every_seconds": 60}})
    process, said = kills.start("torchrun", tmp_path / "project"), tmp_path / "project/log"
    asked = time.monotonic()
    while not list(tmp_path.glob("project/.checkpoints/*/*.previous")):
        assert process.poll() is None, said.read_text()
        assert time.monotonic() - asked < kills.PATIENCE
        time.sleep(0.01)
    os.kill(int((tmp_path / "project/pid.1").read_text()), signal.SIGTERM)
    assert process.wait(kills.PATIENCE) == 1  # torchrun's
    assert said.read_text().count("The state is saved in .checkpoints/train_cuda_cnn/two_conv-") == 1
    assert said.read_text().count("exitcode  : 143") >= 1
