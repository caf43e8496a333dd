"""The page draws NumPy's random numbers, to the bit."""

from pathlib import Path

import numpy as np
import pytest

from scratchnet.names import Stream
from scratchnet.training import Plan

COUNT = 10_000
SEEDS = [[0], [1], [1, 0], [7, 1, 200], [2**32, 3], [2**40 + 5, 1, 9], [2**130 + 77, 0, 2**33], [1, 2, 3, 4, 5, 6]]
DRAW = """(seeds, count) => {
  const rng = defaultRng(seeds.map(BigInt));
  return {
    random: Float64Array.from({length: count}, () => rng.random()),
    uniform: rng.uniform(-2, 3, count),
    normal: rng.standardNormal(count),
    permutation: rng.permutation(1000),
    integers: rng.integers(-3, 4, 1001),
    after: Float64Array.of(rng.random()),
    large: rng.integers(0, 2 ** 31, count),
    last: rng.permutation(10),
  };
}"""


@pytest.mark.parametrize("seeds", SEEDS, ids=str)
def test_every_draw_is_numpys(scripts, seeds):
    drawn, rng = scripts.call(DRAW, [str(seed) for seed in seeds], COUNT), np.random.default_rng(seeds)
    np.testing.assert_array_equal(drawn["random"], rng.random(COUNT))
    np.testing.assert_array_equal(drawn["uniform"], rng.uniform(-2, 3, COUNT))
    np.testing.assert_array_equal(drawn["normal"], rng.standard_normal(COUNT))
    np.testing.assert_array_equal(drawn["permutation"], rng.permutation(1000))
    np.testing.assert_array_equal(drawn["integers"], rng.integers(-3, 4, 1001))
    np.testing.assert_array_equal(drawn["after"], rng.random(1))
    np.testing.assert_array_equal(drawn["large"], rng.integers(0, 2**31, COUNT))
    np.testing.assert_array_equal(drawn["last"], rng.permutation(10))


def test_a_million_normal_numbers_with_their_tail(scripts):
    drawn = scripts.call("(seed, count) => defaultRng([seed]).standardNormal(count)", 5, 1_000_000)
    wanted = np.random.default_rng(5).standard_normal(1_000_000)
    assert (np.abs(wanted) > 3.6541528853610088).sum() > 200  # they come from the tail
    np.testing.assert_array_equal(drawn, wanted)


def test_the_tables_of_the_ziggurat_are_those_in_numpys_library(scripts):
    library = Path(np.__file__).parent / "random/lib/libnpyrandom.a"
    if not library.exists():
        pytest.skip(f"this NumPy comes without {library.name}")
    tables, content = scripts.call("() => ({...ZIGGURAT})"), library.read_bytes()
    assert tables["width"].tobytes() in content
    assert tables["inside"].astype(np.uint64).tobytes() in content
    heights = np.frombuffer(content, np.float64, 256, content.index(np.array([1, 0.97710170126767160]).tobytes()))
    np.testing.assert_allclose(tables["height"], heights, rtol=1e-15)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_the_plan_is_the_trainings(scripts, schedule):
    plan = Plan(20, 0.1, 3, schedule, warmup=2.0)
    drawn = scripts.call(
        """(schedule) => {
          const plan = new Plan({epochs: 20, learningRate: 0.1, seed: 3, schedule, warmup: 2});
          return [1, 2, 3, 17].map((epoch) => ({order: plan.order(epoch, 1000), rates: plan.rates(epoch, 1000, 32)}));
        }""",
        schedule,
    )
    for epoch, got in zip([1, 2, 3, 17], drawn, strict=True):
        np.testing.assert_array_equal(got["order"], plan.order(epoch, 1000).indices)
        np.testing.assert_allclose(got["rates"], plan.rates(epoch, 1000, 32), rtol=1e-14)


def test_the_streams_have_the_same_numbers(scripts):
    assert scripts.call("() => ({...Stream})") == {stream.name: stream.value for stream in Stream}
