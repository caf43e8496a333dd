"""The clock waits for the device, and a timing names its machine."""

import os
import subprocess
import sys
import time

import pytest

from scratchnet.records import write_metrics
from scratchnet.timing.clock import Stopwatch
from scratchnet.timing.machine import lasting, machine
from scratchnet.timing.phases import PHASES, Phases


def test_the_clock_waits_for_the_device_on_both_sides():
    calls = []

    def synchronize():
        calls.append(len(calls))
        time.sleep(0.02 if len(calls) == 2 else 0.0)

    with Stopwatch(synchronize) as watch:
        assert calls == [0]
    assert calls == [0, 1]
    assert 0.02 <= watch.seconds < 1


def test_the_machine_is_named_in_what_a_metric_may_hold(tmp_path):
    fingerprint = machine("NVIDIA H100")
    write_metrics(tmp_path / "machine.json", fingerprint)
    assert fingerprint["gpu"] == "NVIDIA H100"
    assert fingerprint["cpu"]
    assert fingerprint["blas"]
    assert fingerprint["cores"] >= 1
    assert fingerprint["threads"] >= 1
    assert set(fingerprint["versions"]) == {"python", "numpy", "torch", "pillow"}
    assert fingerprint["load_at_start"] >= 0


def test_two_timings_compare_whatever_the_load_was():
    assert machine() != machine() | {"load_at_start": 99.0}
    assert lasting(machine()) == lasting(machine() | {"load_at_start": 99.0})
    assert lasting(machine()) != lasting(machine() | {"cores": 99})


def test_the_driver_is_what_nvidia_smi_says(tmp_path, monkeypatch):
    assert machine()["driver"] == "none"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine("NVIDIA H100")["driver"] == "unknown"
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho 580.65.06\necho 580.65.06\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    assert machine("NVIDIA H100")["driver"] == "580.65.06"


def test_each_second_belongs_to_one_phase_and_the_device_is_waited_for():
    watch, phases = time.perf_counter, Phases()
    began = watch()
    phases.begin("preparation")
    time.sleep(0.02)
    phases.begin("train")
    trained = phases.begin("evaluation", lambda: time.sleep(0.03))  # training, as a GPU does after the call returned
    phases.begin("train")
    again = phases.begin("writing", lambda: time.sleep(0.01))
    seconds = phases.metrics()
    passed = watch() - began
    assert seconds["train_seconds"] == pytest.approx(trained + again)
    assert trained >= 0.03
    assert seconds["preparation_seconds"] >= 0.02
    assert seconds["warm_up_seconds"] == 0.0
    phase_by_phase = [seconds[f"{name}_seconds"] for name in PHASES]
    assert seconds["total_seconds"] == pytest.approx(sum(phase_by_phase))
    assert seconds["total_seconds"] - seconds["import_seconds"] == pytest.approx(passed, abs=0.01)


def test_an_unknown_phase_is_refused():
    with pytest.raises(ValueError, match=r"a phase is one of import, .*, not 'training'"):
        Phases().begin("training")


def test_a_run_that_goes_on_has_spent_the_seconds_of_both():
    phases = Phases()
    phases.go_on({"import": 100.0, "train": 7.0})
    assert phases.metrics()["import_seconds"] > 100
    assert phases.metrics()["train_seconds"] == 7.0


@pytest.mark.parametrize("system", ["os", "none"])
def test_the_import_is_counted_from_where_the_process_began(system):
    code = "import time; time.sleep(0.3); from scratchnet.timing.phases import Phases; "
    code += "" if system == "os" else "del time.CLOCK_BOOTTIME; "
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code + "print(Phases().metrics()['import_seconds'])"],
        env=os.environ | {"PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    passed = time.perf_counter() - began
    if system == "os" and hasattr(time, "CLOCK_BOOTTIME"):
        assert 0.3 <= float(done.stdout) < passed + 0.02
    else:  # from where the file was read, which is all that can be known
        assert 0 <= float(done.stdout) < passed


def test_sleeping_keeps_no_core_busy():
    with Stopwatch() as idle:
        time.sleep(0.1)
    with Stopwatch() as busy:
        begin = time.process_time()  # which stands still while another process has the core
        while time.process_time() - begin < 0.1:
            pass
    assert idle.processor_seconds < 0.05 < busy.processor_seconds
