"""What a training leaves behind while it runs: a row for each epoch, where its seconds went, and a checkpoint."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from scratchnet.names import TIMING, below
from scratchnet.records import read_arrays, write_arrays, write_metrics
from scratchnet.timing.phases import Phases

Arrays = dict[str, np.ndarray]


@dataclass
class History:
    """One row an epoch, and the weights to keep.

    snapshots: the weights that the journal watches, before the first epoch and after each: one more than rows.
    signs: the vital signs, a row for each layer, of every epoch after which they were taken.
    """

    rows: list[dict] = field(default_factory=list)
    kept_epoch: int = 0
    kept: Arrays = field(default_factory=dict)
    snapshots: list[Arrays] = field(default_factory=list)
    signs: list[dict] = field(default_factory=list)

    def add(self, epoch: int, train_loss: float, val_loss: float, val_accuracy: float | None, seconds: float) -> None:
        row = {"epoch": epoch, "train_loss": train_loss, "val_loss": val_loss}
        row |= {} if val_accuracy is None else {"val_accuracy": val_accuracy}
        self.rows.append(row | {"seconds": seconds})

    def is_best(self) -> bool:
        """Has no epoch had a lower validation loss than the last?"""
        return self.rows[-1]["val_loss"] == min(row["val_loss"] for row in self.rows)

    def kept_row(self) -> dict:
        return self.rows[self.kept_epoch - 1]

    def table(self) -> pd.DataFrame:
        """epoch, train_loss, val_loss, val_accuracy, seconds (of training alone)."""
        return pd.DataFrame(self.rows)

    def signs_table(self) -> pd.DataFrame:
        """epoch, layer, dead_units, activation_rms, gradient_rms, update_ratio: see numpy_nn/vital_signs.py."""
        return pd.DataFrame(self.signs)

    def filmed(self) -> Arrays:
        """The snapshots of each weight one after the other: (epochs + 1, ...)."""
        return {name: np.stack([shot[name] for shot in self.snapshots]) for name in self.snapshots[0]}


@dataclass
class Journal:
    """Goes along with a training: keeps the time, and the state from which a killed run goes on.

    phases: of the run that the training is part of; what a killed run had spent is added on resuming.
    checkpoint: a file that holds the whole state after every epoch; None keeps none.
    leads: of several processes that train together all read the checkpoint, and one writes it.
    after_epoch: called with each new row.
    watched: how the names of the weights begin that are copied in every epoch; "" are all of them, None is none.
    signs_every: so many epochs, and of the first and the last, the vital signs are taken; None is never.
    """

    phases: Phases = field(default_factory=Phases)
    checkpoint: Path | None = None
    leads: bool = True
    after_epoch: Callable[[dict], None] = lambda _: None
    watched: str | None = None
    signs_every: int | None = None

    @contextmanager
    def phase(self, name: str, learner) -> Iterator["Lasted"]:
        """The block's seconds belong to this phase; what comes after it is preparation again."""
        lasted = Lasted()
        self.phases.begin(name, learner.synchronize)
        yield lasted
        lasted.seconds = self.phases.begin("preparation", learner.synchronize)

    def resume(self, learner) -> History:
        """The history of the checkpoint, and the learner in its state; a new history where there is none."""
        if self.checkpoint is None or not self.checkpoint.exists():
            return History(snapshots=[self._snapshot(learner)])
        arrays, about = read_arrays(self.checkpoint)
        learner.load_state(below("now", arrays))
        self.phases.go_on(about["phases"])
        snapshots = [below(f"epoch {epoch}", arrays) for epoch in range(len(about["rows"]) + 1)]
        return History(about["rows"], about["kept_epoch"], below("kept", arrays), snapshots, about["signs"])

    def epoch_over(self, history: History, learner, keep: bool) -> None:
        """keep: the weights are now the ones to keep."""
        with self.phase("writing", learner):
            if keep:
                history.kept_epoch, history.kept = history.rows[-1]["epoch"], learner.state()
            history.snapshots.append(self._snapshot(learner))
            if self.checkpoint and self.leads:
                self._write_checkpoint(history, learner)
            self.after_epoch(history.rows[-1])

    def wants_signs(self, epoch: int, epochs: int) -> bool:
        """Of epoch 1, 2, ..., epochs."""
        return self.signs_every is not None and (epoch in (1, epochs) or epoch % self.signs_every == 0)

    def _snapshot(self, learner) -> Arrays:
        return {} if self.watched is None else learner.weights(self.watched)

    def _write_checkpoint(self, history: History, learner) -> None:
        arrays = {f"kept/{name}": array for name, array in history.kept.items()}
        arrays |= {f"now/{name}": array for name, array in learner.state().items()}
        for epoch, snapshot in enumerate(history.snapshots):
            arrays |= {f"epoch {epoch}/{name}": array for name, array in snapshot.items()}
        about = {"rows": history.rows, "kept_epoch": history.kept_epoch, "phases": self.phases.seconds}
        about["signs"] = history.signs
        write_arrays(self.checkpoint, arrays, about)

    def write_timing(self, stage: str, item: str, machine: dict, **rates: float) -> None:
        """metrics/timing/STAGE/ITEM.json: the phases, the rates, and the machine. The last that a run writes.

        Then the checkpoint has served, and goes.
        """
        device = "cpu" if machine["gpu"] == "none" else "cuda"
        timing = {**self.phases.metrics(), **rates, "device": device, "machine": machine}
        write_metrics(TIMING / stage / f"{item}.json", timing)
        if self.checkpoint:
            self.checkpoint.unlink()


@dataclass
class Lasted:
    """How long a phase has lasted, once it is over."""

    seconds: float = 0.0
