"""Transforms of vectors in a system: made, and given items to be fitted on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evalkit.core.items import UNKNOWN, Dataset, Item
from evalkit.core.systems import System, Transform
from evalkit.suite.entries import Named, seen
from evalkit.suite.params import create
from evalkit.suite.place import Place
from evalkit.suite.selection import fits

FIT = "fit"
"""The parameter of every transform that says which items it is fitted on."""
PERSON = "person"
"""The tag of items that are about one person, as a profile and a badge may be."""
Fit = Mapping[str, tuple[str, ...]]


def resolve_transform(entry: Named, place: Place) -> tuple[Transform | None, Fit]:
    """Return a transform and the tags of the items that it is fitted on."""
    transform: Transform | None = create("transforms", entry, place, (FIT,))
    given = entry.params.get(FIT)
    if not isinstance(given, dict) or not given:
        below = place.at(entry.name, FIT) if FIT in entry.params else place
        got = f"got {seen(given)}" if FIT in entry.params else "there is no 'fit'"
        below.wrong(
            f"expected the tags of the items that '{entry.use}' is fitted on, {got}.",
            "Write for example fit: {split: fit}; these items may not be measured.",
        )
        return transform, {}
    return transform, {
        str(tag): tuple(map(str, value if isinstance(value, list) else [value]))
        for tag, value in given.items()
    }


def with_fitting(
    systems: tuple[System, ...], whole: Dataset, chosen: Dataset, place: Place, matched: str = ""
) -> tuple[System, ...] | None:
    """Return the systems with the items of the whole data set that transforms are fitted on.

    matched: the tag of items that are versions of one another, "" for none. Reports a transform
    that would be fitted on items which the case measures, on versions of them or on the same
    persons, or that has fewer than two groups to tell apart.
    """
    same = tuple(dict.fromkeys(tag for tag in (matched, PERSON) if tag))
    made = [_fitted(s, whole, chosen, same, place.at(row)) for row, s in enumerate(systems)]
    found = tuple(system for system in made if system is not None)
    return found if len(found) == len(systems) else None


def _fitted(
    system: System, whole: Dataset, chosen: Dataset, same: tuple[str, ...], place: Place
) -> System | None:
    """Return one system with its items to fit on, itself where it has no transform.

    same: the tags by which items are the same but for what is looked at.
    """
    if system.transform is None:
        return system
    data = whole.select(lambda i: fits(i, system.fit), lambda i: fits(i, system.fit))
    items = (*data.queries, *data.corpus)
    seen_before = _known_already(items, (*chosen.queries, *chosen.corpus), same)
    if seen_before:
        place.at(system.name).wrong(
            f"it would be fitted on {seen_before}; what it promises would be seen on its own "
            "examples.",
            "Fit on one split, and select another one with the case's 'queries' and 'corpus'.",
        )
        return None
    tag = system.transform.attribute
    groups = sorted(_groups(items, tag))
    if len(groups) < 2:
        told = f"the tag '{tag}' has {'no value' if not groups else f'the one value {groups[0]}'}"
        place.at(system.name).wrong(
            f"of {len(items)} items to fit on, {told}; two groups are needed.",
            "Choose other items with 'fit', or another attribute.",
        )
        return None
    return replace(system, fitting=data)


def _known_already(
    items: tuple[Item, ...], measured: tuple[Item, ...], same: tuple[str, ...]
) -> str:
    """Return which items to fit on are measured, or are the same as those by a tag, "" for none."""
    ids = {item.id for item in measured}
    shared = [item.id for item in items if item.id in ids]
    if shared:
        return f"{len(shared)} items that the case measures, '{shared[0]}' among them"
    for tag in same:
        values = _groups(measured, tag)
        alike = [item for item in items if not values.isdisjoint(item.tag(tag))]
        if alike:
            value = next(value for value in alike[0].tag(tag) if value in values)
            return (
                f"{len(alike)} items that have the tag '{tag}' in common with items that the case "
                f"measures, '{alike[0].id}' ({tag}: {value}) among them"
            )
    return ""


def _groups(items: tuple[Item, ...], tag: str) -> set[str]:
    """Return the known values of a tag."""
    return {value for item in items for value in item.tag(tag)} - {UNKNOWN}
