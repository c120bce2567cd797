"""Changes the text parts of an item, at places drawn by chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Part
from evalkit.probes._parts import with_parts

if TYPE_CHECKING:
    import numpy as np

Edit = tuple[int, int, str]
"""Where a piece of a text begins and ends, never empty, and what stands there afterwards."""


def change_texts(item: Item, change: Callable[[str], str]) -> Item | None:
    """Return the item with each of its texts changed, None where all stay as they are.

    Parts that are not text stay.
    """
    parts: tuple[Part, ...] = tuple(
        change(part) if isinstance(part, str) else part for part in item.parts
    )
    return None if parts == item.parts else with_parts(item, parts)


def edit_some(text: str, edits: Sequence[Edit], count: int, rng: np.random.Generator) -> str:
    """Return the text after up to `count` of the edits, drawn by chance; none overlap."""
    taken = bytearray(len(text))
    chosen: list[Edit] = []
    for place in rng.permutation(len(edits)):
        if len(chosen) == count:
            break
        start, end, _ = edits[int(place)]
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            chosen.append(edits[int(place)])
    return apply_edits(text, chosen)


def slip_some(text: str, edits: Sequence[Edit], count: int, rng: np.random.Generator) -> str:
    """Return the text after up to `count` slips; a single one is one of the slightest.

    So a short text, of which a small share is less than one letter, changes as little as it can.
    """
    if count == 1 and edits:
        weights = _weights(text, edits)
        least = min(weights)
        edits = [edit for edit, weight in zip(edits, weights, strict=True) if weight == least]
    return edit_some(text, edits, count, rng)


def edit_slightest(text: str, edits: Sequence[Edit], count: int, rng: np.random.Generator) -> str:
    """Return the text after `count` of some edits that do not overlap, the slightest first.

    Chance decides between those that are equally slight.
    """
    weights = _weights(text, edits)
    order = sorted((int(place) for place in rng.permutation(len(edits))), key=weights.__getitem__)
    return apply_edits(text, [edits[place] for place in order[:count]])


def _weights(text: str, edits: Sequence[Edit]) -> list[int]:
    """Return how many signs each edit changes."""
    return [_distance(text[start:end], new) for start, end, new in edits]


@lru_cache(maxsize=4096)
def _distance(old: str, new: str) -> int:
    """Return how many signs to add, drop or replace to get from one piece to another."""
    row = list(range(len(new) + 1))
    for i, sign in enumerate(old, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(new, 1):
            best = min(row[j] + 1, row[j - 1] + 1, before + (sign != other))
            before, row[j] = row[j], best
    return row[-1]


def apply_edits(text: str, edits: Collection[Edit]) -> str:
    """Return the text after all edits, which do not overlap."""
    pieces, at = [], 0
    for start, end, new in sorted(edits):
        pieces += [text[at:start], new]
        at = end
    return "".join(pieces) + text[at:]


def share_of(share: float, count: int) -> int:
    """Return a share of a count, rounded, at least one."""
    return max(1, round(share * count))


def fifths_of(severity: int, count: int) -> int:
    """Return as many fifths of a count as the severity says, rounded up."""
    return math.ceil(count * severity / 5)


def in_case_of(old: str, new: str) -> str:
    """Return `new` in capitals, or with a capital, where `old` is or begins so."""
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def check_choice(probe: str, parameter: str, value: object, choices: Sequence[str]) -> None:
    """Raise UsageError, naming the choices, where a parameter's value is none of them."""
    if value not in choices:
        known = ", ".join(choices[:-1]) + f" or {choices[-1]}"
        raise UsageError(f"expected {parameter} of '{probe}' to be {known}, got {value!r}.")
