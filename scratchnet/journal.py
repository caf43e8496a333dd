"""What a training leaves behind while it runs: a row for each epoch, where its seconds went, and checkpoints."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scratchnet.checkpoints import Arrays, Checkpoints, tell
from scratchnet.names import TIMING, below
from scratchnet.problems import Stopped
from scratchnet.records import write_metrics
from scratchnet.stopping import Stop
from scratchnet.timing.phases import Phases

BETWEEN_LOOKS = 1.0  # seconds of steps after which it is asked whether to save, or to stop


@dataclass
class Begun:
    """The epoch that is under way: the loss of each step so far, and their seconds."""

    losses: list[float] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class History:
    """One row an epoch, and the weights to keep.

    snapshots: the weights that the journal watches, before the first epoch and after each: one more than rows.
    signs: the vital signs, a row for each layer, of every epoch after which they were taken.
    begun: the epoch after the last row.
    """

    rows: list[dict] = field(default_factory=list)
    kept_epoch: int = 0
    kept: Arrays = field(default_factory=dict)
    snapshots: list[Arrays] = field(default_factory=list)
    signs: list[dict] = field(default_factory=list)
    begun: Begun = field(default_factory=Begun)

    def add(self, epoch: int, train_loss: float, val_loss: float, val_accuracy: float | None) -> None:
        """The row of the epoch that was begun, and is now over."""
        row = {"epoch": epoch, "train_loss": train_loss, "val_loss": val_loss}
        row |= {} if val_accuracy is None else {"val_accuracy": val_accuracy}
        self.rows.append(row | {"seconds": self.begun.seconds})
        self.begun = Begun()

    def where(self) -> str:
        """How far the training has come, in words."""
        if self.begun.losses:
            return f"in epoch {len(self.rows) + 1}, after {len(self.begun.losses)} of its steps"
        return f"after epoch {len(self.rows)}"

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


class Alone:
    """A process that trains by itself. Of several, `torch_nn.distributed.Ranks` says the same for each."""

    leads = True

    def the_leaders(self, value: Any) -> Any:
        """What the one that leads has."""
        return value

    def everyones(self, value: Any) -> list:
        """What each has, the leader first."""
        return [value]


@dataclass
class Journal:
    """Goes along with a training: keeps the time, and the state from which a killed run goes on.

    phases: of the run that the training is part of; what a killed run had spent is added on resuming.
    checkpoint: a file that holds the whole state after every epoch, and within long ones; None keeps none.
    every_seconds: after so many a checkpoint is written within an epoch, too.
    ranks: of several processes that train together one reads and writes the checkpoints.
    after_epoch: called with each new row.
    watched: how the names of the weights begin that are copied in every epoch; "" are all of them, None is none.
    signs_every: so many epochs, and of the first and the last, the vital signs are taken; None is never.
    """

    phases: Phases = field(default_factory=Phases)
    checkpoint: Path | None = None
    every_seconds: float = math.inf
    ranks: Any = field(default_factory=Alone)
    after_epoch: Callable[[dict], None] = lambda _: None
    watched: str | None = None
    signs_every: int | None = None

    def __post_init__(self):
        self._checkpoints = Checkpoints(self.checkpoint) if self.checkpoint else None
        self._stop, self._saved = Stop(), time.monotonic()
        self._now: Arrays = {}  # of an epoch that was begun and goes on: the state to go on from
        self._first: Arrays = {}  # the state with which the epoch began
        # Steps until the next look. All are looked at together where nothing can be saved.
        self.steps = 1 if self.checkpoint else None

    @contextmanager
    def phase(self, name: str, learner) -> Iterator["Lasted"]:
        """The block's seconds belong to this phase; what comes after it is preparation again."""
        lasted = Lasted()
        self.phases.begin(name, learner.synchronize)
        yield lasted
        lasted.seconds = self.phases.begin("preparation", learner.synchronize)

    def listening(self):
        """In the block Ctrl-C and SIGTERM wait until a step is over and its state saved, where it can be saved."""
        return self._stop.listening() if self.checkpoint else nullcontext()

    def resume(self, learner) -> History:
        """The history of the newest checkpoint, and the learner as it was when the epoch began that is to be trained.

        A new history where there is no checkpoint.
        """
        self._first = learner.state() if self.checkpoint else {}
        arrays, about = self.ranks.the_leaders(self._newest(learner)) or ({}, {})
        if not arrays:
            return History(snapshots=[self._snapshot(learner)])
        self._now = below("now", arrays)
        self._first = below("first", arrays) or self._now
        learner.load_state(self._first)
        self.phases.go_on(about["phases"])
        snapshots = [below(f"epoch {epoch}", arrays) for epoch in range(len(about["rows"]) + 1)]
        history = History(about["rows"], about["kept_epoch"], below("kept", arrays), snapshots, about["signs"])
        history.begun = Begun(**about["begun"])
        if self.ranks.leads:
            tell(f"Going on from the checkpoint {history.where()}.")
        return history

    def epoch_begins(self, learner) -> None:
        """An epoch that a killed run had begun goes on in the state that its checkpoint has."""
        if self._now:
            learner.load_state(self._now)
            self._now = {}

    def steps_over(self, history: History, learner, count: int, seconds: float) -> None:
        """After `count` more steps, which took `seconds`: save, where it is time. Stopped where a signal asks for it.

        All processes do the same: any may have heard the signal, and the leader has the clock.
        """
        if not self._checkpoints:
            return
        due = time.monotonic() - self._saved >= self.every_seconds
        steps = max(1, int(min(BETWEEN_LOOKS, self.every_seconds) * count / max(seconds, 1e-9)))
        told = self.ranks.everyones((self._stop.number, due, steps))
        _, due, self.steps = told[0]
        number = max(number for number, *_ in told)
        if due or number:
            with self.phase("writing", learner):
                self._save(history, learner.state())
        self._end(number, history)

    def epoch_over(self, history: History, learner, keep: bool) -> None:
        """keep: the weights are now the ones to keep. Stopped where a signal asks for it."""
        with self.phase("writing", learner):
            state = learner.state() if keep or self._checkpoints else {}
            if keep:
                history.kept_epoch, history.kept = history.rows[-1]["epoch"], state
            history.snapshots.append(self._snapshot(learner))
            if self._checkpoints:
                self._first = state
                self._save(history, state)
            self.after_epoch(history.rows[-1])
        if self._checkpoints:
            self._end(max(self.ranks.everyones(self._stop.number)), history)

    def wants_signs(self, epoch: int, epochs: int) -> bool:
        """Of epoch 1, 2, ..., epochs."""
        return self.signs_every is not None and (epoch in (1, epochs) or epoch % self.signs_every == 0)

    def _snapshot(self, learner) -> Arrays:
        return {} if self.watched is None else learner.weights(self.watched)

    def _newest(self, learner) -> tuple[Arrays, dict] | None:
        """What the newest checkpoint holds that fits the learner, who is left as it was."""
        if not self._checkpoints or not self.ranks.leads:
            return None

        def take(arrays: Arrays, _: dict) -> None:
            try:
                for state in filter(None, (below("first", arrays), below("now", arrays))):
                    learner.load_state(state)
            finally:
                learner.load_state(self._first)

        return self._checkpoints.newest(take)

    def _save(self, history: History, now: Arrays) -> None:
        """now: the state. The one with which the epoch began is saved, too: what is told of an epoch compares both."""
        if self.ranks.leads:
            parts = {"kept": history.kept, "now": now}
            parts |= {"first": self._first} if history.begun.losses else {}  # which else is now
            parts |= {f"epoch {epoch}": snapshot for epoch, snapshot in enumerate(history.snapshots)}
            arrays = {f"{part}/{name}": array for part, each in parts.items() for name, array in each.items()}
            about = {"rows": history.rows, "kept_epoch": history.kept_epoch, "phases": self.phases.seconds}
            self._checkpoints.write(arrays, about | {"signs": history.signs, "begun": asdict(history.begun)})
        self._saved = time.monotonic()

    def _end(self, number: int, history: History) -> None:
        """number: of the signal that asks for it; 0: of none."""
        if number:
            self._stop.answered()
            if self._checkpoints.whole:
                saved = f"The state is saved in {self.checkpoint}. The same command goes on from there."
            else:
                saved = "This state could not be saved. The same command goes on from the last that could, if any."
            raise Stopped(number, f"Stopped {history.where()}. {saved}" if self.ranks.leads else "")

    def write_timing(self, stage: str, item: str, machine: dict, **rates: float) -> None:
        """metrics/timing/STAGE/ITEM.json: the phases, the rates, and the machine. The last that a run writes.

        Then the checkpoints have served, and go.
        """
        device = "cpu" if machine["gpu"] == "none" else "cuda"
        timing = {**self.phases.metrics(), **rates, "device": device, "machine": machine}
        write_metrics(TIMING / stage / f"{item}.json", timing)
        if self._checkpoints:
            self._checkpoints.clear()


@dataclass
class Lasted:
    """How long a phase has lasted, once it is over."""

    seconds: float = 0.0
