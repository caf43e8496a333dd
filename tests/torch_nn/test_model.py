"""CatDogCNN is the NumPy network: same weights, same logits, same gradients, same training."""

import numpy as np
import pytest
import torch

from scratchnet.names import ARCHITECTURES
from scratchnet.numpy_nn.losses import BinaryCrossEntropy, SigmoidMSE
from scratchnet.numpy_nn.networks import cnn
from scratchnet.numpy_nn.optimizers import OPTIMIZERS
from scratchnet.torch_nn.model import CatDogCNN, numpy_name
from scratchnet.torch_nn.step import LOSSES, make_optimizer

NUMPY_LOSSES = {"bce": BinaryCrossEntropy(), "mse": SigmoidMSE()}


SIZES = {"one_conv": 12, "two_conv": 12, "deep": 36}  # deep: odd sizes, from the third block on


def twins(arch, size=None, hidden=7):
    """The same network twice, in float64."""
    size = size or SIZES[arch]
    network = cnn(arch, size, hidden, np.random.default_rng(5), dtype=np.float64)
    model = CatDogCNN(arch, size, hidden).double()
    model.from_numpy(network.arrays)
    return network, model


def some_pictures(count, size):
    rng = np.random.default_rng(6)
    return rng.normal(size=(count, 3, size, size)), rng.integers(0, 2, count).astype(np.uint8)


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("count", [1, 5])
def test_logits_and_gradients_agree(arch, loss, count):
    (network, model), (x, labels) = twins(arch), some_pictures(count, SIZES[arch])
    logits = network.forward(x)
    value, dlogits = NUMPY_LOSSES[loss](logits, labels)
    network.backward(dlogits)

    torch_logits = model(torch.from_numpy(x))
    torch_value = LOSSES[loss](torch_logits, torch.from_numpy(labels).double())
    torch_value.backward()

    np.testing.assert_allclose(torch_logits.detach().numpy(), logits, rtol=1e-10, atol=1e-15)
    assert torch_value.item() == pytest.approx(value, rel=1e-10)
    for name, parameter in model.named_parameters():
        gradient = parameter.grad.T if parameter.ndim == 2 else parameter.grad
        scale = np.abs(network.grads[numpy_name(name)]).max()
        np.testing.assert_allclose(
            gradient.numpy(), network.grads[numpy_name(name)], rtol=1e-10, atol=1e-10 * scale, err_msg=name
        )


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "muon"])
def test_twenty_steps_in_float64_agree_to_1e_9(arch, optimizer):
    (network, model), (x, labels) = twins(arch), some_pictures(60, SIZES[arch])
    momentum = {} if optimizer == "adam" else {"momentum": 0.9}
    by_hand = OPTIMIZERS[optimizer](0.001 if optimizer == "adam" else 0.01, weight_decay=0.01, **momentum)
    by_torch = make_optimizer(model, optimizer, by_hand.learning_rate, momentum=0.9, weight_decay=0.01)
    for step in range(20):
        part = slice(3 * step, 3 * step + 3)
        value, dlogits = BinaryCrossEntropy()(network.forward(x[part]), labels[part])
        network.backward(dlogits)
        by_hand.step(network.params, network.grads)

        by_torch.zero_grad()
        loss = LOSSES["bce"](model(torch.from_numpy(x[part])), torch.from_numpy(labels[part]).double())
        loss.backward()
        by_torch.step()
        assert loss.item() == pytest.approx(value, abs=1e-9)
    for name, weights in model.to_numpy().items():
        np.testing.assert_allclose(weights, network.arrays[name], rtol=0, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(model.answer(x[:5]), network.infer(x[:5]), atol=1e-9)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_weights_go_there_and_back(arch):
    network, model = twins(arch)
    assert {name: w.shape for name, w in model.to_numpy().items()} == {n: w.shape for n, w in network.arrays.items()}
    for name, w in model.to_numpy().items():
        np.testing.assert_array_equal(w, network.arrays[name], strict=True)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_both_networks_have_the_same_width(arch):
    size = SIZES[arch]
    network = cnn(arch, size, 3, np.random.default_rng(0), width=5)
    model = CatDogCNN(arch, size, 3, width=5)
    model.from_numpy(network.arrays)
    x = some_pictures(2, size)[0].astype(np.float32)
    np.testing.assert_allclose(model.answer(x), network.infer(x), atol=1e-4)


def test_gradients_are_named_and_laid_out_like_the_weights():
    _, model = twins("two_conv")
    model(torch.from_numpy(some_pictures(2, 12)[0])).sum().backward()
    assert {n: g.shape for n, g in model.gradients().items()} == {n: w.shape for n, w in model.to_numpy().items()}
    np.testing.assert_array_equal(model.gradients()["fc1.W"], model.fc1.weight.grad.numpy().T)


def test_weights_of_another_network_are_refused():
    network, _ = twins("one_conv")
    with pytest.raises((KeyError, RuntimeError)):
        CatDogCNN("two_conv", 12, 7).from_numpy(network.arrays)


def test_an_unknown_architecture_is_refused():
    with pytest.raises(ValueError, match="arch is one of one_conv, two_conv, deep, got 'three_conv'"):
        CatDogCNN("three_conv", 12, 7)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_parameters_are_in_the_order_of_the_network(arch):
    network, model = twins(arch)
    assert [numpy_name(name) for name, _ in model.named_parameters()] == list(network.params)
