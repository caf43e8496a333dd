"""In what precision the products of a float32 network are computed; everything else stays float32.

float32: every factor has 24 bits. tf32: the GPU rounds the factors of every product to 11 bits and adds up in float32.
bfloat16: autocast computes the convolutions and linear layers in bfloat16 (8 bits); weights, gradients and the
optimizer's moments are float32.
"""

import contextlib
import warnings
from contextlib import AbstractContextManager

import torch


def set_products(precision: str) -> None:
    """Whether float32 products may be TF32, for the whole process. cuDNN's convolutions are, unless told otherwise.

    https://docs.pytorch.org/docs/stable/notes/cuda.html#tensorfloat-32-tf32-on-ampere-and-later-devices. Of the two
    ways to say it this is the older: torch.compile still asks the old flags, which cannot be read once one of the new
    ones (fp32_precision) was set by itself: https://github.com/pytorch/pytorch/issues/166387
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some versions recommend the new way
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        torch.backends.cudnn.allow_tf32 = precision == "tf32"


def products_in(precision: str, device: torch.device) -> AbstractContextManager:
    """What the forward pass runs in.

    Without the cache of converted weights: each is used once, and a captured graph must convert it anew in each replay.
    """
    if precision == "bfloat16":
        return torch.autocast(device.type, torch.bfloat16, cache_enabled=False)
    return contextlib.nullcontext()
