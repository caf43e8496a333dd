"""How the products of the first linear layer are cut. What they compute is in test_network.py."""

import numpy as np
import pytest

from scratchnet.numpy_fast.linear import FastLinear, _divisor
from scratchnet.numpy_fast.team import Team


@pytest.mark.parametrize(("number", "largest", "divisor"), [(12, 5, 4), (12, 12, 12), (12, 20, 12), (7, 4, 1)])
def test_the_largest_divisor_up_to_a_limit(number, largest, divisor):
    assert _divisor(number, largest) == divisor


@pytest.mark.parametrize(
    ("pictures", "outputs", "features", "block"),
    [
        (8, 16, 1024, 256),  # at most 256 features, for short products
        (64, 128, 1220, 122),  # 122 · 64 · 128 is just below a million multiplications
        (125, 500, 128, 64),  # at least 64, for long ones
    ],
)
def test_a_block_of_features_makes_a_small_product(pictures, outputs, features, block):
    W, x = np.zeros((features, outputs), np.float32), np.zeros((pictures, features), np.float32)
    dx = np.zeros((pictures, features // 2, 2), np.float32)
    layer = FastLinear(W, np.zeros_like(W), x, dx, Team(1))
    assert layer.x.shape == (features // block, pictures, block)
    assert layer.products.shape == (features // block, pictures, outputs)
