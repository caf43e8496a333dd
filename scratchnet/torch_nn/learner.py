"""Training in PyTorch: one learner for every input path, precision and compiler, and for one process or many."""

from contextlib import nullcontext
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from scratchnet.names import below
from scratchnet.numpy_nn.vital_signs import first_not_finite, sample_of
from scratchnet.order import Order, as_stored, batch_sizes
from scratchnet.params import TrainCnn, TrainCuda
from scratchnet.torch_nn.device import autocast, synchronize
from scratchnet.torch_nn.distributed import ALONE, Ranks
from scratchnet.torch_nn.graphs import DeviceEpoch
from scratchnet.torch_nn.inputs import LAYOUTS
from scratchnet.torch_nn.model import CatDogCNN, evaluating
from scratchnet.torch_nn.step import LOSSES, TrainingStep, make_optimizer
from scratchnet.torch_nn.vital_signs import rms, vital_signs

EVALUATION_BATCH = 256


def make_learner(
    model: CatDogCNN, splits: dict, params: TrainCnn, where: TrainCuda, device: torch.device, ranks: Ranks = ALONE
) -> "TorchLearner":
    """The learner that params.yaml asks for, compiled and captured. Problem where torch.compile cannot work here.

    splits: name -> ResidentSplit, MappedSplit or FolderSplit (see inputs.py), on `device`.
    """
    model.to(device, memory_format=LAYOUTS[where.memory_format])
    captured = "cuda_graph" in where.compile
    optimizer = make_optimizer(
        model, params.optimizer, params.learning_rate, params.momentum, params.weight_decay, captured
    )
    step = TrainingStep(ranks.wrap(model), LOSSES[params.loss], optimizer, where.precision, params.label_smoothing)
    learner = TorchLearner(model, step, splits, params.batch_size, ranks)
    if "inductor" in where.compile:
        learner.compile()
    if captured:
        learner.capture(with_views=params.augment == "strong")
    return learner


