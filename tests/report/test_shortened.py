"""Huge tags and tables are cut to what a page can hold, the worst kept, and the page says so."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from evalkit.archive import MetricFacts, Run
from evalkit.core.results import Cell, Detail, Estimate, EstimateKind, Table
from evalkit.report.text import count
from evalkit.report.view import view
from evalkit.report.view.groups import groups
from evalkit.report.view.labels import Label
from evalkit.report.view.probes import GroupDrops
from evalkit.report.view.scope import scopes
from evalkit.report.view.shortened import room, shortened

NAN = float("nan")
DIMS, METRICS = (1024, 512, 256, 128), tuple(f"recall@{k}" for k in range(1, 13))
MakePage = Callable[[Run], str]
Rows = tuple[tuple[str | float | None, ...], ...]


def estimate(
    kind: EstimateKind, cell: Cell, metric: str, group: str, value: float, n: int, against: str = ""
) -> Estimate:
    return Estimate(kind, cell, against, metric, group, value, value - 0.1, value + 0.1, n, NAN, "")


def estimates(tag: str, labels: int, n: int, metrics: tuple[str, ...]) -> Iterator[Estimate]:
    """Yield values and gaps of each label at each size; the gap grows with the label's number."""
    for dim, metric in product(DIMS, metrics):
        cell = Cell("photos", "alpha", dim=dim)
        yield estimate("value", cell, metric, "", 0.5, 10_000)
        loss = estimate("loss", cell, metric, "", 0.0, 10_000, f"at {DIMS[0]}")
        yield replace(loss, low=-0.01, high=0.01)
        for m in range(labels):
            group, gap = f"{tag}=g{m:04d}", m / labels / 2
            yield estimate("value", cell, metric, group, 0.5 - gap, n)
            yield estimate("gap", cell, metric, group, gap, n, "rest")
            if dim < DIMS[0]:
                yield estimate("loss", cell, metric, group, gap, n, f"at {DIMS[0]}")


def with_groups(run: Run, tag: str, labels: int, n: int, metrics: tuple[str, ...]) -> Run:
    """Return a run of one model at four sizes with one tag of many values."""
    case = replace(run.cases[0], metrics=metrics, groups=(tag,))
    facts = tuple(MetricFacts(m, "high", 0.0, 1.0, "share", "Counts.") for m in metrics)
    return replace(
        run,
        cases=(case,),
        models=(replace(run.models[0], sizes=DIMS, offered=DIMS),),
        metrics=facts,
        estimates=tuple(estimates(tag, labels, n, metrics)),
        details=(),
        verdicts=(),
        since=None,
    )


def test_a_tag_of_many_values_shows_the_largest_and_says_what_it_leaves_out(
    run: Run, page: MakePage
) -> None:
    many = with_groups(run, "product", 2_000, 2, METRICS[:1])
    large = estimate(
        "value", Cell("photos", "alpha", dim=1024), METRICS[0], "product=g0007", 0.5, 9
    )
    others = (
        e for e in many.estimates if (e.kind, e.group, e.cell) != ("value", large.group, large.cell)
    )
    many = replace(many, estimates=(*others, large))
    html = page(many)
    assert len(html) < 1_000_000
    shown = re.findall(r"g\d{4} <span class=\"small\">", html)
    assert len(shown) == 4 * 40
    assert "g0007 " in shown[0] or "g0007 <span" in " ".join(shown[:40])
    assert f"Shown: 40 of {count(2_000)} groups" in html
    assert "The estimates of all are in run.json." in html
    (whole,) = groups(scopes(many)[0], ())
    assert len(whole.main.rows) == 2_000  # the dashboard has room for all


def test_groups_by_metrics_by_sizes_stay_small_and_keep_those_served_worst(
    run: Run, page: MakePage
) -> None:
    many = with_groups(run, "topic", 200, 50, METRICS)
    (found,) = view(many).groups
    assert len(found.others) == 4 - 1 + 12 - 1
    assert [row.label for row in found.main.rows] == [f"g{m:04d}" for m in range(160, 200)]
    assert found.main.left_out == 160
    html = page(many)
    assert len(html) < 1_500_000
    inferior = html[html.index("Except where it is inferior") :]
    assert "more, which are in <code>run.json</code>" in inferior[:4_000]
    assert inferior.index("topic=g0199") < inferior.index("topic=g0198")


