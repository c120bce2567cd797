"""The system card: all of it from the run, what was not tested said to be so, and no harm in it."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from evalkit.archive import Run
from evalkit.core.results import CLEAN, Cell, Detail, Estimate, Lost, Table
from evalkit.report import card as cards
from evalkit.report.text import number
from evalkit.report.view.card import SystemCard, system_card
from evalkit.report.view.people import People, people
from evalkit.report.view.responsible import CHECKS, MEANING, Dimension
from tests.report.hostile import HOSTILE

NAN = float("nan")
MakeRun = Callable[..., Run]


def one(card: SystemCard, name: str) -> Dimension:
    return next(d for d in card.dimensions if d.name == name)


def with_metric(run: Run, metric: str, value: float = 0.321) -> Run:
    """Return a run in which a metric was measured on clean input, too."""
    cell = Cell(run.cases[0].name, run.models[0].name, dim=1024)
    made = Estimate("value", cell, "", metric, "", value, value - 0.1, value + 0.1, 77, NAN, "bca")
    case = replace(run.cases[0], metrics=(*run.cases[0].metrics, metric))
    return replace(run, cases=(case,), estimates=(*run.estimates, made))


def without_groups(run: Run) -> Run:
    kept = tuple(e for e in run.estimates if not e.group)
    return replace(run, estimates=kept, cases=(replace(run.cases[0], groups=()),))


@pytest.fixture(scope="module")
def card(run: Run) -> SystemCard:
    return system_card(run)


@pytest.fixture(scope="module")
def text(card: SystemCard) -> str:
    return cards.markdown(card)


def test_the_eight_dimensions_stand_in_their_order(card: SystemCard, text: str) -> None:
    assert [d.name for d in card.dimensions] == list(MEANING)
    assert len(MEANING) == 8
    shown = re.findall(r"^### (.+)$", text, re.M)
    assert shown[-8:] == [name.replace("&", "&amp;") for name in MEANING]


def test_every_number_is_an_estimate_or_a_verdict_of_the_run(run: Run, text: str) -> None:
    known = {number(x) for e in run.estimates for x in (e.value, e.low, e.high)}
    known |= {number(x) for v in run.verdicts for x in (v.observed, v.low, v.high, v.mde)}
    shown = re.findall(r"−?\d+\.\d{3}", text)
    assert len(shown) > 40
    assert set(shown) <= known


def test_every_number_stands_with_its_interval_and_n(text: str) -> None:
    rows = re.findall(r"^\| photos: .+$", text, re.M)
    assert rows
    for row in rows:
        assert re.search(r"\| −?\d\.\d{3} \(−?\d\.\d{3} to −?\d\.\d{3}\) \| \d+ \|$", row), row


def test_a_run_without_groups_of_people_was_not_tested_for_fairness(run: Run) -> None:
    found = one(system_card(without_groups(run)), "Fairness")
    assert found.silent
    assert found.tested == ()
    assert found.untested == tuple(c.name for c in CHECKS if c.dimension == "Fairness")
    text = cards.markdown(system_card(without_groups(run)))
    section = text.partition("### Fairness")[2].partition("\n### ")[0]
    assert "**Not tested.**" in section
    assert "Nothing was tested of" in text.partition("## Limitations")[2]
    assert "Fairness" in re.findall(r"Nothing was tested of (.+)\.", text)[0]


def test_the_worst_gap_between_groups_of_people_is_shown_and_never_the_best(run: Run) -> None:
    gaps = [
        e
        for e in run.estimates
        if (e.kind, e.metric, e.cell.probe) == ("gap", "ndcg@10", CLEAN)
        and (e.cell.model, e.cell.dim) == ("alpha", 1024)
    ]
    large = [e for e in gaps if e.n >= 30]
    (tested,) = one(system_card(run), "Fairness").tested
    shown = next(f for f in tested.findings if f.estimate in gaps)
    assert shown.estimate.value == max(e.value for e in large)
    assert shown.of == len(gaps) == 3


@pytest.mark.parametrize(
    ("metric", "dimension", "check"),
    [
        ("tvd@10", "Fairness", "Balance of groups"),
        ("swap_rbo@50", "Fairness", "Results stay when only a gendered word changes"),
        ("association_effect", "Fairness", "Associations of groups"),
        ("compliance@10", "Controllability", "An attribute that a query names is honoured"),
        ("linear_leakage", "Privacy & Security", "An attribute of an item can be read"),
        ("separation", "Explainability", "What a similarity says"),
        ("contradiction_rate@10", "Veracity & Robustness", "Contradiction and negation"),
        ("hub_share@10", "Veracity & Robustness", "The shape of the space"),
        ("judged@10", "Transparency", "Results that somebody judged"),
        ("a_metric_of_another_package@3", "Veracity & Robustness", "Quality on the input"),
    ],
)
def test_a_measured_number_is_found_in_its_dimension(
    run: Run, metric: str, dimension: str, check: str
) -> None:
    bare, full = system_card(without_groups(run)), system_card(with_metric(run, metric))
    names = [t.name for t in one(full, dimension).tested if t.name.startswith(check)]
    assert names
    found = [
        f.estimate
        for d in full.dimensions
        for t in d.tested
        for f in t.findings
        if f.estimate.metric == metric
    ]
    assert [(e.value, e.n) for e in found] == [(0.321, 77)]
    if not metric.startswith("a_metric"):
        assert names[0] in one(bare, dimension).untested
        assert names[0] not in one(full, dimension).untested


def test_every_metric_that_a_check_names_exists() -> None:
    from evalkit.core import registry

    named = {metric for check in CHECKS for metric in check.metrics}
    assert named - set(registry.names("metrics")) == set()


def test_each_verdict_stands_in_exactly_one_dimension(run: Run, card: SystemCard) -> None:
    shown = [row.anchor for d in card.dimensions for t in d.tested for row in t.verdicts]
    assert len(shown) == len(set(shown)) == len(run.verdicts)


@pytest.mark.parametrize(
    ("group", "taken"),
    [("language=es", True), ("corpus.gender=female", True), ("category*accent=a*b", True),
     ("speaker_accent=us", True), ("age_band=30", True), ("Gender=x", True),
     ("category=shoe", False), ("image_region=left", False), ("page=3", False), ("", False)],
)  # fmt: skip
def test_groups_of_people_are_told_by_the_name_of_their_tag(group: str, taken: bool) -> None:
    assert People().holds(group) is taken


def test_groups_that_a_task_protects_are_people_whatever_their_tag_is_called(run: Run) -> None:
    rows = (("female", 0.5, 0.4, -0.1), ("male", 0.5, 0.6, 0.1))
    names = ("group", "target", "found", "difference")
    told = Detail(run.details[0].cell, Table("target_and_found", "Target", names, rows))
    old = replace(run, details=(*run.details, told))
    found = people(old)
    assert not People().holds("asks=female")
    assert found.holds("asks=female")
    assert found.holds("asks*style=male*short")
    assert not found.holds("asks=nobody")
    group, tag = "asks=female", replace(run.cases[0], groups=("asks",))
    gaps = tuple(replace(e, group=group) for e in run.estimates if e.kind == "gap")
    plain = replace(without_groups(run), cases=(tag,))
    some = replace(plain, estimates=(*plain.estimates, *gaps))
    assert not one(system_card(some), "Fairness").tested
    fair = one(system_card(replace(some, details=(*run.details, told))), "Fairness")
    assert [t.name for t in fair.tested] == ["Quality for groups of people"]
    assert fair.recorded[0].startswith("Taken as groups of people: asks, by the groups that a task")


def test_what_a_task_protects_is_read_from_the_run_and_not_guessed(run: Run) -> None:
    rows = (("unrelated", 0.5, 0.4, -0.1),)
    told = Detail(run.details[0].cell, Table("target_and_found", "Target", ("group",), rows))
    stored = replace(run.cases[0], protected="badge", protected_groups=("red", "blue"))
    found = people(replace(run, cases=(stored, *run.cases[1:]), details=(told,)))
    assert found.holds("badge=green")
    assert found.holds("corpus.badge=red")
    assert found.holds("asks=blue")
    assert not found.holds("asks=unrelated")


def test_what_the_suite_does_not_say_of_its_use_is_not_stated(text: str) -> None:
    assert "- **Business problem**: plain" in text
    assert "- **Workflow**: not stated" in text
    assert "- **Stakeholders**: not stated" in text


def test_limits_come_from_cards_lost_inputs_and_open_gates(run: Run, text: str) -> None:
    section = text.partition("## Limitations")[2]
    for limit in run.cases[0].card.limits:
        assert f"data of storefront: {limit}" in section
    assert "1 of 20 queries could not be judged" in section
    assert "1 inputs were refused" in section
    opened = next(v for v in run.verdicts if v.status == "inconclusive")
    assert opened.gate in section
    assert "About 456 more would settle it." in section
    assert "Not offered, and so not measured: size 256 plain" in section
    assert "Groups under 30 units, reported and not decided on: 1." in section


def test_a_single_model_is_a_limit(make_run: MakeRun) -> None:
    alone = cards.markdown(system_card(make_run(models=("alpha",))))
    assert "Only one model was measured" not in cards.markdown(system_card(make_run()))
    lone = replace(make_run(models=("alpha",)), models=make_run().models[:1])
    assert "Only one model was measured" in cards.markdown(system_card(lone))
    assert alone


def test_refusals_are_counted_and_prove_nothing(run: Run, card: SystemCard) -> None:
    safety = one(card, "Safety")
    assert safety.silent
    assert safety.recorded[0].startswith("alpha: 1 of 100 inputs were refused; whether any")
    more = (*run.lost, Lost("photos", "beta", CLEAN, "query", "q1", "refused", "blocked"))
    again = one(system_card(replace(run, lost=more)), "Safety")
    assert again.recorded[1].startswith("beta: 1 of 100")


def test_a_waiver_is_named_with_its_reason(run: Run, card: SystemCard) -> None:
    waived = next(v for v in run.verdicts if v.status == "waived")
    assert f"Waived: {waived.gate}. {waived.why}" in one(card, "Governance").recorded


def test_foreign_text_does_nothing_in_markdown(make_run: MakeRun) -> None:
    text = cards.markdown(system_card(make_run(HOSTILE)))
    assert "<script" not in text
    assert not re.search(r"(?<!\\)!\[|(?<!\\)\]\(|https?://|(?<!\w)@\w", text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)
    assert "\n# head" not in text
    for line in text.splitlines():
        if line.startswith("| photos: "):
            assert len(re.findall(r"(?<!\\)\|", line)) == 4, line


class Tags(HTMLParser):
    """The elements of a page, their attributes, and its words."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_has_no_script_and_asks_for_nothing(make_run: MakeRun) -> None:
    page = Tags(cards.html(system_card(make_run(HOSTILE))))
    names = [tag for tag, _ in page.tags]
    assert not {"script", "img", "link", "iframe", "form", "object"} & set(names)
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    links = [attrs["href"] or "" for tag, attrs in page.tags if tag == "a"]
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert {link.removeprefix("#") for link in links} <= ids
    assert "<script>alert(1)</script>" in page.words


def test_the_page_and_the_markdown_say_the_same(card: SystemCard, text: str) -> None:
    words = Tags(cards.html(card)).words
    for row in re.findall(r"^\| photos: .+?\| (−?\d\.\d{3}) ", text, re.M):
        assert row in words
    for dimension in card.dimensions:
        assert all(words_ in words for words_ in dimension.untested)


def test_the_same_run_gives_the_same_card(run: Run) -> None:
    assert cards.markdown(system_card(run)) == cards.markdown(system_card(run))
    assert cards.html(system_card(run)) == cards.html(system_card(run))
