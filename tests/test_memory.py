"""A network too large for the memory is refused before any work."""

from pathlib import Path

import numpy as np
import pytest
from source_imports import ROOT
from stages_project import change_params

from scratchnet import memory
from scratchnet.memory import cnn_weights, copies, memory_there, refuse_too_large
from scratchnet.names import ARCHITECTURES
from scratchnet.numpy_nn.networks import cnn
from scratchnet.problems import Problem, run
from stages import train_mlp


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize(("size", "hidden", "width"), [(8, 1, 1), (20, 5, 16), (64, 3, 2)])
def test_the_weights_are_counted_without_making_them(arch, size, hidden, width):
    network = cnn(arch, size, hidden, np.random.default_rng(0), width=width)
    assert cnn_weights(arch, size, hidden, width) == sum(w.size for w in network.arrays.values())


def test_adam_takes_more_memory_than_sgd_and_numpy_all_on_the_host():
    assert copies("numpy", "adam") == 4 + 3 * 3
    assert copies("numpy", "sgd") == 3 + 3 * 2
    assert copies("pytorch", "adam") == 1 + 2 * 3


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Writes what the system tells of its memory, in GiB."""
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "LIMIT", tmp_path / "memory.max")

    def tells(available, swap, limit=None):
        kib = [f"{name}: {number << 20} kB" for name, number in (("MemAvailable", available), ("SwapFree", swap))]
        (tmp_path / "meminfo").write_text("\n".join([*kib, "HugePages_Total:       0", ""]))
        if limit is not None:
            (tmp_path / "memory.max").write_text(limit)

    return tells


@pytest.mark.parametrize(("limit", "there"), [(None, 5), ("max\n", 5), (f"{2 << 30}\n", 2), (f"{9 << 30}\n", 5)])
def test_the_memory_there_is_what_is_free_and_what_the_container_may_have(machine, limit, there):
    machine(3, 2, limit)
    assert memory_there() == there << 30


def test_what_does_not_fit_is_told_and_where_nobody_knows_nothing_is(machine):
    refuse_too_large("hidden", 10**8, 10**9, 10**18)  # no /proc/meminfo
    machine(3, 0)
    refuse_too_large("hidden", 10**8, 10**9, 3 << 30)
    told = r"^hidden is 100,000,000: .* 1,000,000,000 weights, .* at least 4\.0 GiB of memory .*; 3\.0 GiB are there"
    with pytest.raises(Problem, match=told):
        refuse_too_large("hidden", 10**8, 10**9, 4 << 30)


def test_a_memory_that_is_full_after_all_is_a_sentence():
    with pytest.raises(SystemExit, match=r"^There is too little memory: Unable to allocate .* Smaller networks"):
        run(lambda: np.empty(1 << 60, np.uint8))


def test_the_stages_refuse_such_a_network_and_write_nothing(tmp_path, machine, monkeypatch):
    machine(8, 0)
    (tmp_path / "project").mkdir()
    (tmp_path / "project/params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    change_params(tmp_path / "project", {"train_mlp": {"binary_rings": {"hidden": 10**12}}})
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setattr("sys.argv", ["train_mlp", "binary_rings"])
    with pytest.raises(Problem, match=r"^train_mlp\.binary_rings\.hidden is 1,000,000,000,000: "):
        train_mlp.main()
    assert [path.name for path in Path().iterdir()] == ["params.yaml"]
