"""Which inputs have an effective result, by each criterion."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.errors import DataError, UsageError
from evalkit.core.evidence import Labelled, Matched, Paired, Ranked
from evalkit.core.items import Item
from tests.metrics.test_retrieval_errors import evidence

NAN = float("nan")


def effective(facts: Any, **params: Any) -> Any:
    metric = registry.create("metrics", "effective", **params)
    value = metric.per_unit(facts).columns["value"]
    np.testing.assert_array_equal(metric.scorable(facts), np.isfinite(value))
    return value


def test_a_metric_that_passes_its_threshold() -> None:
    found = effective(evidence(), metric="recall@1", at_least=0.4)
    np.testing.assert_array_equal(found, [1, 1, 0, NAN])
    found = effective(evidence(), metric="missed@1", at_most=0.5)
    np.testing.assert_array_equal(found, [0, 1, 0, NAN])


def test_the_right_result_is_similar_enough() -> None:
    at = {n: effective(evidence(), similarity={"at_least": n}) for n in (0.7, 0.95, 1.0)}
    np.testing.assert_array_equal(at[0.7], [1, 1, 0, NAN])
    np.testing.assert_array_equal(at[0.95], [1, 1, 0, NAN])
    np.testing.assert_array_equal(at[1.0], [1, 1, 0, NAN])


def test_how_deep_other_metrics_look_changes_nothing() -> None:
    units, needs = (Item("q", ""),), (np.array(["q"], object),)
    corpus = tuple(Item(f"d{n}", "") for n in range(40))
    for place, expected in ((19, 1.0), (20, 0.0)):
        for depth in (21, 40):
            rows = np.arange(depth)[None, :]
            known = np.array([[place]]), np.ones((1, 1), np.int64)
            scores = 0.9 - rows / 1000
            facts = Ranked(("q",), rows, scores, *known, 1, needs, units, corpus)
            assert effective(facts, similarity={"at_least": 0.5}).tolist() == [expected]
    assert registry.create("metrics", "effective", similarity={"at_least": 0.5}).depth == 20


def test_similarity_of_labels_matches_and_pairs() -> None:
    units = tuple(Item(f"u{n}", "") for n in range(2))
    ids, none = ("u0", "u1"), (np.array(["u0", "u1"], object),)
    near = np.array([[1, 0], [0, -1]])
    scores = np.array([[0.9, 0.4], [0.8, NAN]])
    labels = Labelled(
        ids, np.array([0, -1]), ("a", "b"), near, scores, near, False, none, units, units
    )
    np.testing.assert_array_equal(effective(labels, similarity={"at_least": 0.5}), [0, NAN])
    places = np.full((2, 2), NAN)
    matches = Matched(
        ids, near, scores, np.full((2, 2, 2), NAN), np.array([1, -1]), places, none, units, units
    )
    np.testing.assert_array_equal(effective(matches, similarity={"at_least": 0.5}), [1, NAN])
    members = (("a", "b"), ("c", "d"))
    pairs = Paired(
        ids, members, np.array([0.6, 0.9]), np.array([True, False]), ("", ""), none, units
    )
    np.testing.assert_array_equal(effective(pairs, similarity={"at_least": 0.5}), [1, NAN])


def test_most_reviewers_say_yes(tmp_path: Path) -> None:
    file = tmp_path / "said.csv"
    file.write_text("query,effective,who\nq0,1,a\nq0,yes,b\nq0,0,c\nq1,1,a\nq1,no,b\nq2,false,a\n")
    np.testing.assert_array_equal(effective(evidence(), judgements=file), [1, 0, 0, NAN])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("query,effective\nq0,maybe\n", "said.csv:2: 'maybe' for the query 'q0' is neither 1 nor"),
        ("query,good\nq0,1\n", "there is no column 'effective'"),
        ("", "there is no judgement"),
    ],
)
def test_judgements_that_cannot_be_read(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "said.csv"
    file.write_text(text)
    with pytest.raises(DataError, match=said):
        registry.create("metrics", "effective", judgements=file)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"metric": "ndcg@10"},
        {"metric": "ndcg@10", "at_least": 0.5, "at_most": 0.6},
        {"metric": "ndcg@10", "at_least": 0.5, "similarity": {"at_least": 0.5}},
        {"similarity": {"at_most": 0.5}},
    ],
)
def test_exactly_one_criterion(params: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="expected"):
        registry.create("metrics", "effective", **params)
