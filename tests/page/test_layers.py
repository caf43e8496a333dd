"""Each layer, loss and optimizer of the page against the one of the same name in NumPy, in float64 and float32."""

import zlib
from base64 import b64encode

import numpy as np
import pytest

from scratchnet.numpy_nn import layers, losses, optimizers
from scratchnet.page.packed import shuffled

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}  # of the largest value
both_types = pytest.mark.parametrize("dtype", TOLERANCE)

# name: (in JavaScript, in NumPy, shapes of the parameters, shape of x)
CASES = {
    "linear": ("new Linear(...params)", layers.Linear, [(5, 3), (3,)], (4, 5)),
    "convolution": (
        "new Conv2d(...params)",
        lambda W, b: layers.Conv2d(W, b, padding=1),
        [(4, 3, 3, 3), (4,)],
        (2, 3, 5, 7),
    ),
    "convolution of one pixel": (
        "new Conv2d(...params)",
        lambda W, b: layers.Conv2d(W, b, padding=1),
        [(2, 1, 3, 3), (2,)],
        (1, 1, 1, 1),
    ),
    "pool": ("new MaxPool2d(2)", lambda: layers.MaxPool2d(2), [], (2, 3, 6, 8)),
    "pool, ragged": ("new MaxPool2d(2)", lambda: layers.MaxPool2d(2), [], (1, 2, 5, 7)),
    "pool of 3": ("new MaxPool2d(3)", lambda: layers.MaxPool2d(3), [], (2, 1, 7, 11)),
    "relu": ("new ReLU()", layers.ReLU, [], (3, 2, 4, 5)),
    "flatten": ("new Flatten()", layers.Flatten, [], (3, 2, 4, 5)),
}
ONCE = """(x, dy, params) => {{
  const layer = {layer};
  const copies = [x, dy, ...params].map((array) => copyOf(array));
  const y = layer.forward(x), dx = layer.backward(dy);
  const changed = [x, dy, ...params].some((array, k) => array.data.some((value, i) => value !== copies[k].data[i]));
  return {{y, dx, grads: layer.grads, changed}};
}}"""


def assert_close(got, wanted, dtype):
    assert got.dtype == wanted.dtype == np.dtype(dtype)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() <= TOLERANCE[dtype] * np.abs(wanted).max()


@both_types
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_layer_is_numpys(scripts, case, dtype):
    javascript, build, shapes, x_shape = case
    rng = np.random.default_rng(1)
    params = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    layer, x = build(*params), rng.standard_normal(x_shape).astype(dtype)
    y = layer.forward(x)
    dy = rng.standard_normal(y.shape).astype(dtype)
    dx = layer.backward(dy)
    got = scripts.call(ONCE.format(layer=javascript), x, dy, params)
    assert_close(got["y"], y, dtype)
    assert_close(got["dx"], dx, dtype)
    assert got["grads"].keys() == layer.grads.keys()
    for name, grad in layer.grads.items():
        assert_close(got["grads"][name], grad, dtype)
    assert not got["changed"]


@pytest.mark.parametrize(("shape", "size"), [((2, 3, 4, 6), 2), ((1, 2, 5, 7), 2), ((2, 2, 7, 9), 3)])
def test_of_equal_pixels_the_first_wins(scripts, shape, size):
    rng = np.random.default_rng(2)
    x = rng.integers(0, 2, shape).astype(np.float64)  # nearly every window has ties
    layer = layers.MaxPool2d(size)
    dy = rng.standard_normal(layer.forward(x).shape)
    got = scripts.call(
        "(x, dy, size) => { const pool = new MaxPool2d(size);"
        " return {y: pool.forward(x), dx: pool.backward(dy), winners: pool.winners}; }",
        x,
        dy,
        size,
    )
    dx = layer.backward(dy)
    np.testing.assert_array_equal(got["dx"], dx)
    np.testing.assert_array_equal(np.sort(got["winners"]), np.flatnonzero(dx))


@pytest.mark.parametrize(
    ("layer", "shape", "sentence"),
    [
        ("new Linear(zeros([5, 3]), zeros([3]))", (4, 6), "(N, 5), got (4,6)"),
        ("new Conv2d(zeros([4, 3, 3, 3]), zeros([4]))", (1, 2, 4, 4), "(N, 3, H, W), got (1,2,4,4)"),
        ("new MaxPool2d(3)", (1, 1, 2, 4), "at least as large, got (1,1,2,4)"),
    ],
)
def test_what_does_not_fit_is_told_with_its_shape(scripts, layer, shape, sentence):
    assert sentence in scripts.told(f"{layer}.forward(x)", np.zeros(shape))


