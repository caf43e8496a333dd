"""Which pixels matter: the gradient against measured slopes, the covered picture against NumPy's answer to it."""

import numpy as np
import pytest

from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import cnn

SIZE, HIDDEN, WIDTH = 8, 4, 2


@pytest.fixture(scope="module")
def small():
    """A two_conv network for pictures of 8 × 8, in float64, and a picture."""
    rng = np.random.default_rng(1)
    network = cnn("two_conv", SIZE, HIDDEN, rng, np.float64, WIDTH)
    network.layers["conv1"]._needs_dx = True
    network.layers["fc2"].params["W"][...] = rng.standard_normal((HIDDEN, 1))
    return network, rng.standard_normal((1, 3, SIZE, SIZE))


def call(scripts, small, body, *arguments):
    network, x = small
    build = "const network = cnn('two_conv', 8, 4, weights, Float64Array);"
    return scripts.call(f"async (weights, x, ...rest) => {{ {build} {body} }}", network.params, x, *arguments)


def test_the_gradient_of_the_logit_is_its_slope(scripts, small):
    network, x = small
    got = call(scripts, small, "return gradientsOfLogit(network, x);")
    network.forward(x)
    np.testing.assert_allclose(got["x"], network.backward(np.ones((1, 1))), atol=1e-12)
    assert list(got) == [*reversed(network.layers), "x"]
    got_map = call(scripts, small, "return saliencyMap(gradientsOfLogit(network, x).x);")
    np.testing.assert_allclose(got_map, np.abs(got["x"][0]).max(axis=0))


@pytest.mark.parametrize("label", [0, 1])
def test_the_gradient_of_the_loss(scripts, small, label):
    network, x = small
    body = """const {value, gradients} = gradientsOfLoss(network, x, new BinaryCrossEntropy(), rest[0]);
      return {value, dx: gradients.x, grads: network.grads};"""
    got = call(scripts, small, body, label)
    value, dlogit = BinaryCrossEntropy()(network.forward(x), np.array([label]))
    assert got["value"] == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(got["dx"], network.backward(dlogit), atol=1e-12)
    for name, grad in network.grads.items():
        np.testing.assert_allclose(got["grads"][name], grad, atol=1e-12)


def test_the_occlusion_map_is_the_logit_that_each_square_takes_away(scripts, small):
    network, x = small
    body = """const places = [];
      const map = await occlusionMap(network, x, {side: 3, step: 2, seen: (...place) => places.push(place)});
      return {map, places};"""
    got = call(scripts, small, body)
    wanted = np.zeros((3, 3))
    for r, s in np.ndindex(wanted.shape):
        covered = x.copy()
        covered[:, :, 2 * r : 2 * r + 3, 2 * s : 2 * s + 3] = 0
        wanted[r, s] = network.forward(x)[0, 0] - network.forward(covered)[0, 0]
    np.testing.assert_allclose(got["map"], wanted, atol=1e-12)
    assert [place[:2] for place in got["places"]] == [list(place) for place in np.ndindex(wanted.shape)]


def test_the_occlusion_map_can_be_stopped_and_lets_the_page_live(scripts, small):
    body = """const stop = new AbortController();
      let ticks = 0, places = 0;
      const clock = setInterval(() => ticks++, 1);
      const seen = () => {
        for (const began = performance.now(); performance.now() - began < 10;);
        if (++places === 8) stop.abort();
      };
      const map = await occlusionMap(network, x, {side: 1, step: 1, seen, signal: stop.signal});
      clearInterval(clock);
      return {map, places, ticks};"""
    got = call(scripts, small, body)
    assert got["map"] is None
    assert got["places"] == 8
    assert got["ticks"] > 0  # others had their turn


def test_the_control_has_the_same_numbers_in_another_order(scripts, small):
    network, _ = small
    got = call(scripts, small, "return shuffledWeights(weights, defaultRng([3]));")
    assert list(got) == list(network.params)
    for name, w in network.params.items():
        np.testing.assert_array_equal(np.sort(got[name], axis=None), np.sort(w, axis=None))
    assert (got["conv2.W"] != network.params["conv2.W"]).mean() > 0.5
    assert call(scripts, small, "return network.load(await shuffledWeights(weights, defaultRng([3])));") is None
