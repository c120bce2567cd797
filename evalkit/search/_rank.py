"""What every vector retriever shares: from two sides to spaces, and from nominees to rankings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from evalkit.core.arrays import Float64, Int64, Ranking, Similarity, Vectors, id_ranks
from evalkit.core.errors import DataError, Problem, UsageError
from evalkit.core.protocols import Side
from evalkit.search._order import best_per_query
from evalkit.search._space import Pairs, Space, check_direction
from evalkit.search._threads import crew

Table = tuple[Int64, Float64, Int64]
Only = Mapping[str, frozenset[str]] | None


class Nominate(Protocol):
    """Finds, per size, pairs of query and row among which the best k of each query are."""

    def __call__(self, space: Space, dims: Sequence[int], k: int) -> Iterator[tuple[int, Pairs]]:
        """Yield sizes and pairs; all pairs of one query and size come at once, by query."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be found: all but `exclude`, and of that only `pools`, per query id."""

    exclude: Only = None
    pools: Only = None


def rank_sides(
    nominate: Nominate,
    queries: Side,
    corpus: Side,
    k: int,
    dims: Sequence[int],
    similarity: Similarity,
    limits: Limits,
) -> dict[int, Ranking]:
    """Return a ranking per size; sizes that share their vectors are nominated together."""
    if k < 1:
        raise UsageError(f"k is {k}; search for at least one item.")
    together: dict[tuple[int, int], list[int]] = defaultdict(list)
    for dim in dims:
        _check(queries, corpus, dim)
        together[id(queries.vectors[dim]), id(corpus.vectors[dim])].append(dim)
    found: dict[int, Ranking] = {}
    for sizes in together.values():
        left, right = queries.vectors[sizes[0]], corpus.vectors[sizes[0]]
        found |= _rank_vectors(nominate, left, right, k, sizes, similarity, limits)
    return {dim: found[dim] for dim in dims}


def _check(queries: Side, corpus: Side, dim: int) -> None:
    """Raise an error where a size cannot be searched."""
    for side, name in ((queries, "queries"), (corpus, "corpus")):
        if dim not in side.vectors:
            raise UsageError(f"The {name} have no vectors of size {dim}.")
        if not 0 < dim <= side.vectors[dim].width:
            width = side.vectors[dim].width
            raise DataError(f"The vectors of the {name} have {width} values; {dim} were asked for.")
    if not len(corpus.vectors[dim]):
        raise DataError(
            "The corpus is empty: there is nothing to search; give it at least one item."
        )


def _rank_vectors(
    nominate: Nominate,
    queries: Vectors,
    corpus: Vectors,
    k: int,
    dims: Sequence[int],
    similarity: Similarity,
    limits: Limits,
) -> dict[int, Ranking]:
    """Return a ranking per size of one matrix."""
    _refuse_parts(queries)
    space = _space(queries, corpus, similarity)
    if similarity == "cosine":
        for dim in dims:
            check_direction(queries.matrix, dim, queries.ids)
    tables = {dim: _empty(len(queries), k) for dim in dims}
    for chosen, part in _parts(space, queries.ids, corpus.ids, limits):
        settle = partial(_settle, part, chosen, k, tables)
        with crew() as threads:
            for dim, pairs in nominate(part, dims, k):
                threads.each(partial(settle, dim), _pieces(pairs, 4 * threads.size))
    return {dim: Ranking(queries.ids, corpus.ids, *table) for dim, table in tables.items()}


def _refuse_parts(queries: Vectors) -> None:
    """Raise UsageError where a query has several vectors, or none: which one would count?"""
    counts = np.bincount(queries.owners, minlength=len(queries.ids))
    odd = np.flatnonzero(counts != 1)
    if len(odd):
        name, count = queries.ids[odd[0]], counts[odd[0]]
        raise UsageError(
            Problem(
                f"query '{name}'",
                f"has {count} vectors; this search compares one vector per query.",
                "Use the system 'parts_fusion', or combine the parts into their mean.",
            )
        )