def test_a_group_that_a_gate_is_about_is_always_shown(run: Run) -> None:
    many = with_groups(run, "topic", 200, 50, METRICS[:1])
    cell = Cell("photos", "alpha", dim=1024)
    gate = replace(run.verdicts[0], cell=cell, metric=METRICS[0], group="topic=g0003")
    (found,) = view(replace(many, verdicts=(gate,))).groups
    assert found.main.rows[0].label == "g0003"
    assert found.main.rows[0].gated
    assert len(found.main.rows) == 40


def test_drops_by_group_keep_the_largest_and_let_small_groups_go_first() -> None:
    cell = Cell("photos", "alpha", dim=1024)
    drops = tuple(
        None if n == 3 else estimate("drop", cell, "ndcg@10", "", n / 100, 5 if n > 90 else 50)
        for n in range(100)
    )
    whole = GroupDrops("topic", tuple(map(str, range(100))), ((Label.of("typos/1@query"), drops),))
    assert whole.worst(3).labels == ("88", "89", "90")
    assert whole.worst(3).rows[0][1] == drops[88:91]
    assert whole.worst(100) == whole


def test_a_long_table_keeps_its_first_rows_and_a_wide_one_its_first_columns() -> None:
    rows: Rows = tuple((f"r{n}", *(float(n) for _ in range(49))) for n in range(3_000))
    short, told = shortened(Table("t", "", tuple(map(str, range(50))), rows), room(1))
    assert short.rows[0] == rows[0][:24]
    assert (len(short.rows), len(short.columns)) == (66, 24)
    assert told == (
        f"Shown: the first 66 of {count(3_000)} rows and 24 of 50 columns. "
        "The whole table is in run.json."
    )
    small = Table("t", "", ("a", "b"), (("x", 1.0),))
    assert shortened(small, room(10_000)) == (small, "")


def test_a_large_matrix_keeps_the_rows_and_columns_with_the_most_mistakes() -> None:
    names = tuple(f"c{n}" for n in range(100))
    rows: Rows = tuple(
        (name, *(1_000 if m == n else n if m == 0 else 0 for m in range(100)))
        for n, name in enumerate(names)
    )
    short, told = shortened(Table("t", "", ("", *names), rows, show="matrix"), 400)
    assert [row[0] for row in short.rows] == [f"c{n}" for n in range(80, 100)]
    assert set(short.columns[1:]) <= {"c0", *(f"c{n}" for n in range(80, 100))}
    assert "Shown: 20 of 100 rows, those with the most counts off the diagonal" in told
    at = short.columns.index("c99")
    assert short.rows[-1][at] == 1_000


def test_curves_keep_their_ends() -> None:
    rows = tuple((n / 10_000, 0.5) for n in range(10_001))
    short, told = shortened(Table("t", "", ("x", "y"), rows, show="curves"), room(1))
    assert (short.rows[0], short.rows[-1]) == (rows[0], rows[-1])
    assert len(short.rows) == 200
    assert "200 of 10" in told


def test_a_page_of_many_huge_tables_stays_small(run: Run, page: MakePage) -> None:
    rows = tuple((f"row {n}", float(n), "some words about it", None) for n in range(1_000))
    table = Table("big", "Everything", ("what", "how many", "why", "when"), rows)
    tables = [Detail(run.details[0].cell, replace(table, name=f"big{n}")) for n in range(20)]
    html = page(replace(run, details=tuple(tables)))
    assert len(html) < 4_000_000
    assert html.count("Shown: the first 400 of") == 20


def test_verdicts_keep_what_breaks_the_build(
    run: Run, page: MakePage, summary: Callable[[Run], str]
) -> None:
    passing = tuple(replace(run.verdicts[0], gate=f"gate {n}") for n in range(500))
    many = replace(run, verdicts=(*passing, *run.verdicts[1:]))
    html = page(many)
    assert html.count('<tr id="gate-') == 400
    assert html.index("number 1 plain") < html.index("gate 0<")
    assert f"Shown: the first 400 of {count(505)} verdicts" in html
    assert "305 more verdicts are in `junit.xml`." in summary(many)
    assert "number 1 plain" in summary(many)
