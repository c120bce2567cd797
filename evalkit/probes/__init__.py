"""Confounding variation: changes to an input that should not matter, one file each."""
