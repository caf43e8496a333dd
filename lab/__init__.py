"""The laboratory: how fast everything is, measured so that it can be believed."""

import scratchnet.plots  # noqa: F401 (before any figure here imports matplotlib, which it keeps to the project)
