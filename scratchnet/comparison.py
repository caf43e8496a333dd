"""Two trainings of the same network, laid side by side.

What each stage has written comes as [arch][backend], with the backends "numpy" and "pytorch".
"""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from scratchnet.markdown import table
from scratchnet.names import BACKENDS, TUTORIAL_CNN_LOSS, TUTORIAL_SPEEDUP
from scratchnet.problems import Problem
from scratchnet.timing.machine import versions_of
from scratchnet.verdict import sentences

WIDE = 4  # columns of a table: more are hard to read
Both = Mapping[str, Mapping]  # of "numpy" and "pytorch"


def loss_gaps(one: pd.DataFrame, other: pd.DataFrame) -> dict[str, float]:
    """The largest absolute difference of train_loss and val_loss, in the first epoch and over the whole training.

    Both tables have a row for each epoch; Problem where their epochs differ.
    """
    if list(one["epoch"]) != list(other["epoch"]):
        raise Problem(f"The trainings had {len(one)} and {len(other)} epochs: train both again (dvc repro).")
    columns = ["train_loss", "val_loss"]
    gap = (one[columns] - other[columns]).abs().max(axis=1)
    return {"loss_gap": float(gap.max()), "loss_gap_first_epoch": float(gap.iloc[0])}


def compare(timings: Both, tables: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """How far apart the losses of one architecture are, and how many times faster PyTorch was.

    speedup is a ratio of pictures a second in training.
    """
    speedup = timings["pytorch"]["images_per_second"] / timings["numpy"]["images_per_second"]
    return loss_gaps(tables["numpy"], tables["pytorch"]) | {"speedup": speedup}


def as_markdown(
    comparison: Mapping[str, Mapping],
    results: Mapping[str, Both],
    timings: Mapping[str, Both],
    section: Callable[[str], str],
) -> str:
    """The comparison of every architecture as a Markdown page: a table, and what each backend was measured on.

    section: of params.yaml, with the settings of an architecture.
    """
    pairs = [(arch, backend) for arch in comparison for backend in BACKENDS]
    machines = {backend: timings[arch][backend]["machine"] for arch, backend in pairs}
    lines = [
        "# NumPy and PyTorch, the same network",
        "",
        *(
            line
            for start in range(0, len(pairs), WIDE)
            for line in _table(pairs[start : start + WIDE], results, timings)
        ),
        *_verdicts(pairs, results, section),
        *(_gap(arch, both, timings[arch]["pytorch"]["device"]) for arch, both in comparison.items()),
        f"- For comparison, the tutorial reports a NumPy loss that stays at {TUTORIAL_CNN_LOSS:.4f}, and a speed-up "
        f"of about {TUTORIAL_SPEEDUP:.0f} times by CUDA.",
        "",
        "Both ways: each picture and its mirror image are answered, and the mean of the two logits counts.",
        "",
        "Calibration error: how far a share of right answers is from how sure the network was, on the average over the "
        "test pictures (ECE). In parentheses: what chance alone brings on so few pictures.",
        "",
        "Seconds an epoch: the median and the quartiles over the epochs, training alone.",
        "",
        *(f"- {BACKENDS[backend]} ran on {_describe(machine)}" for backend, machine in machines.items()),
        "",
    ]
    return "\n".join(lines)


def _table(pairs: list[tuple[str, str]], results: Mapping[str, Both], timings: Mapping[str, Both]) -> list[str]:
    """A column for each training, and an empty line."""
    found = [results[arch][backend] | timings[arch][backend] for arch, backend in pairs]
    rows = [
        ["device", *(side["device"].upper() for side in found)],
        ["parameters", *(f"{side['parameters']:,}" for side in found)],
        ["training loss", *(f"{side['train_loss']:.4f}" for side in found)],
        ["test loss", *(f"{side['test_loss']:.4f}" for side in found)],
        ["test accuracy", *(f"{side['test_accuracy']:.1%}" for side in found)],
        ["both ways", *(f"{side['test_accuracy_both_ways']:.1%}" for side in found)],
        ["calibration error", *map(_calibration, found)],
        ["learned", *("yes" if side["learned"] else "**no**" for side in found)],
        ["seconds an epoch", *map(_seconds, found)],
        ["pictures a second", *(f"{side['images_per_second']:,.0f}" for side in found)],
    ]
    return [*table(["", *(f"{arch} {BACKENDS[backend]}" for arch, backend in pairs)], rows), ""]


def _verdicts(
    pairs: list[tuple[str, str]], results: Mapping[str, Both], section: Callable[[str], str]
) -> Iterator[str]:
    """A line for each training that did not go well: what is wrong, and what to try."""
    for arch, backend in pairs:
        if told := sentences(results[arch][backend], section(arch)):
            yield f"- **{arch} in {BACKENDS[backend]}**: {' '.join(told)}"


def _gap(arch: str, both: Mapping, device: str) -> str:
    return (
        f"- **{arch}**: the two loss tables differ by at most {both['loss_gap']:.1e} over the whole training "
        f"({both['loss_gap_first_epoch']:.1e} in the first epoch); PyTorch on {device.upper()} is "
        f"{both['speedup']:.2f} times as fast as NumPy."
    )


def _calibration(side: Mapping) -> str:
    return f"{side['expected_calibration_error']:.3f} ({side['calibration_error_by_chance']:.3f})"


def _seconds(side: Mapping) -> str:
    return f"{side['epoch_seconds']:.2f} ({side['epoch_seconds_q1']:.2f} to {side['epoch_seconds_q3']:.2f})"


def _describe(machine: Mapping) -> str:
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} threads (BLAS: {machine['blas']}"
        f"{_implementation(machine)}), "
        f"GPU: {machine['gpu']}, driver: {machine['driver']}; {versions_of(machine)}; "
        f"load at start {machine['load_at_start']}."
    )


def _implementation(machine: Mapping) -> str:
    if (name := machine.get("implementation")) == "yours":
        return ", layers of your own"
    return f", the {name} implementation" if name else ""
