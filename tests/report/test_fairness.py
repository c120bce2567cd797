"""The fairness section: what was asked, compared with what, the answer, and subject by subject."""

import json
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from evalkit.archive import Run
from evalkit.core.results import Cell, Detail, Estimate, EstimateKind, Table
from evalkit.report.charts import charts
from evalkit.report.summary import markdown
from evalkit.report.view import view
from evalkit.report.view.asked import anchor, asked, targets
from evalkit.report.view.balance import balance
from evalkit.report.view.fairness import Fairness
from evalkit.report.view.scope import Series

MakePage = Callable[[Run], str]
CELL = Cell("photos", "alpha", dim=1024)
NAN = float("nan")
FOUND = Table(
    "target_and_found", "", ("group", "target", "found", "difference", "items"),
    (("female", 0.5, 0.6, 0.1, 20), ("male", 0.5, 0.4, -0.1, 30)),
    "Target: equal parts. Found: the share of the labelled first 10 places, the mean.",
)  # fmt: skip
EACH = (
    "subject", "queries", "female", "male", "target for female", "distance from target",
    "bias to female", "p", "p adjusted", "labelled", "absent", "female from", "female to",
    "chance from", "chance to",
)  # fmt: skip
NAMED = Table("named_groups", "", ("group named", "queries", "a", "b"), (("female", 7, 0.5, 0.5),))


def subject(name: str, share: float | None, q: float | None = 0.8) -> tuple[Any, ...]:
    away = None if share is None else abs(share - 0.5)
    low, high = (None, None) if share is None else (share - 0.1, share + 0.1)
    other = None if share is None else 1 - share
    numbers = (share, other, 0.5, away, None, q, q, 0.75, "none")
    return (name, 4, *numbers, low, high, 0.3, 0.7)


SUBJECTS = (subject("nurse", 0.9, 0.01), subject("pilot", 0.2), subject("clerk", None, None))


def each(*rows: tuple[Any, ...]) -> Table:
    return Table("balance_by_subject", "", EACH, rows or SUBJECTS, "How it was made.")


def estimate(kind: EstimateKind, metric: str, value: float, low: float, high: float) -> Estimate:
    against = "" if kind == "value" else "chance"
    return Estimate(kind, CELL, against, metric, "", value, low, high, 40, NAN, "bca")


def fair_run(
    run: Run, low: float = 0.01, high: float = 0.05, task: str = "gender_balance", *rows: Any
) -> Run:
    """The run with a case of another task, its headline's excess between low and high."""
    metric = {"gender_balance": "tvd@10", "counterfactual": "rab@10"}.get(task, task)
    case = replace(run.cases[0], task=task, metrics=(*run.cases[0].metrics, metric, "bias@10"))
    middle = (low + high) / 2
    made = [
        estimate("value", metric, 0.15, 0.1, 0.2),
        estimate("null", metric, 0.12, 0.1, 0.14),
        estimate("excess", metric, middle, low, high),
        replace(estimate("attainable", metric, 0.033, NAN, NAN), against=""),
        estimate("value", "bias@10", 0.2, 0.1, 0.3),
    ]
    tables = (FOUND, each(*rows), NAMED) if task == "gender_balance" else ()
    details = (*run.details, *(Detail(CELL, t) for t in tables))
    return replace(run, cases=(case,), estimates=(*run.estimates, *made), details=details)


def only(run: Run) -> Fairness:
    found = [f for f in view(run).fairness if f.series.model == "alpha"]
    assert len(found) == 1
    return found[0]


def test_a_run_that_asks_nothing_of_the_kind_has_no_section(run: Run, page: MakePage) -> None:
    arranged = view(run)
    assert (arranged.fairness, arranged.asked, dict(arranged.targets)) == ((), (), {})
    plain = page(run)
    assert 'id="fairness"' not in plain
    assert 'class="answer question"' not in plain
    assert 'class="held"' not in plain


def test_no_table_of_balance_is_shown_twice(run: Run, page: MakePage) -> None:
    made = fair_run(run)
    smaller = replace(CELL, dim=256)
    made = replace(made, details=(*made.details, *(Detail(smaller, t) for t in (FOUND, each()))))
    names = {
        (d.series.model, sized.dim): [t.name for t in sized.tables]
        for d in view(made).details
        for sized in (*d.shown, *d.folded)
    }
    assert NAMED.name in names["alpha", 1024]
    assert not {FOUND.name, "balance_by_subject"} & set(names["alpha", 1024])
    assert {FOUND.name, "balance_by_subject"} <= set(names["alpha", 256])
    assert "stand under" in page(made)
    assert "stand under" not in page(run)


