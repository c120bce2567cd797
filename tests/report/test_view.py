"""What a view shows is what the run holds."""

import math
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest

from evalkit.archive import Run, judgements_table
from evalkit.core.results import Cell, Estimate, Lost
from evalkit.report.charts import charts
from evalkit.report.strip import WIDTH, strip
from evalkit.report.view import view
from evalkit.report.view.labels import Label
from evalkit.report.view.overview import STATUSES, answer
from evalkit.report.view.verdicts import kinds, limits_of, said


def the(run: Run, kind: str, cell: Cell, metric: str, group: str = "") -> Estimate:
    found = [
        e
        for e in run.estimates
        if (e.kind, e.cell, e.metric, e.group) == (kind, cell, metric, group)
    ]
    assert len(found) == 1
    return found[0]


def test_the_answer_counts_every_status(run: Run) -> None:
    seen = view(run).overview
    said = "2 of 6 gates pass, 1 is waived, 1 is inconclusive, 1 is missing, 1 fails."
    assert seen.answer == said
    assert tuple(seen.counts) == STATUSES
    assert dict(seen.counts) == {
        "fail": 1, "missing": 1, "inconclusive": 1, "waived": 1, "pass": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, "No gate was set: this run measures, and decides nothing."),
        ({"pass": 1}, "1 of 1 gate passes."),
        ({"pass": 3}, "3 of 3 gates pass."),
        ({"fail": 1}, "0 of 1 gate passes, 1 fails."),
        ({"pass": 1, "fail": 2}, "1 of 3 gates passes, 2 fail."),
        ({"pass": 2, "missing": 2}, "2 of 4 gates pass, 2 are missing."),
    ],
)
def test_the_answer_is_grammatical(counts: dict[str, int], said: str) -> None:
    assert answer(counts) == said


def test_verdicts_that_need_a_look_come_first(run: Run) -> None:
    rows = view(run).verdicts
    statuses = [row.verdict.status for row in rows]
    assert statuses == ["fail", "missing", "inconclusive", "waived", "pass", "pass"]
    assert [row.anchor for row in rows[-2:]] == ["gate-1", "gate-6"]
    assert {row.verdict for row in rows if row.verdict.status != "missing"} <= set(run.verdicts)


def test_a_verdict_knows_what_kind_of_number_it_judged(run: Run) -> None:
    cell = Cell("photos", "alpha", dim=256)
    loss = the(run, "loss", cell, "ndcg@10")
    judged = replace(
        run.verdicts[0], cell=cell, observed=loss.value, low=loss.low, high=loss.high,
        bound="no worse than at 1024 by more than 0.03",
    )  # fmt: skip
    row = view(replace(run, verdicts=(judged,))).verdicts[0]
    assert (row.kind, row.against, row.limits) == ("loss", "at 1024", (0.03,))
    assert kinds(replace(run, verdicts=(run.verdicts[0], judged))) == ("value", "loss")
    assert [row.said, *map(said, ("mean_drop", "value", ""))] == ["loss ", "mean drop ", "", ""]


@pytest.mark.parametrize(
    ("bound", "kind", "limits"),
    [
        ("at least 0.55", "value", (0.55,)),
        ("within 0.2 to 0.4", "value", (0.2, 0.4)),
        ("drops by at most 0.05", "drop", (0.05,)),
        ("trails the rest by at most 0.1", "gap", (0.1,)),
        ("no worse than run v1 by more than 0.01", "regression", (0.01,)),
        ("no worse than model nova-2 by more than 0.03", "advantage", (-0.03,)),
        ("better than model nova-2 by at least 0.03", "advantage", (0.03,)),
        ("better than at 256 by at least 1e-05", "loss", (-1e-05,)),
    ],
)
def test_limits_lie_where_the_gate_puts_them(
    bound: str, kind: str, limits: tuple[float, ...]
) -> None:
    assert limits_of(bound, kind) == limits


