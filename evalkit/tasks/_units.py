"""What tasks share about units: which of them belong to one need, and what they are labelled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.core.arrays import Int64
from evalkit.core.items import UNKNOWN, Item

CLUSTER_TAG = "intent"


def clusters(units: Sequence[Item]) -> np.ndarray:
    """Return each unit's intent, its own id where it has none, object (n,)."""
    labels = np.empty(len(units), object)
    for n, unit in enumerate(units):
        intent = "|".join(unit.tag(CLUSTER_TAG))
        labels[n] = unit.id if intent in ("", UNKNOWN) else intent
    return labels


def labels(items: Sequence[Item], tag: str) -> list[str]:
    """Return the value of a tag for each item, "" where it has none, several or `unknown`."""
    values = [item.tag(tag) for item in items]
    return [v[0] if len(v) == 1 and v[0] != UNKNOWN else "" for v in values]


def classes(*named: Sequence[str]) -> tuple[str, ...]:
    """Return the different labels, sorted by name."""
    return tuple(sorted({label for some in named for label in some if label}))


def positions(named: Sequence[str], known: Sequence[str]) -> Int64:
    """Return the place of each label among the known ones, int64 (n,), -1 for none."""
    place = {label: n for n, label in enumerate(known)}
    return np.array([place.get(label, -1) for label in named], np.int64)


def unlabelled(items: Sequence[Item], tag: str, what: str) -> list[str]:
    """Return what is wrong with the labels of some items, for a person: none, or one class."""
    found = classes(labels(items, tag))
    if not found:
        return [f"no {what} has one known value of the tag '{tag}'."]
    if len(found) < 2:
        return [f"every {what} has the {tag} '{found[0]}'; there is nothing to tell apart."]
    return []
