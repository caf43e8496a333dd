"""The work of a step, against counts by hand."""

from dataclasses import replace

import pytest

from lab.setting import Setting
from lab.work import flops, fused_bytes, least_bytes, limit_seconds, parameters
from scratchnet.names import ARCHITECTURES

ONE = Setting("one_conv", batch_size=2, size=8, hidden=5, width=4, seed=0)
TWO = replace(ONE, arch="two_conv")


def test_multiplications_are_those_counted_by_hand():
    conv1 = 4 * 8 * 8 * 27  # filters, pixels, what each output pixel sees
    assert flops(ONE) == 2 * 2 * (2 * conv1 + 3 * (4 * 4 * 4 * 5 + 5))
    conv2 = 8 * 4 * 4 * 36
    assert flops(TWO) == 2 * 2 * (2 * conv1 + 3 * (conv2 + 8 * 2 * 2 * 5 + 5))


def test_bytes_are_those_counted_by_hand():
    pictures, pooled1, pooled2, answers = 2 * 3 * 8 * 8, 2 * 4 * 4 * 4, 2 * 8 * 2 * 2, 2 * (5 + 1)
    weights = (27 * 4 + 4) + (36 * 8 + 8) + (32 * 5 + 5) + (5 + 1)
    assert parameters(TWO) == weights
    assert least_bytes(TWO) == 4 * (pictures + 2 * (pooled1 + pooled2 + answers) + 4 * weights)


def test_bytes_of_fused_kernels_are_those_counted_by_hand():
    conv1 = 3 * 3 * 8 * 8 + 4 * 4 * 8 * 8  # takes in a picture, answers 4 filters at each pixel
    conv2 = 5 * 4 * 4 * 4 + 5 * 8 * 4 * 4
    linear = 5 * 8 * 2 * 2 + 5 * 5 + 5 * 5 + 5 * 1
    picture, winners = 3 * 8 * 8, 2 * 4 * 4 * 4 + 2 * 8 * 2 * 2
    for number in (2, 4):
        each = picture + number * (conv1 + conv2 + linear) + winners
        assert fused_bytes(TWO, number) == 2 * each + 32 * parameters(TWO)


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("width", [4, 16])
def test_parameters_are_those_of_the_network(arch, width):
    setting = Setting(arch, 1, 12, 7, width, seed=0)
    assert parameters(setting) == sum(w.size for w in setting.network().params.values())


def test_the_longer_of_both_limits_is_the_limit():
    assert limit_seconds(ONE, flops(ONE) / 3, least_bytes(ONE)) == pytest.approx(3)
    assert limit_seconds(ONE, flops(ONE), least_bytes(ONE) / 3) == pytest.approx(3)
