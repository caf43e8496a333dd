"""How fast each implementation of the one network is, on this machine: the ladder, and the sweep over scale."""
