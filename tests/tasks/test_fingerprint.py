"""The fingerprint task: sources, strangers, and where in a recording a segment was found."""

from pathlib import Path
from typing import Any

import numpy as np

from evalkit.core.items import Dataset, Span
from evalkit.tasks.fingerprint import Fingerprint
from tests import toys
from tests.metrics.evidence_by_hand import per_unit
from tests.tasks.by_hand import ByHand, dataset, item, run_task

RECORDINGS = (
    item("r1", "1 0 | 0.8 0.6 | 0.6 0.8"),  # three parts of four seconds
    item("r2", "0 1 | -0.6 0.8"),
    item("r3", "-1 0"),
)
SEGMENTS = (
    item("s1", "0.8 0.59"),
    item("s2", "-0.5 0.8"),
    item("s3", "-1 0.1"),
    item("s4", "0.1 1"),
    item("stranger", "0 -1"),
)
GRADES = {
    "s1": {"r1": 2, "r3": 1},
    "s2": {"r2": 2},
    "s3": {"r3": 2},
    "s4": {"r1": 2},
    "stranger": {"r1": 0},
}
SPANS = {
    ("s1", "r1"): Span(start=5.0, end=7.0),
    ("s2", "r2"): Span(start=1.0, end=3.0),
    ("s3", "r3"): Span(start=0.0, end=2.0),
}


def evidence(data: Dataset | None = None, relevant: int = 1) -> Any:
    data = data or dataset(SEGMENTS, RECORDINGS, grades=GRADES, spans=SPANS)
    return Fingerprint().evidence(data, ByHand(data.queries, data.corpus), 3, relevant)[2]


def test_the_source_is_a_recording_judged_relevant_and_strangers_have_none() -> None:
    assert evidence().source.tolist() == [0, 1, 2, 0, -1]
    assert evidence(relevant=3).source.tolist() == [-1] * 5


def test_of_several_sources_the_one_found_first_counts_with_its_place() -> None:
    copies = {"s1": {"r1": 1, "r2": 2}, "s3": {"r1": 1, "r3": 1}}
    spans = {("s1", "r1"): Span(5.0, 7.0), ("s1", "r2"): Span(1.0, 3.0)}
    found = evidence(dataset(SEGMENTS, RECORDINGS, grades=copies, spans=spans))
    assert found.rows[0].tolist()[0] == 0
    assert found.source.tolist() == [0, -1, 2, -1, -1]
    assert found.place[0].tolist() == [5.0, 7.0]
    assert evidence(dataset(SEGMENTS, RECORDINGS, grades=copies), relevant=2).source[0] == 1


def test_the_best_source_counts_where_none_is_found() -> None:
    data = dataset(SEGMENTS[:1], RECORDINGS, grades={"s1": {"r2": 1, "r3": 2}})
    found = Fingerprint().evidence(data, ByHand(data.queries, data.corpus), 1, 1)[2]
    assert found.rows.tolist() == [[0]]
    assert found.source.tolist() == [2]


def test_a_segment_that_was_never_judged_is_a_stranger() -> None:
    grades = {"s1": GRADES["s1"]}
    found = evidence(dataset(SEGMENTS, RECORDINGS, grades=grades))
    assert found.source.tolist() == [0, -1, -1, -1, -1]


def test_places_are_those_of_the_source_and_not_known_elsewhere() -> None:
    np.testing.assert_array_equal(
        evidence().place, [(5, 7), (1, 3), (0, 2), (np.nan, np.nan), (np.nan, np.nan)]
    )


def test_spans_are_those_of_the_part_that_won() -> None:
    found = evidence()
    assert found.rows[:, 0].tolist() == [0, 1, 2, 1, 0]
    first = found.spans[:, 0]
    np.testing.assert_array_equal(first[:2], [(4, 8), (4, 8)])
    assert np.isnan(first[2]).all()  # a recording of one vector tells no place


def test_hits_places_and_false_matches() -> None:
    found = evidence()
    np.testing.assert_array_equal(per_unit("source_hit@1", found), [1, 1, 1, 0, np.nan])
    np.testing.assert_array_equal(per_unit("source_mrr@3", found), [1, 1, 1, 0.5, np.nan])
    np.testing.assert_array_equal(per_unit("offset_hit", found), [1, 0, 0, np.nan, np.nan])
    false = per_unit("false_match_rate", found, threshold=0.0)
    np.testing.assert_array_equal(false, [np.nan] * 4 + [1])
    assert per_unit("false_match_rate", found, threshold=0.1)[4] == 0


def recordings(n: int = 40) -> Dataset:
    """Noisy segments of n recordings, every fourth of which is not in the corpus."""
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(n, 8))
    heard = rows + 0.7 * rng.normal(size=rows.shape)

    def said(row: Any) -> str:
        return " ".join(f"{x:.4f}" for x in row)

    corpus = [item(f"r{i:02}", said(row)) for i, row in enumerate(rows) if i % 4]
    queries = [item(f"s{i:02}", said(row)) for i, row in enumerate(heard)]
    grades = {f"s{i:02}": {f"r{i:02}": 1} for i in range(n) if i % 4}
    return dataset(queries, corpus, grades=grades)


def test_a_case_of_fingerprints_is_scored_at_every_size(tmp_path: Path) -> None:
    metrics = ("source_hit@1", "source_mrr@10", "false_match_rate", "open_set_eer")
    run = run_task("fingerprint", recordings(), metrics, tmp_path)
    for name, n in zip(metrics, (30, 30, 10, 40), strict=True):
        for dim in (16, 4):
            found = toys.value(run, name, dim=dim)
            assert found.n == n, name
            assert 0 <= found.low <= found.value <= found.high <= 1
    assert toys.value(run, "source_hit@1").value > toys.value(run, "source_hit@1", dim=4).value
