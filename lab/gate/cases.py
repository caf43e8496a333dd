"""The cases: what the gate times. Each is one step of something that the project is for.

A case makes its step from `scratchnet` as the asking process imports it, which is another revision's in another process
(side.py). So the functions import inside. They also ask as little as they can of what they import: where two revisions
differ in what is asked, one of them does not have the case.
"""

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from typing import NamedTuple

import numpy as np

Step = Callable[[], object]
RATE = 1e-6  # tiny: the weights stay as they are, however many steps are taken
POINTS, CLASSES, MLP_STEPS = 32, 3, 20  # one step of so small a network is too short to be timed by itself
PHOTOGRAPHS, PHOTOGRAPH = 16, 200  # JPEGs of 200 × 200 pixels
MATRIX, COPIED = 256, 2**20  # rows and columns; float32 numbers, 4 MB


@dataclass(frozen=True)
class Scale:
    """How much work a step is: batch_size pictures of size × size pixels, and so many hidden units.

    threads: of the team in two_conv_team; all other cases have one thread.
    """

    batch_size: int
    size: int
    hidden: int
    seed: int
    threads: int


def _cnn(arch: str, scale: Scale):
    from scratchnet.numpy_nn.networks import cnn

    return cnn(arch, scale.size, scale.hidden, np.random.default_rng(scale.seed))


def _cnn_step(network, optimizer, scale: Scale) -> Step:
    from scratchnet.numpy_nn.losses import BinaryCrossEntropy

    return _training_step(network, BinaryCrossEntropy(), optimizer, *_batch(scale))


def _training_step(network, loss, optimizer, x: np.ndarray, labels: np.ndarray) -> Step:
    def step() -> None:
        _, dy = loss(network.forward(x), labels)
        network.backward(dy)
        optimizer.step(network.params, network.grads)

    return step


def _known(name: str, *modules: str):
    """`name` from the first of these modules that the revision has.

    The newest name of the module comes first. A base may know only an older one, and must not lose the case by that.
    """
    for module in modules[:-1]:
        with suppress(ModuleNotFoundError):
            return getattr(import_module(f"scratchnet.{module}"), name)
    return getattr(import_module(f"scratchnet.{modules[-1]}"), name)


def _fast(arch: str, threads: int, scale: Scale) -> Step:
    team = _known("Team", "numpy_fast.team", "numpy_nn.team")(threads)
    fast = _known("FastNetwork", "numpy_fast.network", "numpy_nn.fast")
    adam = _known("FastAdam", "numpy_fast.optimizers", "numpy_nn.fast_optimizers")
    size = (scale.size,) if "size" in signature(fast).parameters else ()  # a base may find it out by itself
    return _cnn_step(fast(_cnn(arch, scale), *size, team), adam(RATE, team=team), scale)


def _clear(arch: str, scale: Scale) -> Step:
    from scratchnet.numpy_nn.optimizers import Adam

    return _cnn_step(_cnn(arch, scale), Adam(RATE), scale)


def _pytorch(arch: str, scale: Scale) -> Step:
    import torch

    from scratchnet.torch_nn.model import CatDogCNN

    torch.set_num_threads(1)
    torch.manual_seed(scale.seed)
    model = CatDogCNN(arch, scale.size, scale.hidden)
    loss, optimizer = torch.nn.BCEWithLogitsLoss(), torch.optim.Adam(model.parameters(), lr=RATE)
    x, labels = map(torch.from_numpy, _batch(scale))
    labels = labels.to(torch.float32)[:, None]

    def step() -> None:
        optimizer.zero_grad()
        loss(model(x), labels).backward()
        optimizer.step()

    return step


def _mlp(scale: Scale) -> Step:
    from scratchnet.numpy_nn.losses import SoftmaxCrossEntropy
    from scratchnet.numpy_nn.networks import mlp
    from scratchnet.numpy_nn.optimizers import SGD

    rng = np.random.default_rng(scale.seed)
    x = rng.standard_normal((POINTS, 2)).astype(np.float32)
    labels = rng.integers(CLASSES, size=POINTS).astype(np.uint8)
    step = _training_step(mlp(2, scale.hidden, CLASSES, rng), SoftmaxCrossEntropy(), SGD(RATE), x, labels)
    return lambda: [step() for _ in range(MLP_STEPS)]


def _decode(scale: Scale) -> Step:
    from scratchnet.photos.decode import decode

    files = list(_jpegs(scale.seed))
    if not all(isinstance(decode(file, scale.size), np.ndarray) for file in files):
        raise ValueError("decode refuses a good JPEG")  # which would be faster than to decode it
    return lambda: [decode(file, scale.size) for file in files]


def _control(scale: Scale) -> Step:
    """NumPy alone: no revision touches it, so what differs is the machine."""
    A, B = np.random.default_rng(scale.seed).standard_normal((2, MATRIX, MATRIX)).astype(np.float32)
    C, source, target = np.empty_like(A), np.ones(COPIED, dtype=np.float32), np.zeros(COPIED, dtype=np.float32)

    def step() -> None:
        np.matmul(A, B, out=C)
        np.copyto(target, source)

    return step


def _batch(scale: Scale) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(scale.seed)
    x = rng.standard_normal((scale.batch_size, 3, scale.size, scale.size)).astype(np.float32)
    return x, rng.integers(2, size=scale.batch_size).astype(np.uint8)


def _jpegs(seed: int):
    """Files as long as those of photographs: large soft shapes, with a little noise on them."""
    from PIL import Image

    rng = np.random.default_rng(seed)
    for _ in range(PHOTOGRAPHS):
        shapes = Image.fromarray(rng.integers(256, size=(12, 12, 3)).astype(np.uint8))
        soft = np.asarray(shapes.resize((PHOTOGRAPH, PHOTOGRAPH), Image.Resampling.BICUBIC), dtype=np.float32)
        noisy = (soft + rng.normal(0, 8, soft.shape)).clip(0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(noisy).save(file, "JPEG", quality=90)
        yield file.getvalue()


class Case(NamedTuple):
    """label: its name for people. step: makes the step."""

    label: str
    step: Callable[[Scale], Step]


CONTROL = "control"
CASES = {
    "one_conv": Case("one_conv, fast, 1 thread", lambda scale: _fast("one_conv", 1, scale)),
    "two_conv": Case("two_conv, fast, 1 thread", lambda scale: _fast("two_conv", 1, scale)),
    "two_conv_team": Case("two_conv, fast, all cores", lambda scale: _fast("two_conv", scale.threads, scale)),
    "two_conv_clear": Case("two_conv, clear", lambda scale: _clear("two_conv", scale)),
    "two_conv_pytorch": Case("two_conv, PyTorch, 1 thread", lambda scale: _pytorch("two_conv", scale)),
    "mlp": Case(f"perceptron, {MLP_STEPS} steps", _mlp),
    "decode": Case(f"{PHOTOGRAPHS} JPEGs decoded", _decode),
    CONTROL: Case("control", _control),
}
COUNTED = ("one_conv", "two_conv", "two_conv_clear")  # whose memory Python can count to the byte
