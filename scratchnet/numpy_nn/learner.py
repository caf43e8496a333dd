"""Training by hand: forward, loss, backward, step."""

import numpy as np

from scratchnet.names import below
from scratchnet.numpy_nn.networks import Network
from scratchnet.order import Order, as_stored

EVALUATION_BATCH = 32  # im2col needs 9 times the memory of what it reads


class NumpyLearner:
    """What `training.train` asks of a backend, in NumPy.

    splits: name -> an object with len() and batch(order) -> (x, labels).
    """

    def __init__(self, network: Network, loss, optimizer, splits: dict, batch_size: int):
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.splits, self.batch_size = splits, batch_size

    @np.errstate(over="ignore", invalid="ignore")  # the loop tells of a loss that is no number
    def train_epoch(self, order: Order, rates: np.ndarray) -> float:
        """One step for each batch of `order`, with its learning rate from rates (steps,). The mean loss."""
        total = 0.0
        for batch, rate in zip(order.batches(self.batch_size), rates.tolist(), strict=True):
            x, labels = self.splits["train"].batch(batch)
            logits = self.network.forward(x)
            value, dlogits = self.loss(logits, labels)
            self.network.backward(dlogits)
            self.optimizer.learning_rate = rate
            self.optimizer.step(self.network.params, self.network.grads)
            total += value * len(batch)
        return total / len(order)

    @np.errstate(over="ignore", invalid="ignore")
    def evaluate(self, split: str) -> tuple[float, float | None]:
        """Loss and accuracy over a split, in the order stored; no accuracy where the task has no classes."""
        outputs, labels = self._outputs_and_labels(split)
        right = self.loss.right(outputs, labels)
        return self.loss(outputs, labels)[0], None if right is None else float(right.mean())

    def outputs(self, split: str) -> np.ndarray:
        """What the network answers to every sample of a split, in the order stored: logits (N, K)."""
        return self._outputs_and_labels(split)[0]

    def weights(self, beginning: str = "") -> dict[str, np.ndarray]:
        """Copies of the weights whose names begin so."""
        return {name: w.copy() for name, w in self.network.params.items() if name.startswith(beginning)}

    def state(self) -> dict[str, np.ndarray]:
        """Copies of the weights and of what the optimizer remembers."""
        weights = {f"weights/{name}": w for name, w in self.weights().items()}
        return weights | {f"optimizer/{name}": array for name, array in self.optimizer.state().items()}

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        self.network.load(below("weights", state))
        self.optimizer.load_state(below("optimizer", state))

    def synchronize(self) -> None:
        """NumPy returns when the work is done."""

    def _outputs_and_labels(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        samples = self.splits[split]
        outputs, labels = [], []
        for batch in as_stored(len(samples)).batches(EVALUATION_BATCH):
            x, wanted = samples.batch(batch)
            outputs.append(self.network.forward(x))
            labels.append(wanted)
        return np.concatenate(outputs), np.concatenate(labels)
