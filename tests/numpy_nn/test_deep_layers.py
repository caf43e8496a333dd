"""The layers of the deep network against measured slopes and against PyTorch, in training and in evaluation."""

import numpy as np
import pytest
import torch
from assert_close import assert_close

from scratchnet.numpy_nn.deep_layers import BatchNorm2d, GlobalAveragePool2d, Residual, Unbiased
from scratchnet.numpy_nn.gradients import slope
from scratchnet.numpy_nn.layers import Conv2d, ReLU
from scratchnet.numpy_nn.networks import deep
from scratchnet.torch_nn.model import CatDogCNN, numpy_name
from scratchnet.torch_nn.model import Residual as TorchResidual

SHAPES = [(4, 3, 2, 5), (1, 3, 4, 3), (5, 3, 1, 1), (2, 3, 7, 1)]
WAYS = ["forward", "infer"]
rng = np.random.default_rng


def norm(channels=3, seed=2):
    layer = BatchNorm2d(*rng(seed).standard_normal((2, channels)))
    layer.buffers["running_mean"][...] = rng(seed).standard_normal(channels)
    layer.buffers["running_var"][...] = rng(seed).uniform(0.5, 2, channels)
    return layer


def in_pytorch(layer, training=True):
    twin = torch.nn.BatchNorm2d(len(layer.params["gamma"])).double()
    arrays = {"weight": layer.params["gamma"], "bias": layer.params["beta"], **layer.buffers}
    twin.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()}, strict=False)
    return twin.train(training)


def slopes_of(layer, x, dy, way):
    """dx and the gradients, measured. Looking at the layer does not change what it has kept."""
    before = {name: array.copy() for name, array in layer.buffers.items()}

    def answer():
        for name, array in layer.buffers.items():
            array[...] = before[name]
        return float((getattr(layer, way)(x) * dy).sum())

    return slope(answer, x), {name: slope(answer, w) for name, w in layer.params.items()}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_batch_norm_is_its_slopes_and_pytorchs(shape, way):
    layer, x, dy = norm(), rng(3).standard_normal(shape), rng(4).standard_normal(shape)
    twin, torch_x = in_pytorch(layer, way == "forward"), torch.tensor(x, requires_grad=True)
    y = getattr(layer, way)(x)
    dx = layer.backward(dy)
    torch_y = twin(torch_x)
    torch_y.backward(torch.from_numpy(dy))
    assert_close(y, torch_y.detach().numpy(), 1e-10)
    assert_close(dx, torch_x.grad.numpy(), 1e-10)
    assert_close(layer.grads["gamma"], twin.weight.grad.numpy(), 1e-10)
    assert_close(layer.grads["beta"], twin.bias.grad.numpy(), 1e-10)
    for name, array in layer.buffers.items():
        assert_close(array, getattr(twin, name).numpy(), 1e-10)
    measured_dx, measured = slopes_of(layer, x, dy, way)
    assert_close(dx, measured_dx, 1e-5)
    for name, dw in measured.items():
        assert_close(layer.grads[name], dw, 1e-6)


def test_the_running_statistics_come_to_those_of_the_pictures():
    layer, drawn = BatchNorm2d(np.ones(2), np.zeros(2)), rng(1)
    for _ in range(200):
        layer.forward(drawn.normal((3, -1), (2, 0.5), (40, 5, 5, 2)).transpose(0, 3, 1, 2))
    np.testing.assert_allclose(layer.buffers["running_mean"], (3, -1), atol=0.1)
    np.testing.assert_allclose(layer.buffers["running_var"], (4, 0.25), rtol=0.1)
    x = drawn.normal(size=(1, 2, 3, 3))
    before = {name: array.copy() for name, array in layer.buffers.items()}
    layer.infer(x)
    assert all((layer.buffers[name] == array).all() for name, array in before.items()), "looking is not learning"