def test_the_frontier_holds_the_estimates_of_the_run(run: Run) -> None:
    sizes = view(run).frontiers[0]
    assert sizes.metrics == ("ndcg@10", "recall@10")
    by_place = {(row.series.model, row.dim): row for row in sizes.rows}
    assert list(by_place) == [("alpha", 1024), ("alpha", 256), ("beta", 1024), ("beta", 256)]
    small = by_place["alpha", 256]
    cell = Cell("photos", "alpha", dim=256)
    assert small.values == tuple(the(run, "value", cell, m) for m in sizes.metrics)
    assert small.losses == tuple(the(run, "loss", cell, m) for m in sizes.metrics)
    assert (small.bytes, small.widest) == (1024, False)
    assert by_place["beta", 256].values == (None, None)


def test_models_stand_side_by_side(run: Run) -> None:
    table = view(run).models[0]
    assert [str(s) for s in table.series] == ["alpha", "beta"]
    first = table.rows[0]
    assert (first.metric, first.dim) == ("ndcg@10", 1024)
    assert first.values[1] == the(run, "value", Cell("photos", "beta", dim=1024), "ndcg@10")
    assert {(e.against, e.metric) for e in table.advantages} == {
        ("model beta", "ndcg@10"),
        ("model beta", "recall@10"),
    }


def test_groups_have_a_gap_and_small_ones_are_marked(run: Run) -> None:
    groups = view(run).groups
    assert [(g.tag, str(g.series), g.main.dim) for g in groups] == [
        ("language", "alpha", 1024),
        ("language", "beta", 1024),
    ]
    rows = {row.label: row for row in groups[0].main.rows}
    cell = Cell("photos", "alpha", dim=1024)
    assert rows["en"].gap == the(run, "gap", cell, "ndcg@10", "language=en")
    assert [label for label, row in rows.items() if row.small] == ["es"]
    assert not any(row.gated for row in rows.values())
    others = [(t.metric, t.dim) for t in groups[0].others]
    assert others == [("ndcg@10", 256), ("recall@10", 1024)]


def test_a_group_knows_whether_a_verdict_is_about_it(run: Run) -> None:
    cell = Cell("photos", "alpha", dim=1024)
    about = replace(run.verdicts[0], cell=cell, metric="ndcg@10", group="language=es")
    rows = {r.label: r for r in view(replace(run, verdicts=(about,))).groups[0].main.rows}
    assert [(name, row.gated) for name, row in rows.items() if row.small] == [("es", True)]
    assert not rows["en"].gated


def test_a_group_may_be_named_with_an_ampersand(run: Run) -> None:
    cell = Cell("photos", "alpha", dim=1024)
    names = ("language=home & garden", "language=es & brand=a|b")
    value = the(run, "value", cell, "ndcg@10", "language=es")
    more = tuple(replace(value, group=name) for name in names)
    labels = [
        r.label for r in view(replace(run, estimates=run.estimates + more)).groups[0].main.rows
    ]
    assert "home & garden" in labels
    assert not any("brand" in label for label in labels)  # chosen by `where`, no group


def test_probes_have_drops_and_curves(run: Run) -> None:
    probes = view(run).probes[0]
    assert probes.dims == (1024, 256)
    assert probes.curves == (("typos", "query"),)
    row = probes.main.rows[1]
    assert (row.label.severity, row.label.side) == ("5", "query")
    cell = Cell("photos", "alpha", probe="typos/5@query", dim=256)
    assert row.drops[1] == the(run, "drop", cell, "ndcg@10")
    assert probes.by_group[0].rows[0][1][0] is not None


def test_one_drop_and_a_curve_compare_by_the_mean_drop(run: Run) -> None:
    cell = Cell("photos", "alpha", dim=1024)
    label = "contrast/3@query"
    drop = the(run, "drop", replace(cell, probe="typos/5@query"), "ndcg@10")
    most = max(e.value for e in run.estimates if e.kind == "drop" and e.metric == "ndcg@10")
    more = [
        replace(drop, cell=replace(cell, probe=label), value=most - 0.01),
        replace(the(run, "value", cell, "ndcg@10"), cell=replace(cell, probe=label)),
    ]
    found = view(replace(run, estimates=(*run.estimates, *more))).probes[0].robustness
    costs = {one.name: one.cost for one in found.responses}
    assert costs["contrast"] == pytest.approx(most - 0.01)
    drops = [s.drop.value for r in found.responses if r.name == "typos" for s in r.steps if s.drop]
    assert costs["typos"] == pytest.approx(sum(drops) / len(drops))
    assert [r.cost for r in found.responses] == sorted(costs.values(), reverse=True)


