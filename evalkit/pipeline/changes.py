"""What a probe did to queries and their vectors, beside what it did to their rankings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import SCORE_PLACES, Float64, Vectors
from evalkit.core.changed import Changed
from evalkit.core.evidence import Evidence, Ranked
from evalkit.core.items import SideName
from evalkit.core.systems import System
from evalkit.pipeline.embed import Embeddings
from evalkit.pipeline.searching import Search
from evalkit.pipeline.ways import way

_SIDES: tuple[SideName, ...] = ("query", "corpus")
_AT_ONCE = 1024
"""Changed vectors compared with all clean ones at a time."""


@dataclass(frozen=True, slots=True)
class _Move:
    """How far one item moved: 1 - cosine with its twin and with others, and the twin's place."""

    shift: float
    apart: float
    twin: int


def changes(
    clean: Mapping[int, Evidence], probed: Mapping[int, Evidence], before: Search, after: Search
) -> dict[int, Changed]:
    """Return the evidence on what a probe changed at each size; {} for tasks without rankings.

    before, after: the searches behind the clean and the probed evidence, of one system.
    """
    pairs = {d: (clean[d], found) for d, found in probed.items()}
    ranked = {
        d: (one, other)
        for d, (one, other) in pairs.items()
        if isinstance(one, Ranked) and isinstance(other, Ranked)
    }
    if not ranked:
        return {}
    sought = _sought(next(iter(ranked.values()))[0])
    right = [search.similarity(list(sought.values())) for search in (before, after)]
    return {
        dim: _changed(one, other, list(sought), [r[dim] for r in right], after, dim)
        for dim, (one, other) in ranked.items()
    }


def _sought(evidence: Ranked) -> dict[int, tuple[str, str]]:
    """Return, by position, each query with its best judged relevant item."""
    best = evidence.judged[:, 0] if evidence.judged.shape[1] else np.full(len(evidence.ids), -1)
    return {
        n: (name, evidence.corpus[best[n]].id)
        for n, name in enumerate(evidence.ids)
        if best[n] >= 0 and evidence.grades[n, 0] >= evidence.relevant
    }


def _changed(
    clean: Ranked,
    probed: Ranked,
    at: Sequence[int],
    right: Sequence[Float64],
    after: Search,
    dim: int,
) -> Changed:
    """Return the evidence at one size; right: similarities before and after of the queries `at`."""
    found = np.full((len(clean.ids), 2), np.nan)
    found[list(at)] = np.column_stack(right)
    moves = {
        (side, name): move
        for side in _SIDES
        for name, move in _moves(after.embeddings, side, after.label, after.system, dim)
    }
    mine = [_mean([moves[p] for p in places if p in moves]) for places in _places(clean)]
    return Changed(
        clean=clean,
        probed=probed,
        right=found,
        shift=np.array([move.shift for move in mine]),
        apart=np.array([move.apart for move in mine]),
        twin=np.array([move.twin for move in mine], np.int64),
    )


def _places(evidence: Ranked) -> Iterator[list[tuple[SideName, str]]]:
    """Yield, for each query, itself and its relevant items."""
    for name, judged, grades in zip(evidence.ids, evidence.judged, evidence.grades, strict=True):
        relevant = judged[(judged >= 0) & (grades >= evidence.relevant)]
        yield [("query", name), *(("corpus", evidence.corpus[row].id) for row in relevant)]


def _mean(moves: Sequence[_Move]) -> _Move:
    """Return the mean of some moves and the worst place, NaN and 0 where there are none."""
    if not moves:
        return _Move(float("nan"), float("nan"), 0)
    return _Move(
        float(np.mean([m.shift for m in moves])),
        float(np.mean([m.apart for m in moves])),
        max(m.twin for m in moves),
    )


def _moves(
    embeddings: Embeddings, side: SideName, label: str, system: System, dim: int
) -> Iterator[tuple[str, _Move]]:
    """Yield the items of a side that a probe changed and that have both vectors, with their move.

    An item with several vectors counts by their mean direction.
    """
    path = way(embeddings.case, system, side)
    clean, fresh = embeddings.before_and_after(side, label, path)
    if fresh is clean:
        return
    names, old = _directions(clean.vectors[dim], dim)
    changed, new = _directions(fresh.vectors[dim], dim)
    place = {name: n for n, name in enumerate(names)}
    rows = [n for n, name in enumerate(changed) if name in place]
    total = old.sum(axis=0)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        twins = [place[changed[n]] for n in some]
        alike = np.round(new[some] @ old.T, SCORE_PLACES)
        own = alike[np.arange(len(some)), twins]
        tied = (alike == own[:, None]).sum(axis=1) - 1
        ahead = (alike > own[:, None]).sum(axis=1) + tied // 2
        company = (old[twins] @ total - 1.0) / max(len(names) - 1, 1)
        for n, cosine, mean, before in zip(some, own, company, ahead, strict=True):
            yield changed[n], _Move(float(1.0 - cosine), float(1.0 - mean), int(before) + 1)


def _directions(vectors: Vectors, dim: int) -> tuple[tuple[str, ...], Float64]:
    """Return the items and one unit row each, float64 (n, dim), of vectors cut to a size."""
    rows = vectors.matrix[:, :dim].astype(np.float64)
    rows /= np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    if len(rows) == len(vectors.ids):
        return vectors.ids, rows
    total = np.zeros((len(vectors.ids), dim))
    np.add.at(total, vectors.owners, rows)
    return vectors.ids, total / np.sqrt((total * total).sum(axis=1, keepdims=True))
