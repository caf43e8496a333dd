"""The page's networks compute what NumPy's compute: every activation and every gradient, with the trained weights."""

import numpy as np
import pytest
from numpy_side import gradients_of, to_the_pixels
from safetensors.numpy import load_file

from scratchnet.names import ARCHITECTURES, PREPARED
from scratchnet.numpy_nn.losses import BinaryCrossEntropy
from scratchnet.numpy_nn.networks import cnn
from scratchnet.order import as_stored
from scratchnet.prepared import open_prepared

PICTURES = 20
TOLERANCE = {"float32": 1e-4, "float64": 1e-11}  # of the layer's largest value
SIZE, HIDDEN = 64, 64
GRADIENTS = """(arch, weights, x, dlogits) => {
  const network = cnn(arch, 64, 64, weights, x.data.constructor);
  return dlogits.map((dlogit, n) => {
    const picture = takeEntries(x, [n]);
    const activations = network.activations(picture);
    const gradients = network.gradients(picture, dlogit);
    return {activations, gradients, grads: network.grads};
  });
}"""
MILLISECONDS = """(arch, weights, x) => {
  const network = cnn(arch, 64, 64, weights);
  const least = (work) => Math.min(...Array.from({length: 10}, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  }));
  return {forward: least(() => network.activations(x)), both: least(() => gradientsOfLogit(network, x))};
}"""


@pytest.fixture(scope="session")
def pictures():
    """x (20, 3, 64, 64) of the test split, and their labels."""
    if not (PREPARED / "test" / "images.npy").exists():
        pytest.skip(f"there are no prepared pictures in {PREPARED}")
    split = open_prepared(PREPARED)["test"]
    return split.batch(as_stored(len(split))[:: len(split) // PICTURES][:PICTURES])


@pytest.fixture(scope="session", params=ARCHITECTURES)
def trained(request):
    """trained(dtype): the architecture, NumPy's network and its weights."""
    file = f"models/numpy/{request.param}.safetensors"
    try:
        weights = load_file(file)
    except FileNotFoundError:
        pytest.skip(f"there is no {file}")

    def of(dtype="float32"):
        network = cnn(request.param, SIZE, HIDDEN, np.random.default_rng(0), dtype)
        network.load(weights)
        return request.param, to_the_pixels(network), weights

    return of


def furthest(got, wanted, dtype):
    """The largest difference of each array, as a part of its largest value."""
    assert list(got) == list(wanted)
    assert {name: got[name].shape for name in got} == {name: wanted[name].shape for name in got}
    assert {array.dtype.name for array in got.values()} == {dtype}
    return {name: np.abs(got[name] - wanted[name]).max() / np.abs(wanted[name]).max() for name in wanted}


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_every_activation_and_every_gradient_is_numpys(scripts, trained, pictures, dtype):
    """In float32 the activations alone: of two members of a pooling window that are equal but for rounding, either may
    get the gradient, and among 20 pictures there is such a window now and then."""
    arch, network, weights = trained(dtype)
    (x, labels), loss = (pictures[0].astype(dtype), pictures[1]), BinaryCrossEntropy()
    ones = np.ones((1, 1), dtype=dtype)  # of the logit; of the loss for every second picture
    dlogits = [loss(network.infer(x[n : n + 1]), labels[n : n + 1])[1] if n % 2 else ones for n in range(len(x))]
    for n, got in enumerate(scripts.call(GRADIENTS, arch, weights, x, dlogits)):
        wanted = {"activations": network.activations(x[n : n + 1])}
        if dtype == "float64":
            wanted["gradients"] = gradients_of(network, x[n : n + 1], dlogits[n])
            wanted["grads"] = network.grads
        for part, arrays in wanted.items():
            too_far = {name: d for name, d in furthest(got[part], arrays, dtype).items() if d > TOLERANCE[dtype]}
            assert not too_far, f"{part} of picture {n}"


def test_a_picture_goes_through_in_time(scripts, trained, pictures):
    arch, _, weights = trained()
    milliseconds = scripts.call(MILLISECONDS, arch, weights, pictures[0][:1])
    shared = 4  # times the goals of 40 and 100 ms: other tests run beside this one
    assert milliseconds["forward"] <= 40 * shared
    assert milliseconds["both"] <= 100 * shared
