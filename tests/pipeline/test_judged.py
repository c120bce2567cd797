"""Judgements applied to a run: new effectiveness, gates decided anew, everything else as it was."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit import api, archive
from evalkit.archive import Run
from evalkit.core.errors import SuiteError, UsageError
from evalkit.core.results import Cell, Estimate, Verdict
from evalkit.judging.records import Judgement, Mark, Study
from evalkit.judging.study import make_study
from evalkit.ledger import Ledger
from evalkit.pipeline.judged import apply, digest
from evalkit.pipeline.regate import decide_again, targets_of
from evalkit.pipeline.run import Options
from evalkit.pipeline.run import run as run_plan
from evalkit.pipeline.settling import judgement_plan
from evalkit.pipeline.unjudged import bounds
from evalkit.report.view.effectiveness import criterion
from tests.factories import FAILS, OPEN, PASSES, tiny_suite

AT_LEAST = "{case: find, metric: effective, at: 16, at_least: 0.6}"
SMALLER = "{case: find, metric: effective, at: 8, no_worse_than: {at: 16}, margin: 0.3}"
IN_GROUP = "{case: find, metric: effective, at: 16, where: {language: en}, at_least: 0.99}"
GATES = (AT_LEAST, SMALLER, IN_GROUP, PASSES, OPEN, FAILS)
WIDE, NARROW = Cell("find", "vectors", dim=16), Cell("find", "vectors", dim=8)
PEOPLE = ("ann", "bob", "cy")
Says = Callable[[str, str, str], bool]


def suite(folder: Path, criterion: str = "{judged: {depth: 3}}") -> Path:
    """Write the small suite with effectiveness in the eyes of people; return it."""
    path = tiny_suite(folder, GATES)
    text = path.read_text("utf-8")
    path.write_text(text.replace("gates:", f"    effective: {criterion}\ngates:", 1), "utf-8")
    return path


def ran(path: Path, folder: Path) -> Run:
    """Return the run of a suite, without its reports."""
    with Ledger(folder / "ledger") as store:
        return run_plan(api.load(path), store, Options())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose gates on effectiveness wait for people."""
    folder = tmp_path_factory.mktemp("judged")
    return ran(suite(folder), folder)


@pytest.fixture(scope="module")
def study(run: Run) -> Study:
    """The first three results of every query, at both sizes."""
    return make_study([run], "first", depth=3)


def judged(
    study: Study, says: Says, people: Iterable[str] = ("ann", "bob", "cy")
) -> list[Judgement]:
    """Return what people say of every result of a study."""
    return [
        Judgement(p.id, p.case, p.query, who, Mark(i, says(p.query, i, who)), "", "2026-01-01")
        for p in study.prompts
        for who in people
        for i in p.results
    ]


def right(query: str, item: str, who: str = "") -> bool:
    """Return whether an item answers a query, as the truth of the suite has it."""
    return int(query[1:]) % 20 == int(item[1:])


def noisy(query: str, item: str, who: str) -> bool:
    """Return what somebody says who errs in one of eight cases."""
    rng = np.random.default_rng([ord(c) for c in query + item + who])
    return right(query, item) ^ bool(rng.random() < 0.125)


@pytest.fixture(scope="module")
def clear(run: Run, study: Study) -> Run:
    """The run as people see it who never err."""
    return apply(run, study, judged(study, right))


@pytest.fixture(scope="module")
def blurred(run: Run, study: Study) -> Run:
    """The run as people see it who err in one of eight cases."""
    return apply(run, study, judged(study, noisy))


def gates(run: Run) -> dict[str, Verdict]:
    """Return the verdicts by the metric, size and bound of their gate."""
    return {f"{v.metric} {v.cell.dim} {v.bound}": v for v in run.verdicts}


def told_of(run: Run) -> dict[str, Any]:
    """Return where the effectiveness of a run comes from."""
    told: Any = run.provenance["judgements"]
    return dict(told)


