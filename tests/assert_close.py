"""How tests compare arrays."""

import numpy as np


def assert_close(got: np.ndarray, wanted: np.ndarray, relative: float) -> None:
    """Equal up to `relative` of the largest number that is wanted."""
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=0, atol=relative * max(np.abs(wanted).max(initial=0), 1e-30))
