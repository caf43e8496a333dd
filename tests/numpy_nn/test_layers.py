"""Each layer against measured slopes, against PyTorch, and against plain loops."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from assert_close import assert_close

from scratchnet.numpy_nn import loops
from scratchnet.numpy_nn.gradients import slope
from scratchnet.numpy_nn.layers import Conv2d, Flatten, Layer, Linear, MaxPool2d, ReLU

# name: (parameter shapes, layer from its parameters, the same in PyTorch, shape of x)
CASES = {
    "linear": ([(5, 3), (3,)], Linear, lambda x, W, b: x @ W + b, (4, 5)),
    "linear, N = 1": ([(5, 3), (3,)], Linear, lambda x, W, b: x @ W + b, (1, 5)),
    "relu": ([], ReLU, torch.relu, (3, 2, 4, 5)),
    "flatten": ([], Flatten, lambda x: x.flatten(start_dim=1), (3, 2, 4, 5)),
    "pool": ([], lambda: MaxPool2d(2), lambda x: F.max_pool2d(x, 2), (2, 3, 6, 8)),
    "pool, ragged": ([], lambda: MaxPool2d(2), lambda x: F.max_pool2d(x, 2), (1, 2, 5, 7)),
    "pool of 3": ([], lambda: MaxPool2d(3), lambda x: F.max_pool2d(x, 3), (2, 1, 7, 11)),
}
CONVOLUTIONS = {  # shape of W, shape of x, stride, padding
    "as the networks have it": ((4, 3, 3, 3), (2, 3, 6, 8), 1, 1),
    "N = 1, one output pixel": ((2, 1, 3, 3), (1, 1, 3, 3), 1, 0),
    "kernel 2 × 3": ((2, 3, 2, 3), (3, 3, 5, 7), 1, 0),
    "kernel 1 × 4, padding 2": ((3, 2, 1, 4), (2, 2, 5, 4), 1, 2),
    "stride 2, rest left over": ((2, 2, 3, 3), (2, 2, 8, 7), 2, 1),
    "stride 3 above the kernel": ((2, 2, 2, 1), (2, 2, 8, 9), 3, 1),
}


def convolution(W_shape, x_shape, stride, padding):
    return (
        [W_shape, W_shape[:1]],
        lambda W, b: Conv2d(W, b, stride, padding),
        lambda x, W, b: F.conv2d(x, W, b, stride, padding),
        x_shape,
    )


CASES |= {f"convolution, {name}": convolution(*case) for name, case in CONVOLUTIONS.items()}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def prepared(case):
    """The layer, x, y and a random dy, all float64."""
    shapes, build, _, x_shape = case
    rng = np.random.default_rng(1)
    layer, x = build(*(rng.standard_normal(shape) for shape in shapes)), rng.standard_normal(x_shape)
    y = layer.forward(x)
    return layer, x, y, rng.standard_normal(y.shape)


@every_case
def test_backward_is_the_slope_of_forward(case):
    layer, x, _, dy = prepared(case)
    dx = layer.backward(dy)

    def answer():
        return float((layer.forward(x) * dy).sum())

    assert_close(dx, slope(answer, x), 1e-6)
    assert layer.grads.keys() == layer.params.keys()
    for name, w in layer.params.items():
        assert_close(layer.grads[name], slope(answer, w), 1e-6)


@every_case
def test_pytorch_agrees(case):
    layer, x, y, dy = prepared(case)
    dx = layer.backward(dy)
    inputs = [torch.tensor(array, requires_grad=True) for array in (x, *layer.params.values())]
    torch_y = case[2](*inputs)
    torch_y.backward(torch.from_numpy(dy))
    assert_close(y, torch_y.detach().numpy(), 1e-10)
    for got, wanted in zip((dx, *layer.grads.values()), inputs, strict=True):
        assert_close(got, wanted.grad.numpy(), 1e-10)


@every_case
def test_no_argument_is_changed(case):
    layer, x, _, dy = prepared(case)
    before = x.copy(), dy.copy(), {name: w.copy() for name, w in layer.params.items()}
    layer.forward(x)
    layer.backward(dy)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(dy, before[1])
    for name, w in layer.params.items():
        np.testing.assert_array_equal(w, before[2][name])


@every_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_in_is_dtype_out(case, dtype):
    layer, x, _, dy = prepared(case)
    layer.params = {name: w.astype(dtype) for name, w in layer.params.items()}
    y, dx = layer.forward(x.astype(dtype)), layer.backward(dy.astype(dtype))
    assert {array.dtype for array in (y, dx, *layer.grads.values())} == {np.dtype(dtype)}


@pytest.mark.parametrize("case", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_convolution_is_the_loops_it_stands_for(case):
    layer, x, y, dy = prepared(convolution(*case))
    dx = layer.backward(dy)
    W, b = layer.params.values()
    assert_close(y, loops.conv2d(x, W, b, *case[2:]), 1e-12)
    for got, wanted in zip((dx, *layer.grads.values()), loops.conv2d_backward(x, W, dy, *case[2:]), strict=True):
        assert_close(got, wanted, 1e-12)


@pytest.mark.parametrize("name", ["linear", "linear, N = 1"])
def test_linear_is_the_loops_it_stands_for(name):
    layer, x, y, dy = prepared(CASES[name])
    dx = layer.backward(dy)
    W, b = layer.params.values()
    assert_close(y, loops.linear(x, W, b), 1e-12)
    for got, wanted in zip((dx, *layer.grads.values()), loops.linear_backward(x, W, dy), strict=True):
        assert_close(got, wanted, 1e-12)


@pytest.mark.parametrize(("shape", "size"), [((2, 3, 4, 6), 2), ((1, 2, 5, 7), 2), ((2, 2, 7, 9), 3)])
def test_of_equal_pixels_the_first_wins(shape, size):
    rng = np.random.default_rng(2)
    x = rng.integers(0, 2, shape).astype(np.float64)  # nearly every window has ties
    layer = MaxPool2d(size)
    y = layer.forward(x)
    dy = rng.standard_normal(y.shape)
    dx = layer.backward(dy)
    torch_x = torch.tensor(x, requires_grad=True)
    F.max_pool2d(torch_x, size).backward(torch.from_numpy(dy))
    np.testing.assert_array_equal(dx, torch_x.grad.numpy())
    np.testing.assert_array_equal(y, loops.max_pool2d(x, size))
    np.testing.assert_array_equal(dx, loops.max_pool2d_backward(x, dy, size))


def test_a_unit_that_is_exactly_0_gets_no_gradient():
    layer = ReLU()
    layer.forward(np.array([[-1.0, 0.0, 1.0]]))
    np.testing.assert_array_equal(layer.backward(np.ones((1, 3))), [[0, 0, 1]])


def test_a_convolution_moves_by_one_pixel_and_pads_nothing_where_it_is_not_told():
    x, W = np.arange(12.0).reshape(1, 1, 3, 4), np.ones((1, 1, 2, 2))
    np.testing.assert_array_equal(Conv2d(W, np.zeros(1)).forward(x), [[[[10, 14, 18], [26, 30, 34]]]])


@pytest.mark.parametrize("way", ["forward", "backward"])
def test_a_layer_has_to_say_what_it_computes(way):
    with pytest.raises(NotImplementedError):
        getattr(Layer(), way)(np.zeros((1, 1)))


@pytest.mark.parametrize("name", ["linear", "convolution, as the networks have it"])
def test_the_first_layer_may_leave_out_dx_alone(name):
    layer, x, _, dy = prepared(CASES[name])
    layer.backward(dy)
    first = type(layer)(*layer.params.values(), **({"padding": 1} if "conv" in name else {}), needs_dx=False)
    first.forward(x)
    assert first.backward(dy) is None
    for key, gradient in layer.grads.items():
        np.testing.assert_array_equal(first.grads[key], gradient)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Linear(np.zeros((5, 2)), np.zeros(2)), (3, 4), r"\(N, 5\), got \(3, 4\)"),
        (Conv2d(np.zeros((2, 3, 3, 3)), np.zeros(2)), (1, 4, 8, 8), r"\(N, 3, H, W\), got \(1, 4, 8, 8\)"),
        (Conv2d(np.zeros((2, 3, 3, 3)), np.zeros(2)), (1, 3, 2, 8), r"kernel of \(3, 3\).*got \(1, 3, 2, 8\)"),
        (MaxPool2d(2), (3, 8, 8), r"\(N, C, H, W\), got \(3, 8, 8\)"),
        (MaxPool2d(4), (1, 1, 8, 3), r"kernel of \(4, 4\).*got \(1, 1, 8, 3\)"),
    ],
)
def test_a_wrong_shape_is_told(layer, shape, message):
    with pytest.raises(ValueError, match=message):
        layer.forward(np.zeros(shape))
