"""Scores, rankings and judgements as tables: what a slow and plain reading of them gives."""

from __future__ import annotations

import numpy as np

from evalkit.archive import judgements_table, rankings_table, scores_table
from evalkit.archive.tables import measured_from
from evalkit.core.arrays import Ranking
from evalkit.core.results import Cell, Listing, Measured, Scores

NAN = float("nan")
CELLS = (Cell("find", "m", dim=8), Cell("find", "m", dim=4), Cell("other", "m", dim=8))
GRADES = {
    "find": {"q1": {"a": 2, "c": 0, "far": 3}, "q3": {"b": -1}, "gone": {"a": 1}},
    "other": {},
}


def ranking() -> Ranking:
    """Three queries over items a to c; the second finds nothing, the third two of three."""
    rows = np.array([[0, 1, 2], [-1, -1, -1], [1, 0, -1]])
    scores = np.where(rows >= 0, 0.9 - 0.1 * np.arange(3), NAN)
    return Ranking(("q1", "q2", "q3"), ("a", "b", "c"), rows, scores, rows)


def test_rankings_hold_a_row_per_place_with_its_grade() -> None:
    table = rankings_table([Listing(cell, ranking()) for cell in CELLS], GRADES)
    names = ("case", "dim", "query", "rank", "item", "grade")
    rows = [tuple(row[n] for n in names) for row in table.to_pylist()]
    found = [("q1", 1, "a"), ("q1", 2, "b"), ("q1", 3, "c"), ("q3", 1, "b"), ("q3", 2, "a")]
    assert rows == [
        (cell.case, cell.dim, query, rank, item, GRADES[cell.case].get(query, {}).get(item))
        for cell in CELLS
        for query, rank, item in found
    ]
    assert np.allclose(table["score"].to_numpy()[:5], [0.9, 0.8, 0.7, 0.9, 0.8])


def test_rankings_say_which_part_of_an_item_won() -> None:
    spans = np.full((3, 3, 2), NAN)
    spans[0, 1], spans[2, 0] = (5.0, 12.5), (0.0, 5.0)
    table = rankings_table([Listing(CELLS[0], ranking(), spans)], GRADES)
    assert table["span_from"].to_pylist() == [None, 5.0, None, 0.0, None]
    assert table["span_to"].to_pylist() == [None, 12.5, None, 5.0, None]
    whole = rankings_table([Listing(CELLS[0], ranking())], GRADES)
    assert whole["span_from"].null_count == len(whole)
    assert whole.schema == table.schema == rankings_table([], {}).schema


def test_scores_read_back_as_they_were() -> None:
    ids = ("q1", "q2", "q3")
    one = (np.array(["i", "i", "j"], object),)
    two = (np.array([1, 2, 2], object), np.array(["x", "y", "y"], object))
    columns = {"true": np.array([1.0, NAN, 0.0]), "predicted": np.array([0.5, 0.25, NAN])}
    eligible = np.array([True, True, False])
    measured = [
        Measured(cell, name, Scores(ids, clusters, columns), eligible)
        for cell, clusters in zip(CELLS, (one, two, one), strict=True)
        for name in ("f1", "auc")
    ]
    back = measured_from(scores_table(iter(measured)))
    assert list(back) == [(m.cell, m.metric) for m in measured]
    for was in measured:
        now = back[was.cell, was.metric]
        assert (now.scores.ids, now.eligible.tolist()) == (ids, eligible.tolist())
        labels = [row.tolist() for row in now.scores.clusters]
        assert labels == [list(map(str, row)) for row in was.scores.clusters]
        for name, values in columns.items():
            assert np.array_equal(now.scores.columns[name], values, equal_nan=True)


def test_judgements_hold_a_row_each() -> None:
    rows = [tuple(row.values()) for row in judgements_table(GRADES).to_pylist()]
    assert rows == [
        ("find", "q1", "a", 2), ("find", "q1", "c", 0), ("find", "q1", "far", 3),
        ("find", "q3", "b", -1), ("find", "gone", "a", 1),
    ]  # fmt: skip
    assert judgements_table({}).num_rows == 0
