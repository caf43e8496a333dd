"""A training that is killed outright again and again ends like one that was left alone. The long version: kills.py."""

import os
import subprocess
import sys

import pytest
from source_imports import ROOT


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_training_survives_kill_after_kill_to_the_bit(tmp_path):
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(ROOT / "tests/quick_kills.py"), str(tmp_path), "12"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kills, _ = map(int, done.stdout.split())
    assert kills >= 12