def test_severities_without_an_area_are_kinds(run: Run) -> None:
    (typos,) = view(run).probes[0].robustness.responses
    assert (len(typos.steps) > 1, typos.area, typos.kinds) == (True, None, True)
    cell = Cell("photos", "alpha", probe="typos@query", dim=1024)
    drop = the(run, "drop", replace(cell, probe="typos/5@query"), "ndcg@10")
    area = replace(drop, kind="area", cell=cell)
    (curve,) = view(replace(run, estimates=(*run.estimates, area))).probes[0].robustness.responses
    assert (curve.area, curve.kinds) == (area, False)


def test_a_chart_compares_the_units_that_a_probe_changed(run: Run) -> None:
    rows = [
        replace(e, n=9) if "typos" in e.cell.probe and not e.group else e for e in run.estimates
    ]
    drawn = charts(view(replace(run, estimates=tuple(rows))))["probes-0-0"]
    cell = Cell("photos", "alpha", probe="typos/1@query", dim=1024)
    value, drop = (the(run, kind, cell, "ndcg@10").value for kind in ("value", "drop"))
    points = next(iter(drawn["datasets"].values()))
    first = [p for p in points if (p["severity"], p["size"]) == ("clean", "1024")]
    assert [(p["n"], p["low"]) for p in first] == [(9, None)]
    assert first[0]["value"] == pytest.approx(value + drop)
    whole = next(iter(charts(view(run))["probes-0-0"]["datasets"].values()))
    clean = the(run, "value", Cell("photos", "alpha", dim=1024), "ndcg@10")
    assert [p["value"] for p in whole if (p["severity"], p["size"]) == ("clean", "1024")] == [
        clean.value
    ]


def test_a_share_of_quality_is_kept_only_where_more_is_better(run: Run) -> None:
    low = tuple(replace(m, better="low") for m in run.metrics)
    (high,) = view(run).probes[0].robustness.responses
    (less,) = view(replace(run, metrics=low)).probes[0].robustness.responses
    assert math.isfinite(high.last.kept)
    assert math.isnan(less.last.kept)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("typos/3@query", ("typos", "3", "query")),
        ("noise", ("noise", "", "")),
        ("a/b/2@corpus", ("a/b", "2", "corpus")),
    ],
)
def test_a_probe_label_is_taken_apart(text: str, parts: tuple[str, str, str]) -> None:
    label = Label.of(text)
    assert (label.name, label.severity, label.side) == parts


def test_the_worst_queries_are_the_lowest_that_count(run: Run) -> None:
    worst = view(run).worst[0]
    assert (worst.metric, worst.dim, len(worst.queries)) == ("ndcg@10", 1024, 12)
    scores = [q.score for q in worst.queries]
    assert scores == sorted(scores)
    assert all(map(math.isfinite, scores))
    shown = [q.query.id for q in worst.queries]
    assert shown[:5] == ["plain", "q1", "q2", "q4", "q6"]  # q3 has no score, q5 is not eligible
    assert worst.scored == 18


def test_among_equals_each_intent_comes_once_first(make_run: Callable[..., Run]) -> None:
    run = make_run()
    at = run.scores.column_names.index("value")
    level = run.scores.set_column(at, "value", pa.array([0.5] * run.scores.num_rows))
    shown = [q.query.id for q in view(replace(run, scores=level)).worst[0].queries]
    assert shown[:9] == ["plain", "q10", "q12", "q14", "q16", "q18", "q2", "q4", "q6"]


def test_a_worst_query_shows_results_and_what_it_missed(run: Run) -> None:
    first = view(run).worst[0].queries[0]
    assert [r.item.id for r in first.results] == ["d3", "d4", "d5", "d6", "d7"]
    assert [r.grade for r in first.results] == [None, None, 2, 1, 0]
    assert [r.relevant for r in first.results] == [False, False, True, False, False]
    assert all(r.item.picture for r in first.results)
    assert [(m.item.id, m.grade, m.rank) for m in first.missed] == [("d0plain", 3, None)]
    assert first.query.tags == (("language", "en, plain"),)


