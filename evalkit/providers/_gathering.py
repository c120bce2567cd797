"""Outcomes of items that are sent in several pieces, or answered with several vectors."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from evalkit.core.protocols import Embedded
from evalkit.providers._calls import Call, Outcome, Piece


class Gathering:
    """Holds outcomes back until all of their item are there, and says how many those are.

    Whatever breaks off leaves no half an item behind. Threads that make calls may say what more is
    to come while another takes outcomes.
    """

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._lock = threading.Lock()
        self._missing = Counter(piece.index for piece in pieces)
        self._held: dict[int, list[Outcome]] = {}

    def expect(self, index: int, more: int) -> None:
        """Wait for more outcomes of an item than one a piece."""
        with self._lock:
            self._missing[index] += more

    def answered(self, call: Call, found: Sequence[Outcome]) -> Sequence[Outcome]:
        """Return what a call was answered, having noted pieces that got several vectors."""
        if len(call) == 1 and len(found) > 1:
            self.expect(call[0].index, len(found) - 1)
        return found

    def let_go(self, outcome: Outcome) -> list[Outcome]:
        """Take one outcome; return all of its item once none is missing, [] before that."""
        found = [*self._held.pop(outcome.index, ()), outcome]
        with self._lock:
            self._missing[outcome.index] -= 1
            whole = self._missing[outcome.index] <= 0
        if not whole:
            self._held[outcome.index] = found
            return []
        vectors = sum(isinstance(one, Embedded) for one in found)
        return [replace(one, parts=vectors) if isinstance(one, Embedded) else one for one in found]
