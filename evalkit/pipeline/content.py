"""What a report shows of queries and results, kept with the run so that it can be drawn again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media
from evalkit.core.plan import CasePlan, Plan
from evalkit.core.results import CLEAN, Listing, Measured
from evalkit.media.images import thumbnail

if TYPE_CHECKING:
    import pyarrow as pa

_PIXELS = 128
_PICTURES = 2_000
_SHOWN_RANKS = 5
_LETTERS = 1_000


def items_table(plan: Plan, listings: Iterable[Listing], measured: Iterable[Measured]) -> pa.Table:
    """Return every query, and every corpus item that a kept ranking or a judgement names.

    Columns: case, side, id, modality, text (at most 1,000 letters), tags (JSON), picture (JPEG, at
    most 128 pixels wide). Pictures are kept for at most 2,000 items, those that the worst queries
    found or missed first. With `content: hash` text is replaced by its digest and pictures are left
    out.
    """
    import pyarrow as pa

    rows: list[dict[str, object]] = []
    lists, scores = list(listings), list(measured)
    for case in plan.cases:
        mine = [one for one in lists if one.cell.case == case.name]
        pictured = _pictured(case, mine, [m for m in scores if m.cell.case == case.name])
        rows += [_row(case, "query", q, True, plan.content) for q in case.data.queries]
        named = _named(case, mine)
        rows += [
            _row(case, "corpus", d, d.id in pictured, plan.content)
            for d in case.data.corpus
            if d.id in named
        ]
    schema = pa.schema(
        [(n, pa.string()) for n in ("case", "side", "id", "modality", "text", "tags")]
        + [("picture", pa.binary())]
    )
    return pa.Table.from_pylist(rows, schema)


def _named(case: CasePlan, listings: Iterable[Listing]) -> set[str]:
    """Return the corpus items that a kept ranking or a relevant judgement of the case names."""
    named = {
        i for row in case.data.truth.grades.values() for i, g in row.items() if g >= case.relevant
    }
    for listing in listings:
        rows = np.unique(listing.ranking.rows)
        named |= {listing.ranking.doc_ids[r] for r in rows if r >= 0}
    return named


def _pictured(case: CasePlan, listings: list[Listing], measured: list[Measured]) -> set[str]:
    """Return the items whose pictures are kept: what the worst queries found and missed first."""
    clean = [one.ranking for one in listings if one.cell.probe == CLEAN]
    order = _worst_first([m for m in measured if m.cell.probe == CLEAN])
    chosen: dict[str, None] = {}
    for query in order:
        for ranking in clean:
            rows = ranking.rows[query, :_SHOWN_RANKS]
            chosen |= dict.fromkeys(ranking.doc_ids[row] for row in rows if row >= 0)
        grades = case.data.truth.grades.get(case.data.queries[query].id, {})
        best = sorted(grades, key=lambda item: (-grades[item], item))
        chosen |= dict.fromkeys(item for item in best[:_SHOWN_RANKS] if grades[item] > 0)
        if len(chosen) >= _PICTURES:
            break
    return set(list(chosen)[:_PICTURES])


def _worst_first(measured: list[Measured]) -> list[int]:
    """Return the positions of queries, lowest mean score over all clean cells first."""
    if not measured:
        return []
    columns = [c for m in measured for c in m.scores.columns.values()]
    table = np.stack(columns)
    count = np.maximum(np.isfinite(table).sum(axis=0), 1)
    return [int(n) for n in np.argsort(np.nansum(table, axis=0) / count, kind="stable")]


def _row(case: CasePlan, side: str, item: Item, pictured: bool, content: str) -> dict[str, object]:
    """Return one row of the table."""
    text = " ".join(part for part in item.parts if isinstance(part, str))[:_LETTERS]
    if content == "hash":
        text, pictured = f"sha256 {item.digest()[:12]}", False
    return {
        "case": case.name,
        "side": side,
        "id": item.id,
        "modality": item.modality,
        "text": text,
        "tags": json.dumps({k: list(v) for k, v in item.tags.items()}, ensure_ascii=False),
        "picture": _picture(item) if pictured else None,
    }


def _picture(item: Item) -> bytes | None:
    """Return a small JPEG of an item's image, None where it has none that can be read."""
    if not any(isinstance(p, Media) and p.mime.startswith("image/") for p in item.parts):
        return None
    try:
        return thumbnail(item, _PIXELS)
    except DataError:
        return None
