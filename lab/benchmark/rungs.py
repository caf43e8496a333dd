"""The rungs of the ladder, from one multiplication at a time to the GPU: what they are called and where they run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lab.setting import Setting

LAYERS = ("scratchnet/numpy_nn/layers.py",)
FAST = tuple(
    f"scratchnet/numpy_nn/{name}.py" for name in ("fast", "fast_conv", "strips", "fast_linear", "winograd", "team")
)
CAT_DOG_CNN = ("scratchnet/torch_nn/model.py: CatDogCNN.__init__, CatDogCNN.forward",)
# Tells glibc to keep what a process gives back: PyTorch asks anew for the memory of each layer in each step, and pieces
# so large otherwise return to the system, page by page (mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD).
KEEPING = {"MALLOC_MMAP_THRESHOLD_": f"{2**30}", "MALLOC_TRIM_THRESHOLD_": f"{2**31}"}
LOOPS_SIZE = 8  # pixels; one such picture keeps Python's loops busy for a tenth of a second or two


@dataclass(frozen=True)
class Rung:
    """label: its name for people. sources: its code, as `lines.count` takes it. needs: what not every machine has.

    environment: variables of its process.
    """

    label: str
    sources: tuple[str, ...]
    backend: str = "numpy"  # numpy | pytorch
    device: str = "cpu"  # cpu | cuda
    one_thread: bool = False
    needs: str = ""  # compiler | gpu
    environment: Mapping[str, str] = field(default_factory=dict)


RUNGS = {
    "loops": Rung("one multiplication at a time", ("scratchnet/numpy_nn/loops.py",), one_thread=True),
    "clear": Rung("NumPy, clear layers", LAYERS, one_thread=True),
    "fast_1_thread": Rung("NumPy, fast, 1 thread", FAST, one_thread=True),
    "fast": Rung("NumPy, fast, all cores", FAST),
    "pytorch_nchw": Rung("PyTorch eager, NCHW", CAT_DOG_CNN, "pytorch"),
    "pytorch_nchw_keeping": Rung("PyTorch eager, NCHW, memory kept", CAT_DOG_CNN, "pytorch", environment=KEEPING),
    "pytorch_channels_last": Rung("PyTorch eager, channels last", CAT_DOG_CNN, "pytorch"),
    "pytorch_channels_last_keeping": Rung(
        "PyTorch eager, channels last, memory kept", CAT_DOG_CNN, "pytorch", environment=KEEPING
    ),
    "pytorch_compile": Rung("torch.compile", CAT_DOG_CNN, "pytorch", needs="compiler"),
    "cuda_float32": Rung("PyTorch on CUDA, float32", CAT_DOG_CNN, "pytorch", "cuda", needs="gpu"),
    "cuda_tf32": Rung("PyTorch on CUDA, TF32", CAT_DOG_CNN, "pytorch", "cuda", needs="gpu"),
    "cuda_bf16": Rung("PyTorch on CUDA, bf16 autocast", CAT_DOG_CNN, "pytorch", "cuda", needs="gpu"),
    "cuda_graph": Rung("PyTorch on CUDA, float32, as a graph", CAT_DOG_CNN, "pytorch", "cuda", needs="gpu"),
    "cuda_graph_bf16": Rung("PyTorch on CUDA, bf16, fused, as a graph", CAT_DOG_CNN, "pytorch", "cuda", needs="gpu"),
}
# PyTorch on the CPU, in either layout of the numbers: as it is installed, and at its best
EAGER = ("pytorch_nchw", "pytorch_channels_last")
EAGER_KEEPING = tuple(f"{name}_keeping" for name in EAGER)


def as_measured(rung: str, setting: Setting) -> Setting:
    """What of `setting` the rung can do in reasonable time: all of it, or for the loops one very small picture.

    In the small network every layer has the same share of the multiplications as in the large one, for all but the
    last grow with the area of the picture; so the time of the whole is that of the part, scaled by the FLOPs. It comes
    out somewhat short: the loops skip what lies beyond the edge, at 8 pixels 16% of the first convolution's (31% of the
    second's), at 64 pixels 2% (4%); and the weights of a small linear layer may stay in the cache.
    """
    return replace(setting, batch_size=1, size=min(LOOPS_SIZE, setting.size)) if rung == "loops" else setting
