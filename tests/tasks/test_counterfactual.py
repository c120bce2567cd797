"""The tasks of swapped words: what they need, what they hand over, and what they refuse."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core.items import Dataset, Group, Item
from evalkit.tasks.counterfactual import Counterfactual, WordingPreference
from tests.tasks.by_hand import ByHand, dataset, item, run_task

QUERIES = (
    item("n", "1 1", occupation="nurse", language="en"),
    item("p", "0.9 1.1", occupation="nurse", language="en"),
    item("c", "1 0.2", occupation="nurse", language="es"),
    item("n2", "0 1"),
    item("p2", "0.1 1"),
    item("c2", "0.2 1"),
    item("unasked", "3 1"),
)
CORPUS = (item("d1", "1 0"), item("d2", "1 1"), item("d3", "0 1"), item("d4", "0.5 1"))
TRIPLE = {"neutral": "n", "prototypical": "p", "counter": "c"}
SECOND = {"neutral": "n2", "prototypical": "p2", "counter": "c2"}
WORDS = {"query": "n", "female": "d1", "male": "d2"}


def data(*groups: Group) -> Dataset:
    return dataset(QUERIES, CORPUS, groups=groups)


def triples(*roles: dict[str, str], kind: str = "counterfactual") -> Dataset:
    return data(*(Group(f"g{n}", kind, one) for n, one in enumerate(roles)))


def evidence(task: Any, some: Dataset, depth: int = 3) -> Any:
    needs = task.needs(some)
    return task.evidence(some, ByHand(needs.queries, needs.corpus), depth, 1)[2]


def cosine(a: str, b: str) -> float:
    both = {one.id: np.array(str(one.content).split(), float) for one in (*QUERIES, *CORPUS)}
    return float(both[a] @ both[b] / np.linalg.norm(both[a]) / np.linalg.norm(both[b]))


def test_the_queries_of_triples_and_the_whole_corpus_are_needed() -> None:
    needs = Counterfactual().needs(triples(TRIPLE))
    assert [one.id for one in needs.queries] == ["n", "p", "c"]
    assert needs.corpus == CORPUS


def test_lists_stand_in_the_order_neutral_prototypical_counter() -> None:
    found = evidence(Counterfactual(), triples(SECOND, TRIPLE))
    for n, roles in enumerate((SECOND, TRIPLE)):
        for place, query in enumerate(roles.values()):
            order = sorted(range(4), key=lambda d: (-round(cosine(query, CORPUS[d].id), 6), d))
            assert found.rows[n, place].tolist() == order[:3]


def test_similarities_are_of_the_neutral_query() -> None:
    found = evidence(Counterfactual(), triples(TRIPLE, SECOND))
    expected = [[cosine("n", "p"), cosine("n", "c")], [cosine("n2", "p2"), cosine("n2", "c2")]]
    np.testing.assert_allclose(found.similarity, expected)


def test_triples_of_a_subject_are_a_cluster() -> None:
    found = evidence(Counterfactual(), triples(TRIPLE, SECOND))
    assert found.clusters[0].tolist() == ["nurse", "g1"]
    assert found.units[0].tags == {"occupation": ("nurse",)}
    assert found.units[0].parts == ("1 1", "0.9 1.1", "1 0.2")


def test_a_changed_query_touches_its_triples_and_a_changed_document_all() -> None:
    found = evidence(Counterfactual(), triples(TRIPLE, SECOND | {"neutral": "n"}))
    assert found.touched("query", frozenset({"c2"})).tolist() == [False, True]
    assert found.touched("query", frozenset({"n"})).tolist() == [True, True]
    assert found.touched("query", frozenset({"d1"})).tolist() == [False, False]
    assert found.touched("corpus", frozenset({"d1"})).tolist() == [True, True]
    assert found.touched("corpus", frozenset({"elsewhere"})).tolist() == [False, False]


def test_wordings_of_a_document_are_compared() -> None:
    some = triples(WORDS | {"neutral": "d3"}, WORDS | {"query": "n2"}, kind="wording")
    found = evidence(WordingPreference(), some)
    assert [one.id for one in WordingPreference().needs(some).corpus] == ["d1", "d2", "d3"]
    first = [cosine("n", name) for name in ("d1", "d2", "d3")]
    np.testing.assert_allclose(found.similarity[0], first)
    np.testing.assert_allclose(found.similarity[1, :2], [cosine("n2", n) for n in ("d1", "d2")])
    assert np.isnan(found.similarity[1, 2])
    assert found.touched("corpus", frozenset({"d3"})).tolist() == [True, False]
    assert found.touched("query", frozenset({"n2", "d1"})).tolist() == [False, True]


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ({"neutral": "n", "counter": "c"}, "the group 'g0' lacks prototypical."),
        (TRIPLE | {"counter": "d1"}, "the counter of the group 'g0', 'd1', is no query"),
    ],
)
def test_a_triple_that_is_not_whole_is_named(roles: dict[str, str], said: str) -> None:
    (found,) = Counterfactual().problems(triples(roles))
    assert said in found
    assert "groups.jsonl" in found


def test_a_wording_on_the_side_of_queries_is_named() -> None:
    (found,) = WordingPreference().problems(triples(WORDS | {"neutral": "p"}, kind="wording"))
    assert "the neutral of the group 'g0', 'p', is no corpus item of corpus.jsonl." in found


def test_groups_of_another_kind_are_none() -> None:
    for task in (Counterfactual(kind="pairs"), WordingPreference()):
        (found,) = task.problems(triples(TRIPLE))
        assert f"no group of the chosen items has the kind '{task.kind}'" in found


def test_tables_name_the_most_stereotyped_subject_first() -> None:
    found = evidence(Counterfactual(), triples(SECOND, TRIPLE))
    subjects, swaps = Counterfactual().details(found)
    assert [row[0] for row in subjects.rows] == ["nurse", "g0"]
    assert subjects.rows[0][3] == 1.0
    assert swaps.quotes
    assert swaps.rows[0][:4] == ("g1", "1 1", "0.9 1.1", "1 0.2")
    assert "does not prove" in swaps.note


def test_tables_of_wordings_count_orders_and_ties() -> None:
    some = triples(WORDS | {"neutral": "d3"}, WORDS | {"neutral": "d1"}, kind="wording")
    subjects, orders = WordingPreference().details(evidence(WordingPreference(), some))
    assert subjects.rows[0][3] == 1.0  # the male wording is the query itself
    told = {str(row[0]): row[1] for row in orders.rows}
    assert told.pop("with a tie") == 2.0  # 1 0 and 0 1 lie equally far from 1 1
    assert set(told.values()) == {0.0}


def test_a_case_runs_from_vectors_to_intervals(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    names = [f"q{n}" for n in range(36)]
    text = [" ".join(f"{x:.3f}" for x in rng.normal(size=4)) for _ in range(66)]
    queries = [Item(name, text[n], {"occupation": (f"o{n // 6}",)}) for n, name in enumerate(names)]
    corpus = [Item(f"d{n}", text[36 + n]) for n in range(30)]
    groups = tuple(
        Group(f"t{n}", "counterfactual", dict(zip(TRIPLE, names[3 * n :], strict=False)))
        for n in range(12)
    )
    metrics = ["rab@5", "ndrab@5", "similarity_bias", "swap_rbo@5", "swap_top1"]
    run = run_task("counterfactual", dataset(queries, corpus, groups=groups), metrics, tmp_path)
    values = {e.metric for e in run.estimates if e.kind == "value" and e.n == 12}
    nulls = {e.metric for e in run.estimates if e.kind == "null"}
    assert values == set(metrics)
    assert nulls == {"rab@5", "ndrab@5", "similarity_bias"}
    assert {d.table.name for d in run.details} == {"subjects", "swaps"}
