"""What a report shows of queries and results, kept with the run so that it can be drawn again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, Page, digest_if_readable
from evalkit.core.plan import CasePlan, Plan
from evalkit.core.results import CLEAN, Listing, Measured
from evalkit.media import previews

if TYPE_CHECKING:
    import pyarrow as pa

_PIXELS = 128
_PICTURES = 2_000
_SOUNDS = 200
_SHOWN_RANKS = 5
_SHOWN_MISSED = 3
_LETTERS = 1_000
_Place = tuple[str, str]
"""A side and an id."""
_JSON = json.JSONEncoder(ensure_ascii=False)


def items_table(plan: Plan, listings: Iterable[Listing], measured: Iterable[Measured]) -> pa.Table:
    """Return every query or other unit, and every corpus item that the report may name.

    Those are items in a kept ranking, in a relevant judgement or in a pair. Columns: case, side,
    id, modality, text (at most 1,000 letters), tags (JSON: a list of values, or an object of values
    with weights), picture (JPEG, or PNG for a waveform, at most 128 pixels wide), sound (some
    seconds as Ogg or MP3, about 40 kB at most). Pictures are kept for at most 2,000 queries and
    2,000 items of a case, sounds for at most 200 in all, the worst queries and what they found or
    missed first; media that cannot be read have neither. With `content: hash` text is replaced by
    its digest, and pictures and sounds are left out.
    """
    import pyarrow as pa

    lists, scores = list(listings), list(measured)
    blocks, made = [_schema().empty_table()], _Previews()
    for case in plan.cases:
        mine = [one for one in lists if one.cell.case == case.name]
        found = [m for m in scores if m.cell.case == case.name]
        pairs = _pairs(found)
        sides = _sides(case, mine, pairs)
        order = [] if plan.content == "hash" else _first(_in_order(case, mine, found, pairs))
        seen = {side: _pictured(order, side) for side in sides}
        heard = _heard(order, sides)
        for side, items in sides.items():
            pictures = [made.picture(i) if i.id in seen[side] else None for i in items]
            sounds = [made.sound(i) if (side, i.id) in heard else None for i in items]
            hidden = plan.content == "hash"
            blocks.append(_block(case.name, side, items, hidden, pictures, sounds))
    return pa.concat_tables(blocks)


def _schema() -> pa.Schema:
    """Return the columns of the table."""
    import pyarrow as pa

    texts = [(name, pa.string()) for name in ("case", "side", "id", "modality", "text", "tags")]
    return pa.schema([*texts, ("picture", pa.binary()), ("sound", pa.binary())])


def _block(
    case: str,
    side: str,
    items: Sequence[Item],
    hidden: bool,
    pictures: Sequence[bytes | None],
    sounds: Sequence[bytes | None],
) -> pa.Table:
    """Return the rows of some items, with their pictures and sounds in the same order."""
    import pyarrow as pa

    columns = {
        "case": [case] * len(items),
        "side": [side] * len(items),
        "id": [item.id for item in items],
        "modality": [item.modality for item in items],
        "text": [f"sha256 {digest_if_readable(i)[:12]}" if hidden else _text(i) for i in items],
        "tags": [_tags(item) for item in items],
        "picture": pictures,
        "sound": sounds,
    }
    return pa.table(columns, _schema())


_Pairs = Mapping[str, tuple[str, ...]]
"""The members of units that are pairs, by unit."""


def _pairs(measured: Iterable[Measured]) -> _Pairs:
    """Return the members of each unit that belongs to two clusters, which are its members.

    All scores of a case have the same units.
    """
    scores = next((m.scores for m in measured if len(m.scores.clusters) > 1), None)
    if scores is None:
        return {}
    return dict(zip(scores.ids, zip(*scores.clusters, strict=True), strict=True))


def _sides(
    case: CasePlan, listings: Iterable[Listing], pairs: _Pairs
) -> Mapping[str, Sequence[Item]]:
    """Return the items of each side that are stored: units first on the side of the queries."""
    members = {name for pair in pairs.values() for name in pair}
    named = _named(case, listings) | members
    units = case.task.units(case.data)
    known = {unit.id for unit in units}
    asked = [q for q in case.data.queries if q.id in members - known]
    return {
        "query": [*units, *asked],
        "corpus": [item for item in case.data.corpus if item.id in named],
    }


def _named(case: CasePlan, listings: Iterable[Listing]) -> set[str]:
    """Return the corpus items that a kept ranking or a relevant judgement of the case names."""
    named = {i for row in _grades(case).values() for i, g in row.items() if g >= case.relevant}
    found: dict[tuple[str, ...], Bool] = {}
    for ranking in (one.ranking for one in listings):
        seen = found.setdefault(ranking.doc_ids, np.zeros(len(ranking.doc_ids) + 1, bool))
        seen[ranking.rows] = True  # -1, beyond the end of a list, is the last and never read
    for ids, seen in found.items():
        named |= {ids[row] for row in np.flatnonzero(seen[:-1])}
    return named


def _grades(case: CasePlan) -> Mapping[str, Mapping[str, int]]:
    """Return the judgements of a case, none where its task compares with something else."""
    return case.data.truth.grades if case.task.truth == "grades" else {}


def _in_order(
    case: CasePlan, listings: Iterable[Listing], measured: Sequence[Measured], pairs: _Pairs
) -> Iterator[_Place]:
    """Yield what is shown, each query followed by what it found and missed, the worst first.

    A pair is followed by its members, and is not shown itself.
    """
    clean = [one.ranking for one in listings if one.cell.probe == CLEAN]
    places = {ids: {q: n for n, q in enumerate(ids)} for ids in {r.query_ids for r in clean}}
    on_corpus = {item.id for item in case.data.corpus}
    for query in _worst_first(case, measured):
        if query in pairs:
            yield from (("corpus" if m in on_corpus else "query", m) for m in pairs[query])
            continue
        yield "query", query
        for ranking in clean:
            at = places[ranking.query_ids].get(query)
            rows = ranking.rows[at, :_SHOWN_RANKS] if at is not None else ()
            yield from (("corpus", ranking.doc_ids[row]) for row in rows if row >= 0)
        yield from (("corpus", item) for item in _best(case, query))


def _first(order: Iterable[_Place]) -> list[_Place]:
    """Return different places in their order, until both sides have enough for their pictures."""
    found: dict[_Place, None] = {}
    count = Counter[str]()
    for place in order:
        if place not in found:
            found[place] = None
            count[place[0]] += 1
            if min(count["query"], count["corpus"]) >= _PICTURES:
                break
    return list(found)


def _pictured(order: Sequence[_Place], side: str) -> set[str]:
    """Return the items of a side whose pictures are kept, the first ones."""
    return set([name for where, name in order if where == side][:_PICTURES])


def _heard(order: Sequence[_Place], sides: Mapping[str, Sequence[Item]]) -> set[_Place]:
    """Return the items whose sounds are kept: the first ones that are recordings."""
    recordings = {(side, i.id) for side, items in sides.items() for i in items if _records(i)}
    return set([place for place in order if place in recordings][:_SOUNDS])


def _best(case: CasePlan, query: str) -> list[str]:
    """Return a query's best relevant items, as many as the first results and the missed can be."""
    grades = _grades(case).get(query, {})
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