@both_types
@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("rows", [1, 4])
def test_the_matrix_product(scripts, rows, transposed, dtype):
    rng = np.random.default_rng(3)
    a, b = (rng.standard_normal(shape).astype(dtype) for shape in ((rows, 6), (6, 5)))
    a[0, 3] = 0
    sent = [array.T.copy() if turned else array for array, turned in zip((a, b), transposed, strict=True)]
    got = scripts.call(
        "(a, b, transposeA, transposeB) => matmul(a, b, {transposeA, transposeB})", *sent, *map(bool, transposed)
    )
    assert_close(got, a @ b, dtype)


LOSSES = {
    "BinaryCrossEntropy": (losses.BinaryCrossEntropy, 1, 2),
    "SigmoidMSE": (losses.SigmoidMSE, 1, 2),
    "SoftmaxCrossEntropy": (losses.SoftmaxCrossEntropy, 4, 4),
    "MeanSquaredError": (losses.MeanSquaredError, 3, None),
}


@both_types
@pytest.mark.parametrize("scale", [1, 300])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_numpys(scripts, name, scale, dtype):
    build, outputs, classes = LOSSES[name]
    rng = np.random.default_rng(4)
    answers = (rng.standard_normal((9, outputs)) * scale).astype(dtype)
    wanted = rng.integers(classes, size=9).astype(np.int32) if classes else rng.standard_normal((9, 3)).astype(dtype)
    loss = build()
    value, gradient = loss(answers, wanted)
    got = scripts.call(
        f"(y, t) => {{ const loss = new {name}(); return {{...loss.of(y, t), right: loss.right(y, t)}}; }}",
        answers,
        wanted,
    )
    assert got["value"] == pytest.approx(value, rel=TOLERANCE[dtype])
    assert_close(got["gradient"], gradient, dtype)
    right = loss.right(answers, wanted)
    assert got["right"] == (None if right is None else right.tolist())


OPTIMIZERS = {
    "new SGD(0.1)": optimizers.SGD(0.1),
    "new SGD(0.1, {momentum: 0.9, weightDecay: 0.01})": optimizers.SGD(0.1, 0.9, 0.01),
    "new Adam(0.1)": optimizers.Adam(0.1),
    "new Adam(0.1, {betas: [0.8, 0.9], eps: 1e-3, weightDecay: 0.01})": optimizers.Adam(0.1, (0.8, 0.9), 1e-3, 0.01),
}


@both_types
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_is_numpys(scripts, name, dtype):
    rng = np.random.default_rng(5)
    shapes = {"fc.W": (3, 2), "fc.b": (2,)}
    steps = [{key: rng.standard_normal(shape).astype(dtype) for key, shape in shapes.items()} for _ in range(6)]
    params, *grads = steps
    got = scripts.call(
        f"(params, grads) => {{ const optimizer = {name};"
        " grads.forEach((dw, n) => { optimizer.learningRate = 0.1 / (n + 1); optimizer.step(params, dw); });"
        " return params; }",
        params,
        grads,
    )
    optimizer = OPTIMIZERS[name]
    optimizer.load_state({"t": np.zeros(1, dtype=np.int64)} if name.startswith("new Adam") else {})
    for n, dw in enumerate(grads):
        optimizer.learning_rate = 0.1 / (n + 1)
        optimizer.step(params, dw)
    for key, w in params.items():
        assert_close(got[key], w, dtype)


def test_what_python_packed_is_unpacked(scripts):
    numbers = np.random.default_rng(6).standard_normal((3, 4)).astype(np.float32)
    text, packed = (b64encode(data).decode() for data in (numbers.tobytes(), zlib.compress(numbers.tobytes(), 9)))
    np.testing.assert_array_equal(scripts.call("(text) => decodeFloat32(text, [3, 4])", text), numbers)
    assert scripts.call("(packed) => inflate(packed)", packed).tobytes() == numbers.tobytes()
    again = scripts.call("(packed) => inflateFloat32(packed)", shuffled(numbers))
    np.testing.assert_array_equal(again, numbers)
