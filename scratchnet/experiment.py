"""One training of a convolutional network, from its initial weights to the files that it leaves."""

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from scratchnet.calibration import by_chance, calibration, expected_calibration_error
from scratchnet.journal import Alone, History, Journal
from scratchnet.kinds import probability_of
from scratchnet.memory import cnn_weights, copies, refuse_too_large
from scratchnet.names import CNN_STAGES, METRICS, MODELS, PLOTS, PREPARED, WIDTH, Stream, below, rng_of
from scratchnet.numpy_nn.losses import LOSSES, sigmoid
from scratchnet.numpy_nn.networks import Network, cnn
from scratchnet.params import TrainCnn
from scratchnet.plots.calibration import reliability
from scratchnet.plots.style import save
from scratchnet.plots.vital_signs import vital_signs
from scratchnet.prepared import PreparedSplit, open_prepared
from scratchnet.records import write_arrays, write_metrics, write_table
from scratchnet.timing.machine import lasting
from scratchnet.timing.phases import Phases
from scratchnet.training import Learner, Plan, train
from scratchnet.verdict import tell, verdict

PACKAGE = Path(__file__).parent
Builder = Callable[..., Network]  # with the arguments of networks.cnn
TRAINING_CODE = (  # what the weights depend on: if it changes, a checkpoint is of no use
    "numpy_nn", "numpy_fast", "torch_nn", "yours.py", "bodies.py", "training.py", "journal.py", "checkpoints.py",
    "order.py", "names.py", "prepared.py", "views.py",
)  # fmt: skip


def initial_network(arch: str, size: int, params: TrainCnn, width: int = WIDTH, build: Builder = cnn) -> Network:
    """The NumPy network from which every backend starts, for pictures of size × size pixels."""
    return build(arch, size, params.hidden, rng_of(params.seed, Stream.WEIGHTS), params.dtype, width)


def plan_of(params: TrainCnn, size: int) -> Plan:
    """For pictures of size × size pixels."""
    return Plan(**{name: value for name, value in params if name in Plan.__dataclass_fields__}, size=size)


