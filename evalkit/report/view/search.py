"""The queries of a case searched, filtered, put in order and handed out a page at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.archive import CaseFacts
from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.results import CLEAN, Cell, Lost
from evalkit.report.view.comparison import worth
from evalkit.report.view.effectiveness import ERRORS

if TYPE_CHECKING:
    import pyarrow as pa  # noqa: TC004  (only annotations use it)

PAGE = 25
"""How many queries a page shows."""
RANKS: Mapping[str, tuple[int, int]] = {
    "first": (1, 1),
    "2 to 5": (2, 5),
    "6 to 10": (6, 10),
    "after 10": (11, 1 << 30),
    "not found": (0, 0),
}
"""Where the first relevant result stands, in words; `not found`: not among the stored results."""
_LETTERS = 160


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which queries are wanted, and in which order. "" leaves a condition out.

    words: every one of them is in the text or the id, in any case. tag, value: a tag, or tags
    crossed as `a*b`, and its value. rank: a key of `RANKS`. error: an error metric that is above 0.
    lost: a kind of loss. sort: a metric, "" for the order of the data. worst: the worst come first.
    """

    words: str = ""
    tag: str = ""
    value: str = ""
    rank: str = ""
    error: str = ""
    lost: str = ""
    sort: str = ""
    worst: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """One query of a page.

    score: on the metric sorted by, NaN without. first: the rank of its first relevant result, None
    where none is stored. judged: whether it is known what is relevant.
    """

    id: str
    text: str
    modality: str
    tags: str
    score: float
    first: int | None
    judged: bool
    errors: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the queries found.

    total: all that were found. number: which page, from 1, of `pages`. span: the place of its first
    and of its last query among all found, from 1.
    """

    total: int
    number: int
    pages: int
    span: tuple[int, int]
    hits: tuple[Hit, ...]


@dataclass(frozen=True, eq=False)
class Index:
    """The queries of a case with what they are searched by, in one cell.

    items: id, modality, text and tags, a row a query. first: int64 (n,), the rank of the first
    relevant result, 0 where none is stored, -1 where nothing is known. scores: metric -> float64
    (n,), NaN where there is none. errors: those metrics that count errors. lost: kind -> bool (n,).
    """

    items: pa.Table
    first: Int64
    scores: Mapping[str, Float64]
    better: Mapping[str, str]
    errors: tuple[str, ...]
    lost: Mapping[str, Bool]

    def __len__(self) -> int:
        """Return how many queries there are."""
        rows: int = self.items.num_rows
        return rows

    def has(self, query: str) -> bool:
        """Return whether there is a query of this id."""
        import pyarrow.compute as pc

        return bool(pc.any(pc.equal(self.items["id"], query)).as_py())

    @cached_property
    def tags(self) -> Mapping[str, Counter[str]]:
        """How many queries have each value of each tag."""
        found: dict[str, Counter[str]] = {}
        for tags, count in self._distinct():
            for tag, values in tags.items():
                counts = found.setdefault(tag, Counter())
                for value in map(str, values):
                    counts[value] += count
        return found

    def crossed(self, group: str) -> Counter[str]:
        """Return how many queries have each value of a tag, or of tags crossed as `a*b`."""
        if group in self.tags:
            return self.tags[group]
        found: Counter[str] = Counter()
        for tags, count in self._distinct():
            found.update(dict.fromkeys(_values(tags, group), count))
        return found

    def _distinct(self) -> Iterable[tuple[dict[str, Any], int]]:
        """Yield the tags that queries have, each once, with how many have them."""
        known, which = self._read
        counts = np.bincount(which, minlength=len(known))
        return zip(known, counts.tolist(), strict=True)

    @cached_property
    def _read(self) -> tuple[list[dict[str, Any]], Int64]:
        """The distinct tags, read from their JSON, and which of them each query has, int (n,)."""
        coded = self.items["tags"].combine_chunks().dictionary_encode()
        known = [json.loads(text or "{}") for text in coded.dictionary.to_pylist()]
        return known, coded.indices.to_numpy(zero_copy_only=False)

    def page(self, wanted: Wanted, number: int = 1, size: int = PAGE) -> Page:
        """Return a page of the queries that are wanted; a number beyond the last gives the last."""
        at = self.find(wanted)
        pages = max(1, -(-len(at) // size))
        number = min(max(number, 1), pages)
        before = (number - 1) * size
        shown = at[before : before + size]
        span = min(before + 1, len(at)), before + len(shown)
        return Page(len(at), number, pages, span, tuple(self._hits(shown, wanted.sort)))

    def find(self, wanted: Wanted) -> Int64:
        """Return the places of the queries that are wanted, in their order, int64."""
        at = np.flatnonzero(self._mask(wanted))
        scores = self.scores.get(wanted.sort)
        if scores is None:
            return at
        worths = worth(scores[at], self.better.get(wanted.sort, "high"))
        order = np.argsort(worths if wanted.worst else -worths, kind="stable")
        return at[order]

    def _mask(self, wanted: Wanted) -> Bool:
        """Return which queries fulfil every condition, bool (n,)."""
        mask = np.ones(len(self), bool)
        for word in wanted.words.split():
            mask &= self._contains(word)
        if wanted.tag and wanted.value:
            mask &= self._tagged(wanted.tag, wanted.value)
        if wanted.rank in RANKS:
            low, high = RANKS[wanted.rank]
            mask &= (self.first >= low) & (self.first <= high)
        if wanted.error:
            mask &= self.scores.get(wanted.error, np.zeros(len(self))) > 0
        if wanted.lost:
            mask &= self.lost.get(wanted.lost, np.zeros(len(self), bool))
        return mask

    def _contains(self, word: str) -> Bool:
        """Return which queries have a word in their text or id, bool (n,)."""
        import pyarrow.compute as pc

        texts = (pc.fill_null(self.items[name], "") for name in ("text", "id"))
        found = [pc.match_substring(t, word, ignore_case=True).to_numpy() for t in texts]
        return np.asarray(found[0] | found[1], bool)

    def _tagged(self, group: str, value: str) -> Bool:
        """Return which queries have a value of a tag, bool (n,)."""
        known, which = self._read
        found: Bool = np.array([value in _values(tags, group) for tags in known], bool)[which]
        return found

    def _hits(self, places: Int64, metric: str) -> Iterable[Hit]:
        """Yield some queries as a page shows them."""
        none = np.full(len(self), np.nan)
        for n, row in zip(places.tolist(), self.items.take(places).to_pylist(), strict=True):
            yield Hit(
                id=row["id"],
                text=_cut(row["text"] or ""),
                modality=row["modality"],
                tags=_shown(json.loads(row["tags"] or "{}")),
                score=float(self.scores.get(metric, none)[n]),
                first=int(self.first[n]) if self.first[n] > 0 else None,
                judged=bool(self.first[n] >= 0),
                errors=tuple(m for m in self.errors if self.scores[m][n] > 0),
                lost=tuple(kind for kind, mask in self.lost.items() if mask[n]),
            )


def index(
    facts: CaseFacts,
    cell: Cell,
    items: pa.Table,
    scores: pa.Table,
    rankings: pa.Table,
    lost: Iterable[Lost],
    better: Mapping[str, str],
) -> Index:
    """Return the queries of a case as they are searched in one cell.

    items: the rows of the case's queries, with id, modality, text and tags. scores: rows of the
    cell, with metric, column, unit, value and eligible. rankings: rows of the cell, with query,
    rank and grade. better: metric -> which direction is the better.
    """
    found = _by_metric(items["id"], scores)
    gone = _lost(facts, cell, items["id"], lost)
    first = _first(facts, items["id"], rankings)
    return Index(
        items=items,
        first=np.where(gone.get("unjudged", np.zeros(len(first), bool)), -1, first),
        scores=found,
        better=better,
        errors=tuple(m for m in found if m.partition("@")[0] in ERRORS),
        lost=gone,
    )


def _by_metric(ids: pa.ChunkedArray, scores: pa.Table) -> dict[str, Float64]:
    """Return the scores of each metric that is one number a query, in the order of the ids."""
    import pyarrow.compute as pc

    rows = scores.filter(pc.and_(pc.equal(scores["column"], "value"), scores["eligible"]))
    found = {}
    for metric in rows["metric"].unique().to_pylist():
        mine = rows.filter(pc.equal(rows["metric"], metric))
        values = np.full(len(ids), np.nan)
        place = pc.index_in(mine["unit"], value_set=ids)
        known = pc.is_valid(place).to_numpy()
        values[pc.drop_null(place).to_numpy()] = mine["value"].to_numpy()[known]
        if known.any():
            found[metric] = values
    return found


def _first(facts: CaseFacts, ids: pa.ChunkedArray, rankings: pa.Table) -> Int64:
    """Return the rank of the first relevant result of each query, int64 (n,); see `Index`."""
    import pyarrow.compute as pc

    if facts.truth != "grades" or not rankings.num_rows:
        return np.full(len(ids), -1, np.int64)
    good = rankings.filter(pc.greater_equal(rankings["grade"], max(facts.relevant, 1)))
    place = pc.index_in(good["query"], value_set=ids)
    known = pc.is_valid(place).to_numpy()
    first = np.full(len(ids), np.iinfo(np.int64).max)
    np.minimum.at(first, pc.drop_null(place).to_numpy(), good["rank"].to_numpy()[known])
    return np.where(first == np.iinfo(np.int64).max, 0, first)


def _lost(
    facts: CaseFacts, cell: Cell, ids: pa.ChunkedArray, lost: Iterable[Lost]
) -> dict[str, Bool]:
    """Return which queries were lost in a cell, by kind."""
    kinds: dict[str, set[str]] = {}
    for one in lost:
        here = one.model in ("", cell.model) and one.probe in (CLEAN, cell.probe)
        if here and one.case == facts.name and one.side == "query":
            kinds.setdefault(one.kind, set()).add(one.item)
    names = ids.to_pylist() if kinds else []
    return {kind: np.array([name in some for name in names], bool) for kind, some in kinds.items()}


def _values(tags: Mapping[str, Any], group: str) -> list[str]:
    """Return the values of a tag, those of several tags crossed joined by `*`."""
    lists = [list(map(str, tags.get(tag, ()))) for tag in group.split("*")]
    return ["*".join(values) for values in product(*lists)]


def _shown(tags: Mapping[str, Any]) -> str:
    """Return tags as one line."""
    return ", ".join(f"{tag}: {' '.join(map(str, values))}" for tag, values in tags.items())


def _cut(text: str) -> str:
    """Return a text of at most so many letters."""
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1].rstrip() + "…"