def test_it_says_of_whom_and_compared_with_what(run: Run) -> None:
    found = only(fair_run(run))
    assert found.whom == (
        "12 queries that name nobody, about 3 subjects; 7 queries that name a group; 12 items, of "
        "which 20 female, 30 male. Of the first 10 places that the queries naming nobody filled, "
        "75 % have a label."
    )
    assert found.compared.startswith("The target: equal parts (female 0.500, male 0.500).")
    assert found.card == run.cases[0].card.limits


def test_subjects_without_a_target_are_not_of_whom_it_is_told(run: Run) -> None:
    clerk = (*subject("clerk", 0.4)[:4], None, None, *subject("clerk", 0.4, None)[6:])
    found = only(fair_run(run, 0.01, 0.05, "gender_balance", *SUBJECTS[:2], clerk))
    assert found.whom.startswith(
        "8 queries that name nobody, about 2 subjects; 4 about 1 more subject without a target are "
        "left out; 7 queries that name a group;"
    )
    assert found.few.startswith("8 queries that name nobody, 2 subjects")
    assert "1 of 2 subjects stands out" in found.more


def test_who_is_shown_more_is_said_of_the_pool_as_it_is(run: Run) -> None:
    made = fair_run(run)
    even = estimate("value", "bias@10[subsample]", 0.0, -0.1, 0.1)
    names = (*(m for m in made.cases[0].metrics if m != "bias@10"), even.metric, "bias@10")
    case = replace(made.cases[0], metrics=names)
    made = replace(made, cases=(case,), estimates=(*made.estimates, even))
    assert only(made).more.startswith("'female' is shown more than chance gives, on average: bias@")


@pytest.mark.parametrize(
    ("low", "high", "start", "end"),
    [
        (0.01, 0.05, "There is a gap that chance does not explain", "at size 1024."),
        (-0.05, -0.01, "Lists lie nearer to the target than chance", "at size 1024."),
        (
            -0.02,
            0.04,
            "No gap was found beyond what chance gives",
            "up to 0.040 is still possible.",
        ),
    ],
)
def test_the_answer_follows_what_lies_beyond_chance(
    run: Run, low: float, high: float, start: str, end: str
) -> None:
    found = only(fair_run(run, low, high))
    assert found.answer.startswith(start)
    assert found.answer.endswith(end)
    assert "0.150" not in found.answer  # the raw value


def test_without_an_interval_there_is_no_answer(run: Run) -> None:
    assert only(fair_run(run, NAN, NAN)).answer.startswith("No answer")


def test_it_says_who_is_shown_more_and_who_stands_out(run: Run) -> None:
    assert only(fair_run(run)).more == (
        "'female' is shown more than chance gives, on average: bias@10 lies 0.200 (0.100 to 0.300) "
        "from it. 1 of 2 subjects stands out from chance: nurse."
    )


def test_words_of_other_tasks_are_their_own(run: Run) -> None:
    found = only(fair_run(run, 0.01, 0.05, "counterfactual"))
    assert found.answer.startswith("Queries that name nobody go with the stereotype")
    assert found.balances == ()


def test_subjects_come_with_interval_chance_and_mark() -> None:
    found = balance(1024, (each(), FOUND))
    nurse, pilot, clerk = found.subjects
    assert (nurse.found, nurse.span, nurse.chance) == (0.9, (0.8, 1.0), (0.3, 0.7))
    assert nurse.away == pytest.approx(0.4)
    assert (nurse.marked, pilot.marked, clerk.marked) == (True, False, False)
    assert (clerk.found, clerk.away, found.by_share) == (None, None, (nurse, pilot))


def test_runs_without_intervals_are_shown_without_them(run: Run) -> None:
    old = replace(each(), columns=EACH[:-4], rows=tuple(row[:-4] for row in SUBJECTS))
    nurse = balance(1024, (old, FOUND)).subjects[0]
    assert (nurse.found, nurse.span, nurse.chance) == (0.9, None, None)


def test_the_chart_has_a_row_for_each_subject_that_was_scored(run: Run) -> None:
    text = json.dumps(charts(view(fair_run(run)))["fairness-0"])
    assert '"subject": "nurse"' in text
    assert '"stands": "stands out from chance"' in text
    assert '"chance_low": 0.3' in text
    assert '"subject": "clerk"' not in text


