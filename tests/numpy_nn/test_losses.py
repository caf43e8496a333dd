"""Each loss against PyTorch, against measured slopes, and at its extremes."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from assert_close import assert_close

from scratchnet.numpy_nn.gradients import slope
from scratchnet.numpy_nn.losses import BinaryCrossEntropy, MeanSquaredError, SigmoidMSE, SoftmaxCrossEntropy

RNG = np.random.default_rng(3)


def binary(torch_loss):
    return lambda z, t: torch_loss(z[:, 0], t.double())


# name: (loss, the same in PyTorch, columns of the answers, what is wanted of N)
CASES = {
    "bce": (BinaryCrossEntropy(), binary(F.binary_cross_entropy_with_logits), 1, lambda n: RNG.integers(0, 2, n)),
    "mse of sigmoid": (
        SigmoidMSE(),
        binary(lambda z, t: F.mse_loss(torch.sigmoid(z), t)),
        1,
        lambda n: RNG.integers(0, 2, n).astype(np.uint8),
    ),
    "softmax": (SoftmaxCrossEntropy(), F.cross_entropy, 4, lambda n: RNG.integers(0, 4, n)),
    "mse": (MeanSquaredError(), F.mse_loss, 3, lambda n: RNG.standard_normal((n, 3))),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def prepared(case, count):
    loss, _, columns, wanted = case
    return loss, 3 * RNG.standard_normal((count, columns)), wanted(count)


@every_case
@pytest.mark.parametrize("count", [1, 6])
def test_the_gradient_is_the_slope_of_the_value(case, count):
    loss, answers, wanted = prepared(case, count)
    _, gradient = loss(answers, wanted)
    assert_close(gradient, slope(lambda: loss(answers, wanted)[0], answers), 1e-6)


@every_case
@pytest.mark.parametrize("count", [1, 6])
def test_pytorch_agrees(case, count):
    loss, answers, wanted = prepared(case, count)
    value, gradient = loss(answers, wanted)
    torch_answers = torch.tensor(answers, requires_grad=True)
    torch_value = case[1](torch_answers, torch.from_numpy(wanted))
    torch_value.backward()
    assert value == pytest.approx(torch_value.item(), rel=1e-10)
    assert_close(gradient, torch_answers.grad.numpy(), 1e-10)


@every_case
def test_the_gradient_has_the_dtype_of_the_answers_and_nothing_is_changed(case):
    loss, answers, wanted = prepared(case, 5)
    answers = answers.astype(np.float32)
    wanted = wanted.astype(np.float32) if wanted.dtype == np.float64 else wanted
    before = answers.copy(), wanted.copy()
    value, gradient = loss(answers, wanted)
    assert (type(value), gradient.dtype, gradient.shape) == (float, np.float32, answers.shape)
    np.testing.assert_array_equal(answers, before[0])
    np.testing.assert_array_equal(wanted, before[1])


def test_sure_answers_neither_overflow_nor_lose_their_digits():
    logits, wrong = np.array([[-800.0], [800.0]]), np.array([1, 0])
    value, gradient = BinaryCrossEntropy()(logits, wrong)
    assert value == 800
    np.testing.assert_array_equal(gradient, [[-0.5], [0.5]])
    value, _ = BinaryCrossEntropy()(np.array([[40.0]]), np.array([1]))
    assert value == pytest.approx(np.exp(-40), rel=1e-12, abs=0)
    both = np.array([[1000.0, 0.0, -1000.0], [0.0, 0.0, -1.0]])  # each is shifted by a maximum of its own
    value, gradient = SoftmaxCrossEntropy()(both, np.array([2, 0]))
    assert value == pytest.approx((2000 + np.log(2 + np.exp(-1))) / 2, rel=1e-12)
    np.testing.assert_array_equal(2 * gradient[0], [1, 0, -1])


def test_right_answers():
    logits, labels = np.array([[0.1], [-1.0], [3.0], [0.0]]), np.array([1, 1, 0, 0], dtype=np.uint8)
    for loss in (BinaryCrossEntropy(), SigmoidMSE()):
        np.testing.assert_array_equal(loss.right(logits, labels), [True, False, False, True])  # 0 is no dog
    three = np.array([[0.0, 2.0, 1.0], [5.0, 0.0, 1.0]])
    np.testing.assert_array_equal(SoftmaxCrossEntropy().right(three, np.array([1, 2])), [True, False])
    assert MeanSquaredError().right(logits, logits) is None


@pytest.mark.parametrize(
    ("loss", "answers", "wanted"),
    [
        (BinaryCrossEntropy(), (4, 1), (4, 1)),
        (SigmoidMSE(), (4,), (4,)),
        (SoftmaxCrossEntropy(), (4, 3), (4, 3)),
        (MeanSquaredError(), (4, 1), (4,)),
    ],
)
def test_shapes_that_would_broadcast_are_refused(loss, answers, wanted):
    with pytest.raises(ValueError, match=r"got \(4.*\) and \(4.*\)"):
        loss(np.zeros(answers), np.zeros(wanted, dtype=np.int64))
