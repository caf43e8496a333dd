"""The clock waits for the device, and a timing names its machine."""

import time

from scratchnet.records import write_metrics
from scratchnet.timing import Stopwatch, machine


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
