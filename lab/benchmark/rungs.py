"""The rungs of the ladder, from one multiplication at a time to the GPU: what they are called and where they run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lab.setting import Setting

# Tells glibc to keep what a process gives back: PyTorch asks anew for the memory of each layer in each step, and pieces
# so large otherwise return to the system, page by page (mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD).
KEEPING = {"MALLOC_MMAP_THRESHOLD_": f"{2**30}", "MALLOC_TRIM_THRESHOLD_": f"{2**31}"}
LOOPS_SIZE = 8  # pixels; one such picture keeps Python's loops busy for a tenth of a second or two


@dataclass(frozen=True)
class Rung:
    """label: its name for people. variant: of PyTorch, its settings by their name in lab/variants.py.

    device: cpu | cuda. needs: what not every machine has, compiler | gpu. environment: variables of its process.
    """

    label: str
    variant: str = ""
    device: str = "cpu"
    one_thread: bool = False
    needs: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def backend(self) -> str:
        return "pytorch" if self.variant else "numpy"


def _on_gpu(how: str, variant: str) -> Rung:
    return Rung(f"PyTorch on CUDA, {how}", variant, "cuda", needs="gpu")


RUNGS = {
    "loops": Rung("one multiplication at a time", one_thread=True),
    "clear": Rung("NumPy, clear layers", one_thread=True),
    "fast_1_thread": Rung("NumPy, fast, 1 thread", one_thread=True),
    "fast": Rung("NumPy, fast, all cores"),
    "pytorch_nchw": Rung("PyTorch eager, NCHW", "resident"),
    "pytorch_nchw_keeping": Rung("PyTorch eager, NCHW, memory kept", "resident", environment=KEEPING),
    "pytorch_channels_last": Rung("PyTorch eager, channels last", "channels_last"),
    "pytorch_channels_last_keeping": Rung(
        "PyTorch eager, channels last, memory kept", "channels_last", environment=KEEPING
    ),
    "pytorch_compile": Rung("torch.compile", "inductor", needs="compiler"),
    "cuda_float32": _on_gpu("float32", "resident"),
    "cuda_tf32": _on_gpu("TF32, channels last", "tf32"),
    "cuda_bfloat16": _on_gpu("bfloat16, channels last", "bfloat16"),
    "cuda_graph": _on_gpu("float32, as a graph", "cuda_graph"),
    "cuda_all": _on_gpu("bfloat16, channels last, fused, as a graph", "all"),
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


def measured_rungs(entry: Mapping) -> list[Mapping]:
    """The rungs that metrics/benchmark.json has of an architecture, beside its ratios and its work."""
    return [rung for rung in entry.values() if "step_ms" in rung]


def where(rung: Mapping) -> str:
    """For people, from what metrics/benchmark.json says of a rung: CUDA, or CPU, 2 threads."""
    return "CUDA" if rung["device"] == "cuda" else f"CPU, {rung['threads']} thread{'s' if rung['threads'] > 1 else ''}"
