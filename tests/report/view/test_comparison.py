"""Two sides compared unit by unit."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from evalkit.archive import scores_table
from evalkit.core.results import Cell, Estimate, Measured, Scores
from evalkit.report.view.comparison import tally, told_apart

CELL = Cell("find", "alpha", dim=8)
NAN = float("nan")


def rows(values: Sequence[float], names: str = "abcde", metric: str = "ndcg@10") -> pa.Table:
    ids = tuple(names[: len(values)])
    scores = Scores(ids, (np.array(ids, object),), {"value": np.array(values, float)})
    return scores_table([Measured(CELL, metric, scores, np.array([i != "e" for i in ids]))])


def test_wins_ties_and_losses_are_of_the_second_side() -> None:
    found = tally(rows([0.2, 0.5, 0.9, 0.4]), rows([0.7, 0.5, 0.1, 0.3]), "ndcg@10", "high")
    assert found is not None
    assert (found.wins, found.ties, found.losses, found.units) == (1, 1, 2, 4)
    assert [(one.unit, round(one.by, 9)) for one in found.lost] == [("c", -0.8), ("d", -0.1)]
    assert [(one.unit, one.first, one.second) for one in found.gained] == [("a", 0.2, 0.7)]


def test_where_less_is_better_a_fall_is_a_win() -> None:
    found = tally(rows([3.0, 1.0]), rows([1.0, 2.0]), "ndcg@10", "low")
    assert found is not None
    assert ([one.unit for one in found.gained], [one.unit for one in found.lost]) == (["a"], ["b"])


def test_where_zero_is_best_the_distance_from_it_counts() -> None:
    found = tally(rows([-0.5, 0.1]), rows([0.2, -0.3]), "ndcg@10", "zero")
    assert found is not None
    assert [one.unit for one in found.gained] == ["a"]
    assert [one.unit for one in found.lost] == ["b"]


def test_units_are_paired_by_id_and_count_only_with_a_score_on_both_sides() -> None:
    first, second = rows([0.1, NAN, 0.3, 0.4, 0.5]), rows([0.9, 0.9, 0.9, 0.9], "dcba")
    found = tally(first, second, "ndcg@10", "high")
    assert found is not None
    assert {one.unit for one in found.gained} == {"a", "c", "d"}


def test_equals_are_named_in_the_order_of_their_ids_and_no_more_than_asked_for() -> None:
    found = tally(rows([1, 1, 1, 1], "dcba"), rows([0, 0, 0, 0], "abcd"), "ndcg@10", "high", 2)
    assert found is not None
    assert ([one.unit for one in found.lost], found.losses) == (["a", "b"], 4)


def test_a_metric_without_scores_of_single_units_has_no_tally() -> None:
    assert tally(rows([0.1]), rows([0.1]), "macro_f1@5", "high") is None


def test_a_loss_is_told_the_other_way_round_than_an_advantage() -> None:
    made = Estimate("advantage", CELL, "at 16", "ndcg@10", "", 0.1, 0.05, 0.2, 40, 0.01, "bca")
    assert told_apart(made) == "better"
    assert told_apart(replace(made, kind="loss")) == "worse"
    assert told_apart(replace(made, kind="regression", low=-0.1)) == "not told apart"
    assert told_apart(replace(made, low=NAN)) == ""
