"""Draws the product photos with Pillow and numpy."""
