"""Inputs under a probe: each changed by a generator that depends on nothing but the item."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from evalkit.core.items import Item
from evalkit.core.plan import ProbePlan
from evalkit.core.protocols import ProbeContext


def touches(probe: ProbePlan, item: Item) -> bool:
    """Return whether the probe is made for a part of the item."""
    return bool(item.modalities & probe.probe.modalities)


def changed_item(
    probe: ProbePlan, item: Item, severity: int, seed: int, others: Sequence[Item] = ()
) -> Item | None:
    """Return the item under the probe, or None where it stays as it is.

    Raises DataError where it cannot be read, or the probe cannot do its work on it.
    The generator is seeded by suite seed, probe name, severity and item id (SHA-256, first 8
    bytes), so that the order of items does not matter. others: the items of the side, sorted by id,
    that a probe may borrow from.
    """
    if not touches(probe, item):
        return None
    words = f"{seed}|{probe.name}|{severity}|{item.id}".encode()
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(words).digest()[:8], "big"))
    new = probe.probe.apply(item, severity, ProbeContext(rng, others))
    same = new is not None and new.content == item.content
    return None if same and not asks_again(probe) else new


def asks_again(probe: ProbePlan) -> bool:
    """Return whether a probe has the model asked once more for the same input."""
    return bool(getattr(probe.probe, "asks_again", False))
