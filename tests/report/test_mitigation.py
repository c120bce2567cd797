"""Before and after: what a fitted transform changes, with what it was fitted on."""

from collections.abc import Callable
from dataclasses import replace

from evalkit.archive import Run
from evalkit.core.results import Cell, Detail, Estimate, EstimateKind, Table
from evalkit.report.text import count
from evalkit.report.view import view
from evalkit.report.view.mitigation import Mitigation

MakePage = Callable[[Run], str]
NAN = float("nan")
PLAIN, AFTER = (Cell("photos", "alpha", system, dim=1024) for system in ("plain", "leace"))
FIT = Table(
    "fitted", "What it was fitted on", ("method", "chosen from", "items", "size", "shrunk"),
    (("leace", "people, pool natural", 1234, 1024, None),),
)  # fmt: skip


def estimate(kind: EstimateKind, cell: Cell, value: float, against: str = "") -> Estimate:
    low, high = value - 0.01, value + 0.01
    return Estimate(kind, cell, against, "ndcg@10", "", value, low, high, 40, NAN, "bca")


def fitted_run(run: Run, dims: tuple[int, ...] = (1024,)) -> Run:
    made = []
    for dim in dims:
        plain, after = replace(PLAIN, dim=dim), replace(AFTER, dim=dim)
        made += [
            estimate("value", after, 0.5),
            estimate("advantage", after, -0.05, "system plain"),
            estimate("excess", plain, 0.2, "chance"),
            estimate("excess", after, 0.1, "chance"),
        ]
    details = tuple(Detail(replace(AFTER, dim=dim), FIT) for dim in dims)
    return replace(
        run, estimates=(*run.estimates, *made), details=(*run.details, *details)
    )  # fmt: skip


def only(run: Run) -> Mitigation:
    (found,) = view(run).mitigations
    return found


def test_a_run_without_a_transform_has_no_such_section(run: Run, page: MakePage) -> None:
    assert view(run).mitigations == ()
    assert 'id="mitigation"' not in page(run)


def test_before_stands_beside_after_and_what_lies_beyond_chance(run: Run) -> None:
    found = only(fitted_run(run))
    assert (found.model, found.system) == ("alpha", "leace")
    (sized,) = found.shown
    (row,) = sized.rows
    before = next(
        e for e in run.estimates
        if (e.kind, e.cell, e.metric, e.group) == ("value", PLAIN, "ndcg@10", "")
    )  # fmt: skip
    assert row.before == before
    assert row.after.value == 0.5
    assert row.beyond_before is not None
    assert row.beyond_after is not None
    assert (row.beyond_before.value, row.beyond_after.value) == (0.2, 0.1)
    assert row.told == "worse"


def test_how_many_items_of_which_size_it_was_fitted_on_is_said(run: Run, page: MakePage) -> None:
    sized = only(fitted_run(run)).shown[0]
    assert sized.facts == {
        "method": "leace", "chosen from": "people, pool natural", "items": 1234, "size": 1024,
    }  # fmt: skip
    shown = page(fitted_run(run))
    items, size = count(1234), count(1024)
    assert f"chosen from people, pool natural; items {items}; size {size}.</p>" in shown
    assert 'href="#mitigation"' in shown


def test_what_was_fitted_is_not_told_twice(run: Run) -> None:
    tables = [
        table.name for d in view(fitted_run(run)).details for sized in (*d.shown, *d.folded)
        for table in sized.tables
    ]  # fmt: skip
    assert "fitted" not in tables


def test_sizes_between_the_widest_and_the_smallest_are_folded(run: Run) -> None:
    found = only(fitted_run(run, (3072, 1024, 256)))
    assert [sized.dim for sized in found.shown] == [3072, 256]
    assert [sized.dim for sized in found.folded] == [1024]
