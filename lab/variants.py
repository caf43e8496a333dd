"""The ways to train in PyTorch that are measured: settings of params.yaml's section train_cuda_cnn, by name."""

from scratchnet.params import TrainCuda

EAGER = {"input": "resident", "precision": "float32", "memory_format": "contiguous", "compile": "none"}
CHANNELS_LAST = {"memory_format": "channels_last"}
BFLOAT16 = CHANNELS_LAST | {"precision": "bfloat16"}
VARIANTS = {  # what each changes in EAGER
    "image_folder": {"input": "image_folder"},
    "resident": {},
    "channels_last": CHANNELS_LAST,
    "tf32": CHANNELS_LAST | {"precision": "tf32"},
    "bfloat16": BFLOAT16,
    "inductor": {"compile": "inductor"},
    "inductor_bfloat16": BFLOAT16 | {"compile": "inductor"},
    "cuda_graph": {"compile": "cuda_graph"},
    "cuda_graph_bfloat16": BFLOAT16 | {"compile": "cuda_graph"},
    "all": BFLOAT16 | {"compile": "inductor_cuda_graph"},
}


def settings_of(variant: str, device: str, workers: int = 0) -> TrainCuda:
    """device: cpu | cuda. workers: processes that open and decode files, of which only image_folder has any."""
    return TrainCuda(**(EAGER | VARIANTS[variant]), device=device, workers=workers)


def in_precision(precision: str) -> tuple[str, ...]:
    """The variants whose products are computed in it: float32 | tf32 | bfloat16."""
    return tuple(name for name, changes in VARIANTS.items() if (EAGER | changes)["precision"] == precision)
