"""The state of a learner: named arrays, each below the part it is of (weights/conv1.W, optimizer/m/conv1.W)."""

from collections.abc import Mapping

import numpy as np


def below(prefix: str, state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays themselves of prefix/NAME, by NAME."""
    start = f"{prefix}/"
    return {name.removeprefix(start): array for name, array in state.items() if name.startswith(start)}
