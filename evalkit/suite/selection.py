"""Chooses the items of a case by their tags, and checks the names of tags and values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from evalkit.core.errors import nearest
from evalkit.core.items import Dataset, Item
from evalkit.core.protocols import SideName, Task
from evalkit.suite.place import Place

Wanted = Mapping[str, tuple[str, ...]]
Choices = Sequence[Wanted]
"""What is wanted of a side: an item fits that meets one of them."""
DERIVED = "modality"
"""The tag that every item has without being given it."""


def tags(items: Iterable[Item]) -> dict[str, set[str]]:
    """Return every tag that the items carry, with all its values."""
    found: dict[str, set[str]] = {DERIVED: set()}
    for item in items:
        found[DERIVED].add(item.modality)
        for name in item.tags:
            found.setdefault(name, set()).update(item.tag(name))
    return found


def modalities(data: Dataset) -> Mapping[SideName, frozenset[str]]:
    """Return the modalities of the parts of the items on either side."""

    def found(items: tuple[Item, ...]) -> frozenset[str]:
        return frozenset(Item("", part).modality for item in items for part in item.parts)

    return {"query": found(data.queries), "corpus": found(data.corpus)}


def fits(item: Item, wanted: Wanted) -> bool:
    """Return whether an item carries one of the wanted values of every tag."""
    return all(not set(values).isdisjoint(item.tag(tag)) for tag, values in wanted.items())


def check_tags(items: tuple[Item, ...], wanted: Wanted, place: Place, kind: str) -> bool:
    """Report tags and values that no item carries, and a choice that none fits.

    kind: what the items are called, `query` or `corpus item`. Returns whether all is well.
    """
    known = tags(items)
    before = len(place.problems.found)
    for tag, values in wanted.items():
        if tag not in known:
            place.at(tag).wrong(f"no {kind} has the tag '{tag}'; {nearest(tag, known)}")
            continue
        for row, value in enumerate(values):
            if value not in known[tag]:
                place.at(tag, row).wrong(
                    f"no {kind} has the {tag} '{value}'; {nearest(value, known[tag])}"
                )
    if len(place.problems.found) == before and not any(fits(item, wanted) for item in items):
        place.wrong(f"this selects no {kind}.", "Name fewer tags or more values.")
    return len(place.problems.found) == before


def choose(
    data: Dataset, queries: Choices, corpus: Choices, case: Place, task: Task | None = None
) -> Dataset | None:
    """Return the chosen part of a data set, None where nothing or something unknown is chosen.

    A side that the task has no use for may be empty.
    """
    needed = {"query": "queries", "corpus": "corpus"}
    must = {needed[side] for side in (task.sides if task else needed)}
    fine = [
        check_tags(items, wanted, case.at(side, row) if len(choices) > 1 else case.at(side), kind)
        if items
        else side not in must or _none(data, case, side)
        for side, kind, items, choices in _sides(data, queries, corpus)
        for row, wanted in enumerate(choices)
    ]
    if not all(fine):
        return None
    return data.select(
        lambda item: any(fits(item, wanted) for wanted in queries),
        lambda item: any(fits(item, wanted) for wanted in corpus),
    )


def _sides(
    data: Dataset, queries: Choices, corpus: Choices
) -> list[tuple[Literal["queries", "corpus"], str, tuple[Item, ...], Choices]]:
    """Return both sides of a data set with what is wanted of them."""
    return [
        ("queries", "query", data.queries, queries),
        ("corpus", "corpus item", data.corpus, corpus),
    ]


def _none(data: Dataset, case: Place, side: str) -> bool:
    """Report a data set that has nothing on one side."""
    case.at("data").wrong(f"the data set '{data.name}' has no {side}.", "Choose another one.")
    return False
