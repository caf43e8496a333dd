"""The backward pass of a linear layer."""

from exercises.exercise import Exercise, Mistake, numbers
from scratchnet.numpy_nn import loops
from scratchnet.numpy_nn.gradients import slope


def questions():
    return [
        {"x": numbers(N, D), "W": numbers(D, M), "b": numbers(M), "dy": numbers(N, M, seed=2)}
        for N, D, M in ((4, 5, 3), (3, 3, 3), (1, 2, 4))
    ]


def answer(code, x, W, b, dy):
    layer = code.Linear(W, b)
    layer.forward(x)
    dx = layer.backward(dy)
    first = code.Linear(W, b, needs_dx=False)
    first.forward(x)
    without = first.backward(dy)
    return {"dx": dx, "dW": layer.grads.get("W"), "db": layer.grads.get("b"), "dx with needs_dx=False": without}


def in_loops(_code, x, W, dy, **_):
    dx, dW, db = loops.linear_backward(x, W, dy)
    return {"dx": dx, "dW": dW, "db": db, "dx with needs_dx=False": None}


def measured(code, x, W, b, dy):
    layer = code.Linear(W, b)
    return {
        name: slope(lambda: float((layer.forward(x) * dy).sum()), array)
        for name, array in (("dx", x), ("dW", W), ("db", b))
    }


def pytorch(_code, x, W, b, dy):
    import torch

    inputs = [torch.tensor(array, requires_grad=True) for array in (x, W, b)]
    (inputs[0] @ inputs[1] + inputs[2]).backward(torch.from_numpy(dy))
    return {name: array.grad.numpy() for name, array in zip(("dx", "dW", "db"), inputs, strict=True)}


EXERCISE = Exercise(
    title="Linear, backward",
    chapter=3,
    file="scratchnet/numpy_nn/layers.py",
    symbols=("Linear.backward",),
    asks='backward(dy) fills self.grads with {"W": dW, "b": db} and returns dx, or None where self._needs_dx is False. '
    "forward has kept x in self._x.",
    hints=(
        "Write down the shapes: x (N, D), W (D, M), dy (N, M). dW must be (D, M), dx (N, D). Which products fit?",
        "W[d, m] multiplies x[n, d] for every n, so dW[d, m] = Σₙ x[n, d] · dy[n, m]: a matrix product with x "
        "transposed. b[m] is added for every n, so db[m] = Σₙ dy[n, m].",
        'self.grads = {"W": self._x.T @ dy, "b": dy.sum(axis=0)}, and dx = dy @ self.params["W"].T',
    ),
    mistakes=(
        Mistake(
            'dy @ self.params["W"].T',
            'dy @ self.params["W"]',
            "W is not transposed. dy (N, M) times Wᵀ (M, D) is dx (N, D); where D = M, NumPy says nothing.",
        ),
        Mistake(
            '{"W": self._x.T @ dy, "b": dy.sum(axis=0)}',
            "{}",
            'It was not found in self.grads, whose keys are those of self.params: {"W": dW, "b": db}.',
        ),
        Mistake(
            "dy.sum(axis=0)",
            "dy.sum(axis=1)",
            "db is summed over the M outputs. It is summed over the batch, the first axis: axis=0.",
        ),
        Mistake(
            "dy.sum(axis=0)",
            "dy.mean(axis=0)",
            "db is a mean over the batch. It is a sum: the 1/N of the loss is in dy already.",
        ),
        Mistake(
            "self._x.T @ dy",
            "self._x.T @ dy / len(dy)",
            "dW is divided by N. It is a sum over the batch: the 1/N of the loss is in dy already.",
        ),
        Mistake(
            "dy.sum(axis=0)", "dy.sum(axis=0, keepdims=True)", "db is (1, M). b is (M,), and db has the shape of b."
        ),
        Mistake(
            "dy.sum(axis=0)",
            "dy.sum()",
            "db is one number. Each of the M outputs has a b of its own: sum over the batch alone.",
        ),
        Mistake(
            " if self._needs_dx else None",
            "",
            "Where self._needs_dx is False nobody reads dx: backward returns None, and saves the product.",
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"loops.py": in_loops, "measured slopes": measured, "PyTorch": pytorch},
)
