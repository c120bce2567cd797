"""The retrieval task: what is embedded, and rankings and judgements as evidence."""

from collections.abc import Mapping, Sequence

import numpy as np

from evalkit.core import registry
from evalkit.core.arrays import Float64, Int64, Ranking, Vectors
from evalkit.core.items import Card, Dataset, Item, SideName, Truth
from evalkit.tasks.retrieval import Retrieval

QUERIES = (
    Item("q1", "red shoes", {"intent": ("shoes",)}),
    Item("q2", "zapatos rojos", {"intent": ("shoes",)}),
    Item("q3", "a lamp", {"intent": ("unknown",)}),
    Item("q4", "anything"),
)
CORPUS = tuple(Item(f"d{i}", f"item {i}") for i in range(4))
GRADES = {"q1": {"d0": 1, "d3": 2, "d1": 1}, "q2": {"d2": -1, "d1": 0}, "q4": {"d0": 1}}
DATA = Dataset("shop", QUERIES, CORPUS, Truth(grades=GRADES), Card("shop"))


class Search:
    """Answers every query with the corpus in order, at two sizes, and notes what was asked."""

    depth = 0

    def __call__(
        self, depth: int, exclude: object = None, pools: object = None
    ) -> Mapping[int, Ranking]:
        self.depth = depth
        rows = np.tile(np.arange(4), (4, 1))[:, :depth]
        ids = tuple(item.id for item in QUERIES)
        docs = tuple(item.id for item in CORPUS)
        scores = -rows.astype(np.float64)
        return {dim: Ranking(ids, docs, rows, scores, rows) for dim in (64, 32)}

    def vectors(self, side: SideName) -> Mapping[int, Vectors]:
        raise AssertionError("ranking is all it needs")

    def spans(self, dim: int, hits: Int64) -> Float64:
        return np.full((*hits.shape, 2), np.nan)

    def similarity(self, pairs: Sequence[tuple[str, str]]) -> Mapping[int, Float64]:
        raise AssertionError("ranking is all it needs")


def test_all_queries_and_the_whole_corpus_are_embedded_judged_or_not() -> None:
    needs = Retrieval().needs(DATA)
    assert (needs.queries, needs.corpus, needs.purpose) == (QUERIES, CORPUS, "retrieval")


def test_judgements_stand_best_first_and_are_padded() -> None:
    search = Search()
    found = Retrieval().evidence(DATA, search, depth=3, relevant=2)
    assert search.depth == 3
    assert list(found) == [64, 32]
    ranked = found[32]
    assert ranked.ids == ("q1", "q2", "q3", "q4")
    assert ranked.relevant == 2
    assert ranked.rows.tolist() == [[0, 1, 2]] * 4
    assert ranked.judged.tolist() == [[3, 0, 1], [1, 2, -1], [-1, -1, -1], [0, -1, -1]]
    assert ranked.grades.tolist() == [[2, 1, 1], [0, -1, 0], [0, 0, 0], [1, 0, 0]]
    assert (ranked.units, ranked.corpus) == (QUERIES, CORPUS)


def test_queries_of_one_intent_are_a_cluster_and_the_others_stand_alone() -> None:
    (labels,) = Retrieval().evidence(DATA, Search(), 2, 1)[64].clusters
    assert labels.dtype == object
    assert labels.tolist() == ["shoes", "shoes", "q3", "q4"]


def test_a_query_without_judgements_stays_in_and_is_not_scored() -> None:
    ranked = registry.create("tasks", "retrieval").evidence(DATA, Search(), 4, 1)[64]
    scores = registry.metric("recall@1").per_unit(ranked)
    np.testing.assert_allclose(scores.columns["value"], [1 / 3, np.nan, np.nan, 1.0])
    assert scores.ids == ranked.ids
    assert scores.clusters is ranked.clusters


def test_a_data_set_without_any_judgement_gives_rankings_to_look_at() -> None:
    data = Dataset("bare", QUERIES, CORPUS, Truth(), Card("bare"))
    ranked = Retrieval().evidence(data, Search(), 2, 1)[64]
    assert ranked.judged.shape == (4, 0)
    assert np.isnan(registry.metric("ndcg@2").per_unit(ranked).columns["value"]).all()