class Experiment:
    """A network of one architecture, trained by one backend ("numpy" or "pytorch") as params.yaml says.

    Problem where the network is too large for the memory that is there.

    phases: of the run, which began before the pictures were opened. code: the digest of what trains beside the
    project's own code. every_seconds: a checkpoint is written, and after every epoch.
    """

    def __init__(
        self,
        backend: str,
        arch: str,
        params: TrainCnn,
        phases: Phases,
        code: str = "",
        every_seconds: float = math.inf,
    ):
        self.backend, self.arch, self.params, self.phases, self.code = backend, arch, params, phases, code
        self.every_seconds = every_seconds
        self.stage = CNN_STAGES[backend]
        self.splits = open_prepared(PREPARED, params.dtype)
        self.size = self.splits["train"].images.shape[1]  # pixels of a side
        weights = cnn_weights(arch, self.size, params.hidden)
        needed = weights * copies(backend, params.optimizer) * np.dtype(params.dtype).itemsize
        refuse_too_large("train_numpy_cnn.hidden", params.hidden, weights, needed)

    def initial_network(self, build: Builder = cnn) -> Network:
        return initial_network(self.arch, self.size, self.params, build=build)

    def run(
        self,
        learner: Learner,
        machine: dict,
        draw: Callable[[], None] = lambda: None,
        ranks=None,
        section: str = "train_numpy_cnn",
    ) -> None:
        """Train, keep the weights to keep, and write the model, the metrics, the tables, the pictures and the timing.

        machine: `timing.machine` as this backend uses it. draw: makes the stage's own pictures of the trained network.
        ranks: of several processes that train together, one writes: torch_nn.distributed.Ranks. section: of
        params.yaml, which advice names.
        """
        ranks, title = ranks or Alone(), f"{self.stage} {self.arch}"
        with tqdm(total=self.params.epochs, desc=title, unit="epoch", disable=not ranks.leads) as bar:
            how = {"every_seconds": self.every_seconds, "ranks": ranks, "watched": "conv", "signs_every": 1}
            journal = Journal(self.phases, self._checkpoint(machine), after_epoch=lambda row: _show(bar, row), **how)
            history = train(learner, len(self.splits["train"]), plan_of(self.params, self.size), journal)
        self.phases.begin("evaluation", learner.synchronize)
        logits, mirrored = (learner.outputs("test", mirrored=way) for way in (False, True))
        if ranks.leads:
            self.phases.begin("writing", learner.synchronize)
            results = self._write(history, logits, mirrored)
            draw()
            journal.write_timing(self.stage, self.arch, machine, **self._rates(history))
            tell(results, section)

    def _checkpoint(self, machine: dict) -> Path:
        """Where a killed run goes on from: outside DVC's outs, which DVC deletes before a stage runs.

        Its name says which settings, machine, pictures and code it belongs to: another run does not find it.
        """
        code = [_digest_of_training_code(), self.code]
        run = [self.params.model_dump(), lasting(machine), self.splits["train"].digest, *code]
        key = hashlib.sha256(json.dumps(run).encode()).hexdigest()[:16]
        return Path(f".checkpoints/{self.stage}/{self.arch}-{key}.safetensors")

    def _write(self, history: History, logits: np.ndarray, mirrored: np.ndarray) -> dict:
        """logits (N, 1): of the test split; mirrored: of its pictures left to right. The results, as written."""
        test, weights = self.splits["test"], below("weights", history.kept)
        plots, models = PLOTS / self.stage / self.arch, MODELS / self.backend
        write_arrays(models / f"{self.arch}.safetensors", weights, self._about())
        write_arrays(models / f"{self.arch}_filters.safetensors", history.filmed(), self._about())
        predictions = _predictions(logits, test)
        calibrated = calibration(predictions[probability_of(test.classes)].to_numpy(), test.labels)
        results = self._results(history, logits, mirrored, weights, calibrated)
        write_metrics(METRICS / self.stage / f"{self.arch}.json", results)
        write_table(plots / "loss.csv", history.table())
        write_table(plots / "predictions.csv", predictions)
        write_table(plots / "calibration.csv", calibrated)
        save(reliability(calibrated, f"{self.arch}, {self.backend}"), plots / "calibration.png")
        write_table(plots / "vital_signs.csv", history.signs_table())
        save(vital_signs(history.signs_table()), plots / "vital_signs.png")
        return results

    def _about(self) -> dict:
        """All that a trained network needs beside its weights: see `predict.Classifier`."""
        train_split = self.splits["train"]
        normalisation = {"mean": train_split.mean.tolist(), "std": train_split.std.tolist()}
        shape = {"arch": self.arch, "hidden": self.params.hidden, "size": self.size}
        return {**shape, **normalisation, "classes": list(train_split.classes)}

    def _results(
        self, history: History, logits: np.ndarray, mirrored: np.ndarray, weights: dict, calibrated: pd.DataFrame
    ) -> dict:
        labels, loss = self.splits["test"].labels, LOSSES[self.params.loss]()
        test = loss(logits, labels)[0], float(loss.right(logits, labels).mean())
        kept = {key: history.kept_row()[key] for key in ("train_loss", "val_loss", "val_accuracy")}
        return kept | {
            "test_loss": test[0],
            "test_accuracy": test[1],
            "test_accuracy_both_ways": float(loss.right((logits + mirrored) / 2, labels).mean()),
            "expected_calibration_error": expected_calibration_error(calibrated),
            "calibration_error_by_chance": by_chance(calibrated),
            "kept_epoch": history.kept_epoch,
            "parameters": sum(array.size for name, array in weights.items() if ".running_" not in name),
            **verdict(history, loss, self.splits, test),
        }

    def _rates(self, history: History) -> dict[str, float]:
        """Of an epoch's training the median and the quartiles over the epochs; of all evaluation together.

        That is the validation split after every epoch, and the test split both ways.
        """
        q1, median, q3 = history.table()["seconds"].quantile([0.25, 0.5, 0.75]).tolist()
        evaluated = len(history.rows) * len(self.splits["val"]) + 2 * len(self.splits["test"])
        return {
            "epoch_seconds": median,
            "epoch_seconds_q1": q1,
            "epoch_seconds_q3": q3,
            "images_per_second": len(self.splits["train"]) / median,
            "evaluation_images_per_second": evaluated / self.phases.seconds["evaluation"],
        }


def _show(bar: tqdm, row: dict) -> None:
    bar.set_postfix({key: f"{row[key]:.4f}" for key in ("train_loss", "val_loss", "val_accuracy")})
    bar.update(row["epoch"] - bar.n)


def _digest_of_training_code() -> str:
    digest = hashlib.sha256()
    for part in TRAINING_CODE:
        path = PACKAGE / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _predictions(logits: np.ndarray, split: PreparedSplit) -> pd.DataFrame:
    """A row for each picture: name, label, predicted, and probability_dog, or as the second kind is called."""
    logits, names = logits[:, 0].astype(np.float64), np.array(split.classes)
    return pd.DataFrame(
        {
            "name": split.names,
            "label": names[split.labels],
            "predicted": names[(logits > 0).astype(int)],
            probability_of(split.classes): sigmoid(logits),
        }
    )
