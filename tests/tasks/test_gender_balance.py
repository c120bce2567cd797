"""The task of balance: pools, groups and targets it hands over, its tables, and what it refuses."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core.errors import UsageError
from evalkit.core.items import Dataset, Item
from evalkit.tasks.gender_balance import GenderBalance
from tests.tasks.by_hand import ByHand, dataset, item, run_task

GENDERS = {"F": "female", "M": "male", "?": "unknown", "N": "nonbinary"}
BAKERS, SMITHS = "FFFFFMMMMMM?FN", "MFMFMMFMFFMF?N"


def people(occupation: str, letters: str) -> list[Item]:
    """Items of one occupation, each a little farther from the direction of its queries."""
    start = {"baker": 0.0, "smith": 1.0}[occupation]
    angles = [start + 0.01 * (n + 1) for n in range(len(letters))]
    return [
        item(
            f"{occupation}{n:02}",
            f"{np.cos(angle):.9f} {np.sin(angle):.9f}",
            occupation=occupation,
            gender=GENDERS[letter],
        )
        for n, (letter, angle) in enumerate(zip(letters, angles, strict=True))
    ]


def query(name: str, occupation: str, asks: str = "neutral", **tags: str) -> Item:
    vector = {"baker": "1 0", "smith": f"{np.cos(1):.9f} {np.sin(1):.9f}"}[occupation]
    return item(name, vector, occupation=occupation, asks=asks, **tags)


QUERIES = (
    query("q1", "baker"),
    query("q2", "baker"),
    query("q3", "smith"),
    query("q4", "smith", "female"),
    query("q5", "baker", "nonbinary"),
)
CORPUS = (*people("baker", BAKERS), *people("smith", SMITHS))
DATA = dataset(QUERIES, CORPUS)
GIVEN: dict[str, Any] = {
    "others": ("unknown", "nonbinary"),
    "neutral": {"asks": "neutral"},
    "coverage": 0.6,
    "k": 4,
}


def task(**params: Any) -> GenderBalance:
    return GenderBalance(**GIVEN | params)


def evidence(made: GenderBalance, data: Dataset = DATA, depth: int = 6) -> Any:
    needs = made.needs(data)
    return made.evidence(data, ByHand(needs.queries, needs.corpus), depth, 1)[2]


def tables(made: GenderBalance, data: Dataset = DATA) -> dict[str, Any]:
    return {table.name: table for table in made.details(evidence(made, data))}


def relabelled(letters: str) -> Dataset:
    return dataset(QUERIES, (*people("baker", letters), *people("smith", SMITHS)))


def test_a_query_finds_its_own_pool_in_order() -> None:
    found = evidence(task())
    assert found.ids == ("q1", "q2", "q3", "q4")
    assert [CORPUS[n].id for n in found.rows[2]] == [f"smith{n:02}" for n in range(6)]
    assert found.pool.sum(axis=1).tolist() == [14] * 4
    assert found.named.tolist() == [-1, -1, -1, 0]
    assert found.clusters[0].tolist() == ["baker", "baker", "smith", "smith"]
    assert found.relevant.sum(axis=1).tolist() == [14] * 4


def test_no_pool_is_the_whole_corpus() -> None:
    found = evidence(task(pool=""), depth=28)
    assert found.pool.all()
    assert (found.rows >= 0).all()
    assert found.clusters[0].tolist() == ["baker", "baker", "smith", "smith"]
    assert found.relevant.sum(axis=1).tolist() == [14] * 4


def test_lists_are_as_long_as_the_tables_need() -> None:
    assert evidence(task(k=5), depth=2).rows.shape == (4, 5)


def test_groups_stand_as_declared_and_other_values_are_unlabelled() -> None:
    found = evidence(task())
    assert found.groups == ("female", "male")
    assert found.member[:14].sum(axis=0).tolist() == [6, 6]
    assert found.member[11].tolist() == [0, 0]
    turned = evidence(task(groups=("male", "female")))
    np.testing.assert_array_equal(turned.member, found.member[:, ::-1])


def test_weights_are_soft_labels() -> None:
    soft = replace(CORPUS[0], tags={**CORPUS[0].tags, "gender": {"female": 0.7, "male": 0.2}})
    both = replace(CORPUS[1], tags={**CORPUS[1].tags, "gender": ("female", "male")})
    data = dataset(QUERIES, (soft, both, *CORPUS[2:]))
    assert task().problems(data) == []
    found = evidence(task(), data)
    assert found.member[:2].tolist() == [[0.7, 0.2], [0.5, 0.5]]
    table = tables(task(), data)["balance_by_subject"]
    assert [row[table.columns.index("p")] for row in table.rows] == [None, None]


def test_without_tags_of_neutral_queries_those_that_name_nobody_are() -> None:
    plain = (item("q1", "1 0", occupation="baker"), query("q2", "baker", "male"))
    found = evidence(task(neutral={}), dataset(plain, CORPUS))
    assert found.named.tolist() == [-1, 1]


def test_graded_items_are_relevant_where_any_are() -> None:
    grades = {"q1": {"baker00": 2, "baker05": 1, "baker06": 1, "baker01": 0}}
    found = evidence(task(), dataset(QUERIES, CORPUS, grades=grades))
    assert found.relevant.sum(axis=1).tolist() == [3, 0, 0, 0]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("uniform", [0.5, 0.5]),
        ("pool", [6 / 12, 6 / 12]),
        ({"female": 0.3, "male": 0.7}, [0.3, 0.7]),
        ("relevant", [1 / 3, 2 / 3]),
        ({"blend": ["relevant", "uniform"]}, [5 / 12, 7 / 12]),
        ({"blend": ["relevant", {"female": 0.3, "male": 0.7}]}, [0.95 / 3, 2.05 / 3]),
    ],
)
def test_targets_are_what_they_say(target: Any, expected: list[float]) -> None:
    grades = {q.id: {"baker00": 1, "baker05": 1, "baker06": 1} for q in QUERIES[:2]}
    grades |= {q.id: {"smith00": 1, "smith01": 1, "smith02": 1} for q in QUERIES[2:]}
    data = dataset(QUERIES, CORPUS, grades=grades)
    assert task(target=target).problems(data) == []
    found = evidence(task(target=target), data)
    np.testing.assert_allclose(found.target, [expected] * 4)


@pytest.fixture
def shares(tmp_path: Path) -> str:
    file = tmp_path / "shares.tsv"
    file.write_text("# who\noccupation\tpercent_women\tyear\nsmith\t20\t2015\nclerk\t60\t2015\n")
    return str(file)


def test_a_table_gives_targets_and_leaves_out_who_is_not_in_it(shares: str) -> None:
    for made in (task(target="external", shares=shares), task(target={"external": shares})):
        assert made.problems(DATA) == []
        found = evidence(made)
        np.testing.assert_allclose(found.target[2], [0.2, 0.8])
        assert np.isnan(found.target[:2]).all()
        note = tables(made)["target_and_found"].note
        assert "1 of 2 subjects" in note


def test_a_table_of_several_columns_is_read(tmp_path: Path) -> None:
    file = tmp_path / "shares.csv"
    file.write_text("subject,male,female\nbaker,0.4,0.6\nsmith,0.9,0.1\n")
    found = evidence(task(shares=str(file), groups=("male", "female")))
    np.testing.assert_allclose(found.shares[[0, 2]], [[0.4, 0.6], [0.9, 0.1]])
    np.testing.assert_allclose(found.target, 0.5)


def test_a_weighted_tag_of_a_query_goes_before_the_table(shares: str) -> None:
    own = replace(QUERIES[2], tags={**QUERIES[2].tags, "gender": {"female": 9.0, "male": 91.0}})
    data = dataset((*QUERIES[:2], own), CORPUS)
    np.testing.assert_allclose(evidence(task(shares=shares), data).shares[2], [0.09, 0.91])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no line"),
        ("occupation\tyear\nsmith\t2015\n", "no column of the header holds the share of female"),
        ("occupation\tfemale\nsmith\tmany\n", "line 2: female is 'many' and no number"),
        ("occupation\tfemale\n\n# x\nsmith\t20\n", "line 4: female is 20; expected 0 to 1"),
        ("occupation\tfemale\tmale\nsmith\t0.3\t0.3\n", "line 2: the shares sum to 0.6 and not"),
        ("occupation\tfemale\nsmith\n", "line 2: it has too few columns"),
        ("occupation\tfemale\nclerk\t0.2\n", "has no row for the subject of any query"),
        ("occupation\tfemale\nsmith\t1\n", "of the queries 'q3' gives some group nothing"),
    ],
)
def test_a_table_that_is_wrong_is_told(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "shares.tsv"
    file.write_text(text)
    (told,) = task(target="external", shares=str(file)).problems(DATA)
    assert said in told


def test_a_table_that_is_not_there_is_told() -> None:
    (told,) = task(shares="nowhere.tsv").problems(DATA)
    assert "nowhere.tsv" in told
    assert "cannot be read" in told


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"groups": ("female",)}, "one group cannot be balanced"),
        ({"groups": ("female", "male", "unknown")}, "a value stands twice"),
        ({"coverage": 1.2}, "expected 0 to 1"),
        ({"k": 0}, "expected 1 or more"),
        ({"target": "unifrom"}, "did you mean 'uniform'"),
        ({"target": "external"}, "needs a table"),
        ({"target": {"external": ""}}, "names no file"),
        ({"target": {"blend": ["uniform"]}}, "no list of two or more"),
        ({"target": {"blend": ["uniform", 3]}}, "no target"),
        ({"target": {"blend": ["uniform", "wold"]}}, "unknown target 'wold'"),
        ({"target": {"female": 0.5, "male": 0.6}}, "sum to 1.1"),
        ({"target": {"female": 0.0, "male": 1.0}}, "share of 'female' is 0"),
        ({"target": {"female": 1.0}}, "not the groups female, male"),
        ({"target": {"female": "half", "male": 0.5}}, "no number"),
        ({"target": {}}, "names nothing"),
    ],
)
def test_what_cannot_be_asked_is_refused(params: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        task(**params)


@pytest.mark.parametrize(
    ("letters", "params", "said"),
    [
        (BAKERS, {"others": ("nonbinary",)}, "others: [unknown]"),
        (BAKERS, {"others": ("unknown",)}, "is 'nonbinary', which is no declared group"),
        (BAKERS, {"groups": ("female", "male", "other")}, "no item has the gender 'other'"),
        (BAKERS, {"protected": "sex"}, "no item has a known sex"),
        (BAKERS, {"neutral": {"asks": "nobody"}}, "no query is neutral"),
        (BAKERS, {"k": 7}, "first 7 places are more than half of the 12 labelled items"),
        (BAKERS, {"coverage": 0.9}, "86% have a known gender, less than the coverage 0.9"),
        ("FFFFFFFFF????N", {}, "64% have"),
        ("FFFFFFFFFFFF?N", {"target": "pool"}, "the queries 'q1', 'q2' gives some group nothing"),
    ],
)
def test_data_that_cannot_answer_are_told(letters: str, params: dict[str, Any], said: str) -> None:
    told = task(**{"coverage": 0.7} | params).problems(relabelled(letters))
    assert any(said in sentence for sentence in told), told


def test_one_group_only_and_nobody_known_are_told() -> None:
    women = dataset(QUERIES, people("baker", "F" * 12))
    assert "there is one group only" in task().problems(women)[0]
    nobody = dataset(QUERIES, people("baker", "?" * 12))
    assert "no item has a known gender" in task().problems(nobody)[0]


def test_a_query_that_names_a_group_unheard_of_is_told() -> None:
    odd = dataset((*QUERIES, query("q9", "baker", "femal")), CORPUS)
    (told,) = task().problems(odd)
    assert "'q9' is 'femal', which is no declared group; did you mean 'female'?" in told


def test_a_query_without_a_pool_is_told() -> None:
    lost = dataset((*QUERIES, item("q9", "1 0", asks="neutral")), CORPUS)
    told = task().problems(lost)
    assert told == [
        "no item shares the tag 'occupation' with 1 of 5 queries, such as 'q9'.",
    ]


def test_weights_of_more_than_one_are_told() -> None:
    heavy = replace(CORPUS[0], tags={**CORPUS[0].tags, "gender": {"female": 2.0, "male": 1.0}})
    (told,) = task().problems(dataset(QUERIES, (heavy, *CORPUS[1:])))
    assert told == "the weights of the tag 'gender' sum to more than 1 for 'baker00'."


def test_data_that_can_answer_have_no_problem() -> None:
    assert task().problems(DATA) == []


def test_subjects_are_listed_least_balanced_first_with_exact_chances() -> None:
    table = tables(task())["balance_by_subject"]
    named = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    baker, smith = named
    assert (baker["subject"], smith["subject"]) == ("baker", "smith")
    assert (baker["female"], baker["male"], baker["distance from target"]) == (1.0, 0.0, 0.5)
    assert baker["bias to female"] == 1.0
    assert baker["absent"] == "male"
    assert baker["queries"] == 2
    alone = 2 * (6 * 5 * 4 * 3) / (12 * 11 * 10 * 9)  # both lists are one and the same
    assert baker["p"] == pytest.approx(alone)
    assert baker["p adjusted"] == pytest.approx(2 * alone)
    assert (smith["female"], smith["p"], smith["labelled"]) == (0.5, pytest.approx(1.0), 1.0)


def test_subjects_have_an_interval_and_the_band_of_chance() -> None:
    table = tables(task())["balance_by_subject"]
    baker, smith = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    assert (baker["female from"], baker["female to"]) == (None, None)  # both lists are the same
    assert (baker["chance from"], baker["chance to"]) == (0.25, 0.75)
    assert (smith["female from"], smith["female to"]) == (None, None)  # one query


def test_labels_of_matched_sets_are_drawn_within_the_sets() -> None:
    pairs = [
        replace(one, tags={**one.tags, "pair": (f"{n // 2}",)})
        for n, one in enumerate(people("baker", "FMFMFMFMFMFM"))
    ]
    data = dataset(QUERIES[:1], pairs)
    bands = []
    for matched in ("", "pair"):
        table = tables(task(coverage=1.0, matched=matched), data)["balance_by_subject"]
        (row,) = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
        bands.append((row["chance from"], row["chance to"]))
    assert bands == [(0.25, 0.75), (0.5, 0.5)]  # both versions of two sets are in the first four


def test_a_subject_with_too_few_labels_is_listed_last_with_a_dash() -> None:
    table = tables(task(coverage=0.9), relabelled("F??FFMMMMMMFFN"))["balance_by_subject"]
    assert [row[0] for row in table.rows] == ["smith", "baker"]
    assert table.rows[1][2:8] == (None, None, 0.5, None, None, None)


def test_the_target_stands_beside_what_was_found() -> None:
    table = tables(task(target={"female": 0.4, "male": 0.6}))["target_and_found"]
    assert table.rows == (
        ("female", 0.4, 0.75, pytest.approx(0.35), 12),
        ("male", 0.6, 0.25, pytest.approx(-0.35), 12),
    )
    assert "the given shares" in table.note


def test_queries_that_name_a_group_have_a_table() -> None:
    (row,) = tables(task())["named_groups"].rows
    assert row == ("female", 1, 0.5, 0.5)


def test_labour_shares_go_with_results() -> None:
    jobs = {"baker": 0.9, "smith": 0.5, "clerk": 0.1, "guard": None}
    letters = {"baker": "FFFF", "smith": "FFMM", "clerk": "FMMM", "guard": "MMMM"}
    queries, corpus = [], []
    for job, share in jobs.items():
        weighted = {} if share is None else {"gender": {"female": share, "male": 1 - share}}
        queries.append(Item(job, "1 0", {"occupation": (job,), "asks": ("neutral",), **weighted}))
        for n, letter in enumerate(letters[job] + "FFFFMMMM"):
            tags = {"occupation": (job,), "gender": (GENDERS[letter],)}
            corpus.append(Item(f"{job}{n:02}", f"1 {n / 100}", tags))
    data = dataset(queries, corpus)
    table = tables(task(coverage=1.0), data)["labour_shares"]
    told = {row[0]: row[1:] for row in table.rows}
    assert told["rank correlation (Spearman)"][0] == pytest.approx(1.0)
    assert told["slope"][0] == pytest.approx(0.9375)
    assert {row[-1] for row in table.rows} == {3}
    assert "Left out, without a share: guard." in table.note
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    for row in rows:
        assert row["chance from"] < row["by chance"] < row["chance to"] <= row["value"]
        assert 0 < row["p"] <= 1


def test_what_the_pool_gives_by_itself_is_chance_and_no_following() -> None:
    queries, corpus = [], []
    for n, job in enumerate(("baker", "smith", "clerk", "guard", "cook")):
        share = 0.1 + 0.2 * n
        known = {"gender": {"female": share, "male": 1 - share}}
        queries.append(Item(job, "1 0", {"occupation": (job,), "asks": ("neutral",), **known}))
        for at in range(20):  # in the list as in the pool: of each ten, as many as the share says
            tags = {"occupation": (job,), "gender": (GENDERS["FM"[at % 10 >= 10 * share - 1e-9]],)}
            corpus.append(Item(f"{job}{at:02}", f"1 {at / 100}", tags))
    table = tables(task(coverage=1.0, k=10), dataset(queries, corpus))["labour_shares"]
    slope = dict(zip(table.columns, table.rows[1], strict=True))
    assert slope["value"] == pytest.approx(1.0)
    assert slope["by chance"] == pytest.approx(1.0, abs=0.05)
    assert slope["p"] > 0.5


def test_a_subject_without_a_target_is_shown_and_not_tested() -> None:
    found = evidence(task())
    target = found.target.copy()
    target[[n for n, name in enumerate(found.ids) if name == "q3"]] = np.nan
    told = {t.name: t for t in task().details(replace(found, target=target))}
    table = told["balance_by_subject"]
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    baker, smith = rows["baker"], rows["smith"]
    assert (smith["p"], smith["p adjusted"], smith["target for female"]) == (None, None, None)
    assert smith["female"] == 0.5
    assert smith["chance from"] is not None
    assert baker["p"] is not None
    assert baker["p adjusted"] == baker["p"]  # one test alone


def test_three_groups_are_tested_each() -> None:
    def among(*letters: str) -> Dataset:
        return dataset(QUERIES[:3], [*people("baker", letters[0]), *people("smith", letters[1])])

    made = task(groups=("female", "male", "nonbinary"), others=(), k=3, coverage=1.0)
    data = among("FFFMMMNNN", "FMNFMNFMN")
    table = {row[0]: row for row in tables(made, data)["balance_by_subject"].rows}
    one = 3 * 2 * 1 / (9 * 8 * 7)
    some = one + (6 * 5 * 4) / (9 * 8 * 7)
    assert table["baker"][8] == pytest.approx(min(1, 3 * min(one, some)))
    assert table["smith"][8] == 1.0


def test_it_runs_from_vectors_to_numbers_and_tables(tmp_path: Path) -> None:
    run = run_task(
        "gender_balance", DATA, ["tvd@4", "bias@4", "compliance@4", "ndkl@4"], tmp_path, **GIVEN
    )
    told = {(e.metric, e.kind): e.value for e in run.estimates if e.cell.dim == 16 and not e.group}
    assert told["tvd@4", "value"] == pytest.approx(1 / 3)
    assert told["bias@4", "value"] == pytest.approx(2 / 3)
    assert told["compliance@4", "value"] == pytest.approx(0.5)
    assert told["tvd@4", "excess"] < told["tvd@4", "value"]
    assert 0 < told["tvd@4", "null"] < 0.5
    assert ("compliance@4", "null") not in told
    assert told["tvd@4", "attainable"] == 0.0  # two and two
    assert told["ndkl@4", "attainable"] > 0
    assert {"balance_by_subject", "target_and_found"} <= {d.table.name for d in run.details}


def test_rates_of_all_queries_together_have_an_excess_with_the_p_of_their_null(
    tmp_path: Path,
) -> None:
    names = ["equal_opportunity_gap@4", "retrievability_ratio@4", "equal_opportunity_lead@4"]
    run = run_task("gender_balance", DATA, names, tmp_path, **GIVEN)
    made = {(e.metric, e.kind): e for e in run.estimates if e.cell.dim == 16 and not e.group}
    for name in names:
        value, null, excess = (made[name, kind] for kind in ("value", "null", "excess"))
        few = 0.0 if name == "equal_opportunity_lead@4" else 0.05  # 50 of the 500 draws
        assert excess.value == pytest.approx(value.value - null.value, abs=few + 1e-6)
        assert excess.p == null.p
        assert excess.against == "chance"
