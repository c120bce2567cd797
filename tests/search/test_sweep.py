"""The sweep's insides: tiles of any size give the same answer, within the memory allowed."""

import tracemalloc
from functools import partial
from typing import Any

import numpy as np
import pytest

from evalkit.core.arrays import Float32, Similarity
from evalkit.core.protocols import Side
from evalkit.search._rank import Limits, rank_sides
from evalkit.search._shortlist import Shortlist, room_for
from evalkit.search._sweep import Tiles, plan_tiles, sweep
from tests.search.slow_search import Found, listed, side

DIMS = (8, 24, 64)


def corpus_with_ties() -> Side:
    rng = np.random.default_rng(1)
    base = rng.standard_normal((700, 64)) * rng.uniform(0.5, 2, (700, 1))
    return side(np.concatenate([base, base[:300]])[rng.permutation(1000)], DIMS)


def search(
    queries: Side, corpus: Side, k: int, similarity: Similarity, tiles: Tiles
) -> dict[int, Found]:
    nominate = partial(sweep, tiles=tiles)
    found = rank_sides(nominate, queries, corpus, k, DIMS, similarity, Limits())
    return {dim: listed(found[dim]) for dim in DIMS}


@pytest.mark.parametrize("similarity", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("k", [3, 40])
def test_tiles_do_not_matter(similarity: Similarity, k: int) -> None:
    queries = side(np.random.default_rng(2).standard_normal((23, 64)), DIMS)
    corpus = corpus_with_ties()
    whole = search(queries, corpus, k, similarity, Tiles(23, 1000))
    for tiles in (Tiles(1, 16), Tiles(5, 37), Tiles(23, 128), Tiles(20, 999)):
        assert search(queries, corpus, k, similarity, tiles) == whole


@pytest.mark.parametrize("queries", [1, 1000, 200_000])
@pytest.mark.parametrize("k", [1, 100, 10_000])
def test_the_plan_keeps_to_the_budget(queries: int, k: int) -> None:
    for budget in (1 << 26, 1 << 30):
        tiles = plan_tiles(queries, 4, k, 2, budget)
        assert 1 <= tiles.queries <= queries
        if tiles.queries > 1:
            assert (
                tiles.queries * 4 * room_for(k) * 28 + 2 * tiles.queries * tiles.rows * 12 <= budget
            )


def test_near_ties_everywhere_stay_within_memory() -> None:
    rng = np.random.default_rng(3)
    corpus = side(np.tile(rng.standard_normal((1, 64)), (20_000, 1)), DIMS)
    queries = side(rng.standard_normal((64, 64)), DIMS)
    nominate = partial(sweep, budget_bytes=16 << 20)
    tracemalloc.start()
    found = rank_sides(nominate, queries, corpus, 10, DIMS, "cosine", Limits())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found[64].rows == np.argsort(corpus.vectors[64].ids, kind="stable")[:10]).all()
    assert peak < 24 << 20  # the budget, and what names and orders the 20,000 rows


def test_a_later_tile_costs_almost_no_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []

    add = Shortlist.add

    def spy(shortlist: Shortlist, sums: Float32, scale: Float32, *rest: Any) -> None:
        shares.append(float((sums * scale >= shortlist._floor[:, None]).mean()))
        add(shortlist, sums, scale, *rest)

    monkeypatch.setattr(Shortlist, "add", spy)
    rng = np.random.default_rng(4)
    corpus = side(rng.standard_normal((20_000, 64)), (64,))
    queries = side(rng.standard_normal((50, 64)), (64,))
    nominate = partial(sweep, tiles=Tiles(50, 1000))
    rank_sides(nominate, queries, corpus, 10, (64,), "cosine", Limits())
    assert len(shares) == 20
    assert max(shares[-5:]) < 0.005
