"""Adam: a step of about the learning rate for every weight, however large its gradient."""

import math

import numpy as np

from exercises.exercise import Exercise, Mistake, numbers

STEPS = 3


def questions():
    """Gradients of very different sizes; some are as small as eps."""
    sizes = np.array([1e3, 1.0, 1e-3, 1e-8])
    return [
        {"w": numbers(2, 4), "b": numbers(4), "dw": numbers(STEPS, 2, 4) * sizes, "db": numbers(STEPS, 4) * sizes}
        | {"rate": 0.1, "betas": betas, "decay": decay}
        for betas, decay in (((0.9, 0.999), 0.0), ((0.8, 0.95), 0.01))
    ]


def answer(code, w, b, dw, db, rate, betas, decay):
    own, optimizer = {"W": w.copy(), "b": b.copy()}, code.Adam(rate, betas, weight_decay=decay)
    for step in range(STEPS):
        optimizer.step(dict(own), {"W": dw[step], "b": db[step]})
    state = optimizer.state()
    moments = {f"{moment} of w after 3 steps": state.get(f"{moment}/W") for moment in "mv"}
    return {"w after 3 steps": own["W"], "b after 3 steps": own["b"], **moments, "t after 3 steps": int(state["t"][0])}


def one_by_one(_code, w, b, dw, db, rate, betas, decay):
    moved = {"w": w.copy(), "b": b.copy()}
    moments = {"m": np.zeros_like(w), "v": np.zeros_like(w)}
    for name, gradients in (("w", dw), ("b", db)):
        for place in np.ndindex(moved[name].shape):
            m = v = 0.0
            for t in range(1, STEPS + 1):
                g = gradients[(t - 1, *place)] + decay * moved[name][place]
                m = betas[0] * m + (1 - betas[0]) * g
                v = betas[1] * v + (1 - betas[1]) * g**2
                m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
                moved[name][place] -= rate * m_hat / (math.sqrt(v_hat) + 1e-8)
            if name == "w":
                moments["m"][place], moments["v"][place] = m, v
    return (
        {f"{name} after 3 steps": array for name, array in moved.items()}
        | {f"{name} of w after 3 steps": array for name, array in moments.items()}
        | {"t after 3 steps": STEPS}
    )


def pytorch(_code, w, b, dw, db, rate, betas, decay):
    import torch

    twins = [torch.nn.Parameter(torch.tensor(array)) for array in (w, b)]
    optimizer = torch.optim.Adam(twins, lr=rate, betas=betas, weight_decay=decay)
    for step in range(STEPS):
        for twin, gradients in zip(twins, (dw, db), strict=True):
            twin.grad = torch.from_numpy(gradients[step])
        optimizer.step()
    return {f"{name} after 3 steps": twin.detach().numpy() for name, twin in zip("wb", twins, strict=True)}


