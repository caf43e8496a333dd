"""The whole measurement of a GPU: how fast each variant is, what bounds it, and that all of them learn the same."""
