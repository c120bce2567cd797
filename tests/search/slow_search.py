"""Small sides to search, and the right answer worked out the slow way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evalkit.core.arrays import Float64, Int64, Ranking, Similarity, Vectors, make_vectors
from evalkit.core.items import Item
from evalkit.core.protocols import Side

Only = Mapping[str, frozenset[str]]
Found = list[list[tuple[str, float]]]


def side(
    raw: np.ndarray,
    dims: Sequence[int],
    ids: Sequence[str] = (),
    owners: Int64 | None = None,
    spans: Float64 | None = None,
) -> Side:
    """Return items with vectors, called i000, i001 ... unless `ids` are given."""
    names = list(ids) or [f"i{i:03d}" for i in range(len(raw))]
    vectors = make_vectors(names, raw, owners, spans)
    return Side(tuple(Item(i, i) for i in names), dict.fromkeys(dims, vectors))


def oracle(
    queries: Side,
    corpus: Side,
    dim: int,
    k: int,
    similarity: Similarity,
    exclude: Only | None = None,
    pools: Only | None = None,
) -> Found:
    """Return for each query the best (id, score), comparing everything in float64."""
    left, right = queries.vectors[dim], corpus.vectors[dim]
    out = []
    for name, row in zip(left.ids, similarities(left, right, dim, similarity), strict=True):
        banned = (exclude or {}).get(name, frozenset())
        allowed = (pools or {}).get(name, frozenset(right.ids)) - banned
        best: dict[str, float] = {}
        for owner, score in zip(right.owners, row, strict=True):
            item = right.ids[owner]
            if item in allowed:
                best[item] = max(float(score), best.get(item, -np.inf))
        out.append(sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:k])
    return out


def similarities(queries: Vectors, corpus: Vectors, dim: int, similarity: Similarity) -> Float64:
    left = queries.matrix[:, :dim].astype(np.float64)
    right = corpus.matrix[:, :dim].astype(np.float64)
    if similarity == "cosine":
        left /= np.sqrt((left * left).sum(axis=1))[:, None]
        right /= np.sqrt((right * right).sum(axis=1))[:, None]
    else:
        left *= queries.norms[:, None]
        right *= corpus.norms[:, None]
    if similarity == "euclidean":
        scores = -np.sqrt(((left[:, None] - right[None]) ** 2).sum(axis=2))
    else:
        scores = (left[:, None] * right[None]).sum(axis=2)
    longest = corpus.norms.max(initial=1e-9)
    size = {
        "cosine": np.ones(len(left)),
        "dot": queries.norms * longest,
        "euclidean": np.maximum(queries.norms, longest),
    }[similarity]
    places = 6 - np.round(np.log10(size)).astype(int)
    return np.stack([np.round(row, n) for row, n in zip(scores, places, strict=True)])


def listed(ranking: Ranking) -> Found:
    """Return a ranking as (id, score) per query, without the padding."""
    return [
        [(ranking.doc_ids[row], float(score)) for row, score in zip(*line, strict=True) if row >= 0]
        for line in zip(ranking.rows, ranking.scores, strict=True)
    ]


def same(found: Found, expected: Found) -> None:
    """Fail unless ids agree, and scores to within the last place kept."""
    for ours, right in zip(found, expected, strict=True):
        assert [name for name, _ in ours] == [name for name, _ in right]
        values = [s for _, s in right]
        np.testing.assert_allclose([s for _, s in ours], values, rtol=2e-6, atol=2e-6)
