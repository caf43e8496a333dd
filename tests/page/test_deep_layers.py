"""The layers of a deep network on the page against NumPy's of the same name, as a trained network has them."""

import numpy as np
import pytest
from numpy_side import gradients_of, to_the_pixels

from scratchnet.numpy_nn.deep_layers import BatchNorm2d, GlobalAveragePool2d, Residual, Unbiased
from scratchnet.numpy_nn.layers import Conv2d, ReLU
from scratchnet.numpy_nn.networks import cnn

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}  # of the largest value
both_types = pytest.mark.parametrize("dtype", TOLERANCE)
ONCE = """(x, dy, arrays) => {{
  const {{W, conv_short, gamma, beta, running_mean, running_var}} = arrays;
  const layer = {layer};
  const copies = [x, dy].map((array) => copyOf(array));
  const y = layer.forward(x), dx = layer.backward(dy);
  const changed = [x, dy].some((array, k) => array.data.some((value, i) => value !== copies[k].data[i]));
  return {{y, dx, grads: layer.grads, changed}};
}}"""
NETWORK = """(weights, x, dlogit) => {
  const network = cnn("deep", x.shape[2], 0, weights, x.data.constructor);
  const activations = network.activations(x);
  const gradients = network.gradients(x, dlogit);
  return {activations, gradients, grads: network.grads, arrays: network.arrays};
}"""


def normal(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def bare(W, stride):
    return Unbiased(Conv2d(W, np.zeros(len(W), dtype=W.dtype), stride, (W.shape[2] - 1) // 2))


def norm(gamma, beta, running_mean, running_var):
    layer = BatchNorm2d(gamma, beta)
    layer.buffers["running_mean"][...], layer.buffers["running_var"][...] = running_mean, running_var
    return layer


STATISTICS = {"gamma": normal(3), "beta": normal(3) + 1, "running_mean": normal(3), "running_var": normal(3) ** 2}
# name: (in JavaScript, in NumPy, its arrays, shape of x)
CASES = {
    "3×3": ("new BareConv2d(W)", lambda W: bare(W, 1), {"W": normal(6, 3, 3, 3)}, (2, 3, 5, 7)),
    "3×3, half as large": ("new BareConv2d(W, 2)", lambda W: bare(W, 2), {"W": normal(5, 3, 3, 3)}, (2, 3, 6, 9)),
    "4×4, half as large": ("new BareConv2d(W, 2)", lambda W: bare(W, 2), {"W": normal(4, 2, 4, 4)}, (1, 2, 8, 6)),
    "1×1, half as large": ("new BareConv2d(W, 2)", lambda W: bare(W, 2), {"W": normal(7, 3, 1, 1)}, (2, 3, 4, 5)),
    "of one pixel": ("new BareConv2d(W)", lambda W: bare(W, 1), {"W": normal(2, 1, 3, 3)}, (1, 1, 1, 1)),
    "norm": ("new BatchNorm2d(gamma, beta, running_mean, running_var)", norm, STATISTICS, (2, 3, 4, 5)),
    "mean": ("new GlobalAveragePool2d()", GlobalAveragePool2d, {}, (2, 3, 4, 5)),
    "residual": (
        "new Residual({conv1: new BareConv2d(W), relu1: new ReLU()}, {})",
        lambda W: Residual({"conv1": bare(W, 1), "relu1": ReLU()}, {}),
        {"W": normal(3, 3, 3, 3)},
        (2, 3, 4, 5),
    ),
    "residual, half as large": (
        "new Residual({conv1: new BareConv2d(W, 2)}, {conv_short: new BareConv2d(conv_short, 2)})",
        lambda W, conv_short: Residual({"conv1": bare(W, 2)}, {"conv_short": bare(conv_short, 2)}),
        {"W": normal(4, 3, 3, 3), "conv_short": normal(4, 3, 1, 1)},
        (2, 3, 6, 8),
    ),
}


def close(got, wanted, dtype):
    assert got.dtype == wanted.dtype == np.dtype(dtype)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() <= TOLERANCE[dtype] * np.abs(wanted).max()


def all_close(got, wanted, dtype):
    assert list(got) == list(wanted)
    for name, array in wanted.items():
        close(got[name], array, dtype)


@both_types
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_layer_is_numpys(scripts, case, dtype):
    javascript, build, arrays, shape = case
    arrays = {name: array.astype(dtype) for name, array in arrays.items()}
    layer, x = build(**arrays), normal(*shape).astype(dtype)
    y = layer.infer(x)
    dy = normal(*y.shape).astype(dtype) + 1
    dx = layer.backward(dy)
    got = scripts.call(ONCE.format(layer=javascript), x, dy, arrays)
    close(got["y"], y, dtype)
    close(got["dx"], np.ascontiguousarray(dx), dtype)
    all_close(got["grads"], layer.grads, dtype)
    assert not got["changed"]


@both_types
def test_the_deep_network_is_numpys(scripts, dtype):
    rng = np.random.default_rng(1)
    network = to_the_pixels(cnn("deep", 32, 0, rng, dtype, width=4))
    for name, array in network.arrays.items():  # as if it were trained
        if "norm" in name:
            array[...] = rng.uniform(0.5, 1.5, array.shape)
    x, ones = rng.standard_normal((1, 3, 32, 32)).astype(dtype), np.ones((1, 1), dtype=dtype)
    got = scripts.call(NETWORK, network.arrays, x, ones)
    all_close(got["activations"], network.activations(x), dtype)
    all_close(got["gradients"], gradients_of(network, x, ones), dtype)
    all_close(got["grads"], network.grads, dtype)
    all_close(got["arrays"], network.arrays, dtype)


@pytest.mark.parametrize(
    ("layer", "shape", "sentence"),
    [
        ("new BareConv2d(zeros([4, 3, 3, 3]))", (1, 2, 4, 4), "(N, 3, H, W), got (1,2,4,4)"),
        ("new BatchNorm2d(...Array(4).fill(zeros([3])))", (1, 2, 4, 4), "(N, 3, H, W), got (1,2,4,4)"),
        ("new GlobalAveragePool2d()", (1, 2), "(N, C, H, W), got (1,2)"),
        ("new Residual({pool: new MaxPool2d(2)}, {})", (1, 2, 4, 4), "got (1,2,2,2) and (1,2,4,4)"),
        ("cnn('deep', 32, 0, {})", (1, 3, 32, 32), "there is no conv1.W among the weights"),
    ],
)
def test_what_does_not_fit_is_told(scripts, layer, shape, sentence):
    assert sentence in scripts.told(f"{layer}.forward(x)", np.zeros(shape))
