"""The four kinds of retrieval errors, and what they cost, on lists written out by hand."""

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.errors import UsageError
from evalkit.core.evidence import Ranked
from evalkit.core.items import Item

NAN = float("nan")


def evidence() -> Ranked:
    """Four queries, two of one need. Items 0-5; q0: 3 is best, 5 contradicts; q3 is not judged."""
    rows = np.array([[1, 5, 3], [3, 2, 1], [4, 0, -1], [0, 1, 2]], np.int64)
    judged = np.array([[3, 1, 5], [3, -1, -1], [2, 0, -1], [-1, -1, -1]], np.int64)
    grades = np.array([[3, 1, -1], [2, 0, 0], [2, 0, 0], [0, 0, 0]], np.int64)
    needs = np.array(["a", "a", "b", "c"], object)
    units = tuple(Item(f"q{n}", "") for n in range(4))
    corpus = tuple(Item(f"d{n}", "") for n in range(6))
    scores = np.where(rows >= 0, 1.0 - np.arange(3) / 10, np.nan)
    ids = tuple(u.id for u in units)
    return Ranked(ids, rows, scores, judged, grades, 1, (needs,), units, corpus)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("irrelevant@1", [0, 0, 1, NAN]),
        ("missed@1", [1, 0, 1, NAN]),
        ("missed@3", [0, 0, 1, NAN]),
        ("contradictory@1", [0, NAN, NAN, NAN]),
        ("contradictory@2", [1, NAN, NAN, NAN]),
        ("inconsistent@1", [1, 1, NAN, NAN]),
        ("inconsistent@3", [1 - 2 / 4, 1 - 2 / 4, NAN, NAN]),
    ],
)
def test_each_error_by_hand(name: str, values: list[float]) -> None:
    found = registry.metric(name).per_unit(evidence()).columns["value"]
    np.testing.assert_allclose(found, values)


def test_irrelevant_is_what_hit_leaves() -> None:
    one, other = (
        registry.metric(n).per_unit(evidence()).columns["value"] for n in ("irrelevant@2", "hit@2")
    )
    np.testing.assert_allclose(one, 1 - other)


def test_costs_add_up_and_errors_that_cannot_be_told_cost_nothing() -> None:
    costs = {"irrelevant": 4.0, "missed": 3.0, "contradictory": 2.0, "inconsistent": 1.0}
    metric = registry.metric("error_cost@2", {"costs": costs})
    found = metric.per_unit(evidence()).columns["value"]
    unlike = 1 - 0 / 4
    np.testing.assert_allclose(found, [0 + 3 + 2 + unlike, unlike, 4 + 3, NAN])
    assert metric.range == (0.0, 10.0)
    assert metric.better == "low"


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        ({"irelevant": 1.0}, "unknown error 'irelevant'; did you mean 'irrelevant'?"),
        ({"missed": -1.0}, "the cost of 'missed' is -1.0; expected a number from 0."),
    ],
)
def test_costs_that_cannot_be(costs: dict[str, float], said: str) -> None:
    with pytest.raises(UsageError, match=said.split(";")[0]):
        registry.metric("error_cost@2", {"costs": costs})
