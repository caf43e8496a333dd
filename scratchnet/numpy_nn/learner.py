"""Training by hand: forward, loss, backward, step."""

import math
from functools import cached_property

import numpy as np

from scratchnet.names import below
from scratchnet.numpy_nn.losses import smoothed
from scratchnet.numpy_nn.networks import Network
from scratchnet.numpy_nn.vital_signs import first_not_finite, sample_of, vital_signs
from scratchnet.order import Order, as_stored, batch_sizes

EVALUATION_BATCH = 32  # im2col needs 9 times the memory of what it reads


class NumpyLearner:
    """What `training.train` asks of a backend, in NumPy.

    splits: name -> an object with len() and batch(order) -> (x, labels).
    sample: of the validation split, for the vital signs; None takes `vital_signs.sample_of`.
    label_smoothing: of the labels that a step learns from, as `losses.smoothed` has it.
    """

    def __init__(
        self,
        network: Network,
        loss,
        optimizer,
        splits: dict,
        batch_size: int,
        sample: Order | None = None,
        label_smoothing: float = 0.0,
    ):
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.splits, self.batch_size, self._sample_order = splits, batch_size, sample
        self._label_smoothing = label_smoothing

    def train_epoch(self, order: Order, rates: np.ndarray) -> float:
        """One step for each batch of `order`, with its learning rate from rates (steps,). The mean loss."""
        losses = self.train_steps(order, rates)
        return self.mean_loss(losses, len(order)) if math.isfinite(losses[-1]) else losses[-1]

    @np.errstate(over="ignore", invalid="ignore")  # the loop tells of a loss that is no number
    def train_steps(self, order: Order, rates: np.ndarray) -> list[float]:
        """One step for each batch of `order`. The loss of each, taken before the weights move.

        A loss that is not finite is the last: its step is not taken, nor are those after it.
        """
        losses = []
        for batch, rate in zip(order.batches(self.batch_size), rates.tolist(), strict=True):
            x, labels = self.splits["train"].batch(batch)
            logits = self.network.forward(x)
            wanted = smoothed(labels, self._label_smoothing) if self._label_smoothing else labels
            value, dlogits = self.loss(logits, wanted)
            losses.append(float(value))  # a reader's own loss may give a float32
            if not math.isfinite(value):
                break
            self.network.backward(dlogits)
            self.optimizer.learning_rate = rate
            self.optimizer.step(self.network.params, self.network.grads)
        return losses

    def mean_loss(self, losses: list[float], count: int) -> float:
        """Over `count` samples, from the loss of each step."""
        total = 0.0  # not sum(), which rounds otherwise
        for value, size in zip(losses, batch_sizes(count, self.batch_size), strict=True):
            total += value * size
        return total / count

    @np.errstate(over="ignore", invalid="ignore")
    def evaluate(self, split: str) -> tuple[float, float | None]:
        """Loss and accuracy over a split, in the order stored; no accuracy where the task has no classes."""
        outputs, labels = self._outputs_and_labels(split)
        right = self.loss.right(outputs, labels)
        return float(self.loss(outputs, labels)[0]), None if right is None else float(right.mean())

    def outputs(self, split: str, mirrored: bool = False) -> np.ndarray:
        """What the network answers to every sample of a split, in the order stored: logits (N, K).

        mirrored: to the pictures left to right.
        """
        return self._outputs_and_labels(split, mirrored)[0]

    def weights(self, beginning: str = "") -> dict[str, np.ndarray]:
        """Copies of the weights whose names begin so; the buffers, such as running statistics, are among them."""
        return {name: w.copy() for name, w in self.network.arrays.items() if name.startswith(beginning)}

    def state(self) -> dict[str, np.ndarray]:
        """Copies of the weights and of what the optimizer remembers."""
        weights = {f"weights/{name}": w for name, w in self.weights().items()}
        return weights | {f"optimizer/{name}": array for name, array in self.optimizer.state().items()}

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        self.network.load(below("weights", state))
        self.optimizer.load_state(below("optimizer", state))

    def synchronize(self) -> None:
        """NumPy returns when the work is done."""

    mark, return_to = state, load_state  # NumPy's arrays are where they are wanted

    def is_finite(self) -> bool:
        """Are all weights finite?"""
        return all(np.isfinite(w).all() for w in self.network.arrays.values())

    @np.errstate(over="ignore", invalid="ignore")
    def vital_signs(self, mark: dict[str, np.ndarray]) -> dict[str, dict[str, float]]:
        """LAYER -> its vital signs now; mark: what `mark` gave before the epoch."""
        activations, _, grads = self._there_and_back(*self._sample)
        return vital_signs(activations, self.network.params, below("weights", mark), grads)

    @np.errstate(over="ignore", invalid="ignore")
    def first_not_finite(self, split: str, order: Order | None = None) -> str | None:
        """Of an order of a split, or of all of it: what is not finite first, forward and back; see vital_signs.py."""
        samples = self.splits[split]
        batches = (order or as_stored(len(samples))).batches(self.batch_size)
        training = order is not None
        found = (first_not_finite(*self._there_and_back(*samples.batch(batch), training)) for batch in batches)
        return next(filter(None, found), None)

    @cached_property
    def _sample(self) -> tuple[np.ndarray, np.ndarray]:
        val = self.splits["val"]
        return val.batch(sample_of(len(val)) if self._sample_order is None else self._sample_order)

    def _there_and_back(self, x: np.ndarray, labels: np.ndarray, training: bool = False) -> tuple[dict, float, dict]:
        """What the layers hand on, the loss, and the gradients; no gradients of a loss that is not finite."""
        activations = self.network.blocks(x, training)
        loss, dlogits = self.loss([*activations.values()][-1], labels)
        if not math.isfinite(loss):
            return activations, loss, {}
        self.network.backward(dlogits)
        return activations, loss, self.network.grads

    def _outputs_and_labels(self, split: str, mirrored: bool = False) -> tuple[np.ndarray, np.ndarray]:
        samples = self.splits[split]
        outputs, labels = [], []
        for batch in as_stored(len(samples), mirrored=mirrored).batches(EVALUATION_BATCH):
            x, wanted = samples.batch(batch)
            outputs.append(self.network.infer(x))
            labels.append(wanted)
        return np.concatenate(outputs), np.concatenate(labels)
