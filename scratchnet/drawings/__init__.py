"""Cats and dogs drawn from a seed."""
