"""The same networks in PyTorch; the only part of the library that imports torch."""
