"""The parts of a step are all there, add up to all of it, and leave no stopwatch behind."""

import pytest

from lab.benchmark.steps import make_step
from lab.profile import PARTS, REST, shares
from lab.setting import Setting, draw


@pytest.mark.parametrize("arch", ["one_conv", "two_conv"])
def test_shares_add_up_to_one(arch):
    setting = Setting(arch, batch_size=4, size=16, hidden=3, width=4, seed=0)
    originals = {(owner, name): getattr(owner, name) for owner, name in PARTS}
    step = make_step("fast_1_thread", setting, *setting.batch(draw(16, 0)), "sgd", threads=1)
    found = shares(step.step)
    assert sum(found.values()) == pytest.approx(1)
    assert all(0 < share < 1 for share in found.values())
    blocks = {"conv1", "conv2"} if arch == "two_conv" else {"conv1"}
    assert {part.split(":")[0] for part in found if part.startswith("conv")} == blocks
    assert ("conv2: products, dx" in found) == (arch == "two_conv")
    assert {"fc1: products, dx", "update", REST} <= set(found)
    assert all(getattr(owner, name) is original for (owner, name), original in originals.items())
