"""Retrievers: exact search at all vector sizes in one pass, and what is measured against it."""

from evalkit.search._loops import loops


def warm() -> None:
    """Compile what a search needs, so that the numba cache is filled once for later processes."""
    loops()
