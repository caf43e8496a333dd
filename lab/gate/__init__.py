"""Is the working tree slower than another revision? Both measured in turns, on this machine, now: docs/timing.md."""
