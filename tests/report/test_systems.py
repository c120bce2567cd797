"""Systems are compared with the model alone, in numbers and in words."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from evalkit.archive import Run
from evalkit.core.results import Cell, Detail, Estimate, Table
from evalkit.core.systems import TUNED
from evalkit.report.view import view
from evalkit.report.view.systems import told

MakePage = Callable[[Run], str]
NAN = float("nan")


def one(kind: str, system: str, value: float, low: float, high: float, dim: int = 1024) -> Estimate:
    cell = Cell("photos", "alpha", system, dim=dim)
    against = "system plain" if kind == "advantage" else ""
    return Estimate(kind, cell, against, "ndcg@10", "", value, low, high, 40, NAN, "bca")  # type: ignore[arg-type]


def with_systems(run: Run, dims: tuple[int, ...] = (1024,)) -> Run:
    made = [
        e
        for dim in dims
        for system, diff in (("hybrid", 0.1), ("pages", -0.1), ("words", 0.0))
        for e in (
            one("value", system, 0.5, 0.4, 0.6, dim),
            one("advantage", system, diff, diff - 0.05, diff + 0.05, dim),
        )
    ]
    return replace(run, estimates=(*run.estimates, *made))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.01, 0.2, "better"),
        (-0.2, -0.01, "worse"),
        (-0.01, 0.2, "not told apart"),
        (0.0, 0.0, "not told apart"),
        (NAN, NAN, ""),
    ],
)
def test_an_interval_is_put_in_words(low: float, high: float, said: str) -> None:
    assert told(one("advantage", "hybrid", 0.05, low, high)) == said


def test_systems_stand_below_plain_with_their_paired_difference(run: Run) -> None:
    (found,) = view(with_systems(run)).systems
    assert (found.case, found.model, found.metric, found.plain) == (
        "photos", "alpha", "ndcg@10", True,
    )  # fmt: skip
    rows = found.shown[0].rows
    assert [(r.system, r.told) for r in rows] == [
        ("plain", ""), ("hybrid", "better"), ("pages", "worse"), ("words", "not told apart"),
    ]  # fmt: skip
    assert rows[1].advantage == one("advantage", "hybrid", 0.1, 0.05, 0.15000000000000002)


def test_sizes_between_the_widest_and_the_smallest_are_folded(run: Run) -> None:
    (found,) = view(with_systems(run, (1024, 512, 256))).systems
    assert [t.dim for t in found.shown] == [1024, 256]
    assert [t.dim for t in found.folded] == [512]


def test_a_case_without_plain_says_that_nothing_is_compared(run: Run, page: MakePage) -> None:
    kept = tuple(e for e in with_systems(run).estimates if e.cell.system != "plain")
    alone = replace(run, estimates=kept)
    (found,) = view(alone).systems
    assert not found.plain
    assert "nothing to compare its systems with" in page(alone)


def test_differences_from_plain_are_not_repeated_among_models(run: Run) -> None:
    advantages = view(with_systems(run)).models[0].advantages
    assert {e.against for e in advantages} == {"model beta"}


def test_one_system_is_nothing_to_compare(run: Run) -> None:
    assert view(run).systems == ()


def test_the_summary_says_which_systems_are_better(run: Run, summary: MakePage) -> None:
    text = summary(with_systems(run))
    assert (
        "| alpha | hybrid | 1024 | 0.500 (0.400 to 0.600) | 0.100 (0.050 to 0.150) | better |"
        in text
    )


def test_what_a_system_was_tuned_to_stands_beside_it(
    run: Run, page: MakePage, summary: MakePage
) -> None:
    told = "tuned on 40 other queries: 0.6 for the vectors, 0.4 for the words"
    table = Table(TUNED, "What it was tuned to", ("in words",), ((told,),))
    made = with_systems(run)
    hybrid = Detail(Cell("photos", "alpha", "hybrid", dim=1024), table)
    made = replace(made, details=(*made.details, hybrid))
    rows = view(made).systems[0].shown[0].rows
    assert [row.note for row in rows] == ["", told, "", ""]
    assert all(told not in str(shown) for shown in view(made).details)
    assert told in page(made)
    assert f"| hybrid ({told}) | 1024 |" in summary(made)
