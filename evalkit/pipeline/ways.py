"""How the items of a side are embedded under a system: after which steps, to find what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evalkit.core.errors import DataError, Problem
from evalkit.core.items import Item, SideName
from evalkit.core.plan import CasePlan
from evalkit.core.systems import Piece, Prepare, System

_MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Way:
    """The steps of one side, and the modalities that the corpus has after its own steps.

    Systems that agree in both share the vectors of the side.
    """

    steps: tuple[Prepare, ...]
    sought: frozenset[str]


def way(case: CasePlan, system: System, side: SideName) -> Way:
    """Return how a side of a case is embedded under a system."""
    corpus = case.task.needs(case.data).corpus
    return Way(system.prepared(side), modalities(corpus, system.prepared("corpus")) - {_MIXED})


def ways(case: CasePlan, systems: Iterable[System], side: SideName) -> tuple[Way, ...]:
    """Return the different ways in which some systems need a side, in order."""
    return tuple(dict.fromkeys(way(case, system, side) for system in systems))


def modalities(items: Iterable[Item], steps: tuple[Prepare, ...]) -> frozenset[str]:
    """Return the modalities that items have after some steps, `mixed` among them for a mix."""
    found = {item.modalities | ({item.modality} & {_MIXED}) for item in items}
    for step in steps:
        found = {step.result(kinds) for kinds in found}
    return frozenset().union(*found)


def pieces(item: Item, steps: tuple[Prepare, ...]) -> list[Piece]:
    """Return what an item is embedded as; a later step keeps the span of an earlier one.

    Raises DataError where a step leaves nothing.
    """
    found = [Piece(item.content)]
    for step in steps:
        found = [
            Piece(new.content, new.span if old.span is None else old.span)
            for old in found
            for new in step.apply(item.with_content(old.content))
        ]
    if not found:
        raise DataError(Problem("", "nothing of it is left to embed.", "Check its content."))
    return found


def combine(steps: tuple[Prepare, ...]) -> str:
    """Return how pieces count: `mean` where any of the steps says so, else `best`."""
    return "mean" if any(step.combine == "mean" for step in steps) else "best"
