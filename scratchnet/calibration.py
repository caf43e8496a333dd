"""How sure a network is, and how often it is right then: the reliability diagram and its one number.

From Guo et al. 2017 (arXiv:1706.04599, section 2). The confidence is the probability of the predicted class. Of two
classes it is at least 0.5. So ten bins of equal width lie between 0.5 and 1; between 0 and 1 half would stay empty.

Why not bins of equally many pictures? Those of an unsure network may span 20 points, and inside of a bin too sure and
too modest cancel out. Here that hides at most 5 points. The limits are also the same for every network. A bin may have
few pictures: it then counts little, and `by_chance` says how far off it may be.
"""

import numpy as np
import pandas as pd

LIMITS = np.arange(10, 21) / 20  # 0.5, 0.55, ... 1; a bin has its lower limit, and the last has both


def calibration(probability: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
    """A row for each bin with pictures: confidence_low, confidence_high, pictures, mean_confidence, accuracy.

    probability (N,): of the second class, 0 to 1. labels (N,): 0 or 1.
    """
    confidence = np.maximum(probability, 1 - probability)
    right = (probability > 0.5) == labels
    bins = np.searchsorted(LIMITS[1:-1], confidence, side="right")  # (N,), 0 to 9
    pictures = np.bincount(bins, minlength=len(LIMITS) - 1)
    filled = np.flatnonzero(pictures)
    mean = {
        name: np.bincount(bins, weights=values, minlength=len(pictures))[filled] / pictures[filled]
        for name, values in {"mean_confidence": confidence, "accuracy": right}.items()
    }
    limits = {"confidence_low": LIMITS[filled], "confidence_high": LIMITS[filled + 1]}
    return pd.DataFrame(limits | {"pictures": pictures[filled]} | mean)


def expected_calibration_error(table: pd.DataFrame) -> float:
    """ECE = Σ_b n_b / N · |accuracy_b − mean_confidence_b|, 0 to 1; table: of `calibration`."""
    return _mean(table, (table["accuracy"] - table["mean_confidence"]).abs())


def standard_errors(table: pd.DataFrame) -> pd.Series:
    """Of each bin's accuracy, if its confidence p is meant as it is said: √(p (1 − p) / n)."""
    p = table["mean_confidence"].clip(upper=1)  # a mean of ones may be rounded up
    return np.sqrt(p * (1 - p) / table["pictures"])


def by_chance(table: pd.DataFrame) -> float:
    """About the ECE of a network that is exactly as often right as it is sure, on so few pictures.

    A normal variable is off by √(2 / π) standard errors on the average.
    """
    return _mean(table, np.sqrt(2 / np.pi) * standard_errors(table))


def _mean(table: pd.DataFrame, gaps: pd.Series) -> float:
    """Of one number for each bin, over all pictures."""
    return float((table["pictures"] * gaps).sum() / table["pictures"].sum())
