"""Tie groups: models that no interval tells apart share a letter."""

import math
from itertools import combinations

import pytest

from evalkit.archive import CaseFacts
from evalkit.core.items import Card
from evalkit.core.results import Cell, Estimate
from evalkit.report.view.scope import Estimates, Scope, Series
from evalkit.report.view.ties import letters, tie_groups, told

CASE, METRIC, DIM = "photos", "ndcg@10", 256


def estimate(kind: str, model: str, against: str, value: float, half: float) -> Estimate:
    low, high = value - half, value + half
    cell = Cell(CASE, model, dim=DIM)
    return Estimate(kind, cell, against, METRIC, "", value, low, high, 50, math.nan, "bca")  # type: ignore[arg-type]


def scope(values: dict[str, float], half: float, turned: bool = False) -> Scope:
    """Return a case whose models differ by their values, surely where by more than `half`."""
    sign = -1 if turned else 1
    rows = [estimate("value", name, "", value, 0.01) for name, value in values.items()]
    rows += [
        estimate("advantage", a, f"model {b}", sign * (values[a] - values[b]), half)
        for a, b in combinations(sorted(values), 2)
    ]
    facts = CaseFacts(
        CASE, "retrieval", "d", "", 50, 9, ("text",), ("image",), (METRIC,), (), ("plain",), (),
        1, "cosine", 10, 10, Card("d"),
    )  # fmt: skip
    cells = tuple(Cell(CASE, name, dim=DIM) for name in values)
    series = tuple(Series(name) for name in values)
    return Scope(facts, series, (DIM,), cells, METRIC, (METRIC,), (), Estimates(rows))


def names(groups: tuple[tuple[Series, ...], ...]) -> list[list[str]]:
    return [[series.model for series in group] for group in groups]


def test_models_that_differ_for_sure_each_have_a_group_the_best_first() -> None:
    groups = tie_groups(scope({"a": 0.5, "b": 0.8}, 0.1), METRIC, DIM)
    assert names(groups) == [["b"], ["a"]]
    assert letters(groups) == {Series("b"): "A", Series("a"): "B"}
    assert told(groups) == "From the best: A: b; B: a."


def test_an_interval_that_includes_zero_ties_two_models() -> None:
    groups = tie_groups(scope({"a": 0.5, "b": 0.55}, 0.1), METRIC, DIM)
    assert names(groups) == [["b", "a"]]
    assert told(groups) == "b and a are tied: no difference between them is sure."


def test_a_model_between_two_others_is_in_both_groups() -> None:
    groups = tie_groups(scope({"a": 0.50, "b": 0.58, "c": 0.66}, 0.1), METRIC, DIM)
    assert names(groups) == [["c", "b"], ["b", "a"]]
    assert letters(groups)[Series("b")] == "AB"
    assert told(groups).endswith("A model in two groups is tied with both.")


def test_where_less_is_better_the_lowest_is_the_best() -> None:
    groups = tie_groups(scope({"a": 0.5, "b": 0.8}, 0.1, turned=True), METRIC, DIM)
    assert names(groups) == [["a"], ["b"]]


@pytest.mark.parametrize("values", [{"a": 0.5}, {"a": 0.5, "b": math.nan}])
def test_one_model_has_no_group(values: dict[str, float]) -> None:
    assert tie_groups(scope(values, 0.1), METRIC, DIM) == ()
    assert told(()) == ""
