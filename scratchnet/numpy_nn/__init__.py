"""The mathematics, by hand: layers, losses and optimizers that need nothing but NumPy."""
