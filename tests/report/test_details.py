"""What a task found: matrices shaded by row, curves, tables; two sizes shown, the others folded."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from evalkit.archive import Run
from evalkit.core.results import Cell, Detail, Table
from evalkit.report.charts import charts
from evalkit.report.view import view
from evalkit.report.view.details import matrix

MakePage = Callable[[Run], str]


def test_shades_follow_the_share_of_the_row_and_counts_stay() -> None:
    rows = (("a", 6, 2, 0), ("b", 1, 99, None), ("c", 0, 0, 0))
    found = matrix(Table("confusion", "", ("", "a", "b", "c"), rows, show="matrix"))
    assert found.columns == ("a", "b", "c")
    cells = dict(found.rows)
    assert [c.share for c in cells["a"]] == [0.75, 0.25, 0]
    assert [c.shade for c in cells["a"]] == [6, 2, 0]
    assert [c.shade for c in cells["b"]] == [1, 8, 0]  # what is there is never without a shade
    assert [c.count for c in cells["b"]] == [1, 99, None]
    assert [c.shade for c in cells["c"]] == [0, 0, 0]
    assert [c.own for row in cells.values() for c in row] == [n in (0, 4, 8) for n in range(9)]


def test_the_widest_and_the_smallest_size_are_shown_and_others_folded(run: Run) -> None:
    table = run.details[2].table
    value = next(e for e in run.estimates if e.cell == Cell("photos", "alpha", dim=1024))
    cells = [Cell("photos", "alpha", dim=dim) for dim in (1024, 512, 256)]
    found = view(replace(
        run,
        estimates=(*run.estimates, replace(value, cell=cells[1])),
        details=tuple(Detail(cell, table) for cell in cells),
    )).details  # fmt: skip
    assert [(d.case, str(d.series)) for d in found] == [("photos", "alpha")]
    assert [s.dim for s in found[0].shown] == [1024, 256]
    assert [s.dim for s in found[0].folded] == [512]


def test_tables_of_probes_and_other_cases_are_left_out(run: Run) -> None:
    table = run.details[0].table
    others = (
        Detail(Cell("photos", "alpha", probe="typos/1@query", dim=1024), table),
        Detail(Cell("elsewhere", "alpha", dim=1024), table),
    )
    assert view(replace(run, details=others)).details == ()


def test_a_page_shows_a_matrix_a_curve_and_a_table(run: Run, page: MakePage) -> None:
    html = page(run)
    assert re.search(r'<td class="s6 own" title="75 % of the row">3</td>', html)
    section = html[html.index('<section id="details">') :]
    section = section[: section.index("</section>")]
    assert "1\u202f200" in section
    assert '<td class="r" dir="auto">0.250</td>' in section
    assert "style=" not in section


def test_a_curve_has_a_line_a_column_and_no_point_for_what_is_missing(run: Run) -> None:
    spec = charts(replace(view(run), frontiers=(), groups=(), probes=()))["details-0-1024-1"]
    (values,) = spec["datasets"].values()
    assert [(v["line"], v["x"], v["y"]) for v in values] == [
        ("plain", 0.5, 0.9), ("plain", 1.0, 0.75), ("share", 1.0, 0.25),
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [(), ((0.5, 0.9, 0.1),)])
def test_a_curve_of_less_than_two_points_is_a_table_alone(
    run: Run, page: MakePage, rows: tuple[tuple[float, ...], ...]
) -> None:
    detail = replace(run.details[1], table=replace(run.details[1].table, rows=rows))
    seen = view(replace(run, details=(detail,)))
    assert not [name for name in charts(seen) if name.startswith("details-")]
    assert "details-0-1024-0" not in page(replace(run, details=(detail,)))


def test_titles_and_names_are_escaped(make_run: Callable[..., Run], page: MakePage) -> None:
    html = page(make_run("<b onload=x>"))
    assert "<b onload" not in html
    assert '<h5 dir="auto">&lt;b onload=x&gt;</h5>' in html


def test_a_run_without_details_has_no_such_section(run: Run, page: MakePage) -> None:
    assert 'id="details"' not in page(replace(run, details=()))
