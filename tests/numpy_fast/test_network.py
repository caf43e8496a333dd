"""The fast network is the clear one, is PyTorch's, and is what is written one multiplication at a time."""

import tracemalloc
from functools import partial

import numpy as np
import pytest
import torch
from assert_close import assert_close

from scratchnet.names import PLAIN, WIDTH
from scratchnet.numpy_fast import conv as fast_conv
from scratchnet.numpy_fast import network as fast_module
from scratchnet.numpy_fast.network import FastNetwork
from scratchnet.numpy_fast.optimizers import FastAdam, FastSGD
from scratchnet.numpy_fast.strips import overlapping_rows, rows_inside, stacking
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn import loops
from scratchnet.numpy_nn.gradients import slope
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import cnn
from scratchnet.torch_nn.model import CatDogCNN, numpy_name

every_arch = pytest.mark.parametrize("arch", PLAIN)
every_team = pytest.mark.parametrize("threads", [1, 2, 3])
loss = BinaryCrossEntropy()


def pictures(count, size, dtype=np.float64):
    """Of few different numbers, so that many pooling windows have two largest; with borders that matter."""
    rng = np.random.default_rng(3)
    return rng.integers(-1, 2, (count, 3, size, size)).astype(dtype), rng.integers(0, 2, count)


def network(arch, size, dtype=np.float64, ties=False, seed=0, width=WIDTH):
    """With biases; ties: weights of few different numbers."""
    rng = np.random.default_rng(seed)
    clear = cnn(arch, size, 6, rng, dtype, width)
    for name, w in clear.params.items():
        if name.endswith(".b"):
            w[...] = rng.normal(0, 0.1, w.shape)
        if ties and name.startswith("conv"):
            w[...] = rng.integers(-1, 2, w.shape) / 2
    return clear


def step(net, x, labels):
    """Logits and copies of all gradients."""
    logits = net.forward(x)
    net.backward(loss(logits, labels)[1])
    return logits, {name: dw.copy() for name, dw in net.grads.items()}


@every_arch
@every_team
@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("size", [8, 20])
@pytest.mark.parametrize("ties", [False, True])
def test_logits_and_gradients_are_those_of_the_clear_network(arch, threads, count, size, ties):
    clear = network(arch, size, ties=ties)
    x, labels = pictures(count, size)
    logits, grads = step(clear, x, labels)
    fast = FastNetwork(clear, size, Team(threads))
    for _ in range(2):  # the second step finds the arrays of the first
        fast_logits, fast_grads = step(fast, x, labels)
        np.testing.assert_allclose(fast_logits, logits, rtol=1e-12)
        assert fast_grads.keys() == grads.keys()
        for name, dw in grads.items():
            assert_close(fast_grads[name], dw, 1e-12)


@every_arch
def test_gradients_are_those_of_pytorch_where_pixels_tie(arch):
    clear = network(arch, 12, ties=True)
    x, labels = pictures(4, 12)
    _, grads = step(FastNetwork(clear, 12, Team(2)), x, labels)
    model = CatDogCNN(arch, 12, 6).double()
    model.from_numpy(clear.arrays)
    logits = model(torch.from_numpy(x))[:, 0]
    torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(labels).double()).backward()
    for name, parameter in model.named_parameters():
        gradient = parameter.grad.numpy()
        assert_close(grads[numpy_name(name)], gradient.T if gradient.ndim == 2 else gradient, 1e-12)


def test_pixels_that_see_the_same_are_the_same_to_the_bit():
    """Else rounding would say who wins in a plain part of a photograph, and in PyTorch the first does."""
    clear = network("two_conv", 64, np.float32)
    clear.params["conv1.b"][...] = np.abs(clear.params["conv1.b"]) + 0.1
    fast = FastNetwork(clear, 64, Team(1))
    x = np.broadcast_to(np.float32([0.3, -0.7, 1.1])[:, None, None], (3, 3, 64, 64))
    fast.forward(x)
    first, second = fast._batch.kept
    assert not first.lower_won[:, 1:-1, 1:-2].any()
    assert not first.right_won[:, :, 1:-1, 1:-2].any()
    clear.params["conv1.W"][...] = 0  # so that the border does not show in conv2's input
    fast.forward(x)
    assert second.alive.any()
    assert not second.lower_won[:, 1:-1, 1:-2].any()
    assert not second.right_won[:, :, 1:-1, 1:-2].any()