class _Previews:
    """Pictures and sounds, each made once however many items and cases show it."""

    def __init__(self) -> None:
        self._pictures: dict[Media | Page, bytes | None] = {}
        self._sounds: dict[Media | Page, bytes | None] = {}

    def picture(self, item: Item) -> bytes | None:
        """Return the first picture of an item, else the waveform of its sound."""
        parts = [part for part in item.parts if not isinstance(part, str)]
        return self._first(sorted(parts, key=_is_sound), self._pictures, _picture)

    def sound(self, item: Item) -> bytes | None:
        """Return the beginning of the first sound of an item."""
        parts = [part for part in item.parts if not isinstance(part, str) and _is_recording(part)]
        return self._first(parts, self._sounds, _sound)

    def _first(
        self,
        parts: Iterable[Media | Page],
        known: dict[Media | Page, bytes | None],
        make: Callable[[Media | Page], bytes | None],
    ) -> bytes | None:
        """Return the first preview that can be made of some parts."""
        for part in parts:
            if part not in known:
                known[part] = make(part)
            if known[part] is not None:
                return known[part]
        return None


def _is_sound(part: Media | Page) -> bool:
    """Return whether a part can only be heard."""
    return isinstance(part, Media) and part.mime.startswith("audio/")


def _is_recording(part: Media | Page) -> bool:
    """Return whether a part may have a sound."""
    return isinstance(part, Media) and part.mime.startswith(("audio/", "video/"))


def _records(item: Item) -> bool:
    """Return whether an item may have a sound."""
    return any(not isinstance(part, str) and _is_recording(part) for part in item.parts)


def _picture(part: Media | Page) -> bytes | None:
    """Return a small picture of a part, None where it cannot be read."""
    try:
        return previews.picture(part, _PIXELS)
    except DataError:
        return None


def _sound(part: Media | Page) -> bytes | None:
    """Return the beginning of a recording, None where there is none that can be read."""
    try:
        return previews.player(part) if isinstance(part, Media) else None
    except DataError:
        return None
