"""The networks: their parameters, their first loss, their chain rule, and that they can learn by heart."""

import math

import numpy as np
import pytest
from assert_close import assert_close

from scratchnet.names import PLAIN
from scratchnet.numpy_nn.gradients import slope
from scratchnet.numpy_nn.layers import Linear
from scratchnet.numpy_nn.losses import BinaryCrossEntropy, SoftmaxCrossEntropy
from scratchnet.numpy_nn.networks import Network, cnn, linear, mlp
from scratchnet.numpy_nn.optimizers import Adam

SHAPES = {
    "one_conv": {"conv1.W": (16, 3, 3, 3), "conv1.b": (16,), "fc1.W": (16 * 6 * 6, 5), "fc1.b": (5,)},
    "two_conv": {
        "conv1.W": (16, 3, 3, 3),
        "conv1.b": (16,),
        "conv2.W": (32, 16, 3, 3),
        "conv2.b": (32,),
        "fc1.W": (32 * 3 * 3, 5),
        "fc1.b": (5,),
    },
}
every_arch = pytest.mark.parametrize("arch", PLAIN)


def some_pictures(count, size, dtype=np.float32):
    rng = np.random.default_rng(7)
    return rng.standard_normal((count, 3, size, size)).astype(dtype), (np.arange(count) % 2).astype(np.uint8)


@every_arch
def test_parameters_have_their_names_and_shapes(arch):
    network = cnn(arch, 12, 5, np.random.default_rng(0))
    assert {name: w.shape for name, w in network.params.items()} == SHAPES[arch] | {"fc2.W": (5, 1), "fc2.b": (1,)}
    assert {w.dtype for w in network.params.values()} == {np.dtype(np.float32)}


@every_arch
@pytest.mark.parametrize("width", [2, 5])
def test_the_width_is_that_of_the_first_convolution(arch, width):
    params = cnn(arch, 12, 5, np.random.default_rng(0), width=width).params
    wanted = {"conv1.W": (width, 3, 3, 3)} | ({"conv2.W": (2 * width, width, 3, 3)} if arch == "two_conv" else {})
    assert {name: w.shape for name, w in params.items() if w.ndim == 4} == wanted


def test_an_unknown_architecture_is_told():
    with pytest.raises(ValueError, match="one_conv, two_conv, deep, got 'three_conv'"):
        cnn("three_conv", 12, 5, np.random.default_rng(0))


def test_weights_start_as_he_has_it_and_both_precisions_alike():
    params = cnn("two_conv", 32, 64, np.random.default_rng(0), np.float64).params
    for name, fan_in in {"conv2.W": 16 * 9, "fc1.W": 32 * 8 * 8}.items():
        assert params[name].std() == pytest.approx(math.sqrt(2 / fan_in), rel=0.05)
        assert abs(params[name].mean()) < 0.05 * math.sqrt(2 / fan_in)
    assert params["fc2.W"].std() == pytest.approx(1 / 64, rel=0.3)
    assert not any(params[name].any() for name in params if name.endswith(".b"))
    for name, w in cnn("two_conv", 32, 64, np.random.default_rng(0)).params.items():
        np.testing.assert_array_equal(w, params[name].astype(np.float32))


def test_the_small_networks_have_their_layers_and_start_as_their_kind():
    rng = np.random.default_rng(0)
    perceptron, alone = mlp(2, 2000, 3, rng), linear(3 * 20 * 20, rng)
    assert (list(perceptron.layers), list(alone.layers)) == (["fc1", "relu1", "fc2"], ["flatten", "fc"])
    started = perceptron.params | alone.params
    for name, shape, std in [("fc1.W", (2, 2000), 1), ("fc2.W", (2000, 3), 1 / 2000), ("fc.W", (1200, 1), 1 / 1200)]:
        assert started[name].shape == shape
        assert started[name].std() == pytest.approx(std, rel=0.1)
    assert not started["fc2.b"].any()
    assert not started["fc.b"].any()
    perceptron.forward(np.ones((1, 2), dtype=np.float32))
    assert perceptron.backward(np.ones((1, 3), dtype=np.float32)) is None  # nobody reads the gradient of the points


