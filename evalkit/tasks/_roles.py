"""What tasks on groups with named roles share: which groups count, their units, who plays where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evalkit.core.items import UNKNOWN, Dataset, Group, Item, SideName

Sides = Mapping[str, SideName]
"""The side that each needed role stands on."""
_FILES = {"query": ("query", "queries.jsonl"), "corpus": ("corpus item", "corpus.jsonl")}
_MOST_PROBLEMS = 20


def complete(data: Dataset, kind: str, needed: Sides) -> list[Group]:
    """Return the groups of a kind that name an item for every needed role."""
    return [g for g in data.truth.groups if g.kind == kind and needed.keys() <= g.roles.keys()]


def problems(data: Dataset, kind: str, needed: Sides, may: Sides | None = None) -> list[str]:
    """Return which groups of a kind lack a role or have one on the wrong side, or that none is.

    may: roles that a group need not have.
    """
    mine = [group for group in data.truth.groups if group.kind == kind]
    where = f"{data.origin or data.name}, groups.jsonl"
    if not mine:
        return [f"{where}: no group of the chosen items has the kind '{kind}'."]
    has = {
        "query": {item.id for item in data.queries},
        "corpus": {item.id for item in data.corpus},
    }
    found = []
    for group in mine:
        lacks = [role for role in needed if role not in group.roles]
        found += [f"{where}: the group '{group.id}' lacks {', '.join(lacks)}."] if lacks else []
        for role, side in {**needed, **(may or {})}.items():
            name = group.roles.get(role)
            if name is not None and name not in has[side]:
                what, file = _FILES[side]
                told = f"the {role} of the group '{group.id}', '{name}', is no {what} of {file}."
                found.append(f"{where}: {told}")
    return found[:_MOST_PROBLEMS]


def units(data: Dataset, groups: Sequence[Group], roles: Sequence[str]) -> tuple[Item, ...]:
    """Return an item a group: the first part of each role's item, and the tags that all share."""
    items = {item.id: item for item in (*data.queries, *data.corpus)}
    return tuple(unit(g.id, [items[g.roles[role]] for role in roles]) for g in groups)


def unit(name: str, members: Sequence[Item]) -> Item:
    """Return some items as one: the first part of each, and the tags that all of them share."""
    first, *others = members
    tags = {
        tag: value
        for tag, value in first.tags.items()
        if all(one.tags.get(tag) == value for one in others)
    }
    return Item(name, tuple(one.parts[0] for one in members), tags)


def clusters(made: Sequence[Item], tag: str) -> np.ndarray:
    """Return each unit's value of a tag, its own id where it has none, object (n,)."""
    labels = np.empty(len(made), object)
    for n, one in enumerate(made):
        subject = "|".join(one.tag(tag))
        labels[n] = one.id if subject in ("", UNKNOWN) else subject
    return labels


def playing(groups: Sequence[Group], roles: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the groups that each item plays one of the roles in, by position."""
    found: dict[str, tuple[int, ...]] = {}
    for n, group in enumerate(groups):
        for name in {group.roles[role] for role in roles if role in group.roles}:
            found[name] = (*found.get(name, ()), n)
    return found
