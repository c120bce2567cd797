"""What every retriever promises, run over everything registered."""

import dataclasses
import inspect
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Ranking, make_vectors
from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Retriever, Side

WORDS = ("red", "blue", "cotton", "linen", "shirt", "lamp", "chair", "wool", "small", "large")
DIMS = (8, 16)


def sides(n: int = 30) -> tuple[Side, Side]:
    """Return queries and a corpus that have words as well as vectors."""
    rng = np.random.default_rng(5)
    out = []
    for prefix, count in (("q", 6), ("d", n)):
        items = tuple(
            Item(f"{prefix}{i:02d}", " ".join(rng.choice(WORDS, 4))) for i in range(count)
        )
        vectors = make_vectors([i.id for i in items], rng.standard_normal((count, 16)))
        out.append(Side(items, dict.fromkeys(DIMS, vectors)))
    return out[0], out[1]


@pytest.fixture(params=registry.names("search"))
def retriever(request: pytest.FixtureRequest) -> Any:
    return registry.create("search", request.param)


def lists(ranking: Ranking) -> list[list[str]]:
    return [[ranking.doc_ids[row] for row in rows if row >= 0] for rows in ranking.rows]


def test_is_a_frozen_documented_dataclass(retriever: Any) -> None:
    field = dataclasses.fields(retriever)[0].name if dataclasses.fields(retriever) else "any"
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        setattr(retriever, field, None)
    assert inspect.getdoc(type(retriever))


def test_gives_a_list_per_query_and_size(retriever: Retriever) -> None:
    queries, corpus = sides()
    found = retriever.rank(queries, corpus, 7, DIMS, "cosine")
    assert list(found) == list(DIMS)
    for ranking in found.values():
        assert ranking.query_ids == queries.vectors[8].ids
        assert ranking.doc_ids == corpus.vectors[8].ids
        assert ranking.rows.shape == ranking.scores.shape == ranking.hits.shape == (6, 7)
        assert ranking.rows.dtype == ranking.hits.dtype == np.int64
        np.testing.assert_array_equal(ranking.rows < 0, np.isnan(ranking.scores))
        won = ranking.hits >= 0  # nowhere, for what was found without vectors
        np.testing.assert_array_equal(
            corpus.vectors[8].owners[ranking.hits[won]], ranking.rows[won]
        )
        assert not won[ranking.rows < 0].any()
        assert all(len(set(names)) == len(names) for names in lists(ranking))
        assert (
            np.diff(np.nan_to_num(ranking.scores, nan=-np.inf), axis=1)[ranking.rows[:, 1:] >= 0]
            <= 0
        ).all()


def test_a_list_longer_than_the_corpus_is_padded(retriever: Retriever) -> None:
    queries, corpus = sides(4)
    ranking = retriever.rank(queries, corpus, 9, (8,), "cosine")[8]
    assert ranking.rows.shape == (6, 9)
    assert (ranking.rows[:, 4:] == -1).all()


def test_limits_are_kept(retriever: Retriever) -> None:
    queries, corpus = sides()
    names = corpus.vectors[8].ids
    exclude = {"q00": frozenset(names[:10]), "q01": frozenset(names[5:25])}
    pools = {"q01": frozenset(names[:12]), "q02": frozenset(names[3:6])}
    ranking = retriever.rank(queries, corpus, 30, (8,), "cosine", exclude, pools)[8]
    first, second, third, *_ = lists(ranking)
    assert not set(first) & exclude["q00"]
    assert set(second) <= set(names[:5])
    assert set(third) <= pools["q02"]


def test_the_order_of_the_corpus_does_not_matter(retriever: Retriever) -> None:
    queries, corpus = sides()
    order = np.random.default_rng(6).permutation(len(corpus.items))
    old = corpus.vectors[8]
    items = tuple(corpus.items[i] for i in order)
    again = make_vectors([i.id for i in items], old.matrix[order], norms=old.norms[order])
    turned = Side(items, dict.fromkeys(DIMS, again))
    one, other = (retriever.rank(queries, c, 7, DIMS, "cosine") for c in (corpus, turned))
    for dim in DIMS:
        assert lists(one[dim]) == lists(other[dim])
        np.testing.assert_array_equal(one[dim].scores, other[dim].scores)


def test_a_query_of_several_vectors_is_searched_or_refused_by_name(retriever: Retriever) -> None:
    queries, corpus = sides()
    old = queries.vectors[8]
    owners = np.array([0, 1, 2, 2, 3, 4])
    parted = make_vectors(old.ids[:5], old.matrix, owners)
    some = Side(queries.items[:5], dict.fromkeys(DIMS, parted))
    try:
        ranking = retriever.rank(some, corpus, 7, (8,), "cosine")[8]
    except UsageError as e:
        said = str(e)
    else:
        assert ranking.query_ids == old.ids[:5]
        assert (ranking.rows[:, 0] >= 0).all()
        return
    assert "q02" in said
    assert "parts_fusion" in said