def value(run: Run, cell: Cell, group: str = "") -> Estimate:
    """Return the effectiveness of a cell."""
    wanted = ("value", cell, "effective", group)
    return next(e for e in run.estimates if (e.kind, e.cell, e.metric, e.group) == wanted)


def test_a_gate_on_judged_effectiveness_is_inconclusive_until_people_have_judged(run: Run) -> None:
    waiting = [v for v in run.verdicts if v.metric == "effective"]
    assert [v.status for v in waiting] == ["inconclusive"] * 3
    assert {v.why for v in waiting} == {"No judgements applied yet; see `evalkit judge plan`."}
    assert all(math.isnan(v.observed) for v in waiting)
    assert run.cases[0].effective["judged"] == {"depth": 3}


def test_a_gate_that_waits_keeps_its_place_in_the_family_of_gates(run: Run) -> None:
    miss = next(v for v in run.verdicts if v.status == "fail")
    assert miss.p_adjusted == pytest.approx(min(1.0, 6 * miss.p))


def test_judgements_become_the_effectiveness_of_every_cell(run: Run, clear: Run) -> None:
    done = clear
    rows = run.rankings.to_pylist()
    for cell in (WIDE, NARROW):
        here = [r for r in rows if r["dim"] == cell.dim and r["rank"] <= 3]
        found = {r["query"] for r in here if right(r["query"], r["item"])}
        assert value(done, cell).value == pytest.approx(len(found) / 40)
        assert value(done, cell).n == 40
    assert {e.kind for e in done.estimates if e.metric == "effective"} == {"value", "gap", "loss"}
    assert value(done, WIDE, "language=en").n == 34


def test_gates_on_effectiveness_are_decided_anew_and_others_keep_their_numbers(
    run: Run, clear: Run
) -> None:
    done, was = gates(clear), gates(run)
    assert done["effective 16 at least 0.6"].status == "pass"
    assert done["effective 16 at least 0.99"].n == 34
    assert done["effective 8 no worse than at 16 by more than 0.3"].status in (
        "inconclusive",
        "pass",
    )
    for name in (n for n in was if not n.startswith("effective")):
        assert replace(done[name], p_adjusted=0.0) == replace(was[name], p_adjusted=0.0)


def test_a_gate_that_people_say_is_missed_fails(run: Run, study: Study) -> None:
    done = gates(apply(run, study, judged(study, lambda q, i, w: False)))
    assert done["effective 16 at least 0.6"].status == "fail"
    assert done["effective 16 at least 0.6"].observed == 0.0


def test_nothing_but_effectiveness_changes_and_the_run_knows_where_it_comes_from(
    run: Run, study: Study, blurred: Run
) -> None:
    said, done = judged(study, noisy), blurred
    others = [e for e in run.estimates if e.metric != "effective"]
    assert [e for e in done.estimates if e.metric != "effective"] == others
    assert done.rankings is run.rankings
    assert done.parent == run.id != done.id
    told = told_of(done)
    assert (told["study"], told["how"], told["reviewers"]) == ("first", "majority", 3)
    assert told["digest"] == digest(reversed(said))
    assert 0.3 < told["alpha"] < 0.9
    assert done.since is not None
    assert {t.metric for t in done.since.turns} == {"effective"}


def test_the_same_judgements_give_the_same_run_but_for_its_name(
    run: Run, study: Study, blurred: Run, tmp_path: Path
) -> None:
    written = []
    for n, done in enumerate((blurred, apply(run, study, judged(study, noisy)[::-1]))):
        folder = tmp_path / str(n)
        folder.mkdir()
        archive.save(replace(done, id="x", created="y"), folder)
        written.append({f.name: f.read_bytes() for f in sorted(folder.iterdir())})
    assert written[0] == written[1]


def test_errors_of_reviewers_widen_the_interval(clear: Run, blurred: Run) -> None:
    sure, unsure = value(clear, WIDE), value(blurred, WIDE)
    assert unsure.method.endswith("with label noise")
    assert unsure.high - unsure.low > sure.high - sure.low


