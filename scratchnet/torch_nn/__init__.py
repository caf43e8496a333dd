"""The same networks in PyTorch; the only part of the library that imports torch."""

import os

# Where OpenMP may lend PyTorch fewer threads than it asks for, as it then does on a busy machine, some kernels leave
# parts of their sums out: a gradient is wrong, or no number. The variable is read when torch is loaded.
os.environ["OMP_DYNAMIC"] = "false"
