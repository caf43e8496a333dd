"""Softmax and cross-entropy: the loss of several classes."""

import math

import numpy as np

from exercises.exercise import Exercise, Mistake, numbers
from scratchnet.numpy_nn.gradients import slope


def questions():
    sure = np.array([[1000.0, 0.0, -1000.0], [0.0, 800.0, 0.0]])
    return [
        {"logits": 2 * numbers(5, 3), "labels": np.array([2, 0, 1, 1, 2])},
        {"logits": numbers(1, 4), "labels": np.array([3])},
        {"logits": sure, "labels": np.array([0, 0])},
    ]


def answer(code, logits, labels):
    value, gradient = code.SoftmaxCrossEntropy()(logits, labels)
    return {"the value": value, "dlogits": gradient}


def one_by_one(_code, logits, labels):
    """Each exponential is that of the distance to the row's largest logit, so that none overflows."""
    (N, K), value, gradient = logits.shape, 0.0, np.zeros_like(logits)
    for n, t in enumerate(labels.tolist()):
        largest = max(logits[n].tolist())
        total = sum(math.exp(z - largest) for z in logits[n].tolist())
        value += (math.log(total) - (logits[n, t] - largest)) / N
        for k in range(K):
            gradient[n, k] = (math.exp(logits[n, k] - largest) / total - (k == t)) / N
    return {"the value": float(value), "dlogits": gradient}


def measured(code, logits, labels):
    loss = code.SoftmaxCrossEntropy()
    sure = np.abs(logits).max() > 100  # a step of 1e-6 beside 1000 says little
    return {} if sure else {"dlogits": slope(lambda: loss(logits, labels)[0], logits)}


def pytorch(_code, logits, labels):
    import torch

    z = torch.tensor(logits, requires_grad=True)
    value = torch.nn.functional.cross_entropy(z, torch.from_numpy(labels))
    value.backward()
    return {"the value": value.item(), "dlogits": z.grad.numpy()}


EXERCISE = Exercise(
    title="softmax and cross-entropy",
    chapter=4,
    file="scratchnet/numpy_nn/losses.py",
    symbols=("SoftmaxCrossEntropy.__call__",),
    asks="From logits (N, K) and labels (N,), 0 to K − 1, it gives two things: the mean over the batch of −log "
    "softmax(z)[t], a float, and its gradient by the logits, (N, K). Logits of 1000 must not overflow.",
    hints=(
        "softmax does not change when the same number is taken from all logits of a row. Take the largest.",
        "With z shifted so, log softmax(z) = z − log Σₖ eᶻᵏ; the sum is over the row, axis=1, keepdims=True. "
        "The gradient is softmax(z), minus 1 at the label's place, divided by N.",
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)). With each = np.arange(len(labels)), "
        "log_p[each, labels] are the N that count, and gradient[each, labels] -= 1 takes the ones away.",
    ),
    mistakes=(
        Mistake(
            "shifted = logits - logits.max(axis=1, keepdims=True)",
            "shifted = logits",
            "An exponential became ∞, or a share became 0, and its logarithm is infinite. Take the row's largest logit "
            "away first. Then take no logarithm of a share: log p = z − log Σ eᶻ.",
        ),
        Mistake(
            "return -float(log_p[each, labels].mean()), gradient / len(labels)",
            "return gradient / len(labels), -float(log_p[each, labels].mean())",
            "The gradient came first. Of the two the value is the first.",
        ),
        Mistake(
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "log_p = np.log(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))",
            "e¹⁰⁰⁰ is too large for a float: it became ∞, and ∞ / ∞ is no number. Take the row's largest logit away "
            "first: softmax does not see it.",
        ),
        Mistake(
            "np.exp(shifted).sum(axis=1, keepdims=True)",
            "np.exp(shifted).sum(axis=0, keepdims=True)",
            "The exponentials are added up over the batch. A row is a sample, and has a sum of its own: axis=1.",
        ),
        Mistake(
            "float(log_p[each, labels]",
            "float(log_p[:, labels]",
            "In every row the columns of all labels were taken. In row n it is the column labels[n] alone: "
            "log_p[np.arange(N), labels].",
        ),
        Mistake(
            "np.exp(shifted).sum(axis=1, keepdims=True)",
            "np.exp(shifted).sum()",
            "The exponentials are added up over the whole batch. Each row has a sum of its own: axis=1, keepdims=True.",
        ),
        Mistake(
            "gradient / len(labels)", "gradient", "1/N is missing in the gradient: the value is a mean over the batch."
        ),
        Mistake(
            "gradient / len(labels)",
            "gradient / gradient.size",
            "The gradient is divided by N·K. The value is a mean over the N samples, so it is N.",
        ),
        Mistake(".mean()", ".sum()", "The value is added up over the batch. It is the mean: divide by N."),
        Mistake(
            "gradient[each, labels] -= 1",
            "gradient[:, labels] -= 1",
            "1 is taken away in the columns of all labels, in every row. In row n it is the column labels[n] alone: "
            "gradient[np.arange(N), labels].",
        ),
        Mistake(
            "return -float", "return float", "The sign of the value is wrong: log p is negative, the loss is −log p."
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"one exponential at a time": one_by_one, "measured slopes": measured, "PyTorch": pytorch},
)