class TorchLearner:
    """What `training.train` asks of a backend, in PyTorch. State is named and laid out as in NumPy."""

    def __init__(self, model: CatDogCNN, step: TrainingStep, splits: dict, batch_size: int, ranks: Ranks = ALONE):
        self.model, self.step, self.optimizer = model, step, step.optimizer
        self.splits, self.batch_size, self.ranks = splits, batch_size, ranks
        self.device = next(model.parameters()).device
        self._epoch: DeviceEpoch | None = None

    def compile(self) -> None:
        """For the sizes of batches that an epoch has, so that none is compiled while the clock runs.

        No weight moves; but a batch norm learns from whatever passes, and so is put back.
        """
        before = self.state()
        for size in self._sizes():
            order = as_stored(len(self.splits["train"]))[:size]
            self.step.compile_for(*next(iter(self.splits["train"].batches(order, size))))
        self.load_state(before)

    def capture(self, with_views: bool = False) -> None:
        """The same as CUDA graphs, of a resident split. with_views: of orders that have some."""
        before, epoch = self.state(), DeviceEpoch(self.step, self.splits["train"], self.batch_size, with_views)
        for size in self._sizes():
            epoch.capture(size)
        self.load_state(before)
        self._epoch = epoch

    def train_epoch(self, order: Order, rates: np.ndarray) -> float:
        """One step for each batch of `order`, with its learning rate from rates (steps,). The mean loss."""
        return self.mean_loss(self.train_steps(order, rates), len(order))

    def train_steps(self, order: Order, rates: np.ndarray) -> list[float]:
        """The same steps, eager, compiled or captured, from pictures of any input path; the loss of each.

        The device is waited for at the end, and by no step.
        """
        losses = self._epoch.train(order, rates) if self._epoch else self._step_by_step(order, rates)
        return losses.double().cpu().tolist()

    def mean_loss(self, losses: list[float], count: int) -> float:
        """Over `count` samples, from the loss of each step; not finite where one is not."""
        return float(np.average(losses, weights=batch_sizes(count, self.batch_size)))

    def _step_by_step(self, order: Order, rates: np.ndarray) -> Tensor:
        """The loss of each step, (steps,) on the device; of several processes each takes its part of every batch."""
        part, size, weights = self.ranks.shard(order, self.batch_size)
        batches = zip(self.splits["train"].batches(part, size), rates.tolist(), weights.tolist(), strict=True)
        losses = [self.step(x, labels, rate, weight) for (x, labels), rate, weight in batches]
        for running in self.model.buffers():
            if running.is_floating_point():
                self.ranks.mean(running)
        return self.ranks.mean(torch.stack(losses))

    def evaluate(self, split: str) -> tuple[float, float]:
        """Loss and accuracy over a split, in the order stored; computed on the device."""
        count = len(self.splits[split])
        part, _, (weight,) = self.ranks.shard(as_stored(count), count)
        logits, labels = self._logits_and_labels(split, part)
        right = (logits[:, 0] > 0) == (labels > 0.5)
        loss, accuracy = self.ranks.mean(
            torch.stack([self.step.loss(logits, labels).double(), right.double().mean()]) * weight
        ).tolist()
        return loss, accuracy

    def outputs(self, split: str, mirrored: bool = False) -> np.ndarray:
        """Logits (N, 1) of a split, in the order stored; mirrored: of the pictures left to right."""
        order = as_stored(len(self.splits[split]), mirrored=mirrored)
        return self._logits_and_labels(split, order)[0].cpu().numpy()

    @torch.no_grad()
    def _logits_and_labels(self, split: str, order: Order) -> tuple[Tensor, Tensor]:
        batches = self.splits[split].batches(order, EVALUATION_BATCH)
        with evaluating(self.model):
            logits, labels = zip(*((self.step.logits(x), labels) for x, labels in batches), strict=True)
        return torch.cat(logits), torch.cat(labels)

    def weights(self, beginning: str = "") -> dict[str, np.ndarray]:
        """Copies of the weights whose names begin so, as NumPy lays them out."""
        return self.model.to_numpy(beginning)

    def state(self) -> dict[str, np.ndarray]:
        """Copies of the weights (as NumPy lays them out) and of the optimizer's moments."""
        state = {f"weights/{name}": array for name, array in self.weights().items()}
        return state | {name: moment.cpu().numpy().copy() for name, moment in self._moments().items()}

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """In place, for a captured graph knows everything by its address. A state before the first step has no moments;
        they begin at zero."""
        self.model.from_numpy(below("weights", state))
        moments = below("optimizer", state)
        if moments and not self.optimizer.state:
            self._make_moments(moments)
            return
        for name, moment in self._moments().items():
            if name in state:
                moment.copy_(torch.from_numpy(state[name]))
            else:
                moment.zero_()

    def synchronize(self) -> None:
        synchronize(self.device)

    def mark(self) -> dict[str, Tensor]:
        """Copies, on the device, of all that training changes."""
        return {name: tensor.detach().clone() for name, tensor in self._changing().items()}

    @torch.no_grad()
    def return_to(self, mark: dict[str, Tensor]) -> None:
        """In place. Moments that were not there yet begin at zero."""
        for name, tensor in self._changing().items():
            tensor.copy_(mark[name]) if name in mark else tensor.zero_()

    def is_finite(self) -> bool:
        """Are all weights finite? Here the device is waited for."""
        return bool(torch.stack([rms(tensor) for tensor in self.model.kept().values()]).isfinite().all())

    def vital_signs(self, mark: dict[str, Tensor]) -> dict[str, dict[str, float]]:
        """LAYER -> its vital signs now; mark: what `mark` gave before the epoch."""
        activations, _, grads = self._there_and_back(*self._sample)
        with torch.no_grad():
            return vital_signs(activations, dict(self.model.named_parameters()), mark, grads)

    def first_not_finite(self, split: str, order: Order | None = None) -> str | None:
        """Of an order of a split, or of all of it: what is not finite first, forward and back; see vital_signs.py."""
        samples = self.splits[split]
        batches = samples.batches(order or as_stored(len(samples)), self.batch_size)
        each = (self._there_and_back(*batch, training=order is not None) for batch in batches)
        found = (first_not_finite(_on_host(y), loss.item(), _on_host(grads)) for y, loss, grads in each)
        return next(filter(None, found), None)

    @cached_property
    def _sample(self) -> tuple[Tensor, Tensor]:
        """In the size of an evaluation's batches, whose DataLoader there is already."""
        val = self.splits["val"]
        return next(iter(val.batches(sample_of(len(val)), EVALUATION_BATCH)))

    def _there_and_back(
        self, x: Tensor, labels: Tensor, training: bool = False
    ) -> tuple[dict[str, Tensor], Tensor, dict[str, Tensor]]:
        """What the layers hand on, the loss, and the gradients, which no step sees.

        The layers run one by one, also where the steps are compiled or captured, and every process asks its own.
        """
        parameters = dict(self.model.named_parameters())
        with autocast(self.step.precision, x.device), nullcontext() if training else evaluating(self.model):
            activations = self.model.blocks(x)
        *_, logits = activations.values()
        loss = self.step.loss(logits.to(x.dtype), labels)
        grads = torch.autograd.grad(loss, list(parameters.values()))
        return activations, loss.detach(), dict(zip(parameters, grads, strict=True))

    def _sizes(self) -> list[int]:
        """Of an epoch's batches: the last may be smaller."""
        return sorted(set(batch_sizes(len(self.splits["train"]), self.batch_size)), reverse=True)

    def _changing(self) -> dict[str, Tensor]:
        return self.model.kept() | self._moments()

    def _moments(self) -> dict[str, Tensor]:
        moments = {}
        for index, parameter in enumerate(self.model.parameters()):
            for key, tensor in self.optimizer.state.get(parameter, {}).items():
                moments[f"optimizer/{index}/{key}"] = tensor
        return moments

    def _make_moments(self, arrays: dict[str, np.ndarray]) -> None:
        parameters, moments = list(self.model.parameters()), {}
        for name, array in arrays.items():
            index, key = name.split("/")
            # Laid out in memory like the parameter: a fused optimizer goes through both by one address.
            like = parameters[int(index)] if array.ndim else torch.empty((), dtype=torch.float32)
            moments.setdefault(int(index), {})[key] = torch.empty_like(like).copy_(torch.from_numpy(array))
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})


def _on_host(tensors: dict[str, Tensor]) -> dict[str, np.ndarray]:
    """In float64, for NumPy has no bfloat16."""
    return {name: tensor.detach().double().cpu().numpy() for name, tensor in tensors.items()}
