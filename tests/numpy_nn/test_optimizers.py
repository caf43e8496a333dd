"""Each optimizer takes the steps of its twin in PyTorch."""

import numpy as np
import pytest
import torch

from scratchnet.numpy_fast import optimizers as fast_optimizers
from scratchnet.numpy_fast.optimizers import FAST_OPTIMIZERS
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.optimizers import OPTIMIZERS, SGD, Adam, Muon, orthogonal
from scratchnet.torch_nn.muon import Muon as TorchMuon

CASES = {
    "sgd": (SGD, torch.optim.SGD, {}),
    "sgd, momentum, decay": (SGD, torch.optim.SGD, {"momentum": 0.9, "weight_decay": 0.01}),
    "adam": (Adam, torch.optim.Adam, {}),
    "adam, other constants, decay": (
        Adam,
        torch.optim.Adam,
        {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.01},
    ),
    "muon": (Muon, None, {"momentum": 0.9, "weight_decay": 0.01}),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def some_params(dtype=np.float64):
    rng = np.random.default_rng(4)
    return {"fc1.W": rng.standard_normal((3, 4)).astype(dtype), "fc1.b": rng.standard_normal(4).astype(dtype)}


def some_grads(step, dtype=np.float64):
    """Random, and of very different sizes from step to step."""
    rng = np.random.default_rng([5, step])
    return {
        name: (rng.standard_normal(w.shape) * 10.0 ** (step % 5 - 3)).astype(dtype) for name, w in some_params().items()
    }


@pytest.mark.parametrize("case", [case for case in CASES.values() if case[1]])
def test_200_steps_with_a_changing_rate_are_those_of_pytorch(case):
    build, torch_build, options = case
    params = some_params()
    twins = {name: torch.nn.Parameter(torch.tensor(w)) for name, w in params.items()}
    optimizer, twin = build(0.05, **options), torch_build(twins.values(), lr=0.05, **options)
    for step in range(200):
        optimizer.learning_rate = twin.param_groups[0]["lr"] = 0.05 / (1 + step)
        grads = some_grads(step)
        optimizer.step(params, grads)
        for name, parameter in twins.items():
            parameter.grad = torch.from_numpy(grads[name])
        twin.step()
    for name, parameter in twins.items():
        np.testing.assert_allclose(params[name], parameter.detach().numpy(), rtol=1e-10)


@every_case
def test_params_move_in_place_in_their_own_dtype_and_gradients_stay(case):
    params, grads = some_params(np.float32), some_grads(0, np.float32)
    arrays, before, grads_before = dict(params), some_params(np.float32), some_grads(0, np.float32)
    optimizer = case[0](0.1, **case[2])
    optimizer.step(params, grads)
    for name, w in params.items():
        assert w is arrays[name]
        assert w.dtype == np.float32
        assert (w != before[name]).all()
        np.testing.assert_array_equal(grads[name], grads_before[name])
    assert all(array.dtype == np.float32 for name, array in optimizer.state().items() if name != "t")


@every_case
def test_another_optimizer_goes_on_from_the_state(case):
    build, _, options = case
    whole, halves = some_params(), some_params()
    first, second, alone = (build(0.1, **options) for _ in range(3))
    for step in range(6):
        alone.step(whole, some_grads(step))
    for step in range(3):
        first.step(halves, some_grads(step))
    state = first.state()
    first.step(some_params(), some_grads(0))  # the state is a copy: this must not reach it
    second.load_state(state)
    for step in range(3, 6):
        second.step(halves, some_grads(step))
    for name, w in whole.items():
        np.testing.assert_array_equal(halves[name], w)


@every_case
def test_a_state_before_the_first_step_starts_anew(case):
    build, _, options = case
    used, new = build(0.1, **options), build(0.1, **options)
    start = used.state()
    used.step(some_params(), some_grads(0))
    used.load_state(start)
    params, wanted = some_params(), some_params()
    used.step(params, some_grads(1))
    new.step(wanted, some_grads(1))
    np.testing.assert_array_equal(params["fc1.W"], wanted["fc1.W"])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_fast_ones_take_the_same_steps_to_the_bit(case, threads, monkeypatch):
    monkeypatch.setattr(fast_optimizers, "BLOCK", 5)  # so that several blocks and a rest are taken
    clear, fast = some_params(np.float32), some_params(np.float32)
    (build,) = (FAST_OPTIMIZERS[name] for name, clear_one in OPTIMIZERS.items() if clear_one is case[0])
    one, other = case[0](0.1, **case[2]), build(0.1, **case[2], team=Team(threads))
    for step in range(10):
        one.step(clear, some_grads(step, np.float32))
        other.step(fast, some_grads(step, np.float32))
        one.learning_rate = other.learning_rate = 0.1 / (1 + step)
    for name, w in clear.items():
        np.testing.assert_array_equal(fast[name], w)


def laid_out_as_in_pytorch(w):
    return w.T.copy() if w.ndim == 2 else w


@pytest.mark.parametrize("shape", [(4, 3, 3, 3), (40, 3, 2, 2), (6, 5), (5, 6), (7, 1), (5,)])
def test_muon_moves_every_shape_as_in_pytorch(shape):
    rng = np.random.default_rng(2)
    params = {"w": rng.standard_normal(shape)}
    twin = torch.nn.Parameter(torch.tensor(laid_out_as_in_pytorch(params["w"])))
    settings = {"momentum": 0.9, "weight_decay": 0.1}
    optimizer, torch_optimizer = Muon(0.05, **settings), TorchMuon([twin], 0.05, **settings)
    for _ in range(20):
        grad = rng.standard_normal(shape)
        optimizer.step(params, {"w": grad})
        twin.grad = torch.from_numpy(laid_out_as_in_pytorch(grad))
        torch_optimizer.step()
    np.testing.assert_allclose(laid_out_as_in_pytorch(params["w"]), twin.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_a_step_of_muon_is_that_of_torch_optim_but_for_its_rounding():
    # adjust_lr_fn "original" is √max(1, rows/columns); torch.optim.Muon computes the products in bfloat16
    rng = np.random.default_rng(3)
    w = rng.standard_normal((48, 20)).astype(np.float32)
    twin = torch.nn.Parameter(torch.tensor(w.T.copy()))
    ours, theirs = Muon(0.1, 0.9, 0.1), torch.optim.Muon([twin], 0.1, 0.1, 0.9, adjust_lr_fn="original")
    params = {"w": w.copy()}
    for _ in range(5):
        grad = rng.standard_normal(w.shape).astype(np.float32)
        twin.grad = torch.from_numpy(grad.T.copy())
        theirs.step()
        ours.step(params, {"w": grad})
    moved = np.abs(params["w"] - w).max()
    np.testing.assert_allclose(params["w"], twin.detach().numpy().T, rtol=0, atol=0.02 * moved)


@pytest.mark.parametrize("shape", [(3, 8), (8, 3), (5, 5), (1, 6)])
def test_orthogonal_leaves_the_directions_and_makes_all_as_long(shape):
    matrix = np.random.default_rng(4).standard_normal(shape)
    U, S, Vt = np.linalg.svd(matrix, full_matrices=False)
    found = U.T @ orthogonal(matrix) @ Vt.T
    assert ((np.diag(found) > 0.6) & (np.diag(found) < 1.3)).all(), S
    np.testing.assert_allclose(found, np.diag(np.diag(found)), atol=1e-12)


def test_a_gradient_of_zeros_moves_nothing_by_muon():
    params = {"fc1.W": np.ones((3, 4), np.float32), "fc1.b": np.ones(4, np.float32)}
    Muon(0.1, 0.9).step(params, {name: np.zeros_like(w) for name, w in params.items()})
    for w in params.values():
        np.testing.assert_array_equal(w, np.ones_like(w))