def test_gradients_are_those_of_one_multiplication_at_a_time():
    clear = network("one_conv", 8, ties=True)
    x, labels = pictures(2, 8)
    fast = FastNetwork(clear, 8, Team(2))
    logits, grads = step(fast, x, labels)
    p = clear.params
    y = loops.conv2d(x, p["conv1.W"], p["conv1.b"], stride=1, padding=1)
    h = loops.max_pool2d(np.maximum(y, 0), 2)
    hidden = np.maximum(h.reshape(2, -1) @ p["fc1.W"] + p["fc1.b"], 0)
    np.testing.assert_allclose(hidden @ p["fc2.W"] + p["fc2.b"], logits, rtol=1e-12)
    dhidden = loss(logits, labels)[1] @ p["fc2.W"].T * (hidden > 0)
    dh = (dhidden @ p["fc1.W"].T).reshape(h.shape)
    dy = loops.max_pool2d_backward(np.maximum(y, 0), dh, 2) * (y > 0)
    _, dW, db = loops.conv2d_backward(x, p["conv1.W"], dy, stride=1, padding=1)
    assert_close(grads["conv1.W"], dW, 1e-12)
    assert_close(grads["conv1.b"], db, 1e-12)


def test_gradients_are_slopes():
    clear = network("two_conv", 8, width=4)
    x, labels = np.random.default_rng(1).standard_normal((3, 3, 8, 8)), np.array([0, 1, 1])
    fast = FastNetwork(clear, 8, Team(2))
    _, grads = step(fast, x, labels)
    for name in ("conv1.W", "conv2.W", "conv2.b", "fc2.W"):
        measured = slope(lambda: loss(fast.forward(x), labels)[0], fast.params[name])
        assert_close(grads[name], measured, 1e-6)


@every_arch
def test_a_step_is_the_same_to_the_bit_every_time_and_with_any_number_of_threads(arch):
    x, labels = pictures(13, 32, np.float32)
    results = [
        step(FastNetwork(network(arch, 32, np.float32), 32, Team(threads)), x, labels) for threads in (1, 1, 2, 3)
    ]
    for logits, grads in results[1:]:
        np.testing.assert_array_equal(logits, results[0][0])
        for name, dw in grads.items():
            assert dw.dtype == np.float32
            np.testing.assert_array_equal(dw, results[0][1][name])


def test_batches_of_other_sizes_in_between_change_nothing():
    fast = FastNetwork(network("two_conv", 16), 16, Team(2))
    x, labels = pictures(9, 16)
    _, before = step(fast, x, labels)
    fast.forward(x[:4] * 2)
    fast.forward(x[:1])
    logits, after = step(fast, x, labels)
    assert len(logits) == 9
    for name, dw in before.items():
        np.testing.assert_array_equal(after[name], dw)


def test_arguments_are_not_changed_and_the_parameters_are_shared():
    clear = network("two_conv", 8)
    fast = FastNetwork(clear, 8, Team(2))
    x, labels = pictures(3, 8)
    before = x.copy()
    logits = fast.forward(x)
    dlogits = loss(logits, labels)[1]
    kept = dlogits.copy()
    fast.backward(dlogits)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(dlogits, kept)
    fast.load({name: w * 2 for name, w in clear.params.items()})
    np.testing.assert_allclose(fast.forward(x), clear.forward(x), rtol=1e-12)


@every_arch
def test_the_steady_state_allocates_nothing_large(arch):
    """tracemalloc sees every array that NumPy makes; the first convolution of one picture answers 262,144 bytes."""
    team = Team(2)
    fast = FastNetwork(cnn(arch, 64, 64, np.random.default_rng(0)), 64, team)
    optimizers = [make(1e-4, weight_decay=0.1, team=team) for make in (FastAdam, partial(FastSGD, momentum=0.9))]
    x, labels = pictures(32, 64, np.float32)

    def whole_step():
        fast.backward(loss(fast.forward(x), labels)[1])
        for optimizer in optimizers:
            optimizer.step(fast.params, fast.grads)

    whole_step()
    for group in fast._batch.groups:
        for member in range(team.size):
            group.chunks(member)  # makes the views, once for each thread that a group meets
    tracemalloc.start()
    whole_step()
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert highest < 262_144


@every_arch
def test_all_memory_has_the_dtype_of_the_weights(arch):
    fast = FastNetwork(network(arch, 16, np.float32), 16, Team(1))
    x, labels = pictures(3, 16, np.float32)
    step(fast, x, labels)
    batch = fast._batch
    scratch = [each for group in batch.groups for of_member in group.scratch for each in of_member]
    for owner in [*fast.convs, batch, batch.fc1, *batch.groups, *batch.kept, *scratch]:
        for name, array in vars(owner).items():
            assert getattr(array, "dtype", np.float32) in (np.float32, bool) or name == "sources", (owner, name)


