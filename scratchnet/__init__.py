"""Neural networks by hand in NumPy, the same in PyTorch, and what is needed to compare them honestly."""