EXERCISE = Exercise(
    title="Adam",
    chapter=8,
    file="scratchnet/numpy_nn/optimizers.py",
    symbols=("Adam.step",),
    asks="step(params, grads) changes the arrays in params in place. The averages stay in self._m and self._v, dicts "
    "with the names of params that are empty before the first step; self._t counts the steps. g is the gradient plus "
    "self._weight_decay times the weight, as in SGD. self._betas and self._eps are given.",
    hints=(
        "Two averages for each parameter: m of the gradient, v of its square. zeros_like(params) makes the first ones.",
        "They begin at 0, so in step t they are too small by 1 − βᵗ: m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), with t "
        "= 1 in the first step. Count t once a step, not once a parameter.",
        "m += (1 - beta1) * (g - m); v += (1 - beta2) * (g * g - v); w -= learning_rate * m̂ / (np.sqrt(v̂) + eps)",
    ),
    mistakes=(
        Mistake(
            "rate = self.learning_rate / (1 - beta1**self._t)",
            "rate = self.learning_rate",
            "m̂ is missing: m begins at 0, and in the first step it is only (1 − β₁) g. Divide by 1 − β₁ᵗ.",
        ),
        Mistake(
            "np.sqrt(v / (1 - beta2**self._t))",
            "np.sqrt(v)",
            "v̂ is missing: v begins at 0, so the first steps are far too long. Divide by 1 − β₂ᵗ.",
        ),
        Mistake(
            "(np.sqrt(v / (1 - beta2**self._t)) + self._eps)",
            "np.sqrt(v / (1 - beta2**self._t) + self._eps)",
            "eps is under the root. It is added to the root: √v̂ + eps.",
        ),
        Mistake(
            "np.sqrt(v / (1 - beta2**self._t))",
            "v / (1 - beta2**self._t)",
            "The root is missing: v̂ is a mean of squares, and √v̂ has the size of a gradient.",
        ),
        Mistake(
            "        rate = self.learning_rate / (1 - beta1**self._t)\n"
            "        for name, w in params.items():\n"
            "            m, v, g = self._m[name], self._v[name], grads[name] + self._weight_decay * w\n"
            "            m += (1 - beta1) * (g - m)\n"
            "            v += (1 - beta2) * (g * g - v)\n"
            "            w -= rate * m / (np.sqrt(v / (1 - beta2**self._t))",
            "        rate = self.learning_rate\n"
            "        for name, w in params.items():\n"
            "            m, v, g = self._m[name], self._v[name], grads[name] + self._weight_decay * w\n"
            "            m += (1 - beta1) * (g - m)\n"
            "            v += (1 - beta2) * (g * g - v)\n"
            "            w -= rate * m / (np.sqrt(v)",
            "m̂ and v̂ are missing: m and v begin at 0, and are too small at first. Divide by 1 − β₁ᵗ and 1 − β₂ᵗ.",
        ),
        Mistake(
            "self._m or zeros_like(params), self._v or zeros_like(params)",
            "zeros_like(params), zeros_like(params)",
            "m and v begin anew in every step. What is kept of them has to be in self._m and self._v.",
        ),
        Mistake(
            " + self._weight_decay * w",
            "",
            "The weight decay is missing: g is grads[name] + self._weight_decay * w.",
        ),
        Mistake(
            "grads[name] + self._weight_decay * w\n"
            "            m += (1 - beta1) * (g - m)\n"
            "            v += (1 - beta2) * (g * g - v)\n",
            "grads[name]\n"
            "            m += (1 - beta1) * (g - m)\n"
            "            v += (1 - beta2) * (g * g - v)\n"
            "            w -= self.learning_rate * self._weight_decay * w\n",
            "The decay is taken from w apart, as AdamW does. Here it belongs to g, and goes through m and v.",
        ),
        Mistake("w -= rate", "w += rate", "The step goes up the slope. The loss falls against it: w -= ..."),
        Mistake("g * g - v", "g - v", "v is an average of g. It is one of g², and never negative."),
        Mistake(
            "        self._t += 1\n"
            "        beta1, beta2 = self._betas\n"
            "        rate = self.learning_rate / (1 - beta1**self._t)\n"
            "        for name, w in params.items():\n",
            "        beta1, beta2 = self._betas\n"
            "        for name, w in params.items():\n"
            "            self._t += 1\n"
            "            rate = self.learning_rate / (1 - beta1**self._t)\n",
            "t is counted for each parameter. It counts the steps: once, before the loop.",
        ),
        Mistake(
            "        self._t += 1\n",
            "",
            "t stays 0, and 1 − β⁰ is 0. Count it before it is used: t is 1 in the first step.",
        ),
        Mistake(
            "rate = self.learning_rate / (1 - beta1**self._t)",
            "rate = np.float64(self.learning_rate) / (1 - beta1 ** (self._t - 1))",
            "The first step divides by 1 − β⁰, which is 0. Count t before it is used: there, it is 1.",
        ),
        Mistake(
            "w -= rate * m",
            "params[name] = w - rate * m",
            "A new array was made, and the layer's own did not move. Change it in place: w -= ...",
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"one weight at a time": one_by_one, "PyTorch": pytorch},
)