def test_a_wrong_shape_or_dtype_is_told():
    fast = FastNetwork(network("one_conv", 8), 8, Team(1))
    with pytest.raises(ValueError, match="of dtype float64, got float32"):
        fast.forward(np.zeros((2, 3, 8, 8), dtype=np.float32))
    with pytest.raises(ValueError, match=r"\(N, 3, 8, 8\), got \(2, 3, 12, 12\)"):
        fast.forward(np.zeros((2, 3, 12, 12)))


def test_overlapping_rows_are_what_im2col_would_copy():
    size, channels = 6, 2
    strip = np.random.default_rng(0).standard_normal((1, size * (size + 2) + 2, channels))
    rows = overlapping_rows(strip, size * (size + 2), parts=2)
    for output in range(size * (size + 2)):
        t, p, q = output // 4, output // 2 % 2, output % 2
        np.testing.assert_array_equal(rows[p, q, 0, t // 6, t % 6], strip[0, output : output + 3].ravel())


def test_stacked_pixels_lie_between_the_ones_above_and_below_them():
    n, size, channels = 2, 6, 4
    x = np.random.default_rng(0).standard_normal((n, size, size, channels))
    strip = np.zeros((n, 2, (size // 2 + 1) * (size + 2) + 2, channels))
    rows_inside(strip, size)[...] = x.reshape(n, size // 2, 2, size, channels).transpose(2, 0, 1, 3, 4)
    stacked = np.zeros((n, 2, size // 2 * (size + 2) + 2, 3 * channels))
    for place, pixels in stacking(strip, stacked, size):
        np.copyto(place, pixels)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    for row in range(size):
        found = stacked[:, row % 2, row // 2 * (size + 2) :][:, : size + 2].reshape(n, size + 2, 3, channels)
        np.testing.assert_array_equal(found[:, 1:-1], padded[:, row : row + 3, 1:-1].transpose(0, 2, 1, 3))
        np.testing.assert_array_equal(found[:, :: size + 1], 0)


@every_arch
@every_team
def test_several_groups_and_divided_products_change_nothing(arch, threads, monkeypatch):
    monkeypatch.setattr(fast_module, "GROUP_NUMBERS", 2 * 16 * 16 * 16)
    monkeypatch.setattr(fast_conv, "FEWEST_ROWS", 1)
    monkeypatch.setattr(fast_conv, "SMALL_PRODUCT", 10_000)
    clear = network(arch, 16, ties=True)
    fast = FastNetwork(clear, 16, Team(threads))
    assert all(conv.parts > 1 for conv in fast.convs)
    x, labels = pictures(11, 16)
    _, grads = step(clear, x, labels)
    _, fast_grads = step(fast, x, labels)
    assert len(fast._batch.groups) > threads
    for name, dw in grads.items():
        assert_close(fast_grads[name], dw, 1e-12)


@pytest.mark.parametrize(
    ("numbers", "pictures", "groups"),
    [(3 * (8 * 8 * 16 + 4 * 4 * 32) + 7, 11, [2, 3, 3, 3]), (7, 3, [1, 1, 1]), (10**6, 4, [2, 2]), (10**6, 1, [1])],
)
def test_groups_are_as_many_for_each_member_and_as_large_as_fits(numbers, pictures, groups, monkeypatch):
    monkeypatch.setattr(fast_module, "GROUP_NUMBERS", numbers)
    fast = FastNetwork(network("two_conv", 8), 8, Team(2))
    fast.forward(np.zeros((pictures, 3, 8, 8)))
    made = fast._batch.groups
    assert [group.at.stop - group.at.start for group in made] == groups
    assert len(made[0].scratch) == 2
    assert {len(scratch.dh) for of_member in made[0].scratch for scratch in of_member} == {max(groups)}


@every_arch
def test_it_does_not_matter_which_thread_works_on_what(arch, monkeypatch):
    """Forward by one, back by another: what is needed of the way forward is kept, and not in a thread's scratch."""
    x, labels = pictures(9, 16, np.float32)
    monkeypatch.setattr(fast_module, "GROUP_NUMBERS", 2 * 16 * 16 * 16)
    wanted = step(FastNetwork(network(arch, 16, np.float32), 16, Team(2)), x, labels)
    calls = iter(range(100))

    def one_after_the_other(self, tasks):
        turn = next(calls)
        for place, task in enumerate(tasks):
            task((place + turn) % self.size)

    monkeypatch.setattr(Team, "share_out", one_after_the_other)
    logits, grads = step(FastNetwork(network(arch, 16, np.float32), 16, Team(2)), x, labels)
    assert next(calls) == 4  # both ways through the convolutions are the first and the last: one turn even, one odd
    np.testing.assert_array_equal(logits, wanted[0])
    for name, dw in grads.items():
        np.testing.assert_array_equal(dw, wanted[1][name])
