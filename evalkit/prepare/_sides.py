"""What preparing steps share: the sides that they work on, as a suite writes them."""

from __future__ import annotations

from typing import Literal

from evalkit.core.items import SideName

SideChoice = Literal["query", "corpus", "both"]
_BOTH: frozenset[SideName] = frozenset({"query", "corpus"})


def chosen(side: SideChoice) -> frozenset[SideName]:
    """Return the sides that a choice means."""
    return _BOTH if side == "both" else frozenset({side})