def test_queries_that_nobody_judged_or_that_are_undecided_do_not_count(
    run: Run, study: Study
) -> None:
    some = [j for j in judged(study, right, ("ann", "bob")) if j.query < "q30"]
    split = [
        replace(j, mark=replace(j.mark, effective=j.reviewer == "ann")) if j.query == "q00" else j
        for j in some
    ]
    assert value(apply(run, study, some), WIDE).n == 30
    done = apply(run, study, split)
    assert value(done, WIDE).n == 29
    verdict = gates(done)["effective 16 at least 0.6"]
    assert (verdict.status, verdict.why) == (
        "inconclusive", "1 of 30 judged inputs are undecided; settle them.",
    )  # fmt: skip


def test_ten_judgements_of_one_reviewer_are_an_effectiveness_of_ten_inputs(
    run: Run, study: Study
) -> None:
    first = {p.query for p in study.prompts[:10]}
    done = apply(run, study, [j for j in judged(study, right, ("ann",)) if j.query in first])
    assert value(done, WIDE).n == 10
    assert gates(done)["effective 16 at least 0.6"].why.startswith("Only 10 units count")


def test_a_case_without_that_criterion_gets_one(tmp_path: Path) -> None:
    plain = ran(tiny_suite(tmp_path), tmp_path)
    mine = make_study([plain], "late", depth=2)
    done = apply(plain, mine, judged(mine, right), "dawid-skene")
    assert "effective" in done.cases[0].metrics
    assert told_of(done)["how"] == "dawid-skene"
    assert value(done, WIDE).n == 40


def test_a_stored_run_says_who_decided_and_reads_back(blurred: Run, tmp_path: Path) -> None:
    archive.save(blurred, tmp_path)
    again = archive.load(tmp_path)
    assert again.verdicts == blurred.verdicts
    words = criterion(again.cases[0].effective)
    start = "at least one of the first 3 results is effective by the majority of 3 reviewers"
    assert words.startswith(start)
    assert "alpha 0." in words


def test_judgements_of_another_run_and_no_judgements_are_refused(run: Run, study: Study) -> None:
    with pytest.raises(UsageError, match="judges other, not the run"):
        apply(run, replace(study, runs=("other",)), judged(study, right))
    with pytest.raises(UsageError, match="nobody has judged"):
        apply(run, study, [])
    with pytest.raises(UsageError, match="asks for the first 3 results"):
        apply(run, replace(study, depth=2), judged(study, right))


def test_judging_more_applies_to_the_child_of_the_judged_run(
    run: Run, study: Study, clear: Run
) -> None:
    child = apply(run, study, judged(study, right, ("ann",)))
    done = apply(child, study, judged(study, right))
    assert done.parent == child.id
    assert told_of(done)["run"] == run.id
    assert str(value(done, WIDE)) == str(value(clear, WIDE))  # NaN is not equal to itself


def test_a_gate_stored_in_words_alone_is_not_decided_again(run: Run, study: Study) -> None:
    old = replace(run, verdicts=tuple(replace(v, rule={}) for v in run.verdicts))
    done = gates(apply(old, study, judged(study, right)))
    assert "earlier version" in done["effective 16 at least 0.6"].why
    assert done["ndcg@10 16 at least 0.2"].status == "pass"


def test_a_strict_run_stays_strict(run: Run, study: Study) -> None:
    text = "Inconclusive counts as a failure (--strict)."
    hard = tuple(
        replace(v, status="fail", why=f"{v.why} {text}") if v.status == "inconclusive" else v
        for v in run.verdicts
    )
    done = gates(apply(replace(run, verdicts=hard), study, judged(study, right)))
    assert done["effective 16 at least 0.6"].status == "pass"
    assert done["recall@1 8 at least 0.58"].why.endswith(text)


