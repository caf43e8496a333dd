"""Optimizers: how a gradient moves the parameters.

`step(params, grads)` changes the arrays in `params` in place. `learning_rate` may be changed between steps.
`weight_decay` adds the gradient of ½·weight_decay·‖w‖² (L2) to that of the loss; Muon's does not mix with the gradient.
"""

import numpy as np

from scratchnet.names import below
from scratchnet.numpy_nn.layers import Arrays


class SGD:
    """g = dw + weight_decay · w      v ← momentum · v + g      w ← w − learning_rate · v

    Stochastic gradient descent with momentum, without dampening:
    https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
    """

    def __init__(self, learning_rate: float, momentum: float = 0.0, weight_decay: float = 0.0):
        self.learning_rate = learning_rate
        self._momentum, self._weight_decay = momentum, weight_decay
        self._v: Arrays = {}

    def step(self, params: Arrays, grads: Arrays) -> None:
        self._v = self._v or zeros_like(params)
        for name, w in params.items():
            v = self._v[name]
            v *= self._momentum
            v += grads[name] + self._weight_decay * w
            w -= self.learning_rate * v

    def state(self) -> Arrays:
        return _prefixed("v", self._v)

    def load_state(self, state: Arrays) -> None:
        self._v = _part("v", state)


class Adam:
    """g = dw + weight_decay · w      m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²

    w ← w − learning_rate · m̂ / (√v̂ + eps),      m̂ = m / (1 − β₁ᵗ),      v̂ = v / (1 − β₂ᵗ) in step t = 1, 2, ...

    m and v start at 0, which m̂ and v̂ make up for: arXiv:1412.6980, algorithm 1;
    https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html
    """

    def __init__(
        self,
        learning_rate: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        self.learning_rate = learning_rate
        self._betas, self._eps, self._weight_decay = betas, eps, weight_decay
        self._m: Arrays = {}
        self._v: Arrays = {}
        self._t = 0

    def step(self, params: Arrays, grads: Arrays) -> None:
        self._m, self._v = self._m or zeros_like(params), self._v or zeros_like(params)
        self._t += 1
        beta1, beta2 = self._betas
        rate = self.learning_rate / (1 - beta1**self._t)
        for name, w in params.items():
            m, v, g = self._m[name], self._v[name], grads[name] + self._weight_decay * w
            m += (1 - beta1) * (g - m)
            v += (1 - beta2) * (g * g - v)
            w -= rate * m / (np.sqrt(v / (1 - beta2**self._t)) + self._eps)

    def state(self) -> Arrays:
        t = np.array([self._t], dtype=np.int64)
        return _prefixed("m", self._m) | _prefixed("v", self._v) | {"t": t}

    def load_state(self, state: Arrays) -> None:
        self._m, self._v = _part("m", state), _part("v", state)
        self._t = int(state["t"][0])


class Muon(SGD):
    """v ← momentum · v + dw      u = orthogonal(dw + momentum · v)      w ← w − learning_rate · (s·u + weight_decay·w)

    Stochastic gradient descent, but a weight matrix is moved by as much in every direction. In a gradient a few
    directions are a hundred times as long as the others, and so the others hardly learn. `orthogonal` makes all about
    as long. A convolution's W (O, C, kh, kw) is a matrix (O, C·kh·kw). s is √(outputs / inputs of a unit), at least 1.
    Rows (b, γ and β) have no directions in this sense: u is theirs over its root mean square, s is `ROWS`, and they do
    not decay. Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/; rows: arXiv:2502.07529.
    """

    def step(self, params: Arrays, grads: Arrays) -> None:
        self._v = self._v or zeros_like(params)
        for name, w in params.items():
            self._move(w, grads[name], self._v[name])

    def _move(self, w: np.ndarray, dw: np.ndarray, v: np.ndarray) -> None:
        v *= self._momentum
        v += dw
        u = dw + self._momentum * v
        if w.ndim == 1:
            w -= self.learning_rate * ROWS * u / (np.sqrt(np.mean(u * u)) + TINY)
            return
        matrix = orthogonal(u.reshape(len(u), -1)).reshape(u.shape)
        inputs, outputs = w.shape if w.ndim == 2 else (w[0].size, len(w))
        w *= 1 - self.learning_rate * self._weight_decay
        w -= self.learning_rate * max(1.0, outputs / inputs) ** 0.5 * matrix


ROWS = 0.02  # of the learning rate: what b, γ and β move by
STEPS, QUINTIC = 5, (3.4445, -4.7750, 2.0315)  # of `orthogonal`; Jordan et al. chose them
TINY = 1e-12  # a gradient of nothing but zeros stays so


def orthogonal(matrix: np.ndarray) -> np.ndarray:
    """U·Vᵀ of a matrix U·S·Vᵀ (rows, columns), roughly: all singular values become 0.7 to 1.2.

    Newton–Schulz: x ← a·x + b·(x·xᵀ)·x + c·(x·xᵀ)²·x takes every singular value σ to aσ + bσ³ + cσ⁵, and leaves U and V
    as they are. So no singular value has to be known.
    """
    wide = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    x = wide / (np.linalg.norm(wide) + TINY)  # no singular value is above 1
    a, b, c = QUINTIC
    for _ in range(STEPS):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x if wide is matrix else x.T


OPTIMIZERS = {"sgd": SGD, "adam": Adam, "muon": Muon}


def zeros_like(params: Arrays) -> Arrays:
    return {name: np.zeros_like(w) for name, w in params.items()}


def _prefixed(prefix: str, arrays: Arrays) -> Arrays:
    """Copies, named prefix/NAME."""
    return {f"{prefix}/{name}": array.copy() for name, array in arrays.items()}


def _part(prefix: str, state: Arrays) -> Arrays:
    """Copies of what `_prefixed` named."""
    return {name: array.copy() for name, array in below(prefix, state).items()}
