"""Parts of a case that are right by themselves and do not fit each other."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit import suite

Write = Callable[[dict[str, str]], Path]
Complain = Callable[[dict[str, str]], list[str]]

GROUPED = "groups: [language]\n    probes: [typos: {severities: [1, 3]}]\n"
GATES = "gates:\n  - {case: c, metric: ndcg@10, at: 256, at_least: 0.5}\n"
CLUSTERS = "task: {clustering: {label: category}}\n    metrics: [purity]"
PAIRS = "task: duplicates\n    metrics: [roc_auc]"


def case(measured: str, more: str = "") -> dict[str, str]:
    """Return how the case measures something else, without groups, probes and gates."""
    first = "metrics: [ndcg@10, recall@1]"
    return {first: measured, GROUPED: f"{more}\n", GATES: ""}


@pytest.fixture(autouse=True)
def pairs(folder: Path) -> None:
    pairs = "a\tb\tlabel\tkind\nd1\td2\tduplicate\t\nd2\td3\tother\t\n"
    (folder / "data/pairs.tsv").write_text(pairs)
    with (folder / "data/corpus.jsonl").open("a") as file:
        file.write('{"id": "d3", "text": "red hat", "tags": {"category": "hat"}}\n')


@pytest.mark.parametrize(
    ("measured", "task"), [(PAIRS, "duplicates"), (CLUSTERS, "clustering")], ids=str.split
)
def test_a_search_that_a_task_does_not_ask_for_is_refused(
    write: Write, complain: Complain, measured: str, task: str
) -> None:
    fine = "systems: [plain, chunks, {long: {use: chunks, words: 200}}]"
    assert len(suite.load(write(case(measured, fine))).cases[0].systems) == 3
    told = complain(case(measured, "systems: [plain, keyword, {both: {use: keyword_fusion}}]"))
    assert [line.partition(" cases.0.")[2] for line in told] == [
        f"systems.{row}: the task '{task}' compares items and searches for none, so that "
        f"'{name}' would search in vain. Leave it out, or keep its preparing steps alone."
        for row, name in ((1, "keyword"), (2, "both"))
    ]


@pytest.mark.parametrize(
    ("measured", "criterion", "said"),
    [
        (CLUSTERS, "similarity: {at_least: 0.5}", "clusters have no similarity to be judged."),
        (CLUSTERS, "metric: purity, at_least: 0.5", "'purity' has no value for a single input."),
        (PAIRS, "metric: roc_auc, at_least: 0.5", "'roc_auc' has no value for a single input."),
        (
            PAIRS,
            "metric: hit@1, at_least: 0.5",
            "'hit@1' is no metric of pairs, which the task gives.",
        ),
        (
            "metrics: [hit@1]",
            "metric: hti@1, at_least: 1",
            "unknown metric 'hti@1'; did you mean 'hit@1'?",
        ),
    ],
)
def test_a_criterion_of_effectiveness_that_the_task_cannot_meet_is_refused_before_anything_is_paid(
    complain: Complain, measured: str, criterion: str, said: str
) -> None:
    (told,) = complain(case(measured, f"effective: {{{criterion}}}"))
    assert "cases.0" in told
    assert said in told


def test_weights_are_not_tuned_on_other_words_for_a_need_that_is_measured(
    folder: Path, write: Write, complain: Complain
) -> None:
    said = [
        ("q1", "n1", "short"),
        ("q2", "n2", "short"),
        ("q3", "n1", "long"),
        ("q4", "n3", "long"),
    ]
    rows = [
        {"id": name, "text": name, "tags": {"intent": need, "style": style}}
        for name, need, style in said
    ]
    file = folder / "data/queries.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    truth = "".join(f"{name}\td1\t1\n" for name, _, _ in said)
    (folder / "data/qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + truth)
    tuned = "systems: [{hybrid: {use: keyword_fusion, fusion: wsum, tune: {style: long}}}]"
    edit = case("metrics: [hit@1]\n    queries: {style: short}", tuned)
    (system,) = suite.load(write(edit)).cases[0].systems
    assert system.tuning is not None
    assert [query.id for query in system.tuning.queries] == ["q4"]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows[:3]))
    (folder / "data/qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + truth.replace("q4\td1\t1\n", "")
    )
    (told,) = complain(edit)
    assert "'tune' leaves no judged query of a need that the case does not measure" in told


PEOPLE = [("d4", "fit", "woman"), ("d5", "fit", "man"), ("d6", "one", "woman"), ("d7", "none", "")]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            "fit: {split: fit}",
            "it would be fitted on 2 items that the case measures, 'd4' among them; what it "
            "promises would be seen on its own examples. Fit on one split, and select another one "
            "with the case's 'queries' and 'corpus'.",
        ),
        (
            "fit: {split: one}",
            "of 1 items to fit on, the tag 'gender' has the one value woman; two groups are "
            "needed. Choose other items with 'fit', or another attribute.",
        ),
        (
            "fit: {split: none}",
            "of 1 items to fit on, the tag 'gender' has no value; two groups are needed. Choose "
            "other items with 'fit', or another attribute.",
        ),
        (
            "",
            "expected the tags of the items that 'fair_projection' is fitted on, there is no "
            "'fit'. Write for example fit: {split: fit}; these items may not be measured.",
        ),
    ],
)
def test_a_projection_is_not_judged_on_what_it_was_fitted_on(
    folder: Path, write: Write, complain: Complain, entry: str, said: str
) -> None:
    with (folder / "data/corpus.jsonl").open("a") as file:
        for name, split, gender in PEOPLE:
            tags = {"split": split, "gender": gender} if gender else {"split": split}
            file.write(json.dumps({"id": name, "text": name, "tags": tags}) + "\n")
    measured = "metrics: [hit@1]\n    corpus: {category: [shoe, hat]}"
    fitted = f"systems: [fair_projection: {{attribute: gender, {entry}}}]"
    everything = "metrics: [hit@1]" if entry == "fit: {split: fit}" else measured
    (told,) = complain(case(everything, fitted))
    assert told.endswith(said)
    kept = "systems: [fair_projection: {attribute: gender, fit: {split: fit}}]"
    (system,) = suite.load(write(case(measured, kept))).cases[0].systems
    assert system.fitting is not None
    assert {item.id for item in system.fitting.corpus} == {"d4", "d5"}


VERSIONS = [("d4", "fit", "woman", "p1"), ("d5", "fit", "man", "p2"), ("d6", "one", "woman", "p1")]


@pytest.mark.parametrize(
    ("tag", "task"),
    [
        ("person", "retrieval"),
        ("version", "{gender_balance: {pool: '', k: 1, coverage: 0, matched: version}}"),
    ],
)
def test_a_projection_is_not_judged_on_the_same_persons(
    folder: Path, complain: Complain, tag: str, task: str
) -> None:
    with (folder / "data/corpus.jsonl").open("a") as file:
        for name, split, gender, value in VERSIONS:
            tags = {"split": split, "gender": gender, tag: value}
            file.write(json.dumps({"id": name, "text": name, "tags": tags}) + "\n")
    fitted = "systems: [fair_projection: {attribute: gender, fit: {split: fit}}]"
    told = complain(case(f"metrics: []\n    task: {task}\n    corpus: {{split: one}}", fitted))
    assert any(
        f"it would be fitted on 1 items that have the tag '{tag}' in common with items that the "
        f"case measures, 'd4' ({tag}: p1) among them; what it promises" in one
        for one in told
    ), told