def _settle(
    space: Space, chosen: Int64, k: int, tables: Mapping[int, Table], dim: int, pairs: Pairs
) -> None:
    """Write the best k of some queries' nominees at one size into its table."""
    queries, rows = pairs
    best = best_per_query(space, dim, queries, rows, k)
    found = rows[best.pairs]
    place = (chosen[queries[best.pairs]], best.places)
    for column, values in zip(tables[dim], (space.owners[found], best.scores, found), strict=True):
        column[place] = values


def _pieces(pairs: Pairs, count: int) -> list[Pairs]:
    """Return pairs, sorted by query, in about `count` pieces that break between queries."""
    queries, rows = pairs
    if not len(queries):
        return []
    wanted = queries[np.linspace(0, len(queries), count + 1).astype(int)[1:-1]]
    cuts = np.unique(np.searchsorted(queries, wanted))
    return list(zip(np.split(queries, cuts), np.split(rows, cuts), strict=True))


def _empty(nq: int, k: int) -> Table:
    """Return rows, scores and hits of lists in which nothing was found."""
    return np.full((nq, k), -1), np.full((nq, k), np.nan), np.full((nq, k), -1)


def _space(queries: Vectors, corpus: Vectors, similarity: Similarity) -> Space:
    """Return the space in which every query may find every row."""
    ranks = id_ranks(corpus.ids)[corpus.owners]
    order = np.lexsort((corpus.spans[:, 1], corpus.spans[:, 0], ranks))
    ties = np.empty(len(corpus), np.int64)
    ties[order] = np.arange(len(corpus))
    none = np.empty(0, np.int64)
    by_id = np.argsort(queries.owners)
    return Space(
        np.ascontiguousarray(queries.matrix[by_id]),
        queries.norms[by_id],
        np.ascontiguousarray(corpus.matrix),
        corpus.norms,
        None,
        corpus.owners,
        ties,
        (none, none),
        similarity,
        corpus.ids,
    )


def _parts(
    space: Space, query_ids: Sequence[str], doc_ids: Sequence[str], limits: Limits
) -> Iterator[tuple[Int64, Space]]:
    """Yield the queries that share a pool, int64 positions, and the space they search."""
    where = {name: i for i, name in enumerate(doc_ids)}
    by_pool: dict[frozenset[str] | None, list[int]] = defaultdict(list)
    for i, name in enumerate(query_ids):
        by_pool[None if limits.pools is None else limits.pools.get(name)].append(i)
    for pool, members in by_pool.items():
        chosen = np.array(members, np.int64)
        rows = None if pool is None else np.flatnonzero(_owned_by(space, where, pool))
        if rows is not None and not len(rows):
            continue
        banned = _banned(space, where, [query_ids[i] for i in members], limits.exclude)
        yield (
            chosen,
            replace(
                space,
                queries=space.queries[chosen],
                query_norms=space.query_norms[chosen],
                found_in=rows,
                banned=banned,
            ),
        )


def _owned_by(space: Space, where: Mapping[str, int], ids: frozenset[str]) -> np.ndarray:
    """Return which rows belong to the items named: bool (n,)."""
    wanted = np.zeros(len(where), bool)
    wanted[[where[name] for name in ids if name in where]] = True
    return wanted[space.owners]


def _banned(
    space: Space, where: Mapping[str, int], query_ids: Sequence[str], exclude: Only
) -> tuple[Int64, Int64]:
    """Return the pairs of query and row that may not be found, by row."""
    pairs = [
        (i, where[name])
        for i, query in enumerate(query_ids if exclude else ())
        for name in (exclude or {}).get(query, ())
        if name in where
    ]
    left, items = np.array(pairs, np.int64).reshape(-1, 2).T
    by_owner = np.argsort(space.owners, kind="stable")
    low = np.searchsorted(space.owners[by_owner], items, side="left")
    high = np.searchsorted(space.owners[by_owner], items, side="right")
    counts = high - low
    inside = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = by_owner[np.repeat(low, counts) + inside]
    order = np.argsort(rows, kind="stable")
    return np.repeat(left, counts)[order], rows[order]
