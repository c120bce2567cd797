"""TREC files as evidence: the convention of trec_eval, ties, and files that are wrong."""

from pathlib import Path

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.errors import DataError, UsageError
from evalkit.ranking import trec

QRELS = """\
1 0 cup 2
1 0 mug 1
1 0 pan 0
1 0 jar -1
2 0 lamp 0
2 0 bulb 0
3 0 sofa 1
4 0 rug 3
4 0 mat 1
4 0 tile 1
"""
# The ties of 1 stand against code-point order; the first two of 4 differ in double precision only.
RUN = """\
1 Q0 pan 1 0.90 demo
1 Q0 cup 2 0.80 demo
1 Q0 jar 3 0.80 demo
1 Q0 mug 4 0.80 demo
1 Q0 zip 5 0.10 demo
2 Q0 lamp 1 0.5 demo
4 Q0 mat 1 1.00000001 demo
4 Q0 oak 2 1.0 demo
4 Q0 rug 3 0.3 demo
9 Q0 rug 1 1.0 demo
"""
"""Query 3 has no results, nothing is relevant to 2, and 9 was never judged."""

# What trec_eval 9.0 gives for queries 1, 2, 3 (zero under -c) and 4.
TREC_EVAL = {
    "map": [0.5, 0, 0, 0.388889],
    "map@3": [0.25, 0, 0, 0.388889],
    "mrr": [0.5, 0, 0, 0.5],
    "r_precision": [0.5, 0, 0, 0.666667],
    "ndcg@3": [0.239812, 0, 0, 0.515847],
    "ndcg@10": [0.567207, 0, 0, 0.515847],
    "recall@3": [0.5, 0, 0, 0.666667],
    "precision@3": [0.333333, 0, 0, 0.666667],
    "hit@1": [0, 0, 0, 0],
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    qrels, run = tmp_path / "qrels.txt", tmp_path / "run.txt"
    qrels.write_text(QRELS, "utf-8")
    run.write_text(RUN, "utf-8")
    return qrels, run


def values(files: tuple[Path, Path], name: str, ties: str = "trec_eval") -> list[float]:
    found = trec.evidence(*files, ties).ranked
    scores: list[float] = trec.values(registry.metric(name), found).tolist()
    return scores


@pytest.mark.parametrize("name", TREC_EVAL)
def test_values_are_those_of_trec_eval(files: tuple[Path, Path], name: str) -> None:
    assert values(files, name) == pytest.approx(TREC_EVAL[name], abs=1e-6)


def test_who_is_left_out_and_who_is_unanswered_is_named(files: tuple[Path, Path]) -> None:
    found = trec.evidence(*files)
    assert found.ranked.ids == ("1", "2", "3", "4")
    assert (found.left_out, found.unanswered) == (("9",), ("3",))


@pytest.mark.parametrize(
    ("ties", "first", "fourth"),
    [
        ("trec_eval", ["pan", "mug", "jar", "cup", "zip"], ["oak", "mat", "rug"]),
        ("id", ["pan", "cup", "jar", "mug", "zip"], ["mat", "oak", "rug"]),
        ("rank", ["pan", "cup", "jar", "mug", "zip"], ["mat", "oak", "rug"]),
    ],
)
def test_ties(files: tuple[Path, Path], ties: str, first: list[str], fourth: list[str]) -> None:
    ranked = trec.evidence(*files, ties).ranked
    lists = [[ranked.corpus[r].id for r in row if r >= 0] for row in ranked.rows]
    assert lists == [first, ["lamp"], [], fourth]


def test_the_rank_column_is_followed_against_the_scores(files: tuple[Path, Path]) -> None:
    files[1].write_text("1 Q0 cup 7 0.9 x\n1 Q0 pan 2 0.1 x\n", "utf-8")
    assert values(files, "mrr", "rank")[0] == 1 / 2
    assert values(files, "mrr", "id")[0] == 1.0


def test_equal_scores_are_ordered_by_code_points_not_by_language(tmp_path: Path) -> None:
    (tmp_path / "q").write_text("1 0 é 1\n", "utf-8")
    (tmp_path / "r").write_text("".join(f"1 Q0 {d} 0 1e39 x\n" for d in "ézZa"), "utf-8")
    order = {
        ties: [e.corpus[r].id for r in e.rows[0]]
        for ties in ("trec_eval", "id")
        for e in [trec.evidence(tmp_path / "q", tmp_path / "r", ties).ranked]
    }
    assert order == {"trec_eval": ["é", "z", "a", "Z"], "id": ["Z", "a", "z", "é"]}


def test_lists_are_used_to_their_end(tmp_path: Path) -> None:
    (tmp_path / "q").write_text("1 0 d1500 1\n", "utf-8")
    lines = (f"1 Q0 d{i} {i} {-i} x\n" for i in range(1, 1601))
    (tmp_path / "r").write_text("".join(lines), "utf-8")
    assert values((tmp_path / "q", tmp_path / "r"), "mrr") == [pytest.approx(1 / 1500)]


def test_relevant_raises_the_bar(files: tuple[Path, Path]) -> None:
    ranked = trec.evidence(*files, relevant=2).ranked
    found = trec.values(registry.metric("recall@10"), ranked)
    np.testing.assert_array_equal(found, [1.0, 0.0, 0.0, 1.0])


def test_tabs_blank_lines_windows_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / "q").write_bytes(b"\xef\xbb\xbf1\t0\ta\t1\r\n\r\n")
    (tmp_path / "r").write_bytes(b"  1 Q0  a 1 0.5 tag\r\n")
    assert values((tmp_path / "q", tmp_path / "r"), "mrr") == [1.0]