def test_of_many_subjects_those_farthest_apart_are_drawn(run: Run) -> None:
    rows = [subject(f"job {n:03}", n / 100) for n in range(100)]
    drawn = [s.name for s in balance(1024, (each(*rows), FOUND)).drawn]
    assert (len(drawn), drawn[0], drawn[29], drawn[30], drawn[-1]) == (
        60, "job 099", "job 070", "job 029", "job 000",
    )  # fmt: skip


def test_of_many_subjects_the_least_balanced_are_listed(run: Run, page: MakePage) -> None:
    rows = [subject(f"job {n:03}", 0.9) for n in range(130)]
    whole = page(fair_run(run, 0.01, 0.05, "gender_balance", *rows))
    section = whole.partition('id="fairness"')[2].partition("</section>")[0]
    assert "Shown: the 120 least balanced. The whole table is in run.json." in section
    table = section.partition('class="subjects"')[2].partition("</table>")[0]
    assert (table.count("<tr>") - 1, "job 129" in table) == (120, False)


def test_the_page_prints_the_target_beside_the_numbers(run: Run, page: MakePage) -> None:
    whole = page(fair_run(run))
    section = whole.partition('id="fairness"')[2].partition("</section>")[0]
    for words in ("Asked", "Of whom", "Compared with", "Does not show"):
        assert f"<dt>{words}</dt>" in section
    assert "Size by size; target: equal parts (female 0.500, male 0.500)" in section
    assert "1 of 3" in section  # subjects that stand out
    assert "nurse <span" in section
    assert 'href="#fairness"' in whole
    assert not {"unbiased", "is fair"} & set(section.lower().split())


def test_the_best_possible_stands_beside_what_was_found(run: Run, page: MakePage) -> None:
    found = only(fair_run(run))
    assert [row.best.value if row.best else None for row in found.sizes][:1] == [0.033]
    shown = page(fair_run(run))
    assert "Best possible" in shown
    assert "0.033" in shown
    assert "Best possible" not in page(run)


def test_the_page_starts_with_the_question_its_answer_and_what_it_does_not_show(
    run: Run, page: MakePage
) -> None:
    made = fair_run(run)
    arranged, (head, _, rest) = view(made), unescape(page(made)).partition("<main>")
    (question,) = arranged.asked
    answer = question.answers[0]
    assert (answer.about, answer.answer) == ("photos, alpha", only(made).answer)
    assert answer.whom == "12 queries that name nobody, 3 subjects, 12 items"
    assert answer.held == "chance and equal parts (female 0.500, male 0.500)"
    for words in (question.question, answer.answer, answer.whom, answer.held, *question.limits):
        assert words in head
    assert head.index(question.question) < head.index(arranged.overview.answer)
    assert f'href="#{answer.anchor}"' in head
    assert rest.count(f'id="{answer.anchor}"') == 1


def test_models_alone_answer_at_the_head_and_systems_in_their_section(run: Run) -> None:
    plain = only(fair_run(run))
    fitted = replace(plain, series=Series("alpha", "leace"))
    other = replace(plain, series=Series("beta"))
    (question,) = asked([fitted, plain, other, *[replace(other, case=f"c{n}") for n in range(5)]])
    told = [a.about for a in question.answers]
    assert told == ["photos, alpha", "photos, beta", "c0", "c1", "c2", "c3"]
    assert question.answers[0].anchor == anchor(1)
    assert question.more == 2


def test_a_target_that_differs_between_series_is_named_without_shares(run: Run) -> None:
    one = only(fair_run(run))
    moved = replace(one, target="equal parts (female 0.400, male 0.600)")
    assert targets([one, one]) == {"photos": "equal parts (female 0.500, male 0.500)"}
    assert targets([one, moved, one]) == {"photos": "equal parts"}


def test_the_target_stands_under_the_heading_of_every_section_of_the_case(
    run: Run, page: MakePage
) -> None:
    made = fair_run(run)
    whole, held = page(made), "Balance is held against: "
    for name in ("verdicts", "frontier", "chance", "groups", "worst"):
        section = whole.partition(f'<section id="{name}">')[2].partition("</section>")[0]
        assert held in section, name
        assert "equal parts (female 0.500, male 0.500)" in section
    told = markdown(view(made)).splitlines()
    assert told[told.index("### photos") + 2].startswith(held)
    assert any(line.startswith("**Do queries that name nobody") for line in told)
    assert any(line.startswith("- **photos, alpha**: There is a gap") for line in told)
    assert held not in markdown(view(run))
