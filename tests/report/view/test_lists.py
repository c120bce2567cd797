"""What one query found in every cell."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from evalkit.archive import Run
from evalkit.core.results import Cell
from evalkit.report.view.lists import Answers, losses_of, named
from evalkit.report.view.pictures import contents

WIDE, SMALL = Cell("photos", "alpha", dim=1024), Cell("photos", "alpha", dim=256)


def answers(run: Run, query: str) -> Answers:
    mine = pc.field("query") == query
    ranked, judged = run.rankings.filter(mine), run.judgements.filter(mine)
    items = contents(run.items, "photos", "corpus", named(ranked, judged))
    scored = run.scores.filter(pc.field("unit") == query)
    return Answers(run.cases[0], ranked, scored, judged, items)


def test_a_list_stands_in_order_with_grades_pictures_and_sounds(run: Run) -> None:
    found = answers(run, "q4").found(WIDE)
    assert [one.rank for one in found.results] == [1, 2, 3, 4, 5]
    assert found.first == 6, "a relevant item below the results that are shown"
    assert answers(run, "q9").found(WIDE).results[0].relevant
    assert all(one.item.picture for one in found.results)
    assert found.scores["ndcg@10"] == pytest.approx(4 / 19, abs=1e-6)


def test_the_best_missed_items_come_with_their_rank_or_without_one(run: Run) -> None:
    found = answers(run, "q4").found(WIDE)
    shown = {one.item.id for one in found.results}
    assert found.missed
    assert not shown & {one.item.id for one in found.missed}
    assert [m.grade for m in found.missed] == sorted((m.grade for m in found.missed), reverse=True)


def test_every_size_has_a_list_of_its_own(run: Run) -> None:
    known = answers(run, "q4")
    first, second = (known.found(cell).results[0].item.id for cell in (WIDE, SMALL))
    assert first != second


def test_a_cell_without_a_list_finds_nothing_and_has_no_score(run: Run) -> None:
    found = answers(run, "q4").found(Cell("photos", "alpha", dim=8))
    assert (found.results, found.first, found.scores) == ((), None, {})


def test_a_variant_shows_what_it_became_where_that_is_stored_and_why_it_was_lost(run: Run) -> None:
    rows = [("photos", "typos@query", "q4", 5, None, "qeury"),
            ("photos", "typos@corpus", "q4", 1, None, "an item of the same name")]  # fmt: skip
    names = ("case", "probe", "item", "severity", "picture", "text")
    examples = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    metric = next(m for m in run.metrics if m.name == "ndcg@10")
    lost = losses_of(run.lost, "photos", "q4")
    light, heavy = answers(run, "q4").variants(WIDE, metric, examples, lost)
    assert (light.text, heavy.text) == ("", "qeury")
    assert (light.why, heavy.why) == ("unchanged", "")
    assert heavy.drop == pytest.approx(0.0)
    assert heavy.found.results