def test_an_unknown_policy_is_refused(files: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match="did you mean 'rank'"):
        trec.evidence(*files, "ranks")


# --- files that are wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"1 0 cup", "3 fields; expected 4"),
        (b"1 0 cup 1 5", "5 fields; expected 4"),
        (b"1 0 cup 1.5", "the grade '1.5' is no whole number"),
        (b"1 0 cup 99999999999", "the grade 99999999999 is too large"),
        (b"1 0 mug 1", "the item 'mug' is judged twice for the query '1'"),
        (b"1 0 caf\xe9 1", "is not UTF-8"),
    ],
)
def test_wrong_judgements_are_named_with_their_line(
    files: tuple[Path, Path], line: bytes, message: str
) -> None:
    files[0].write_bytes(b"1 0 mug 1\n\n" + line + b"\n")
    with pytest.raises(DataError) as caught:
        trec.evidence(*files)
    assert f"{files[0]}:3: {message}" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"1 Q0 cup 1 0.5", "5 fields; expected 6"),
        (b"1 Q0 cup 2 high demo", "the score 'high' is no number"),
        (b"1 Q0 cup 2 nan demo", "the score is NaN"),
        (b"1 Q0 mug 1 0.1 demo", "the item 'mug' is found twice for the query '1'"),
        (b"1 Q0 c\xff 1 0.1 demo", "is not UTF-8"),
        (b"1 Q0 cup first 0.1 demo", "the rank 'first' is no whole number"),
        (b"1 Q0 cup 1 0.1 demo", "the query '1' has two items of rank 1"),
    ],
)
def test_wrong_results_are_named_with_their_line(
    files: tuple[Path, Path], line: bytes, message: str
) -> None:
    files[1].write_bytes(b"1 Q0 mug 1 0.9 demo\n" + line + b"\n")
    with pytest.raises(DataError) as caught:
        trec.evidence(*files, "rank" if "rank" in message else "trec_eval")
    assert f"{files[1]}:2: {message}" in str(caught.value)


def test_ranks_may_be_anything_where_scores_decide(files: tuple[Path, Path]) -> None:
    files[1].write_text("1 Q0 cup - 0.9 x\n1 Q0 mug - 0.8 x\n", "utf-8")
    assert values(files, "mrr")[0] == 1.0


def test_all_problems_of_a_file_are_told_at_once(files: tuple[Path, Path]) -> None:
    files[0].write_text("1 0 cup\n" * 3, "utf-8")
    with pytest.raises(DataError) as caught:
        trec.evidence(*files)
    assert len(caught.value.problems) == 3


def test_empty_missing_and_unrelated_files_are_refused(files: tuple[Path, Path]) -> None:
    qrels, run = files
    with pytest.raises(DataError, match="cannot be read"):
        trec.evidence(qrels.with_name("nowhere"), run)
    run.write_text("\n", "utf-8")
    with pytest.raises(DataError, match="holds no line"):
        trec.evidence(qrels, run)
    run.write_text("77 Q0 cup 1 0.5 demo\n", "utf-8")
    with pytest.raises(DataError, match="none of its queries is judged"):
        trec.evidence(qrels, run)
