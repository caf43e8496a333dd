"""Clocks, where the seconds of a run go, and the machine that they were read on."""