def test_a_batch_norm_wants_two_numbers_and_its_channels():
    with pytest.raises(ValueError, match=r"two numbers a channel at least, got x of shape \(1, 3, 1, 1\)"):
        norm().forward(np.zeros((1, 3, 1, 1)))
    for way in WAYS:
        with pytest.raises(ValueError, match=r"\(N, 3, H, W\), got \(2, 4, 3, 3\)"):
            getattr(norm(), way)(np.zeros((2, 4, 3, 3)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(("name", "filters", "stride"), [("block1", 3, 1), ("block2", 4, 2)])
def test_a_residual_block_is_its_slopes_and_pytorchs(name, filters, stride, count, way):
    block = deep((3, 4), rng(0), np.float64).layers[name]
    twin = TorchResidual(3, filters, stride).double().train(way == "forward")
    from_numpy(twin, block.params | block.buffers)
    x = rng(5).standard_normal((count, 3, 5, 7))
    torch_x = torch.tensor(x, requires_grad=True)
    y, torch_y = getattr(block, way)(x), twin(torch_x)
    dy = rng(6).standard_normal(y.shape)
    dx = block.backward(dy)
    torch_y.backward(torch.from_numpy(dy))
    assert_close(y, torch_y.detach().numpy(), 1e-10)
    assert_close(dx, torch_x.grad.numpy(), 1e-10)
    assert block.grads.keys() == block.params.keys()
    for name, w in twin.named_parameters():
        assert_close(block.grads[numpy_name(name)], w.grad.numpy(), 1e-10)
    for name, running in statistics(twin).items():
        assert_close(block.buffers[numpy_name(name)], running.numpy(), 1e-10)
    for name, dw in slopes_of(block, x, dy, way)[1].items():
        assert_close(block.grads[name], dw, 1e-5)


def statistics(module):
    return {name: buffer for name, buffer in module.named_buffers() if "running" in name}


def from_numpy(module, arrays):
    kept = {**dict(module.named_parameters()), **statistics(module)}
    module.load_state_dict({name: torch.tensor(arrays[numpy_name(name)]) for name in kept}, strict=False)


def test_both_ways_of_a_residual_sum_have_one_shape():
    block = Residual({}, {"conv": Unbiased(Conv2d(np.zeros((2, 3, 1, 1)), np.zeros(2)))})
    with pytest.raises(ValueError, match=r"one shape, got \(1, 3, 4, 4\) and \(1, 2, 4, 4\)"):
        block.forward(np.zeros((1, 3, 4, 4)))


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 1, 1, 1)])
def test_the_global_average_is_the_mean_of_each_channel(shape):
    layer, x = GlobalAveragePool2d(), rng(1).standard_normal(shape)
    y = layer.forward(x)
    dy = rng(2).standard_normal(y.shape)
    assert_close(y, torch.nn.AdaptiveAvgPool2d(1)(torch.from_numpy(x))[:, :, 0, 0].numpy(), 1e-10)
    assert_close(layer.backward(dy), slope(lambda: float((layer.forward(x) * dy).sum()), x), 1e-6)
    with pytest.raises(ValueError, match=r"\(N, C, H, W\), got \(2, 3\)"):
        layer.forward(np.zeros((2, 3)))


def test_nothing_that_comes_in_is_changed_and_float32_stays_so():
    network = deep((2, 3), rng(0))
    x, dy = rng(1).standard_normal((3, 3, 9, 8)).astype(np.float32), np.ones((3, 1), dtype=np.float32)
    kept = x.copy()
    for way in WAYS:
        assert getattr(network, way)(x).dtype == np.float32
        network.backward(dy)
        assert {array.dtype for array in (*network.grads.values(), *network.buffers.values())} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(x, kept)


def test_the_whole_network_is_its_slopes():
    network = deep((2, 3), rng(0), np.float64)
    x, dy = rng(1).standard_normal((2, 3, 6, 8)), rng(2).standard_normal((2, 1))
    network.forward(x)
    network.backward(dy)
    before = {name: array.copy() for name, array in network.buffers.items()}

    def answer():
        for name, array in network.buffers.items():
            array[...] = before[name]
        return float((network.forward(x) * dy).sum())

    for name, w in network.params.items():
        assert_close(network.grads[name], slope(answer, w), 1e-5)


def test_layers_hand_on_what_vital_signs_ask_for():
    network = deep((4, 8), rng(0))
    found = network.blocks(rng(1).standard_normal((2, 3, 32, 32)).astype(np.float32))
    assert {name: y.shape for name, y in found.items()} == {
        "conv1": (2, 4, 16, 16),
        "block1": (2, 4, 16, 16),
        "block2": (2, 8),
        "fc": (2, 1),
    }


def test_names_and_order_are_pytorchs():
    network, model = deep((32, 64, 128, 256), rng(0)), CatDogCNN("deep", 64, 1)
    model.from_numpy(network.arrays)
    assert list(model.to_numpy()) == list(network.arrays)
    assert isinstance(network.layers["relu_block4"], ReLU)