def test_a_relevant_item_that_no_ranking_holds_is_shown_as_missed(run: Run) -> None:
    grades = {"plain": {"d77": 3, "d11": 2, "d3": 2}}
    judged = judgements_table({"photos": grades})
    row = {"case": "photos", "side": "corpus", "id": "d77", "modality": "image", "text": "a vase",
           "tags": "{}", "picture": b"jpeg", "sound": None}  # fmt: skip
    items = pa.concat_tables([run.items, pa.Table.from_pylist([row], run.items.schema)])
    assert "d77" not in run.rankings["item"].to_pylist()
    query = view(replace(run, judgements=judged, items=items)).worst[0].queries[0]
    assert [(m.item.id, m.grade, m.rank) for m in query.missed] == [
        ("d77", 3, None),
        ("d11", 2, None),
    ]
    assert (query.missed[0].item.text, query.missed[0].item.picture) == ("a vase", b"jpeg")


def test_a_missed_item_has_its_rank_among_the_stored_places(run: Run) -> None:
    judged = judgements_table({"photos": {"plain": {"d9": 2}}})
    query = view(replace(run, judgements=judged)).worst[0].queries[0]
    assert [(m.item.id, m.grade, m.rank) for m in query.missed] == [("d9", 2, 7)]


def test_weights_of_tags_are_shown(run: Run) -> None:
    at = run.items.column_names.index("tags")
    tags = pa.array(['{"language": {"en": 0.7, "es": 0.25}}'] * run.items.num_rows)
    weighted = replace(run, items=run.items.set_column(at, "tags", tags))
    shown = view(weighted).worst[0].queries[0].query.tags
    assert shown == (("language", "en 0.7, es 0.25"),)


def test_pictures_end_where_the_page_is_full(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from evalkit.report.view import pictures

    monkeypatch.setattr(pictures, "_BYTES", 4_000)
    queries = [q for w in view(run).worst for q in w.queries]
    items = [r.item for q in queries for r in q.results] + [
        m.item for q in queries for m in q.missed
    ]
    kept = sum(map(len, {item.picture for item in items if item.picture}))
    assert 0 < kept <= 4_000
    assert any(item.picture is None for item in items)


def test_lost_inputs_are_counted_and_named(run: Run) -> None:
    skipped = view(run).skipped
    assert dict(skipped.counts) == {
        "refused": 1,
        "failed": 1,
        "truncated": 0,
        "unjudged": 1,
        "unchanged": 9,
    }
    assert "refused: 1, failed: 1" in skipped.sentence
    unchanged = next(row for row in skipped.lost if row.kind == "unchanged")
    assert (unchanged.count, len(unchanged.examples)) == (9, 5)
    assert skipped.not_offered == run.not_offered


def test_a_rare_reason_is_shown_before_common_ones(run: Run) -> None:
    common = [
        Lost("photos", "alpha", "x/1@query", "query", f"q{n}", "unchanged", "as it is")
        for n in range(9)
    ]
    rare = replace(common[0], item="q9", reason="its mask is broken")
    (row,) = view(replace(run, lost=(*common, rare))).skipped.lost
    assert (row.count, row.examples[:2]) == (10, (("q9", "its mask is broken"), ("q0", "as it is")))


def test_nothing_lost_is_said_too(run: Run) -> None:
    said = view(replace(run, lost=())).skipped.sentence
    assert said == "No input was refused or failed, and every query is judged."


def test_a_run_without_any_estimate_has_a_view(run: Run) -> None:
    seen = view(replace(run, estimates=(), verdicts=()))
    assert (seen.frontiers, seen.groups, seen.probes, seen.worst) == ((), (), (), ())


def test_a_strip_keeps_the_order_of_its_numbers(run: Run) -> None:
    places = strip(view(run).verdicts[0])
    assert places is not None
    assert 0 < places.low < places.value < places.high < WIDTH
    assert places.value < places.limits[0] < places.high  # 0.441 of at least 0.45


def test_nothing_measured_has_no_strip(run: Run) -> None:
    missing = next(row for row in view(run).verdicts if row.verdict.status == "missing")
    assert strip(missing) is None


def test_the_head_says_what_the_models_are_and_what_was_measured(run: Run) -> None:
    head = view(run).overview
    assert head.models[0] == ("alpha", "Small. plain")
    assert head.measured == ("photos, 20 queries against 12 items of storefront",)
