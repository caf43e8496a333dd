"""The training step in PyTorch: forward, loss, backward, update."""

import numpy as np

from exercises.exercise import Exercise, Mistake, numbers
from scratchnet.numpy_nn import layers, losses, optimizers
from scratchnet.numpy_nn.gradients import slope

RATES = (0.5, 0.1)  # of the first step and of the second
PLACE = {"dW": "weight", "db": "bias"}


def questions():
    labels = np.array([1.0, 0.0, 1.0, 1.0])
    return [
        {"x": numbers(4, 3), "labels": labels, "W": numbers(3, 1), "b": numbers(1), "weight": w} for w in (1.0, 0.75)
    ]


def answer(code, x, labels, W, b, weight):
    """Two steps of logistic regression, and then the gradients alone."""
    import torch

    model = torch.nn.Linear(*W.shape)
    model.weight, model.bias = torch.nn.Parameter(torch.tensor(W.T)), torch.nn.Parameter(torch.tensor(b))
    optimizer = torch.optim.SGD(model.parameters(), lr=99.0, momentum=0.9)
    step = code.TrainingStep(model, code.bce, optimizer, "float32")
    batch = torch.tensor(x), torch.tensor(labels)
    first, second = (_number(step(*batch, rate, weight)) for rate in RATES)
    moved = {"W": model.weight.detach().numpy().T.copy(), "b": model.bias.detach().numpy().copy()}
    third = step.backward(*batch, weight)
    grads = {name: _array(getattr(model, where).grad) for name, where in PLACE.items()}
    afterwards = {"the loss hangs on its graph": bool(getattr(third, "requires_grad", False))}
    steps = {"the first loss": first, "the second loss": second, "the loss that backward gives": _number(third)}
    return grads | steps | {f"{name} after two steps": w for name, w in moved.items()} | afterwards


def _number(loss):
    return None if loss is None else float(loss.detach())


def _array(grad):
    return None if grad is None else grad.numpy().T.copy()


def in_numpy(_code, x, labels, W, b, weight):
    """The same steps with the layers of numpy_nn."""
    W, b = W.copy(), b.copy()
    layer, loss, optimizer = layers.Linear(W, b), losses.BinaryCrossEntropy(), optimizers.SGD(0.0, momentum=0.9)
    seen = []
    for rate in (*RATES, 0.0):
        value, dy = loss(layer.forward(x), labels)
        layer.backward(dy * weight)
        seen.append(float(value * weight))
        optimizer.learning_rate = rate
        optimizer.step(layer.params, layer.grads)
    names = ("the first loss", "the second loss", "the loss that backward gives")
    moved = {"W after two steps": W, "b after two steps": b, "the loss hangs on its graph": False}
    return {"dW": layer.grads["W"], "db": layer.grads["b"]} | dict(zip(names, seen, strict=True)) | moved


def measured(code, x, labels, W, b, weight):
    """The slopes of the loss after two steps."""
    moved = answer(code, x, labels, W, b, weight)
    W, b, loss = moved["W after two steps"], moved["b after two steps"], losses.BinaryCrossEntropy()
    layer = layers.Linear(W, b)
    return {
        name: slope(lambda: weight * loss(layer.forward(x), labels)[0], array) for name, array in (("dW", W), ("db", b))
    }


EXERCISE = Exercise(
    title="the training step in PyTorch",
    chapter=9,
    file="scratchnet/torch_nn/step.py",
    symbols=("TrainingStep.__call__", "TrainingStep.backward"),
    asks="backward(x, labels, weight) leaves the gradients of weight times the loss in the parameters, and gives "
    "this loss. Calling the step does that, sets the learning rate of every group of self.optimizer to rate, "
    "updates, and gives the loss before the update. self.batch_loss(x, labels) is forward and loss.",
    hints=(
        "PyTorch adds gradients to those that are there. What has to come before loss.backward()?",
        "backward: self.optimizer.zero_grad(), the loss times weight, loss.backward(). The call: self.backward(...), "
        'then group["lr"] = rate for each group of self.optimizer.param_groups, then self.optimizer.step().',
        "Return loss.detach(): the number without the graph that led to it, which would stay in memory as long as it "
        "does.",
    ),
    mistakes=(
        Mistake(
            "        self.optimizer.zero_grad()\n",
            "",
            "The gradients of the step before are still there, and PyTorch adds to them: self.optimizer.zero_grad() "
            "first.",
        ),
        Mistake("loss.backward()", "pass", "Nothing has computed the gradients: loss.backward() fills them."),
        Mistake("self.optimizer.step()", "pass", "The weights do not move: self.optimizer.step() is missing."),
        Mistake(
            "return loss.detach()",
            "return loss",
            "The loss still hangs on the graph of its computation, which stays in memory with it: loss.detach().",
        ),
        Mistake(
            "return loss.detach()",
            "return loss.item()",
            "loss.item() is a number of Python's, for which a GPU is waited for. Return the tensor: loss.detach().",
        ),
        Mistake(
            "loss = self.backward(x, labels, weight)",
            "loss = self.backward(x, labels)",
            "The call has a weight, and backward is not given it: self.backward(x, labels, weight).",
        ),
        Mistake(
            'group["lr"] = rate',
            "pass",
            'The learning rate is the one of the beginning. Set group["lr"] of every group to rate.',
        ),
        Mistake("loss = loss * weight", "pass", "weight is left out: the loss and its gradients count weight times."),
    ),
    questions=questions,
    answer=answer,
    oracles={"the layers of numpy_nn": in_numpy, "measured slopes": measured},
)
