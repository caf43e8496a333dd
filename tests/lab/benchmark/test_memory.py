"""The peak is that of what was held since it was forgotten."""

import numpy as np
import pytest

from lab.benchmark.memory import forget_peak, peak

MIB = 2**20


def test_the_peak_holds_what_was_let_go_again():
    held = forget_peak()
    if held is None:
        pytest.skip("this system does not count")
    np.ones(64 * MIB, dtype=np.uint8)
    assert 60 * MIB < peak() - held < 100 * MIB
    held = forget_peak()
    assert peak() - held < 30 * MIB
