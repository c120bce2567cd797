"""What a reviewer has marked so far on a prompt: kept by the server until it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from evalkit.judging.records import ErrorType, Mark


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one result so far; None where nothing is."""

    effective: bool | None = None
    grade: int | None = None
    error: ErrorType = ""


@dataclass(slots=True)
class Draft:
    """The marks on the results of a prompt, and which result is being looked at, from 0."""

    results: tuple[str, ...]
    said: dict[str, Said] = field(default_factory=dict)
    at: int = 0
    comment: str = ""

    def of(self, number: int) -> Said:
        """Return what is said of a result."""
        return self.said.get(self.results[number], Said())

    def go(self, number: int) -> None:
        """Look at another result; beyond either end the last one stays."""
        self.at = min(max(number, 0), len(self.results) - 1)

    def grade(self, grade: int) -> None:
        """Grade the result that is looked at; the same grade again takes it back."""
        old = self.of(self.at)
        self.said[self.results[self.at]] = replace(old, grade=None if old.grade == grade else grade)

    def mark(self, effective: bool, error: ErrorType = "") -> None:
        """Mark the result that is looked at, and look at the next one that has no mark."""
        kept = self.of(self.at).grade
        self.said[self.results[self.at]] = Said(effective, kept, error)
        open_ones = self.unmarked()
        later = [number for number in open_ones if number > self.at]
        if open_ones:
            self.at = (later or open_ones)[0]

    def unmarked(self) -> list[int]:
        """Return the places of the results that are neither effective nor not."""
        return [n for n in range(len(self.results)) if self.of(n).effective is None]

    def marks(self) -> tuple[Mark, ...]:
        """Return the marks; only for a draft in which nothing is unmarked."""
        found = ((item, self.said[item]) for item in self.results)
        return tuple(Mark(item, bool(s.effective), s.grade, s.error) for item, s in found)


@st.cache_resource(show_spinner=False)
def _drafts() -> dict[tuple[str, ...], Draft]:
    """Return the drafts of all reviewers, which outlive a page that is loaded again."""
    return {}


def draft(key: tuple[str, ...], results: Sequence[str]) -> Draft:
    """Return the draft of a reviewer on a prompt, a new one where there is none."""
    known = _drafts().get(key)
    if known is None or known.results != tuple(results):
        known = _drafts()[key] = Draft(tuple(results))
    return known


def forget(key: tuple[str, ...]) -> None:
    """Drop a draft that was saved."""
    _drafts().pop(key, None)
