"""The laboratory: how fast everything is, measured so that it can be believed."""
