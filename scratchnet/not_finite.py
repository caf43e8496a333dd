"""A training in which a number is no longer finite: in which step it happened, and where in the chain of layers.

A loss shows it late: perhaps a step after the gradient that did it. On a GPU no loss is read before the epoch is over.
So the epoch is taken again from its beginning, step by step, and now every weight is looked at.
"""

import math
from typing import Any

import numpy as np

from scratchnet.order import Order
from scratchnet.problems import Problem


def are_finite(*numbers: float) -> bool:
    return all(map(math.isfinite, numbers))


def spoiled(learner, mark: Any, order: Order, rates: np.ndarray) -> Problem:
    """What to tell of an epoch that began at `mark`, with these learning rates (steps,). It spoils the learner."""
    learner.return_to(mark)
    for step, batch in enumerate(order.batches(learner.batch_size)):
        if found := _found_in_step(learner, batch, rates[step : step + 1]):
            return _problem(f"Step {step + 1} of {len(rates)}", found, rates)
    found = learner.first_not_finite("val") or "a vital sign"
    return _problem("After the last step, on the validation split", found, rates)


def _found_in_step(learner, batch: Order, rate: np.ndarray) -> str | None:
    """Take one step. What was not finite first: an output, the loss, a gradient, or a layer's update; in words."""
    before = learner.mark()
    (loss,) = learner.train_steps(batch, rate)
    ruined = [name.split(".")[0] for name, w in learner.weights().items() if not np.isfinite(w).all()]
    if not ruined and are_finite(loss):
        return None
    learner.return_to(before)
    return learner.first_not_finite("train", batch) or (f"the update of {ruined[0]}" if ruined else "the loss")


def _problem(when: str, found: str, rates: np.ndarray) -> Problem:
    return Problem(
        f"{when}: the loss is no longer a number; the first thing that is not finite is {found}. "
        f"The learning rate ({rates.max():g}) is probably too high: try a tenth of it."
    )