def test_holm_is_done_again_over_all_gates(run: Run) -> None:
    close = [replace(v, p=0.02, p_adjusted=0.02, status="fail") if v.metric == "recall@1" else v
             for v in run.verdicts]  # fmt: skip
    found = decide_again(close, targets_of(close, ["find"], "effective"), {}, date(2026, 1, 1))
    moved = [v for v in found if v.metric == "recall@1"]
    assert [(v.status, v.p_adjusted) for v in moved] == [("inconclusive", 0.12)] * 2
    assert moved[0].why.startswith("Fails alone")


def test_bounds_hold_what_the_metric_can_become_when_the_rest_is_judged(run: Run) -> None:
    found = {b.metric: b for b in bounds(run, run.cases[0], [WIDE])}
    assert "ndcg@10" in found
    one = found["ndcg@10"]
    assert (one.low <= one.known + 1e-12).all()
    assert (one.known <= one.high + 1e-12).all()
    assert (one.open == 9).sum() > 30


def test_bounds_shrink_as_people_judge(run: Run, study: Study, clear: Run) -> None:
    before = next(b for b in bounds(run, run.cases[0], [NARROW]) if b.metric == "ndcg@10")
    labels = {(p.query, i): float(right(p.query, i)) for p in study.prompts for i in p.results}
    after = next(b for b in bounds(run, run.cases[0], [NARROW], labels) if b.metric == "ndcg@10")
    assert (after.open < before.open).all()
    assert (after.high <= before.high + 1e-12).all()
    assert (after.low >= before.low - 1e-12).all()
    table = next(d.table for d in clear.details if d.cell == NARROW)
    assert table.rows[-1][0] == "ndcg@10"
    known, low, high = (float(cell or 0) for cell in table.rows[-1][3:])
    assert low < known < high


def test_the_plan_names_the_queries_that_could_settle_the_open_gates(
    run: Run, study: Study
) -> None:
    plan = judgement_plan(run, study, (), width=0.2)
    assert plan.sizes["find"].judged == 0
    assert plan.sizes["find"].left == plan.sizes["find"].inputs
    assert {g.status for g in plan.gates} <= {"inconclusive", "pass", "fail"}
    assert len([g for g in plan.gates if "effective" in g.gate]) == 3
    english = next(g.gate for g in plan.gates if "language=en" in g.gate)
    moving = {q.query for q in plan.queries if english in q.gates}
    assert moving == {f"q{n:02}" for n in range(34)}
    assert plan.untold == ()
    half = [j for j in judged(study, right) if j.query < "q20"]
    later = judgement_plan(run, study, half, width=0.2)
    assert later.sizes["find"].judged == 20
    waiting = {q.query for q in later.queries if any("effective" in g for g in q.gates)}
    assert waiting == {f"q{n}" for n in range(20, 40)}
    weights = [q.weight for q in later.queries]
    assert weights == sorted(weights, reverse=True)


def test_the_plan_names_open_gates_of_which_it_cannot_be_told(run: Run, study: Study) -> None:
    one = next(v for v in run.verdicts if "language=en" in v.gate)
    gap = {"kind": "gap_at_most", "value": 0.1, "high": 0.1, "against": None}
    of_a_gap = replace(one, status="inconclusive", rule=dict(one.rule) | {"bound": gap})
    plan = judgement_plan(replace(run, verdicts=(of_a_gap,)), study, ())
    assert plan.gates == ()
    assert plan.untold == (f"{one.gate}: its number is a gap, no single mean.",)


UNFIT = ("{judged: {depth: 0}}", "{judged: {deep: 5}}", "{judged: {depth: 21}}")


@pytest.mark.parametrize("unfit", UNFIT)
def test_a_criterion_that_nobody_could_judge_is_refused(tmp_path: Path, unfit: str) -> None:
    with pytest.raises(SuiteError, match="depth of 1 to 20"):
        api.load(suite(tmp_path, unfit))
