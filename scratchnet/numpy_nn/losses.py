"""Losses: how wrong the answers are, and in which direction they should move.

`loss(answers, wanted) -> (value, gradient)`: the value is a float, a mean over the batch; the gradient is that of the
value by the answers. Classifiers answer with logits, so sigmoid and softmax are part of the loss, where the
exponentials cannot overflow. `loss.right(answers, wanted)` says which answers are right, (N,) bool, or None where
there is no right and wrong.
"""

import numpy as np


class BinaryCrossEntropy:
    """L = 1/N Σₙ −t log σ(z) − (1 − t) log(1 − σ(z))      dz = (σ(z) − t) / N

    logits z (N, 1); labels t (N,), 0 or 1, or `smoothed`. −log σ(z) is log(1 + e⁻ᶻ), and −log(1 − σ(z)) log(1 + eᶻ).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
    """

    def __call__(self, logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
        t = _column(logits, labels)
        value = t * np.logaddexp(0, -logits) + (1 - t) * np.logaddexp(0, logits)
        return float(value.mean()), (sigmoid(logits) - t) / len(t)

    def right(self, logits, labels):
        return (logits > 0)[:, 0] == labels


class SigmoidMSE:
    """L = 1/N Σₙ (σ(z) − t)²      dz = 2 (σ(z) − t) σ(z) (1 − σ(z)) / N

    logits z (N, 1); labels t (N,), 0 or 1. The squared error of the probability, as tutorials have it: where the
    network is sure and wrong, σ(z)(1 − σ(z)) vanishes and it hardly learns, which cross-entropy was made to avoid.
    """

    def __call__(self, logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
        t = _column(logits, labels)
        p = sigmoid(logits)
        return float(np.square(p - t).mean()), 2 * (p - t) * p * sigmoid(-logits) / len(t)

    right = BinaryCrossEntropy.right


LOSSES = {"bce": BinaryCrossEntropy, "mse": SigmoidMSE}  # of one logit


class SoftmaxCrossEntropy:
    """L = −1/N Σₙ log softmax(z)[t]      log softmax(z) = z − log Σₖ eᶻᵏ      dz = (softmax(z) − onehot(t)) / N

    logits z (N, K); labels t (N,), 0 to K − 1.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
    """

    def __call__(self, logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
        if logits.ndim != 2 or labels.shape != logits.shape[:1]:
            raise ValueError(f"wants logits (N, K) and labels (N,), got {logits.shape} and {labels.shape}")
        shifted = logits - logits.max(axis=1, keepdims=True)  # softmax does not see it, and nothing overflows
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        each = np.arange(len(labels))
        gradient = np.exp(log_p)
        gradient[each, labels] -= 1
        return -float(log_p[each, labels].mean()), gradient / len(labels)

    def right(self, logits, labels):
        return logits.argmax(axis=1) == labels


class MeanSquaredError:
    """L = 1/(N M) Σ_{n, m} (y − t)²      dy = 2 (y − t) / (N M)

    y (N, M), targets t (N, M). https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
    """

    def __call__(self, y: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
        if y.shape != targets.shape:
            raise ValueError(f"wants y and targets of one shape, got {y.shape} and {targets.shape}")
        difference = y - targets
        return float(np.square(difference).mean()), 2 * difference / difference.size

    def right(self, y, targets):  # noqa: ARG002
        return None


def smoothed(labels: np.ndarray, amount: float) -> np.ndarray:
    """Labels (N,), 0 or 1, as `amount` / 2 and 1 − `amount` / 2, float64: nothing is certain, and no logit runs away.

    Szegedy et al. 2015, arXiv:1512.00567, section 7.
    """
    return labels * (1 - amount) + amount / 2


def sigmoid(z: np.ndarray) -> np.ndarray:
    """σ(z) = 1 / (1 + e⁻ᶻ), written so that neither tail overflows nor loses its digits."""
    return np.exp(-np.logaddexp(0, -z))


def _column(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels as (N, 1) in the dtype of the logits; (N, 1) − (N,) would silently be (N, N)."""
    if logits.ndim != 2 or logits.shape[1] != 1 or labels.shape != logits.shape[:1]:
        raise ValueError(f"wants logits (N, 1) and labels (N,), got {logits.shape} and {labels.shape}")
    return labels[:, None].astype(logits.dtype)
