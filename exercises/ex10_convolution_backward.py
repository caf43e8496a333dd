"""The backward pass of a convolution: every copied number has a gradient wherever it was copied to."""

from exercises.exercise import Exercise, Mistake, numbers
from scratchnet.numpy_nn import loops
from scratchnet.numpy_nn.gradients import slope

CASES = (  # shape of W, shape of x, shape of dy, stride, padding
    ((2, 3, 3, 3), (2, 3, 4, 5), (2, 2, 4, 5), 1, 1),
    ((2, 2, 2, 3), (1, 2, 6, 7), (1, 2, 3, 3), 2, 0),
    ((3, 1, 3, 3), (2, 1, 3, 3), (2, 3, 1, 1), 1, 0),
)


def questions():
    return [
        {"x": numbers(*x), "W": numbers(*W, seed=2), "b": numbers(W[0], seed=3), "dy": numbers(*dy, seed=4)}
        | {"stride": stride, "padding": padding}
        for W, x, dy, stride, padding in CASES
    ]


def answer(code, x, W, b, dy, stride, padding):
    layer, first = code.Conv2d(W, b, stride, padding), code.Conv2d(W, b, stride, padding, needs_dx=False)
    layer.forward(x)
    dx = layer.backward(dy)
    first.forward(x)
    without = first.backward(dy)
    return {"dx": dx, "dW": layer.grads.get("W"), "db": layer.grads.get("b"), "dx with needs_dx=False": without}


def in_loops(_code, x, W, dy, stride, padding, **_):
    dx, dW, db = loops.conv2d_backward(x, W, dy, stride, padding)
    return {"dx": dx, "dW": dW, "db": db, "dx with needs_dx=False": None}


def measured(code, x, W, b, dy, stride, padding):
    layer = code.Conv2d(W, b, stride, padding)
    return {
        name: slope(lambda: float((layer.forward(x) * dy).sum()), array)
        for name, array in (("dx", x), ("dW", W), ("db", b))
    }


def pytorch(_code, x, W, b, dy, stride, padding):
    import torch

    inputs = [torch.tensor(array, requires_grad=True) for array in (x, W, b)]
    torch.nn.functional.conv2d(*inputs, stride, padding).backward(torch.from_numpy(dy))
    return {name: array.grad.numpy() for name, array in zip(("dx", "dW", "db"), inputs, strict=True)}


EXERCISE = Exercise(
    title="Conv2d, backward",
    chapter=7,
    file="scratchnet/numpy_nn/layers.py",
    symbols=("Conv2d.backward", "Conv2d._dx"),
    asks='backward(dy) fills self.grads with {"W": dW, "b": db}, and returns dx, or None where self._needs_dx is '
    "False. forward has kept self._cols (N, K, P) and self._padded_shape. _dx(dY, size) has the second half: "
    "from dY (N, O, P) and size (H', W') it gives dx.",
    hints=(
        "Read dy as dY (N, O, P). Then Y = W X̂ + b is a Linear for each picture: dW = Σₙ dYₙ X̂ₙᵀ, db = Σ dY over n "
        "and p.",
        "dX̂ = Wᵀ dY is (N, K, P), reshaped (N, C, kh, kw, H', W'). A pixel that was copied k times has k gradients: "
        "add them.",
        "Make zeros of self._padded_shape and dY's dtype. For i, j, seen in _taps(dpadded, (kh, kw), self._stride): "
        "seen += dcols[:, :, i, j]. seen is a view, so dpadded fills up. Then cut off the padding.",
    ),
    mistakes=(
        Mistake(
            "seen += dcols[:, :, i, j]",
            "seen[...] = dcols[:, :, i, j]",
            "A pixel that several windows see keeps the gradient of the last alone. They have to be added up: +=.",
        ),
        Mistake(
            "seen += dcols[:, :, i, j]",
            "seen = dcols[:, :, i, j]",
            "dx stays 0: seen = ... gives the name to another array. seen += ... adds to the view, and so to dx.",
        ),
        Mistake(
            "seen += dcols[:, :, i, j]",
            "seen += dcols[:, :, j, i]",
            "Rows and columns of the filter are exchanged: place (i, j) gets the gradient of place (j, i).",
        ),
        Mistake(
            "self._cols.transpose(0, 2, 1)",
            "self._cols.T",
            ".T turns all three axes over, the pictures too. Exchange the last two: self._cols.transpose(0, 2, 1).",
        ),
        Mistake(
            "W.reshape(len(W), -1).T @ dY",
            "W.reshape(len(W), -1) @ dY",
            "W is not turned over. dX̂ = Wᵀ dY: (K, O) (O, P).",
        ),
        Mistake(
            ".transpose(0, 2, 1)).sum(axis=0)",
            ".transpose(0, 2, 1)).mean(axis=0)",
            "dW is a mean over the batch. It is a sum: the 1/N of the loss is in dy already.",
        ),
        Mistake(
            "dY.sum(axis=(0, 2))",
            "dY.mean(axis=2).sum(axis=0)",
            "db is a mean over the pixels. b[o] is added to every pixel, so all their gradients add up.",
        ),
        Mistake(
            "return dpadded[:, :, p : height - p, p : width - p]",
            "return dpadded",
            "dx still has the padding around it. dx has the shape of x.",
        ),
        Mistake(
            "p : height - p, p : width - p",
            "p:-p, p:-p",
            "p:-p is empty without padding, for 0:-0 is 0:0. Count to the end: p : height - p, p : width - p.",
        ),
        Mistake(
            "p : height - p, p : width - p",
            ": height - 2 * p, : width - 2 * p",
            "The padding is cut off on one side alone. dx begins p rows and p columns further.",
        ),
        Mistake(
            " if self._needs_dx else None",
            "",
            "dx is not asked for where self._needs_dx is False: there, backward returns None.",
        ),
        Mistake(", dtype=dY.dtype", "", "float64 creeps in: np.zeros makes float64 unless it is told dtype=dY.dtype."),
        Mistake(
            "W.reshape(len(W), -1).T @ dY",
            "W[:, :, ::-1, ::-1].reshape(len(W), -1).T @ dY",
            "The filter is turned around twice. _taps goes through its places as forward did, so W stays as it is.",
        ),
    ),
    questions=questions,
    answer=answer,
    oracles={"loops.py": in_loops, "measured slopes": measured, "PyTorch": pytorch},
)
