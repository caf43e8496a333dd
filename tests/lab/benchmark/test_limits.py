"""The machine's limits are measured, and plausible."""

from lab.benchmark import limits as module
from lab.benchmark.limits import limits


def test_a_machine_multiplies_and_copies(monkeypatch):
    monkeypatch.setattr(module, "COPIED", 2**20)
    found = limits(threads=2)
    assert found.keys() == {"gemm_gflops", "copy_gb_per_second"}
    assert 0.1 < found["gemm_gflops"] < 1e5
    assert 0.01 < found["copy_gb_per_second"] < 1e5
