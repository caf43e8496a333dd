"""Stochastic gradient descent with momentum and weight decay."""

import numpy as np

from exercises.exercise import Exercise, Mistake, numbers

STEPS = 3


def questions():
    return [
        {"w": numbers(2, 3), "dw": numbers(STEPS, 2, 3), "rate": 0.1, "momentum": momentum, "decay": decay}
        for momentum, decay in ((0.9, 0.01), (0.0, 0.0))
    ]


def answer(code, w, dw, rate, momentum, decay):
    own, optimizer = w.copy(), code.SGD(rate, momentum, decay)
    for step in range(STEPS):
        optimizer.step({"W": own}, {"W": dw[step]})
    return {"w after 3 steps": own, "v after 3 steps": optimizer.state().get("v/W")}


def one_by_one(_code, w, dw, rate, momentum, decay):
    w, v = w.copy(), np.zeros_like(w)
    for step in range(STEPS):
        for place in np.ndindex(w.shape):
            v[place] = momentum * v[place] + dw[(step, *place)] + decay * w[place]
            w[place] -= rate * v[place]
    return {"w after 3 steps": w, "v after 3 steps": v}


def pytorch(_code, w, dw, rate, momentum, decay):
    import torch

    twin = torch.nn.Parameter(torch.tensor(w))
    optimizer = torch.optim.SGD([twin], lr=rate, momentum=momentum, weight_decay=decay)
    for gradient in dw:
        twin.grad = torch.from_numpy(gradient)
        optimizer.step()
    return {"w after 3 steps": twin.detach().numpy()}


EXERCISE = Exercise(
    title="SGD with momentum",
    chapter=3,
    file="scratchnet/numpy_nn/optimizers.py",
    symbols=("SGD.step",),
    asks="step(params, grads) changes the arrays in params in place. The velocities stay in self._v, a dict with the "
    "names of params; it is empty before the first step. zeros_like(params) makes the first ones.",
    hints=(
        "Three lines for each parameter, as the docstring of SGD has them: g, then v, then w.",
        "`w -= ...` changes the array that the layer holds. `w = w - ...` makes a new array that nobody reads.",
        "v = self._v[name]; v *= self._momentum; v += grads[name] + self._weight_decay * w; w -= self.learning_rate "
        "* v",
    ),
    mistakes=(
        Mistake(
            "w -= self", "w += self", "It goes uphill: w has to move against the gradient, w ← w − learning_rate · v."
        ),
        Mistake(
            "w -= self.learning_rate * v",
            "w = w - self.learning_rate * v",
            "A new array was made, and the layer's own did not move. Change it in place: w -= ...",
        ),
        Mistake(
            "self._v = self._v or zeros_like(params)",
            "self._v = zeros_like(params)",
            "The velocities begin at 0 in every step. They have to last: that is the momentum.",
        ),
        Mistake(
            "v += grads[name] + self._weight_decay * w",
            "v += (1 - self._momentum) * (grads[name] + self._weight_decay * w)",
            "g counts 1 − momentum. That is an average (Adam's m); here v ← momentum · v + g, without dampening.",
        ),
        Mistake(
            "v += grads[name] + self._weight_decay * w\n            w -= self.learning_rate * v",
            "v -= self.learning_rate * (grads[name] + self._weight_decay * w)\n            w += v",
            "The learning rate is inside the velocity. Here v ← momentum · v + g, so that a new rate counts at once.",
        ),
        Mistake(
            "v += grads[name] + self._weight_decay * w\n            w -= self.learning_rate * v",
            "v += grads[name]\n            w -= self.learning_rate * (v + self._weight_decay * w)",
            "The decay goes past the velocity. Here it is a part of the gradient: g = dw + weight_decay · w, then v.",
        ),
        Mistake(
            "        self._v = self._v or zeros_like(params)\n",
            "",
            "self._v is an empty dict before the first step: make zeros for each parameter then.",
        ),
        Mistake(" + self._weight_decay * w", "", "The weight decay is missing: g = dw + weight_decay · w."),
        Mistake(
            "v += grads[name] + self._weight_decay * w",
            "g = grads[name]\n            g += self._weight_decay * w\n            v += g",
            "The decay was added into the gradient's own array. It is the layer's: make a new one.",
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"one weight at a time": one_by_one, "PyTorch": pytorch},
)
