"""Tables and arrays become pictures; the only part that knows matplotlib.

Pictures depend on the project alone. So matplotlib reads neither the backend that a notebook names to its programs, nor
a person's own matplotlibrc: either may be wrong, and stop it while it is imported. That is why this comes first.
"""

import os

os.environ["MPLBACKEND"] = "agg"  # nothing here shows a window
os.environ["MATPLOTLIBRC"] = os.devnull
