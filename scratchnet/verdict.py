"""Has it learned? The verdict on a training, in numbers for its metrics and in sentences for a person.

The measure is the best answer that never looks at a sample: the larger class every time, or the mean of the targets.
"""

import math
import sys
from collections.abc import Mapping

import numpy as np

from scratchnet.journal import History
from scratchnet.numpy_nn.losses import LOSSES
from scratchnet.numpy_nn.vital_signs import SIGNS

WELL = {"learned": 1, "died": 0, "diverged": 0}
DIVERGED = 1.5  # times the loss of an answer that never looks: so wrong is nobody who has only learned nothing
UNEXPLAINED = 0.95  # of the variance of the targets: a regression that leaves more has learned nothing
STANDARD_ERRORS = 2  # above the share of the larger class: chance alone seldom brings more
HALF_DEAD = 0.5  # units of a layer
STILL = 1e-3  # an update_ratio: Karpathy's for a step, which is little for a whole epoch


def blind(loss, labels: np.ndarray) -> dict[str, float]:
    """loss, and accuracy where there are classes, of the best answer that never looks at a sample.

    labels (N,) of classes, or targets (N, M).
    """
    if labels.ndim == 2:
        answer = labels.mean(axis=0)
    else:
        counts = np.bincount(labels, minlength=2) + 1e-6  # of a class without samples log 0 is no number
        one_logit = isinstance(loss, tuple(LOSSES.values()))
        answer = np.log(counts[1:2] / counts[0]) if one_logit else np.log(counts / counts.sum())
    answers = np.tile(answer, (len(labels), 1))
    right = loss.right(answers, labels)
    return {"loss": loss(answers, labels)[0]} | ({} if right is None else {"accuracy": float(right.mean())})


def verdict(history: History, loss, splits: Mapping, found: tuple[float, float | None]) -> dict:
    """For the metrics: learned, died and diverged (1 or 0). Where it is ill also what tells why: see `sentences`.

    That is the last loss, what an answer that never looks has, and the last epoch's signs. found: the test split's loss
    and accuracy, of the weights that were kept.
    """
    at_best = {split: blind(loss, splits[split].labels) for split in ("train", "test")}
    last = history.rows[-1]
    signs = {row["layer"]: {sign: row[sign] for sign in SIGNS} for row in history.signs}  # the last row of each stays
    judged = {
        "learned": int(_has_learned(*found, at_best["test"], len(splits["test"]))),
        "died": int(any(layer["dead_units"] == 1 for layer in signs.values())),
        "diverged": int(last["train_loss"] > DIVERGED * at_best["train"]["loss"]),
    }
    if judged == WELL:
        return judged
    measures = {f"{split}_{key}": value for split, both in at_best.items() for key, value in both.items()}
    return judged | {"last_train_loss": last["train_loss"], "blind": measures, "signs": signs}


def _has_learned(loss: float, accuracy: float | None, blind: Mapping[str, float], count: int) -> bool:
    if accuracy is None:
        return loss < UNEXPLAINED * blind["loss"]
    share = blind["accuracy"]
    return accuracy > share + STANDARD_ERRORS * math.sqrt(share * (1 - share) / count)


def sentences(results: Mapping, section: str) -> list[str]:
    """What to tell of a training that died, diverged or learned nothing: the sign, the layer, what to try; else none.

    results: of metrics/STAGE/ITEM.json. section: of params.yaml, with the learning rate.
    """
    told = []
    if results["diverged"]:
        told.append(_diverged(results))
    if results["died"]:
        told.append(_died(results["signs"]))
    if told:
        told.append(_gentler(section))
    elif not results["learned"]:
        told.append(f"{_nothing(results)} {_why_nothing(results['signs'], section)}")
    if told and results["learned"]:
        told.append(f"What was kept, the weights of epoch {results['kept_epoch']}, had learned something.")
    return told


def tell(results: Mapping, section: str) -> None:
    """The sentences, as the last that a person sees of a training."""
    for sentence in sentences(results, section):
        print(sentence, file=sys.stderr)


def _diverged(results: Mapping) -> str:
    layer, size = _largest(results["signs"], "activation_rms")
    return (
        f"The training has diverged: its loss ended at {_number(results['last_train_loss'])}, and an answer that never "
        f"looks has {_number(results['blind']['train_loss'])}. "
        f"The sign is activation_rms of {layer}, {_number(size)}."
    )


def _died(signs: Mapping) -> str:
    layer = next(name for name, layer in signs.items() if layer["dead_units"] == 1)
    return (
        f"The network has died: it gives the same answer to every sample. The sign is dead_units of {layer}, 1: "
        "no unit of it tells one sample from another."
    )


def _nothing(results: Mapping) -> str:
    blind = results["blind"]
    if "test_accuracy" not in results:
        return (
            f"The network has learned nothing: its test loss is {_number(results['test_loss'])}, and always to answer "
            f"the mean has {_number(blind['test_loss'])}."
        )
    return (
        f"The network has learned nothing: {results['test_accuracy']:.1%} of the test samples are right, "
        f"and the larger class alone is {blind['test_accuracy']:.1%}; chance explains the rest."
    )


def _why_nothing(signs: Mapping, section: str) -> str:
    layer, dead = _largest(signs, "dead_units")
    if dead >= HALF_DEAD:
        return f"The sign is dead_units of {layer}, {dead:.2f}. {_gentler(section)}"
    layer, ratio = min(((name, layer["update_ratio"]) for name, layer in signs.items()), key=lambda pair: pair[1])
    if ratio < STILL:
        return (
            f"The sign is update_ratio of {layer}, {ratio:.1g}: its weights hardly move. "
            f"Try ten times {section}.learning_rate, or more epochs."
        )
    return (
        f"The signs are those of a network that can learn (the least update_ratio is {ratio:.1g}, in {layer}): "
        f"try more {section}.epochs and more samples, and ask whether the labels are right."
    )


def _gentler(section: str) -> str:
    warmup = f", or a longer {section}.warmup" if not section.startswith("train_mlp") else ""
    return f"Try a tenth of {section}.learning_rate{warmup}."


def _number(number: float) -> str:
    """0.6931, 33,000"""
    return f"{number:,.0f}" if number >= 1000 else f"{number:.4g}"


def _largest(signs: Mapping, sign: str) -> tuple[str, float]:
    """The layer with the largest value of a sign, and this value."""
    return max(((name, layer[sign]) for name, layer in signs.items()), key=lambda pair: pair[1])
