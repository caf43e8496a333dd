"""How the convolutions' products are cut. What they compute is in test_network.py."""

import pytest

from scratchnet.numpy_fast.conv import _parts


@pytest.mark.parametrize(
    ("rows", "multiplications", "parts"),
    [
        (1000, 1000, 1),  # a million multiplications are still a small product
        (1024, 1000, 2),
        (1024, 7000, 8),  # eight parts of 128 rows, and 7 does not divide 1024
        (1026, 7000, 1),  # nine would be needed, of 114 rows
        (1143, 7000, 1),  # nine of 127 rows
        (1000, 10, 1),
        (100, 10**5, 1),
    ],
)
def test_products_are_cut_into_small_ones_unless_these_would_be_too_short(rows, multiplications, parts):
    assert _parts(rows, multiplications) == parts
