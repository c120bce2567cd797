"""Queries of several vectors: each searched by itself, the lists fused."""

from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import make_vectors
from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Side
from tests.search.slow_search import Found, listed, side

DIMS = (4, 8)
NAMES = ["q0", "q1", "q2", "q3"]
OWNERS = np.array([3, 0, 1, 0, 2, 2, 3, 2])  # q0: 2, q1: 1, q2: 3, q3: 2


def raw(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, 8))


def make(**given: Any) -> Any:
    return registry.create("search", "parts_fusion", **given)


def lists(vectors: np.ndarray, corpus: Side, dim: int, depth: int) -> Found:
    """Return what exact search finds for some vectors."""
    found = registry.create("search", "exact").rank(
        side(vectors, DIMS), corpus, depth, (dim,), "cosine"
    )
    return listed(found[dim])


def test_every_part_is_searched_and_the_lists_are_fused() -> None:
    vectors, corpus = raw(8, 1), side(raw(140, 2), DIMS)
    queries = side(vectors, DIMS, NAMES, OWNERS)
    ours = make().rank(queries, corpus, 12, DIMS, "cosine")
    for dim in DIMS:
        assert ours[dim].query_ids == tuple(NAMES)
        for n, line in enumerate(listed(ours[dim])):
            parts = lists(vectors[n == OWNERS], corpus, dim, 100)
            if len(parts) == 1:
                assert line == parts[0][:12]
                continue
            fused: dict[str, float] = {}
            for one in parts:
                for rank, (item, _) in enumerate(one, 1):
                    fused[item] = fused.get(item, 0.0) + 1 / (60 + rank)
            pairs = [(item, round(score, 6)) for item, score in fused.items()]
            right = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:12]
            assert [name for name, _ in line] == [name for name, _ in right]


def test_queries_of_one_vector_are_answered_as_by_exact_search() -> None:
    queries, corpus = side(raw(6, 3), DIMS), side(raw(50, 4), DIMS)
    ours = make().rank(queries, corpus, 9, DIMS, "euclidean")
    exact = registry.create("search", "exact").rank(queries, corpus, 9, DIMS, "euclidean")
    for dim in DIMS:
        for name in ("rows", "scores", "hits"):
            np.testing.assert_array_equal(getattr(ours[dim], name), getattr(exact[dim], name))


def test_weights_count_in_the_order_of_the_parts() -> None:
    vectors, corpus = raw(2, 5), side(raw(60, 6), DIMS)
    query = side(vectors, DIMS, ["q0"], np.array([0, 0]))
    for weights, part in (((1.0, 0.0), 0), ((0.0, 1.0), 1)):
        ours = make(fusion="wsum", weights=weights).rank(query, corpus, 5, (8,), "cosine")
        right = lists(vectors[part : part + 1], corpus, 8, 5)[0]
        assert [name for name, _ in listed(ours[8])[0]] == [name for name, _ in right]
    some = side(raw(8, 1), DIMS, NAMES, OWNERS)
    with pytest.raises(UsageError, match="'q2' has 3 parts"):
        make(fusion="wsum", weights=(0.5, 0.5)).rank(some, corpus, 5, (8,), "cosine")


def test_limits_are_kept_and_the_hit_is_a_row_of_the_item() -> None:
    queries = side(raw(8, 7), DIMS, NAMES, OWNERS)
    owners = np.random.default_rng(8).permutation(np.arange(90) % 30)
    corpus = side(raw(90, 9), DIMS, owners=owners, ids=[f"d{n:02d}" for n in range(30)])
    exclude, pools = {"q0": frozenset({"d00"})}, {"q2": frozenset({"d03", "d04"})}
    found = make().rank(queries, corpus, 30, (8,), "cosine", exclude, pools)[8]
    assert "d00" not in [name for name, _ in listed(found)[0]]
    assert {name for name, _ in listed(found)[2]} == {"d03", "d04"}
    won = found.rows >= 0
    np.testing.assert_array_equal(owners[found.hits[won]], found.rows[won])
    assert (found.hits[~won] == -1).all()


def test_sizes_may_have_vectors_of_their_own() -> None:
    small, large = raw(3, 10), raw(3, 11)
    owners = np.array([0, 1, 1])
    items = (Item("a", "a"), Item("b", "b"))
    vectors = {
        4: make_vectors(["a", "b"], small, owners),
        8: make_vectors(["a", "b"], large, owners),
    }
    corpus = side(raw(40, 12), DIMS)
    both = make().rank(Side(items, vectors), corpus, 5, DIMS, "cosine")
    for dim in DIMS:
        alone = make().rank(Side(items, {dim: vectors[dim]}), corpus, 5, (dim,), "cosine")
        assert listed(both[dim]) == listed(alone[dim])


@pytest.mark.parametrize("name", ["exact", "faiss_flat"])
def test_searches_of_one_vector_per_query_say_what_to_use(name: str) -> None:
    queries, corpus = side(raw(8, 13), DIMS, NAMES, OWNERS), side(raw(9, 14), DIMS)
    with pytest.raises(UsageError, match=r"query 'q0': has 2 vectors.*parts_fusion"):
        registry.create("search", name).rank(queries, corpus, 3, DIMS, "cosine")


def test_what_cannot_be_fused_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'condorcet'"):
        make(fusion="condorcett")
    with pytest.raises(UsageError, match="depth: is 10"):
        make(depth=10)
    with pytest.raises(UsageError, match="no vectors of size 5"):
        make().rank(side(raw(2, 1), DIMS), side(raw(2, 1), DIMS), 3, (5,), "cosine")
