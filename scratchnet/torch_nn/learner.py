"""Training in eager PyTorch, with the pictures on the device or read by ImageFolder and DataLoader."""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the name that PyTorch's documentation uses)
from torch import Tensor

from scratchnet.order import as_stored
from scratchnet.problems import Problem
from scratchnet.torch_nn.model import CatDogCNN

EVALUATION_BATCH = 256


def choose_device(name: str) -> torch.device:
    """ "auto": CUDA where there is one, else the CPU. Problem where "cuda" is asked for and there is none.

    Float32 means float32 on every device: TF32, which cuDNN's convolutions use by default, is switched off
    (https://docs.pytorch.org/docs/stable/notes/cuda.html#tf32-on-ampere).
    """
    torch.backends.cudnn.deterministic = True  # some of its kernels for dW add up in an order that varies
    torch.backends.cudnn.conv.fp32_precision = "ieee"
    torch.backends.cuda.matmul.fp32_precision = "ieee"
    if name == "cuda" and not torch.cuda.is_available():
        raise Problem(
            f"train_cuda_cnn.device is cuda, but PyTorch {torch.__version__} finds no CUDA device here. "
            "Set it to auto or cpu, or run on a machine with an NVIDIA GPU and its driver."
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def cpu_library() -> dict:
    """The threads and the library of matrix products that PyTorch uses on the CPU: not those of NumPy."""
    return {"threads": torch.get_num_threads(), "blas": "MKL" if torch.backends.mkl.is_available() else "unknown"}


def synchronize(device: torch.device) -> None:
    """Wait until the device has done all that was asked of it; the first time, CUDA starts up."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def gpu_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "none"


class ResidentSplit:
    """A split whose pictures stay on the device as uint8; moved and normalised there.

    images (N, H, W, 3) uint8, labels (N,) uint8; scale, offset (3,) float32: x = pixel · scale + offset.
    """

    def __init__(self, split, device: torch.device):
        self.images = torch.from_numpy(np.array(split.images)).to(device)
        self.labels = torch.from_numpy(np.array(split.labels)).to(device, torch.float32)
        self.scale, self.offset = (torch.from_numpy(v).to(device) for v in (split.scale, split.offset))

    def __len__(self) -> int:
        return len(self.labels)

    def batches(self, order, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """x (B, 3, H, W) float32 and labels (B,) float32 for each batch of a `training.Order`."""
        device, (height, width) = self.images.device, self.images.shape[1:3]
        for batch in order.batches(size):
            rows, columns = (torch.from_numpy(i).to(device) for i in batch.source_pixels(height, width))
            indices = torch.from_numpy(batch.indices).to(device)
            pixels = self.images[indices[:, None, None], rows[:, :, None], columns[:, None, :]]  # (B, H, W, 3)
            yield normalised(pixels, self.scale, self.offset), self.labels[indices]


def normalised(pixels: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    """uint8 (B, H, W, 3) -> float32 (B, 3, H, W), the same two roundings as in NumPy."""
    return (pixels.to(torch.float32) * scale + offset).permute(0, 3, 1, 2).contiguous()


def bce(logits: Tensor, labels: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits[:, 0], labels)


def mse(logits: Tensor, labels: Tensor) -> Tensor:
    return F.mse_loss(torch.sigmoid(logits[:, 0]), labels)


LOSSES = {"bce": bce, "mse": mse}


def make_optimizer(model: CatDogCNN, name: str, learning_rate: float, momentum: float, weight_decay: float):
    """torch.optim's Adam or SGD; weight_decay is L2, added to the gradient."""
    if name == "adam":
        return torch.optim.Adam(model.parameters(), lr=learning_rate, weight_decay=weight_decay)
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum, weight_decay=weight_decay)


class TorchLearner:
    """What `training.train` asks of a backend, in PyTorch.

    splits: name -> ResidentSplit or image_folder.FolderSplit. State is named and laid out as in NumPy.
    """

    def __init__(self, model: CatDogCNN, loss, optimizer: torch.optim.Optimizer, splits: dict, batch_size: int):
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.splits, self.batch_size = splits, batch_size
        self.device = next(model.parameters()).device

    def train_epoch(self, order) -> float:
        losses, sizes = [], []
        batches = self.splits["train"].batches(order, self.batch_size)
        for batch, (x, labels) in zip(order.batches(self.batch_size), batches, strict=True):
            self.optimizer.zero_grad()
            loss = self.loss(self.model(x), labels)
            loss.backward()
            for group in self.optimizer.param_groups:
                group["lr"] = batch.learning_rate
            self.optimizer.step()
            losses.append(loss.detach())  # stays on the device: reading it here would wait for the step
            sizes.append(len(labels))
        return float(np.average(torch.stack(losses).double().cpu().numpy(), weights=sizes))

    def evaluate(self, split: str) -> tuple[float, float]:
        """Loss and accuracy over a split, in the order stored; computed on the device."""
        logits, labels = self._logits_and_labels(split)
        right = (logits[:, 0] > 0) == (labels > 0.5)
        return self.loss(logits, labels).item(), right.double().mean().item()

    def outputs(self, split: str) -> np.ndarray:
        """Logits (N, 1) float32 of a split, in the order stored."""
        return self._logits_and_labels(split)[0].cpu().numpy()

    @torch.no_grad()
    def _logits_and_labels(self, split: str) -> tuple[Tensor, Tensor]:
        pictures = self.splits[split]
        batches = [
            (self.model(x), labels) for x, labels in pictures.batches(as_stored(len(pictures)), EVALUATION_BATCH)
        ]
        logits, labels = zip(*batches, strict=True)
        return torch.cat(logits), torch.cat(labels)

    def state(self) -> dict[str, np.ndarray]:
        """Copies of the weights (as NumPy lays them out) and of the optimizer's moments."""
        state = {f"weights/{name}": array for name, array in self.model.to_numpy().items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            state |= {f"optimizer/{index}/{key}": m.cpu().numpy().copy() for key, m in moments.items()}
        return state

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        self.model.from_numpy(_below(state, "weights/"))
        moments: dict[int, dict[str, Tensor]] = {}
        for name, array in _below(state, "optimizer/").items():
            index, key = name.split("/")
            moments.setdefault(int(index), {})[key] = torch.from_numpy(array.copy())
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})

    def synchronize(self) -> None:
        synchronize(self.device)


def _below(state: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}
