"""Every case makes a step of this revision's code, and of revisions that know other names or another signature."""

import numpy as np
import pytest

from lab.gate.cases import CASES, Scale, _known
from scratchnet.numpy_fast import network as module
from scratchnet.numpy_fast.team import Team

SCALE = Scale(batch_size=3, size=8, hidden=4, seed=1, threads=2)


@pytest.mark.parametrize("case", CASES)
def test_a_step_is_taken(case):
    step = CASES[case].step(SCALE)
    step()
    step()


def test_a_module_has_its_newest_known_name():
    assert _known("Team", "no_such_module", "numpy_fast.team") is Team
    with pytest.raises(ModuleNotFoundError, match="nor_this"):
        _known("Team", "no_such_module", "nor_this")


@pytest.mark.parametrize("takes_size", [True, False])
def test_the_fast_network_is_told_the_size_where_it_asks(monkeypatch, takes_size):
    sizes = []

    class Network:
        def forward(self, x):
            return np.zeros(len(x), dtype=np.float32)

        def backward(self, dy):
            """Nothing to learn."""

        params = grads = {}  # noqa: RUF012

    class Asks(Network):
        def __init__(self, network, size, team):  # noqa: ARG002
            sizes.append(size)

    class Guesses(Network):
        def __init__(self, network, team):
            """It guesses."""

    monkeypatch.setattr(module, "FastNetwork", Asks if takes_size else Guesses)
    CASES["two_conv"].step(SCALE)
    assert sizes == ([8] if takes_size else [])
