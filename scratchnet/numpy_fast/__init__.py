"""The same numbers as numpy_nn, at the speed of the machine."""
