"""Transforms of vectors before the search, such as fair projections, one file each."""
