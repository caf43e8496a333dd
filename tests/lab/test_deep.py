"""A step of the deep network is timed in every implementation, and its least work is counted."""

import numpy as np
import pytest

from lab.deep import COMPARED, _ratios, measure
from lab.setting import Setting
from lab.work import flops, parameters
from scratchnet.numpy_nn.networks import cnn
from scratchnet.records import write_metrics

TINY_RNG = np.random.default_rng(0)
# Torch 2.15 damages its memory with fewer channels, channels last.
TINY = Setting("deep", batch_size=4, size=32, hidden=1, width=8, seed=1)


def test_every_implementation_takes_its_turns(tmp_path):
    found = measure(TINY, rounds=2, optimizer="muon")
    write_metrics(tmp_path / "tiny.json", found)  # finite numbers and words alone
    assert all(found[name]["step_ms"] > 0 for name in COMPARED)
    assert found["work"]["gflop"] == pytest.approx(flops(TINY) / 1e9)


def test_a_ratio_is_over_pytorchs_faster_layout_round_by_round():
    seconds = {name: np.full(3, 9.0) for name in COMPARED}
    seconds |= {"fast": np.array([2.0, 1.0, 4.0]), "pytorch_channels_last": np.array([3.0, 2.0, 2.0])}
    seconds["pytorch_nchw_keeping"] = np.array([1.0, 1.0, 1.0])
    assert _ratios(seconds) == {
        "numpy_over_pytorch_cpu": 1.5,  # of 1.5, 2 and 0.5
        "numpy_over_pytorch_cpu_iqr": 0.75,
        "numpy_over_pytorch_cpu_keeping": 0.5,  # of 0.5, 1 and 0.25
        "numpy_over_pytorch_cpu_keeping_iqr": 0.375,
    }


def test_the_multiplications_are_those_of_its_layers():
    """Counted again, layer by layer, from the shapes that the network itself has."""
    network = cnn("deep", TINY.size, 1, TINY_RNG, width=TINY.width)
    sides = {"conv1": 16, "block1": 16, "block2": 8, "block3": 4, "block4": 2}
    counted = {
        name: w.size * (sides[name.split(".")[0]] ** 2 if w.ndim == 4 else 1)
        for name, w in network.params.items()
        if name.endswith(".W")
    }
    first = counted["conv1.W"]
    assert flops(TINY) == 2 * TINY.batch_size * (3 * sum(counted.values()) - first)
    assert parameters(TINY) == sum(w.size for w in network.params.values())
