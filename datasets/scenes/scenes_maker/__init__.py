"""Draws the scenes data set: every content in every context, in several poses and lights."""
