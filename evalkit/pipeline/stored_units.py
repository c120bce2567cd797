"""The units of a case of a stored run, with the tags that make groups."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.archive import CaseFacts, Run
from evalkit.core.items import Item
from evalkit.core.plan import CORPUS_TAG

if TYPE_CHECKING:
    import pyarrow as pa

Tags = Mapping[str, tuple[str, ...]]


def stored_units(run: Run, case: CaseFacts, ids: Sequence[str]) -> tuple[Item, ...]:
    """Return units as items without content, in the order of their ids.

    A group `corpus.gender` is the tag `gender` of the items that answer a unit, as in the run.
    """
    known = _tags(run, case.name, "query")
    items = tuple(Item(name, "", known.get(name, {})) for name in ids)
    wanted = {tag for group in case.groups for tag in group.split("*")}
    named = sorted(tag for tag in wanted if tag.startswith(CORPUS_TAG))
    if not named:
        return items
    found, right = _tags(run, case.name, "corpus"), _answers(run, case)
    return tuple(
        _with(item, named, [found.get(i, {}) for i in right.get(item.id, ())]) for item in items
    )


def rows_of(table: pa.Table, **wanted: str | int) -> pa.Table:
    """Return the rows of a table whose columns have these values."""
    import pyarrow.compute as pc

    for column, value in wanted.items():
        table = table.filter(pc.equal(table[column], value))
    return table


def _tags(run: Run, case: str, side: str) -> dict[str, Tags]:
    """Return the tags of the items of one side of a case."""
    rows = rows_of(run.items, case=case, side=side)
    pairs = zip(rows["id"].to_pylist(), rows["tags"].to_pylist(), strict=True)
    return {name: {k: tuple(v) for k, v in json.loads(text).items()} for name, text in pairs}


def _answers(run: Run, case: CaseFacts) -> dict[str, list[str]]:
    """Return the relevant items of each query."""
    found: dict[str, list[str]] = {}
    for row in rows_of(run.judgements, case=case.name).to_pylist():
        if row["grade"] >= case.relevant:
            found.setdefault(row["query"], []).append(row["item"])
    return found


def _with(unit: Item, tags: Sequence[str], answers: Sequence[Tags]) -> Item:
    """Return a unit with tags of the items that answer it."""
    found = dict(unit.tags)
    for tag in tags:
        values = {v for one in answers for v in one.get(tag.removeprefix(CORPUS_TAG), ())}
        found |= {tag: tuple(sorted(values))} if values else {}
    return replace(unit, tags=found)
