"""The training step that every variant takes, eager, compiled, captured or in many processes."""

import warnings
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812 (the name that PyTorch's documentation uses)
from torch import Tensor, nn

from scratchnet.problems import Problem
from scratchnet.torch_nn.device import autocast
from scratchnet.torch_nn.muon import Muon

Loss = Callable[[Tensor, Tensor], Tensor]


def bce(logits: Tensor, labels: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits[:, 0], labels)


def mse(logits: Tensor, labels: Tensor) -> Tensor:
    return F.mse_loss(torch.sigmoid(logits[:, 0]), labels)


LOSSES: dict[str, Loss] = {"bce": bce, "mse": mse}


def make_optimizer(
    model: nn.Module, name: str, learning_rate: float, momentum: float, weight_decay: float, captured: bool = False
) -> torch.optim.Optimizer:
    """torch.optim's Adam or SGD, whose weight_decay is L2, added to the gradient; or `Muon`.

    On CUDA the first two are "fused", one kernel for all parameters. captured: the learning rate is a tensor on the
    device, for a captured graph replays the very number that it was captured with.
    """
    device = next(model.parameters()).device
    rate = torch.tensor(learning_rate, dtype=torch.float32, device=device) if captured else learning_rate
    settings = {"lr": rate, "weight_decay": weight_decay}
    if name == "muon":
        return Muon(model.parameters(), momentum=momentum, **settings)
    settings["fused"] = captured or device.type == "cuda"
    if name == "adam":
        return torch.optim.Adam(model.parameters(), capturable=captured and device.type == "cuda", **settings)
    return torch.optim.SGD(model.parameters(), momentum=momentum, **settings)


class TrainingStep:
    """Forward, loss, backward, update, of x (B, 3, H, W) and labels (B,), both of the model's dtype, on its device.

    precision: see device.py. network: the model, or what wraps it, such as DistributedDataParallel.
    label_smoothing: of the labels that the step learns from; see numpy_nn/losses.py.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        optimizer: torch.optim.Optimizer,
        precision: str,
        label_smoothing: float = 0.0,
    ):
        self.network, self.loss, self.optimizer, self.precision = network, loss, optimizer, precision
        self.label_smoothing = label_smoothing
        self._compiled: Loss | None = None
        self._compiled_sizes: set[int] = set()

    def __call__(self, x: Tensor, labels: Tensor, rate: float | Tensor, weight: float = 1.0) -> Tensor:
        """The loss before the update, times weight; on the device: to read it here would be to wait for the step."""
        loss = self.backward(x, labels, weight)
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].copy_(rate)
            else:
                group["lr"] = rate
        self.optimizer.step()
        return loss

    def backward(self, x: Tensor, labels: Tensor, weight: float = 1.0) -> Tensor:
        """The gradients of the loss times weight, and nothing else changed."""
        self.optimizer.zero_grad()
        loss = (self._compiled if len(x) in self._compiled_sizes else self.batch_loss)(x, labels)
        if weight != 1:
            loss = loss * weight
        loss.backward()
        return loss.detach()

    def logits(self, x: Tensor) -> Tensor:
        """(B, 1) of x's dtype, also where the products are bfloat16"""
        with autocast(self.precision, x.device):
            return self.network(x).to(x.dtype)

    def batch_loss(self, x: Tensor, labels: Tensor) -> Tensor:
        if self.label_smoothing:
            labels = labels * (1 - self.label_smoothing) + self.label_smoothing / 2
        return self.loss(self.logits(x), labels)

    def compile_for(self, x: Tensor, labels: Tensor) -> None:
        """Compile, by inductor, for batches of this size, one size a call; others stay eager. Takes half a minute.

        fullgraph: what cannot be compiled is an error, and not eager in disguise.
        Problem where torch.compile cannot work here.
        """
        self._compiled = self._compiled or torch.compile(self.batch_loss, fullgraph=True, dynamic=False)
        self._compiled_sizes.add(len(x))
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "TensorFloat32", UserWarning)  # float32 is what was asked for
                self.backward(x, labels)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:  # what torch's compilers raise, a missing C++ compiler among them
            raise Problem(f"torch.compile cannot work here: {str(error).strip().splitlines()[0]}") from error
