"""The protected tag: which group items belong to, and which group a query names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.errors import nearest
from evalkit.core.items import UNKNOWN, Item

NEUTRAL, ASIDE = -1, -2
_SLACK = 1e-6
_SHOWN = 5


def weights(item: Item, tag: str) -> dict[str, float]:
    """Return the values of a tag with their weights, equal ones where it has none."""
    given = item.tags.get(tag, (UNKNOWN,))
    if isinstance(given, Mapping):
        return dict(given)
    return {value: 1 / len(given) for value in given}


def membership(items: Sequence[Item], tag: str, groups: Sequence[str]) -> Float64:
    """Return how far each item belongs to each group, float64 (items, groups)."""
    found = np.zeros((len(items), len(groups)))
    place = {group: n for n, group in enumerate(groups)}
    for row, item in zip(found, items, strict=True):
        for value, weight in weights(item, tag).items():
            if value in place:
                row[place[value]] = weight
    return found


def sets(items: Sequence[Item], tag: str) -> Int64:
    """Return the number of the set that each item is of by a tag, int64 (items,), 0 for none."""
    place: dict[str, int] = {}
    found = np.zeros(len(items), np.int64)
    for n, item in enumerate(items if tag else ()):
        name = "|".join(item.tag(tag))
        if name:
            found[n] = place.setdefault(name, len(place) + 1)
    return found


def mislabelled(
    items: Sequence[Item], tag: str, groups: Sequence[str], others: Sequence[str]
) -> Iterator[str]:
    """Yield what is wrong with the labels of items, for a person."""
    strange: dict[str, list[str]] = {}
    heavy = []
    for item in items:
        found = weights(item, tag)
        heavy += [item.id] if sum(found.values()) > 1 + _SLACK else []
        for value in found:
            if value not in groups and value not in others:
                strange.setdefault(value, []).append(item.id)
    for value, ids in sorted(strange.items()):
        yield _strange(tag, value, ids, groups, others)
    if heavy:
        yield f"the weights of the tag '{tag}' sum to more than 1 for {_named(heavy)}."


def _strange(
    tag: str, value: str, ids: Sequence[str], groups: Sequence[str], others: Sequence[str]
) -> str:
    """Return the sentence on a value that was not declared."""
    if value == UNKNOWN:
        return (
            f"the {tag} of {_named(ids)} is not known, and 'unknown' is not declared; "
            "write others: [unknown] to count them as unlabelled."
        )
    hint = nearest(value, [*groups, *others])
    return (
        f"the {tag} of {_named(ids)} is '{value}', which is no declared group; {hint} "
        f"Add it to groups, or to others to count it as unlabelled."
    )


def _named(ids: Sequence[str]) -> str:
    """Return some items by id, and how many more there are."""
    shown = ", ".join(f"'{name}'" for name in ids[:_SHOWN])
    return shown if len(ids) <= _SHOWN else f"{shown} and {len(ids) - _SHOWN} more"


def asked(
    queries: Sequence[Item], neutral: Mapping[str, str], explicit: str, groups: Sequence[str]
) -> Int64:
    """Return the place of the group that each query names, int64 (n,), NEUTRAL or ASIDE."""
    return np.array([_asked(query, neutral, explicit, groups) for query in queries], np.int64)


def _asked(query: Item, neutral: Mapping[str, str], explicit: str, groups: Sequence[str]) -> int:
    """Return the place of the group that a query names, NEUTRAL or ASIDE."""
    named = query.tag(explicit) if explicit else ()
    if neutral and all(value in query.tag(tag) for tag, value in neutral.items()):
        return NEUTRAL
    if len(named) == 1 and named[0] in groups:
        return list(groups).index(named[0])
    return ASIDE if named or neutral else NEUTRAL


def misasked(
    queries: Sequence[Item],
    named: Int64,
    explicit: str,
    groups: Sequence[str],
    others: Sequence[str],
) -> Iterator[str]:
    """Yield what is wrong with what queries ask for: no neutral one, or a group unheard of."""
    aside = [query for query, at in zip(queries, named, strict=True) if at == ASIDE]
    strange: dict[str, list[str]] = {}
    for query in aside:
        for value in query.tag(explicit) if explicit else ():
            if value not in groups and value not in others:
                strange.setdefault(value, []).append(query.id)
    for value, ids in sorted(strange.items()):
        yield (
            f"the tag '{explicit}' of the query {_named(ids)} is '{value}', which is no declared "
            f"group; {nearest(value, [*groups, *others])} Add it to others to leave them out."
        )
    if not (named == NEUTRAL).any():
        yield "no query is neutral; balance is measured on queries that name no group."


def pools(queries: Sequence[Item], items: Sequence[Item], tag: str) -> Bool:
    """Return which items share a value of a tag with each query, bool (n, items); all for ""."""
    if not tag:
        return np.ones((len(queries), len(items)), bool)
    of: dict[str, list[int]] = {}
    for n, item in enumerate(items):
        for value in item.tag(tag):
            of.setdefault(value, []).append(n)
    found = np.zeros((len(queries), len(items)), bool)
    for row, query in zip(found, queries, strict=True):
        for value in query.tag(tag):
            row[of.get(value, [])] = True
    return found
