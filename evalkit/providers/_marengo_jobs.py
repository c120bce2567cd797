"""What Marengo answers, to a call or in the result file of a job, made into vectors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Failed
from evalkit.providers._calls import Outcome, Piece, Transient, answer

OUTPUT = "output.json"
"""The name of a job's result file."""


def outcomes(raw: bytes, item: Item, dim: int, forms: set[str]) -> list[Outcome]:
    """Return a vector for each clip and option of a result file.

    Where one of them cannot be used there is one Failed alone, so that the item is tried again.
    """
    try:
        found = rows(json.loads(raw), forms)
    except ValueError:
        return [Failed(0, f"its job's file {OUTPUT} is no complete JSON.")]
    vectors: list[Outcome] = []
    lost: list[str] = []
    for row in found:
        try:
            vectors.append(_clip(row, item, dim))
        except Transient as e:
            lost.append(e.reason)
    if lost:
        return [Failed(0, f"{len(lost)} of its {len(found)} vectors cannot be used: {lost[0]}")]
    return vectors or [Failed(0, "its job gave no vector.")]


def _clip(row: Mapping[str, Any], item: Item, dim: int) -> Embedded:
    """Return the vector of one clip; raises Transient where it has none."""
    whole = Piece(0, item)
    return answer(whole, row.get("embedding"), dim, kind=kind_of(row), span=span_of(row))


def rows(said: object, forms: set[str]) -> list[Mapping[str, Any]]:
    """Return the vectors of an answer with what is said of each; forms: told how they came."""
    form, found = "bare", said
    if isinstance(said, Mapping) and "data" in said:
        form, found = "data as", said["data"]
    several = isinstance(found, list)
    forms.add(f"{form} {'list' if several else 'object'}")
    listed: list[Any] = found if isinstance(found, list) else [found]
    return [row if isinstance(row, Mapping) else {} for row in listed]


def kind_of(row: Mapping[str, Any]) -> str:
    """Return what of the media a vector stands for, `whole` where nothing is said."""
    told = row.get("embeddingOption")
    if isinstance(told, list):
        return "+".join(map(str, told)) or "whole"
    return str(told or "whole")


def span_of(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the seconds of a clip, None where they are not said."""
    begin, end = row.get("startSec"), row.get("endSec")
    if _is_number(begin) and _is_number(end):
        return float(begin), float(end)  # type: ignore[arg-type]
    return None


def _is_number(value: object) -> bool:
    """Return whether a value can be one end of a span."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
