"""What a report shows of queries and results, kept with the run so that it can be drawn again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, digest_if_readable
from evalkit.core.plan import CasePlan, Plan
from evalkit.core.results import CLEAN, Listing, Measured
from evalkit.media.images import thumbnail

if TYPE_CHECKING:
    import pyarrow as pa

_PIXELS = 128
_PICTURES = 2_000
_SHOWN_RANKS = 5
_SHOWN_MISSED = 3
_LETTERS = 1_000
_JSON = json.JSONEncoder(ensure_ascii=False)


def items_table(plan: Plan, listings: Iterable[Listing], measured: Iterable[Measured]) -> pa.Table:
    """Return every query, and every corpus item that a kept ranking or a judgement names.

    Columns: case, side, id, modality, text (at most 1,000 letters), tags (JSON: a list of values,
    or an object of values with weights), picture (JPEG, at most 128 pixels wide). Pictures are kept
    for at most 2,000 queries and 2,000 items of a case, the worst queries and what they found or
    missed first. With `content: hash` text is replaced by its digest and pictures are left out.
    """
    import pyarrow as pa

    lists, scores = list(listings), list(measured)
    hidden, blocks = plan.content == "hash", [_schema().empty_table()]
    for case in plan.cases:
        mine = [one for one in lists if one.cell.case == case.name]
        worst = _worst_first(case, [m for m in scores if m.cell.case == case.name])
        named = _named(case, mine)
        found = [item for item in case.data.corpus if item.id in named]
        asked, shown = set(worst[:_PICTURES]), _pictured(case, mine, worst)
        blocks.append(_block(case, "query", case.task.units(case.data), asked, hidden))
        blocks.append(_block(case, "corpus", found, shown, hidden))
    return pa.concat_tables(blocks)


def _schema() -> pa.Schema:
    """Return the columns of the table."""
    import pyarrow as pa

    texts = ("case", "side", "id", "modality", "text", "tags")
    return pa.schema([*((name, pa.string()) for name in texts), ("picture", pa.binary())])


def _block(
    case: CasePlan, side: str, items: Sequence[Item], pictured: set[str], hidden: bool
) -> pa.Table:
    """Return the rows of some items. pictured: those whose picture is kept."""
    import pyarrow as pa

    columns = {
        "case": [case.name] * len(items),
        "side": [side] * len(items),
        "id": [item.id for item in items],
        "modality": [item.modality for item in items],
        "text": [f"sha256 {digest_if_readable(i)[:12]}" if hidden else _text(i) for i in items],
        "tags": [_tags(item) for item in items],
        "picture": [None if hidden or i.id not in pictured else _picture(i) for i in items],
    }
    return pa.table(columns, _schema())


def _named(case: CasePlan, listings: Iterable[Listing]) -> set[str]:
    """Return the corpus items that a kept ranking or a relevant judgement of the case names."""
    named = {
        i for row in case.data.truth.grades.values() for i, g in row.items() if g >= case.relevant
    }
    found: dict[tuple[str, ...], Bool] = {}
    for ranking in (one.ranking for one in listings):
        seen = found.setdefault(ranking.doc_ids, np.zeros(len(ranking.doc_ids) + 1, bool))
        seen[ranking.rows] = True  # -1, beyond the end of a list, is the last and never read
    for ids, seen in found.items():
        named |= {ids[row] for row in np.flatnonzero(seen[:-1])}
    return named


def _pictured(case: CasePlan, listings: Iterable[Listing], worst: Iterable[str]) -> set[str]:
    """Return the items whose pictures are kept: what the worst queries found and missed first."""
    clean = [one.ranking for one in listings if one.cell.probe == CLEAN]
    places = {ids: {q: n for n, q in enumerate(ids)} for ids in {r.query_ids for r in clean}}
    chosen: dict[str, None] = {}
    for query in worst:
        for ranking in clean:
            at = places[ranking.query_ids].get(query)
            rows = ranking.rows[at, :_SHOWN_RANKS] if at is not None else ()
            chosen |= dict.fromkeys(ranking.doc_ids[row] for row in rows if row >= 0)
        chosen |= dict.fromkeys(_best(case, query))
        if len(chosen) >= _PICTURES:
            break
    return set(list(chosen)[:_PICTURES])


def _best(case: CasePlan, query: str) -> list[str]:
    """Return a query's best relevant items, as many as the first results and the missed can be."""
    grades = case.data.truth.grades.get(query, {})
    good = [item for item, grade in grades.items() if grade >= case.relevant]
    return sorted(good, key=lambda i: (-grades[i], i))[: _SHOWN_RANKS + _SHOWN_MISSED]


def _worst_first(case: CasePlan, measured: Iterable[Measured]) -> list[str]:
    """Return the ids of the queries, lowest mean score on clean input first, unscored ones last.

    A score that is better low is turned. Scores of units that are not queries, and metrics whose
    columns are not scores, do not count.
    """
    better = {metric.name: metric.better for metric in case.metrics}
    queries = case.task.units(case.data)
    place = {query.id: n for n, query in enumerate(queries)}
    total, count = np.zeros(len(place)), np.zeros(len(place))
    clean = (m for m in measured if m.cell.probe == CLEAN)
    for found in (m for m in clean if "value" in m.scores.columns):
        good = _turned(found.scores.columns["value"], better[found.metric])
        at = np.array([place.get(unit, -1) for unit in found.scores.ids], np.int64)
        counts = found.eligible & np.isfinite(good) & (at >= 0)
        np.add.at(total, at[counts], good[counts])
        np.add.at(count, at[counts], 1)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return [queries[n].id for n in np.argsort(mean, kind="stable")]


def _turned(values: Float64, better: str) -> Float64:
    """Return scores of which a higher one is better."""
    return {"low": -values, "zero": -np.abs(values)}.get(better, values)


def _text(item: Item) -> str:
    """Return the text of an item, cut to what a report could show."""
    return " ".join(part for part in item.parts if isinstance(part, str))[:_LETTERS]


def _tags(item: Item) -> str:
    """Return the tags of an item as JSON, weights kept where there are any."""
    tags = {k: dict(v) if isinstance(v, Mapping) else list(v) for k, v in item.tags.items()}
    return _JSON.encode(tags)


def _picture(item: Item) -> bytes | None:
    """Return a small JPEG of an item's image, None where it has none that can be read."""
    if not any(isinstance(p, Media) and p.mime.startswith("image/") for p in item.parts):
        return None
    try:
        return thumbnail(item, _PIXELS)
    except DataError:
        return None
