"""The questions of fairness with their answers, short enough for the head of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalkit.core.results import PLAIN
from evalkit.report.view.fairness import Fairness

_MOST = 6
"""Answers that one question has at the head; the others stand in their section."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one case answers on one series, at its widest size.

    about: the case, and the series where there are several. whom: queries and items. held: what the
    numbers are held against. anchor: where the section on it begins.
    """

    about: str
    answer: str
    whom: str
    held: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. more: how many answers to it are left to the section. limits: as sentences."""

    question: str
    answers: tuple[Answer, ...]
    more: int
    limits: tuple[str, ...]


def asked(fair: Sequence[Fairness]) -> Iterator[Asked]:
    """Yield each question once, answered by every case that asks it.

    A case that was measured with and without systems answers for the models alone.
    """
    anchors = {id(f): anchor(n) for n, f in enumerate(fair)}
    for question in dict.fromkeys(f.asked for f in fair):
        mine = [f for f in fair if f.asked == question]
        plain = {f.case for f in mine if f.series.system == PLAIN}
        told = [f for f in mine if f.series.system == PLAIN or f.case not in plain]
        several = {f.case for f in told if sum(g.case == f.case for g in told) > 1}
        yield Asked(
            question=question,
            answers=tuple(_short(f, f.case in several, anchors[id(f)]) for f in told[:_MOST]),
            more=len(mine) - len(told[:_MOST]),
            limits=mine[0].limits,
        )


def anchor(place: int) -> str:
    """Return the name to link to of a part of the section on fairness, by its place there."""
    return f"fairness-of-{place}"


def targets(fair: Iterable[Fairness]) -> Mapping[str, str]:
    """Return the target of each case that has one, in words.

    Shares are left out where they are not the same on all series.
    """
    found: dict[str, str] = {}
    for f in fair:
        if f.target and found.setdefault(f.case, f.target) != f.target:
            found[f.case] = f.target.split(" (")[0]
    return found


def _short(f: Fairness, several: bool, place: str) -> Answer:
    """Return one answer in short."""
    about = f"{f.case}, {f.series}" if several else f.case
    compared = f.compared[0].lower() + f.compared[1:].rstrip(".")
    held = f"chance and {f.target}" if f.target else compared
    return Answer(about=about, answer=f.answer, whom=f.few, held=held, anchor=place)
