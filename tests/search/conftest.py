"""Small sides to search, and the answer worked out the slow way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from evalkit.core.arrays import Float64, Int64, Similarity, Vectors, make_vectors
from evalkit.core.items import Item
from evalkit.core.protocols import Side

Only = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Lab:
    """What the tests of search need: a way to make a side, and the oracle."""

    @staticmethod
    def side(
        raw: np.ndarray,
        dims: Sequence[int],
        ids: Sequence[str] = (),
        owners: Int64 | None = None,
        spans: Float64 | None = None,
        prefix: str = "d",
    ) -> Side:
        names = list(ids) or [f"{prefix}{i}" for i in range(len(raw))]
        vectors = make_vectors(names, raw, owners, spans)
        return Side(tuple(Item(i, i) for i in names), dict.fromkeys(dims, vectors))

    @staticmethod
    def oracle(
        queries: Vectors,
        corpus: Vectors,
        dim: int,
        k: int,
        similarity: Similarity,
        exclude: Only | None = None,
        pools: Only | None = None,
    ) -> list[list[tuple[str, float]]]:
        """Return for each query the best (id, score), by comparing everything in float64."""
        scores = np.round(_similarities(queries, corpus, dim, similarity), 6)
        out = []
        for name, row in zip(queries.ids, scores, strict=True):
            banned = (exclude or {}).get(name, frozenset())
            allowed = (pools or {}).get(name, frozenset(corpus.ids)) - banned
            best: dict[str, float] = {}
            for owner, score in zip(corpus.owners, row, strict=True):
                item = corpus.ids[owner]
                if item in allowed:
                    best[item] = max(score, best.get(item, -np.inf))
            out.append(sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:k])
        return out


def _similarities(
    queries: Vectors, corpus: Vectors, dim: int, similarity: Similarity
) -> Float64:
    left = queries.matrix[:, :dim].astype(np.float64)
    right = corpus.matrix[:, :dim].astype(np.float64)
    if similarity == "cosine":
        left /= np.linalg.norm(left, axis=1)[:, None]
        right /= np.linalg.norm(right, axis=1)[:, None]
        return np.asarray(left @ right.T)
    left *= queries.norms[:, None]
    right *= corpus.norms[:, None]
    if similarity == "dot":
        return np.asarray(left @ right.T)
    return np.negative(np.sqrt(((left[:, None] - right[None]) ** 2).sum(axis=2)))


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()
