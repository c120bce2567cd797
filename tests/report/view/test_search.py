"""Queries searched, filtered, put in order and handed out a page at a time."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from evalkit.archive import Run
from evalkit.core.results import Cell
from evalkit.report.view.search import RANKS, Index, Wanted, index

CELL = Cell("photos", "alpha", dim=1024)


def in_cell(table: pa.Table) -> pa.Table:
    """Return the rows of a table that belong to the cell."""
    place = {"model": CELL.model, "probe": CELL.probe, "dim": CELL.dim}
    for name, value in place.items():
        table = table.filter(pc.field(name) == value)
    return table


def made(run: Run) -> Index:
    items = run.items.filter(pc.field("side") == "query")
    better = {m.name: m.better for m in run.metrics}
    scores, rankings = in_cell(run.scores), in_cell(run.rankings)
    return index(run.cases[0], CELL, items, scores, rankings, run.lost, better)


@pytest.fixture
def queries(run: Run) -> Index:
    return made(run)


def test_all_words_have_to_be_there_in_any_case(queries: Index) -> None:
    assert queries.page(Wanted(words="QUERY 17")).hits[0].id == "q17"
    assert queries.page(Wanted(words="query 17 absent")).total == 0
    assert queries.page(Wanted(words="q17")).total == 1, "an id is searched too"


def test_what_looks_like_a_pattern_is_searched_as_it_is(queries: Index) -> None:
    assert queries.page(Wanted(words=".*")).total == 0


def test_a_tag_and_tags_crossed_choose_queries(queries: Index) -> None:
    assert queries.tags["language"] == {"en": 20, "plain": 20}
    assert queries.page(Wanted(tag="language", value="en")).total == 20
    assert queries.page(Wanted(tag="language", value="de")).total == 0
    assert set(queries.crossed("language*language")) == {
        "en*en", "en*plain", "plain*en", "plain*plain",
    }  # fmt: skip


def test_the_rank_of_the_first_relevant_result_chooses_queries(run: Run, queries: Index) -> None:
    rows = in_cell(run.rankings).to_pylist()
    known = {row["query"] for row in rows} - {"q5"}
    first = {
        query: min(
            (r["rank"] for r in rows if r["query"] == query and (r["grade"] or 0) >= 2), default=0
        )
        for query in known
    }
    for words, (low, high) in RANKS.items():
        wanted = {query for query, rank in first.items() if low <= rank <= high}
        found = queries.page(Wanted(rank=words), size=50).hits
        assert {hit.id for hit in found} == wanted, words
        assert all(hit.first == (first[hit.id] or None) for hit in found)


def test_an_unjudged_query_is_lost_and_not_called_not_found(queries: Index) -> None:
    (hit,) = queries.page(Wanted(lost="unjudged")).hits
    assert (hit.id, hit.judged, hit.first) == ("q5", False, None)


def test_the_worst_come_first_and_those_without_a_score_last(queries: Index) -> None:
    found = queries.page(Wanted(sort="ndcg@10"), size=50).hits
    scores = [hit.score for hit in found]
    assert scores[:18] == sorted(scores[:18])
    assert {hit.id for hit in found[18:]} == {"q3", "q5"}
    best = queries.page(Wanted(sort="ndcg@10", worst=False), size=50).hits
    assert best[0].id == "q19"
    assert {hit.id for hit in best[18:]} == {"q3", "q5"}


def test_pages_cover_every_query_once(queries: Index) -> None:
    pages = [queries.page(Wanted(), number, size=8) for number in (1, 2, 3)]
    assert [page.span for page in pages] == [(1, 8), (9, 16), (17, 20)]
    assert len({hit.id for page in pages for hit in page.hits}) == 20
    assert queries.page(Wanted(), 99, size=8).number == 3
    assert queries.page(Wanted(words="absent")).span == (0, 0)


def test_an_error_above_zero_chooses_queries(run: Run) -> None:
    names = pa.array(["irrelevant@10"] * run.scores.num_rows).dictionary_encode()
    at = run.scores.schema.get_field_index("metric")
    found = made(replace(run, scores=run.scores.set_column(at, "metric", names)))
    assert found.errors == ("irrelevant@10",)
    hits = found.page(Wanted(error="irrelevant@10"), size=50).hits
    assert {hit.id for hit in hits} == {f"q{n}" for n in range(1, 20)} - {"q3", "q5"}
    assert all(hit.errors == ("irrelevant@10",) for hit in hits)


def test_a_case_without_grades_knows_no_first_relevant_result(run: Run) -> None:
    case = replace(run.cases[0], truth="tags")
    assert made(replace(run, cases=(case,))).page(Wanted(rank="not found")).total == 0


def test_foreign_text_is_handed_out_as_it_is(make_run: Callable[..., Run]) -> None:
    text = "<b onclick=x>*bold*</b> =1+1"
    found = made(make_run(text)).page(Wanted(words="onclick"), size=50)
    assert found.total == 20
    assert all(text in hit.text for hit in found.hits)
