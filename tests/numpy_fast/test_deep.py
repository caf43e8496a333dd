"""The fast deep network is the clear one, to rounding, whoever computes what; and its convolutions are PyTorch's."""

import tracemalloc

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from assert_close import assert_close

from scratchnet.numpy_fast.deep import FastDeepNetwork
from scratchnet.numpy_fast.pixel_conv import ColumnsConv, RowsConv
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_fast.unit import inside
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import deep

loss = BinaryCrossEntropy()
WAYS = ["forward", "infer"]


def twins(size, threads=2, dtype=np.float64, filters=(4, 6, 8, 5)):
    clear, shared = (deep(filters, np.random.default_rng(0), dtype) for _ in range(2))
    return clear, FastDeepNetwork(shared, size, Team(threads))


def pictures(count, size, dtype=np.float64, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 3, size, size)).astype(dtype), rng.integers(0, 2, count)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("size", [32, 44])  # 44: odd sizes, from the third block on
def test_it_is_the_clear_network_in_training_and_after(size, count, threads):
    clear, fast = twins(size, threads)
    for seed in range(2):  # the second step finds the arrays of the first
        x, labels = pictures(count, size, seed=seed)
        for way in WAYS:
            logits = getattr(clear, way)(x)
            np.testing.assert_allclose(getattr(fast, way)(x), logits, rtol=1e-10, atol=1e-13)
            for network in (clear, fast):
                network.backward(loss(logits, labels)[1])
            assert fast.grads.keys() == clear.grads.keys()
            for name, dw in clear.grads.items():
                assert_close(fast.grads[name], dw, 1e-10)
        for name, array in clear.arrays.items():
            assert_close(fast.arrays[name], array, 1e-12)


def test_float32_stays_float32_and_close():
    clear, fast = twins(64, dtype=np.float32, filters=(32, 64, 128, 256))
    x, labels = pictures(4, 64, np.float32)
    logits = clear.forward(x)
    np.testing.assert_allclose(fast.forward(x), logits, atol=1e-5)
    clear.backward(loss(logits, labels)[1])
    fast.backward(loss(logits, labels)[1])
    for name, dw in clear.grads.items():
        assert fast.grads[name].dtype == np.float32
        assert_close(fast.grads[name], dw, 2e-4)


def test_who_computes_what_changes_no_bit():
    x, labels = pictures(7, 32, np.float32)
    found = []
    for threads in (1, 2, 3, 2):
        _, fast = twins(32, threads, dtype=np.float32)
        fast.backward(loss(fast.forward(x), labels)[1])
        found.append(fast.grads)
    for other in found[1:]:
        for name, dw in found[0].items():
            np.testing.assert_array_equal(other[name], dw)


def test_what_layers_hand_on_is_the_clear_networks():
    clear, fast = twins(32)
    x, _ = pictures(3, 32)
    wanted, found = clear.blocks(x), fast.blocks(x)
    assert list(found) == list(wanted)
    for name, y in wanted.items():
        assert_close(found[name], y, 1e-12)


def test_pictures_of_another_shape_or_dtype_are_refused():
    _, fast = twins(32)
    with pytest.raises(ValueError, match=r"\(N, 3, 32, 32\), got \(2, 3, 64, 64\)"):
        fast.forward(np.zeros((2, 3, 64, 64)))
    with pytest.raises(ValueError, match="dtype float64, got float32"):
        fast.infer(np.zeros((2, 3, 32, 32), dtype=np.float32))


def test_a_step_of_a_known_size_allocates_little():
    _, fast = twins(64, dtype=np.float32, filters=(32, 64, 128, 256))
    x, labels = pictures(8, 64, np.float32)

    def step():
        fast.backward(loss(fast.forward(x), labels)[1])

    step()
    tracemalloc.start()
    step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20, "the parts' gradients are added up to one; all else is there"


CONVOLUTIONS = {  # channels, filters, kernel, stride, size
    "by rows": (5, 4, 3, 1, (6, 7)),
    "by rows, one picture row pair": (2, 3, 3, 1, (2, 1)),
    "by columns, odd": (5, 4, 3, 1, (5, 6)),
    "stride 2": (5, 4, 3, 2, (7, 6)),
    "of the stem": (3, 4, 4, 2, (8, 12)),
    "of a shortcut": (5, 6, 1, 2, (9, 8)),
}


@pytest.mark.parametrize("case", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_a_convolution_is_pytorchs(case):
    channels, filters, kernel, stride, size = case
    rng, padding = np.random.default_rng(1), (kernel - 1) // 2
    W, x = rng.standard_normal((filters, channels, kernel, kernel)), rng.standard_normal((3, channels, *size))
    dW = np.zeros_like(W)
    by_rows = kernel == 3 and stride == 1 and size[0] % 2 == 0
    conv = RowsConv(W, dW, size) if by_rows else ColumnsConv(W, dW, size, stride, padding)
    conv.pack()
    work = conv.work(3)
    torch_x, torch_W = (torch.tensor(array, requires_grad=True) for array in (x, W))
    torch_y = F.conv2d(torch_x, torch_W, stride=stride, padding=padding)
    dy = rng.standard_normal(torch_y.shape)
    torch_y.backward(torch.from_numpy(dy))

    border = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    pixels, dpixels = np.pad(x.transpose(0, 2, 3, 1), border), np.ascontiguousarray(dy.transpose(0, 2, 3, 1))
    y = np.empty(dpixels.shape)
    work.forward(pixels, y)
    assert_close(y.transpose(0, 3, 1, 2), torch_y.detach().numpy(), 1e-12)
    dkernels = np.zeros((1, *conv.gradient_shape))
    work.weight_gradient(pixels, dpixels, dkernels[0])
    conv.unpack(dkernels)
    assert_close(dW, torch_W.grad.numpy(), 1e-12)
    dx = np.empty((3, *size, channels) if by_rows else pixels.shape)
    work.backward(np.pad(dpixels, ((0, 0), (1, 1), (1, 1), (0, 0))) if by_rows else dpixels, dx)
    dx = dx if by_rows else inside(dx, padding)
    assert_close(dx.transpose(0, 3, 1, 2), torch_x.grad.numpy(), 1e-12)
