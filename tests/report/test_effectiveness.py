"""Overall effectiveness in a sentence, and the ranked errors with what they cost."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from evalkit.archive import Run, scores_table
from evalkit.core.results import Cell, Estimate, Measured, Scores
from evalkit.report.view import view
from evalkit.report.view.effectiveness import criterion

MakePage = Callable[[Run], str]
NAN = float("nan")
ERRORS = ("inconsistent@10", "missed@10", "irrelevant@10")
RATES = {
    "irrelevant@10": (1.0, 0.0, 0.0, 0.0),
    "missed@10": (1.0, 1.0, 0.0, 0.0),
    "inconsistent@10": (0.25, 0.0, NAN, 0.5),
}


def value(metric: str, dim: int, found: float, n: int = 240) -> Estimate:
    cell = Cell("photos", "alpha", dim=dim)
    return Estimate(
        "value", cell, "", metric, "", found, found - 0.05, found + 0.05, n, NAN, "wilson"
    )


def effective(run: Run, declared: Mapping[str, Any], *values: Estimate) -> Run:
    case = replace(run.cases[0], metrics=("ndcg@10", "effective"), effective=declared)
    return replace(run, cases=(case,), estimates=(*run.estimates, *values))


def with_errors(run: Run, costs: Mapping[str, float], **more: tuple[float, ...]) -> Run:
    """A run with scores of errors for the first four queries."""
    cell, ids = Cell("photos", "alpha", dim=1024), ("plain", "q1", "q2", "q4")
    found = [
        Measured(cell, name, Scores(ids, (np.array(ids, object),), {"value": np.array(values)}),
                 np.isfinite(values))
        for name, values in (*RATES.items(), *more.items())
    ]  # fmt: skip
    case = replace(run.cases[0], metrics=("ndcg@10", *ERRORS, *more))
    return replace(
        run,
        cases=(case,),
        use_case={"error_costs": dict(costs)},
        estimates=(*run.estimates, *(value(m, 1024, 0.3) for m in (*ERRORS, *more))),
        scores=pa.concat_tables([run.scores, scores_table(found)]).unify_dictionaries(),
    )


def test_effectiveness_is_a_sentence_with_interval_n_and_criterion(run: Run) -> None:
    declared = {"metric": "ndcg@10", "at_least": 0.5, "at_most": None, "similarity": {}}
    found = view(
        effective(run, declared, value("effective", 1024, 0.61), value("effective", 256, 0.5))
    )
    assert [one.sentence for one in found.effective] == [
        "Overall effectiveness at 1024: 61 % of 240 inputs (56 to 66 %); "
        "at 256: 50 % (45 to 55 %); "
        "criterion: ndcg@10 at least 0.5."
    ]


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"metric": "irrelevant@10", "at_most": 0.0}, "irrelevant@10 at most 0"),
        (
            {"metric": "", "similarity": {"at_least": 0.7}},
            "the right result is found with a similarity of at least 0.7",
        ),
        (
            {"judgements": "/home/someone/panel.csv"},
            "more than half of its judgements in panel.csv say so",
        ),
        ({}, "as the suite declares it"),
    ],
)
def test_every_criterion_is_put_in_words(declared: Mapping[str, Any], said: str) -> None:
    assert criterion(declared) == said


def test_nothing_scored_is_no_sentence(run: Run) -> None:
    assert view(effective(run, {}, value("effective", 1024, NAN, 0))).effective == ()
    assert view(run).effective == ()


def test_errors_stand_worst_first_with_their_costs(run: Run) -> None:
    (found,) = (e for e in view(with_errors(run, {"irrelevant": 4, "missed": 3})).errors
                if e.series.model == "alpha")  # fmt: skip
    assert [(row.metric, row.cost) for row in found.rows] == [
        ("irrelevant@10", 4.0), ("missed@10", 3.0), ("inconsistent@10", None),
    ]  # fmt: skip
    assert found.rows[0].values == (value("irrelevant@10", 1024, 0.3), None)
    assert [(q.query.id, q.cost, q.errors) for q in found.worst] == [
        ("plain", 7.0, ("irrelevant", "missed", "inconsistent (0.25)")),
        ("q1", 3.0, ("missed",)),
    ]


def test_without_costs_each_error_counts_one(run: Run, page: MakePage) -> None:
    plain = with_errors(run, {})
    found = view(plain).errors[0]
    assert not found.priced
    assert [(q.query.id, q.cost) for q in found.worst] == [
        ("plain", 2.25),
        ("q1", 1.0),
        ("q4", 0.5),
    ]
    assert "states no cost of errors" in page(plain)


def test_the_metric_that_adds_costs_up_decides_which_queries_are_worst(run: Run) -> None:
    more = with_errors(run, {"missed": 3}, **{"error_cost@10": (2.0, 9.0, 0.0, 0.0)})
    costs = {"costs": {"missed": 9.0}}
    metrics = (*run.metrics, replace(run.metrics[0], name="error_cost@10", params=costs))
    found = view(replace(more, metrics=metrics)).errors[0]
    assert [(q.query.id, q.cost) for q in found.worst] == [("q1", 9.0), ("plain", 2.0)]
    assert found.rows[-1].metric == found.total == "error_cost@10"
    assert [row.cost for row in found.rows] == [None, 9.0, None, None]


def test_pages_and_the_summary_show_both(run: Run, page: MakePage, summary: MakePage) -> None:
    declared = {"metric": "ndcg@10", "at_least": 0.5}
    both = with_errors(run, {"irrelevant": 4.0})
    case = replace(both.cases[0], metrics=(*both.cases[0].metrics, "effective"), effective=declared)
    both = replace(both, cases=(case,), estimates=(*both.estimates, value("effective", 1024, 0.61)))
    html, text = page(both), summary(both)
    assert "61 % of 240 inputs (56 to 66 %); criterion: ndcg@10 at least 0.5." in html
    assert "nothing relevant is among the first results" in html
    assert "61 % of 240 inputs" in text
    assert "| irrelevant@10 | 4 | 0.300 (0.250 to 0.350) | – |" in text


def test_a_case_without_errors_has_no_such_section(run: Run) -> None:
    assert view(run).errors == ()
