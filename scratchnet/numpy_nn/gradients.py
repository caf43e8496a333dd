"""The slope of a function, measured instead of derived: the judge of every gradient that was derived by hand."""

from collections.abc import Callable

import numpy as np


def slope(f: Callable[[], float], x: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """∂f/∂x by central differences, (f(x + step) − f(x − step)) / 2 step, one number of x at a time.

    f takes no argument: it reads x, which is changed in place and put back.
    """
    dx = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        kept = x[place]
        x[place] = kept + step
        above = f()
        x[place] = kept - step
        dx[place] = (above - f()) / (2 * step)
        x[place] = kept
    return dx
