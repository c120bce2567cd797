"""`evalkit.evaluate`: plain arrays, the numbers of a suite."""

import math
from typing import Any

import numpy as np
import pytest

import evalkit

RNG = np.random.default_rng(11)
CORPUS = RNG.standard_normal((50, 12)) * RNG.uniform(0.5, 2, (50, 1))
QUERIES = CORPUS[:40] + 0.8 * RNG.standard_normal((40, 12))
TRUTH = {q: {q: 2, (q + 1) % 50: 1} for q in range(40)}


def similarities(kind: str, dim: int) -> Any:
    """Return the similarity of every query and item, float64."""
    q, c = (m[:, :dim].astype(np.float32).astype(float) for m in (QUERIES, CORPUS))
    if kind == "euclidean":
        return -np.linalg.norm(q[:, None] - c[None], axis=2)
    if kind == "cosine":
        q, c = (m / np.linalg.norm(m, axis=1, keepdims=True) for m in (q, c))
    return q @ c.T


@pytest.mark.parametrize("similarity", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("dim", [12, 5])
def test_recall_is_that_of_a_plain_loop(similarity: Any, dim: int) -> None:
    found = evalkit.evaluate(
        QUERIES, CORPUS, TRUTH, metrics=["recall@3"], dims=[12, 5], similarity=similarity
    )
    top = np.argsort(-similarities(similarity, dim), axis=1)[:, :3]
    expected = np.mean([len(set(top[q]) & set(TRUTH[q])) / 2 for q in range(40)])
    assert found.value("recall@3", dim).value == pytest.approx(expected, abs=1e-9)


def test_relevant_is_the_grade_from_which_an_item_counts() -> None:
    found = evalkit.evaluate(QUERIES, CORPUS, TRUTH, metrics=["recall@1"], relevant=2)
    top = similarities("cosine", 12).argmax(axis=1)
    assert found.value("recall@1").value == pytest.approx(np.mean(top == np.arange(40)), abs=1e-9)


def test_ids_and_positions_give_the_same_numbers() -> None:
    names = [f"query {n}" for n in range(40)]
    items = [f"item {n}" for n in range(50)]
    truth = {names[q]: {items[d]: g for d, g in row.items()} for q, row in TRUTH.items()}
    by_id = evalkit.evaluate(
        QUERIES, CORPUS, truth, query_ids=names, corpus_ids=items, metrics="ndcg@10"
    )
    by_row = evalkit.evaluate(QUERIES.tolist(), CORPUS.tolist(), TRUTH, metrics="ndcg@10")
    one, two = by_id.value("ndcg@10"), by_row.value("ndcg@10")
    assert (one.value, one.low, one.high) == (two.value, two.low, two.high)
    assert set(by_id.run.rankings_frame()["query"]) == set(names)


def test_the_frame_holds_values_and_losses_with_intervals() -> None:
    found = evalkit.evaluate(QUERIES, CORPUS, TRUTH, dims=[5, 12])
    frame = found.frame()
    assert set(frame.dim) == {12, 5}
    assert set(frame.metric) == {"recall@10", "ndcg@10"}
    assert (frame.low <= frame.value).all()
    assert "loss" in set(frame.kind)
    assert found.value("ndcg@10").cell.dim == 12
    assert found.value("ndcg@10", 5).cell.dim == 5


def test_a_query_without_a_relevant_item_does_not_count() -> None:
    found = evalkit.evaluate(QUERIES, CORPUS, {0: {0: 1}, 1: {1: 1}, 2: {3: 0}})
    assert found.value("recall@10").n == 2


def test_the_users_ledger_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("EVALKIT_LEDGER", str(tmp_path / "ledger"))
    evalkit.evaluate(QUERIES, CORPUS, TRUTH)
    assert not (tmp_path / "ledger").exists()


def with_row(value: float) -> Any:
    changed = QUERIES.copy()
    changed[3] = value
    return changed


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "NaN": (
        {"query_vectors": with_row(math.nan)},
        "query vector '3' (row 3): it holds NaN or infinity. Embed it again or leave it out.",
    ),
    "too large for float32": (
        {"query_vectors": with_row(1e300)},
        "query vector '3' (row 3): it holds NaN or infinity. Embed it again or leave it out.",
    ),
    "zero": (
        {"query_vectors": with_row(0)},
        "query vector '3' (row 3): it is zero. Embed it again or leave it out.",
    ),
    "width": (
        {"query_vectors": QUERIES[:, :7]},
        "the query vectors have 7 values and the corpus vectors 12; both must come from one model.",
    ),
    "one row": (
        {"query_vectors": QUERIES[0]},
        "the query vectors are 12; expected rows x values, neither zero.",
    ),
    "ragged": (
        {"corpus_vectors": [[1.0, 2.0], [3.0]]},
        "the corpus vectors are rows of different lengths.",
    ),
    "words": (
        {"corpus_vectors": [["a", "b"]]},
        "the corpus vectors are of type <U1; expected numbers.",
    ),
    "number of ids": (
        {"query_ids": ["a", "b"]},
        "there are 40 query vectors and 2 query ids.",
    ),
    "repeated id": (
        {"corpus_ids": ["0", *range(49)]},
        "arrays: the corpus has the id '0' more than once. Make ids unique.",
    ),
    "unknown query": (
        {"qrels": {77: {1: 1}}},
        "arrays: the ground truth names the unknown query '77'. Correct the ids or add the items.",
    ),
    "unknown item": (
        {"qrels": {1: {99: 1}}},
        "arrays: the ground truth names the unknown corpus item '99'. "
        "Correct the ids or add the items.",
    ),
    "no judgement": (
        {"qrels": {}},
        "qrels is empty: without judgements there is nothing to score.",
    ),
    "grade": (
        {"qrels": {1: {1: 0.5}}},
        "qrels, query '1', item '1': the grade 0.5 is not a whole number.",
    ),
    "size": (
        {"dims": [12, 13]},
        "the size 13 cannot be had; sizes are whole numbers from 1 to 12.",
    ),
    "no size": (
        {"dims": []},
        "an empty list of sizes cannot be had; sizes are whole numbers from 1 to 12.",
    ),
    "no metric": (
        {"metrics": []},
        "no metric is named; write for example metrics=['ndcg@10'].",
    ),
    "unknown metric": (
        {"metrics": ["ndgc@10"]},
        "unknown metric 'ndgc@10'; did you mean 'ndcg@10'?",
    ),
    "similarity": (
        {"similarity": "cosin"},
        "unknown similarity 'cosin'; did you mean 'cosine'?",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(case: str) -> None:
    given, sentence = WRONG[case]
    right: dict[str, Any] = {
        "query_vectors": QUERIES, "corpus_vectors": CORPUS, "qrels": TRUTH
    }  # fmt: skip
    with pytest.raises(evalkit.EvalkitError) as caught:
        evalkit.evaluate(**(right | given))
    assert str(caught.value) == sentence


def test_a_metric_or_size_that_was_not_asked_for() -> None:
    found = evalkit.evaluate(QUERIES, CORPUS, TRUTH)
    with pytest.raises(evalkit.UsageError) as caught:
        found.value("ndcg@5")
    assert str(caught.value) == "the metric 'ndcg@5' was not asked for; did you mean 'ndcg@10'?"
    with pytest.raises(evalkit.UsageError) as caught:
        found.value("ndcg@10", 7)
    assert str(caught.value) == "the size 7 was not asked for; known: 12."


def test_a_row_that_begins_with_zeros_is_lost_at_the_size_that_holds_no_more() -> None:
    late = QUERIES.copy()
    late[3, :5] = 0
    found = evalkit.evaluate(late, CORPUS, TRUTH, metrics=["recall@3"], dims=[12, 5])
    assert (found.value("recall@3", 12).n, found.value("recall@3", 5).n) == (40, 39)
    assert [(one.side, one.item, one.kind) for one in found.run.lost] == [("query", "3", "failed")]
