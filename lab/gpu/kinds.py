"""Kinds of work: how the name of a kernel tells which it does, and how each is drawn."""

from collections.abc import Mapping

from scratchnet.plots.style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION

SKY, YELLOW = "#56B4E9", "#F0E442"  # also of Okabe & Ito
FILES, UPDATE, SMALL, REST = "opening and decoding files", "optimizer", "elementwise and copies", "the rest"
FUSED, POOLING, PRODUCTS = "fused by inductor", "pooling", "matrix products"
FORWARD, BACKWARD = "convolution, forward", "convolution, backward"

# A kernel is of the first kind with a word in its name: names of PyTorch, inductor, cuDNN, cuBLAS and CUTLASS.
WORDS = (
    (FILES, ("dataloader",)),
    (UPDATE, ("optimizer.step", "multi_tensor", "adam", "sgd")),
    (FUSED, ("triton_", "cpp_fused")),
    (SMALL, ("nchwtonhwc", "nhwctonchw", "memcpy", "memset")),  # cuDNN's change of the layout is no convolution
    (POOLING, ("pool",)),
    (BACKWARD, ("convolution_backward", "dgrad", "wgrad", "bgrad", "bprop")),
    (FORWARD, ("conv", "fprop", "winograd", "cudnn")),
    (PRODUCTS, ("gemm", "gemv", "aten::mm", "addmm", "linear", "splitk", "cutlass", "nvjet")),
    (SMALL, ("aten::", "at::native")),
)
# How matplotlib fills the bars of a kind. FILES is drawn first, behind the others: the device may work meanwhile.
LOOKS: dict[str, Mapping[str, str]] = {
    FILES: {"facecolor": "white", "edgecolor": GREY, "hatch": "////"},
    FORWARD: {"facecolor": BLUE},
    BACKWARD: {"facecolor": SKY},
    POOLING: {"facecolor": PURPLE},
    PRODUCTS: {"facecolor": GREEN},
    SMALL: {"facecolor": ORANGE},
    FUSED: {"facecolor": YELLOW},
    UPDATE: {"facecolor": VERMILION},
    REST: {"facecolor": GREY},
}


def kind_of(kernel: str) -> str:
    """What the name of a kernel, or of an operator of PyTorch, says of its work: a key of LOOKS."""
    name = kernel.lower()
    return next((kind for kind, words in WORDS if any(word in name for word in words)), REST)