@pytest.mark.parametrize("inputs", [1, 4])
def test_the_folds_of_the_perceptron_are_spread_evenly_between_their_bounds(inputs):
    b = mlp(inputs, 2000, 2, np.random.default_rng(0)).params["fc1.b"] * inputs**0.5
    assert np.histogram(b, bins=4, range=(-1, 1))[0].tolist() == pytest.approx([500] * 4, rel=0.15)
    assert np.abs(b).max() <= 1


@every_arch
def test_the_first_loss_is_log_2(arch):
    """Within the noise of initialisation: logits z around 0 cost z² / 8 more, which the seeds average out."""
    x, labels = some_pictures(32, 16)
    networks = [cnn(arch, 16, 64, np.random.default_rng(seed)) for seed in range(10)]
    losses = [BinaryCrossEntropy()(network.forward(x), labels)[0] for network in networks]
    assert np.mean(losses) == pytest.approx(math.log(2), abs=0.03)


def test_the_first_loss_of_three_classes_is_log_3():
    rng = np.random.default_rng(0)
    logits = mlp(2, 64, 3, rng).forward(rng.standard_normal((300, 2)).astype(np.float32))
    assert SoftmaxCrossEntropy()(logits, np.arange(300) % 3)[0] == pytest.approx(math.log(3), abs=0.02)


@every_arch
def test_gradients_of_the_whole_network_are_measured_slopes(arch):
    network, (x, labels), loss = (
        cnn(arch, 4, 3, np.random.default_rng(8), np.float64),
        some_pictures(2, 4, np.float64),
        BinaryCrossEntropy(),
    )
    network.params["fc2.W"][...] = 1  # as it starts, almost nothing would flow back
    _, dy = loss(network.forward(x), labels)
    assert network.backward(dy) is None  # nobody reads the gradient of the pictures
    grads = network.grads
    assert grads.keys() == network.params.keys()
    for name in ("conv1.W", "conv1.b", "fc1.b", "fc2.W", "fc2.b"):
        measured = slope(lambda: loss(network.forward(x), labels)[0], network.params[name])
        assert_close(grads[name], measured, 1e-6)


def test_the_gradient_of_x_is_given_where_the_first_layer_has_one():
    rng = np.random.default_rng(5)
    given = {name: Linear(rng.standard_normal((3, 3)), rng.standard_normal(3)) for name in ("one", "two")}
    network, x, dy = Network(given), rng.standard_normal((2, 3)), rng.standard_normal((2, 3))
    given.clear()
    assert list(network.layers) == ["one", "two"]  # the network has its own list of them
    network.forward(x)
    assert_close(network.backward(dy), slope(lambda: float((network.forward(x) * dy).sum()), x), 1e-6)


def test_activations_are_what_every_layer_answers():
    network, (x, _) = cnn("two_conv", 12, 5, np.random.default_rng(0)), some_pictures(2, 12)
    seen = network.activations(x)
    assert {name: a.shape[1:] for name, a in seen.items()} == {
        "conv1": (16, 12, 12), "relu1": (16, 12, 12), "pool1": (16, 6, 6),
        "conv2": (32, 6, 6), "relu2": (32, 6, 6), "pool2": (32, 3, 3),
        "flatten": (288,), "fc1": (5,), "relu_fc1": (5,), "fc2": (1,),
    }  # fmt: skip
    np.testing.assert_array_equal(seen["fc2"], network.forward(x))
    np.testing.assert_array_equal(seen["relu1"], np.maximum(seen["conv1"], 0))


def test_loading_copies_and_refuses_another_networks_parameters():
    one, two = (cnn("one_conv", 12, 5, np.random.default_rng(seed)) for seed in (1, 2))
    x, _ = some_pictures(2, 12)
    two.load(one.params)
    np.testing.assert_array_equal(two.forward(x), one.forward(x))
    one.params["fc2.b"][...] = 9
    assert two.params["fc2.b"] == 0
    with pytest.raises(ValueError, match=r"conv2\.W.*got"):
        cnn("two_conv", 12, 5, np.random.default_rng(0)).load(one.params)


@every_arch
def test_20_pictures_can_be_learned_by_heart(arch):
    network, (x, labels) = cnn(arch, 16, 16, np.random.default_rng(9)), some_pictures(20, 16)
    loss, optimizer = BinaryCrossEntropy(), Adam(0.003)
    for _ in range(60):
        value, dy = loss(network.forward(x), labels)
        network.backward(dy)
        optimizer.step(network.params, network.grads)
    assert value < 0.02
    assert loss.right(network.forward(x), labels).all()
