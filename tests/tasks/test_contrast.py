"""The task of minimal pairs: which similarities and places it hands over, and what it refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core.items import Dataset, Group, Item, Media
from evalkit.tasks.contrast import Contrast
from tests.tasks.by_hand import ByHand, dataset, item, run_task

QUERIES = (
    item("q1", "1 0", kind="negation", template="t", language="en"),
    item("q2", "0 1", kind="negation", template="t", language="es"),
    item("q3", "1 1", kind="number"),
    item("q4", "1 2", kind="number"),
    item("unasked", "3 1"),
)
CORPUS = (
    item("d1", "0.9 0.1"),
    item("d2", "0.2 0.8"),
    item("p1", "0.8 0.3"),
    item("p2", "0 2"),
    item("d3", "1 0.9"),
    item("d4", "0.1 1"),
    item("other", "1 3"),
)
ROLES = {"query1": "q1", "query2": "q2", "document1": "d1", "document2": "d2"}
TOLD = {"paraphrase1": "p1", "paraphrase2": "p2"}
SECOND = {"query1": "q3", "query2": "q4", "document1": "d3", "document2": "d4"}


def contrasts(*groups: Group) -> Dataset:
    return dataset(QUERIES, CORPUS, groups=groups)


def evidence(data: Dataset, depth: int = 5, task: Contrast | None = None) -> Any:
    made = task or Contrast()
    needs = made.needs(data)
    return made.evidence(data, ByHand(needs.queries, needs.corpus), depth, 1)[2]


def cosine(a: str, b: str) -> float:
    both = {one.id: np.array(str(one.content).split(), float) for one in (*QUERIES, *CORPUS)}
    return float(both[a] @ both[b] / np.linalg.norm(both[a]) / np.linalg.norm(both[b]))


def test_queries_of_pairs_and_the_whole_corpus_are_needed() -> None:
    needs = Contrast().needs(contrasts(Group("g1", "contrast", ROLES)))
    assert [one.id for one in needs.queries] == ["q1", "q2"]
    assert needs.corpus == CORPUS
    assert needs.purpose == "retrieval"


def test_similarities_stand_where_they_belong() -> None:
    found = evidence(contrasts(Group("g1", "contrast", ROLES | TOLD)))
    expected = [[cosine(f"q{i}", f"d{j}") for j in (1, 2)] for i in (1, 2)]
    np.testing.assert_allclose(found.similarity[0], expected, atol=1e-6)
    np.testing.assert_allclose(found.control[0], [cosine("q1", "p1"), cosine("q2", "p2")])


def test_places_are_those_in_the_whole_corpus() -> None:
    found = evidence(
        contrasts(Group("g1", "contrast", ROLES | TOLD), Group("g2", "contrast", SECOND | TOLD))
    )
    # q1: d1 p1 d3 other d2 d4 p2 by angle; q2: p2 d4 other d2 ...
    for n, (queries, documents) in enumerate(((("q1", "q2"), ("d1", "d2")),
                                              (("q3", "q4"), ("d3", "d4")))):  # fmt: skip
        for i, query in enumerate(queries):
            order = sorted((-round(cosine(query, c.id), 6), c.id) for c in CORPUS)
            place = {name: n + 1 for n, (_, name) in enumerate(order)}
            assert found.right[n, i] == place[documents[i]]
            assert found.contrary[n, i] == place[documents[1 - i]]


def test_lists_are_a_hundred_deep_at_least() -> None:
    data = contrasts(Group("g1", "contrast", ROLES))
    needs = Contrast().needs(data)
    search = ByHand(needs.queries, needs.corpus)
    Contrast().evidence(data, search, 5, 1)
    assert search.asked == 100
    Contrast().evidence(data, search, 300, 1)
    assert search.asked == 300


def test_a_document_beyond_the_list_has_no_place() -> None:
    many = [item(f"near{n:03}", "1 0") for n in range(120)]
    data = dataset(QUERIES, (*CORPUS, *many), groups=(Group("g1", "contrast", ROLES),))
    found = evidence(data)
    assert found.right[0].tolist()[0] == 0
    assert found.contrary[0].tolist()[0] == 0


def test_without_paraphrases_there_is_no_control() -> None:
    data = contrasts(Group("g1", "contrast", ROLES))
    assert Contrast().problems(data) == []
    assert np.isnan(evidence(data).control).all()


def test_a_pair_is_a_unit_with_its_kind_and_the_tags_that_its_queries_share() -> None:
    (unit,) = Contrast().units(contrasts(Group("g1", "contrast", ROLES)))
    assert unit.id == "g1"
    assert unit.content == ("1 0", "0 1", "0.9 0.1", "0.2 0.8")
    assert dict(unit.tags) == {"kind": ("negation",), "template": ("t",)}
    assert evidence(contrasts(Group("g1", "contrast", ROLES))).kinds == ("negation",)


def test_pairs_of_one_template_are_a_cluster_and_others_stand_alone() -> None:
    groups = [Group("g1", "contrast", ROLES), Group("g2", "contrast", SECOND)]
    found = evidence(contrasts(*groups, Group("g3", "contrast", ROLES)))
    assert found.clusters[0].tolist() == ["t", "g2", "t"]


def test_a_changed_member_touches_its_pairs_on_its_side_only() -> None:
    groups = [Group("g1", "contrast", ROLES | TOLD), Group("g2", "contrast", SECOND | TOLD)]
    found = evidence(contrasts(*groups))
    assert found.touched("query", frozenset({"q1"})).tolist() == [True, False]
    assert found.touched("corpus", frozenset({"q1"})).tolist() == [False, False]
    assert found.touched("corpus", frozenset({"p1"})).tolist() == [True, True]
    assert found.touched("corpus", frozenset({"other"})).tolist() == [False, False]


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ((), "no group of the chosen items has the kind 'contrast'"),
        ((Group("g1", "like_varied", ROLES),), "no group of the chosen items has the kind"),
        (
            (Group("g1", "contrast", {k: v for k, v in ROLES.items() if k[-1] == "1"}),),
            "groups.jsonl: the group 'g1' lacks query2, document2.",
        ),
        (
            (Group("g1", "contrast", ROLES | TOLD), Group("g2", "contrast", SECOND)),
            "the group 'g2' lacks paraphrase1, paraphrase2.",
        ),
        (
            (Group("g1", "contrast", ROLES | {"query2": ROLES["query1"]}),),
            f"query1 and query2 of the group 'g1' are both '{ROLES['query1']}'.",
        ),
        (
            (Group("g1", "contrast", ROLES | {"query1": "d4"}),),
            "the query1 of the group 'g1', 'd4', is no query of queries.jsonl.",
        ),
        (
            (Group("g1", "contrast", ROLES | {"document2": "q4"}),),
            "the document2 of the group 'g1', 'q4', is no corpus item of corpus.jsonl.",
        ),
    ],
)
def test_what_the_groups_lack_is_said(groups: tuple[Group, ...], words: str) -> None:
    (sentence,) = Contrast().problems(contrasts(*groups))
    assert words in sentence
    assert sentence.startswith("by hand, groups.jsonl")


def test_groups_may_be_of_another_kind_and_their_details_in_another_tag() -> None:
    data = contrasts(Group("g1", "nevir", ROLES))
    found = evidence(data, task=Contrast(kind="nevir", detail="template", template="kind"))
    assert found.kinds == ("t",)
    assert found.clusters[0].tolist() == ["negation"]


def test_tables_show_each_kind_and_the_worst_pairs_in_words() -> None:
    wrong = SECOND | {"document1": "d4", "document2": "d3"}
    found = evidence(
        contrasts(Group("g1", "contrast", ROLES | TOLD), Group("g2", "contrast", wrong | TOLD))
    )
    kinds, worst = Contrast().details(found)
    assert [row[:4] for row in kinds.rows] == [
        ("negation", 1, 1.0, 0.0),
        ("number", 1, 0.0, 0.0),
        ("all", 2, 0.5, 0.0),
    ]
    ((pair, kind, query, answer, contradiction, margin),) = worst.rows
    assert (pair, kind, query) == ("g2", "number", "1 1")
    assert (answer, contradiction) == ("0.1 1", "1 0.9")
    assert margin == pytest.approx(cosine("q3", "d4") - cosine("q3", "d3"), abs=1e-6)


def test_a_table_shortens_long_texts_and_names_files() -> None:
    picture = Item("d4", Media("image/jpeg", Path("somewhere/cup.jpg")))
    data = dataset(QUERIES, (*CORPUS[:5], picture), groups=(Group("g", "contrast", SECOND),))
    (unit,) = Contrast().units(data)
    from evalkit.tasks import _contrast_tables

    assert [_contrast_tables._said(part) for part in unit.parts][3] == "cup.jpg"
    assert len(_contrast_tables._said("x" * 500)) == 160


def test_a_run_scores_every_pair(tmp_path: Path) -> None:
    data = contrasts(Group("g1", "contrast", ROLES | TOLD), Group("g2", "contrast", SECOND | TOLD))
    names = ("contrast_accuracy", "paraphrase_control", "contradiction_rate@1", "inversion_rate")
    run = run_task("contrast", data, names, tmp_path)
    found = {e.metric: e.value for e in run.estimates if e.kind == "value" and e.cell.dim == 16}
    assert found["contrast_accuracy"] == 1.0
    assert found["inversion_rate"] == 0.0
    assert set(found) == set(names)
