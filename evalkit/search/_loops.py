"""The compiled loops of a search, imported when one first needs them: numba takes its time."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from evalkit import ranking


@cache
def loops() -> ModuleType:
    """Return the module `_compiled`."""
    return ranking.compiled("evalkit.search._compiled")
