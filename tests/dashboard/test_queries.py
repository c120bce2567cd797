"""Queries: what is planted is found by words, tag, rank, error and loss, and shown in full."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from evalkit import archive
from evalkit.core.results import Lost

QUERY, EVIL = "q0336", "<img src=x onerror=alert(1)> *bold* [a](http://x) =1+1 \u202egnirts"


def told(at: Any) -> str:
    """Return all that a page says in HTML, but its style sheet."""
    assert not at.exception, at.exception
    return "\n".join(h.proto.body for h in at.get("html") if "<style" not in h.proto.body)


@pytest.fixture
def planted(copied: Path, small_run: Path) -> Path:
    """Return runs with one query whose words are markup, and which a probe left as it was."""
    folder = copied / "small" / small_run.name
    run = archive.load(folder)
    words = [
        EVIL if row["id"] == QUERY and row["side"] == "query" else row["text"]
        for row in run.items.to_pylist()
    ]
    at = run.items.schema.get_field_index("text")
    lost = Lost("text-to-text", "reference", "typos/3@query", "query", QUERY, "unchanged", "same")
    items = run.items.set_column(at, "text", pa.array(words, pa.string()))
    archive.save(replace(run, items=items, lost=(*run.lost, lost)), folder)
    return copied


def test_words_find_the_query_and_all_of_its_lists_are_shown(app: Callable[..., Any]) -> None:
    at = app("queries", words="SWING dancing")
    assert list(at.dataframe[0].value["id"]) == [QUERY]
    assert not {"errors", "lost"} & set(at.dataframe[0].value), "columns without anything in them"
    page = told(at)
    assert "1 of 216 queries" in page.replace("\u202f", "")
    assert "<h3" in page
    assert all(f"at {dim}" in page for dim in (1024, 256))
    assert "✗ missed" in page or "✓ relevant" in page


def test_the_numbers_of_one_query_are_those_of_the_run(
    app: Callable[..., Any], small_run: Path
) -> None:
    run = archive.load(small_run)
    rows = run.scores.filter(pa.compute.field("unit") == QUERY).to_pylist()
    page = told(app("queries", query=QUERY))
    for row in rows:
        if row["probe"] == "clean":
            assert f"{row['value']:.3f}" in page.partition("One query")[2]
    changed = next(r["value"] for r in rows if r["probe"] != "clean" and r["metric"] == "ndcg@10")
    assert f"{changed:.3f}" in page.partition("Under probes")[2]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"tag": "language", "value": "es"}, 108),
        ({"rank": "first"}, None),
        ({"rank": "not found"}, None),
    ],
)
def test_filters_leave_what_they_name(
    app: Callable[..., Any], asked: dict[str, str], count: int | None
) -> None:
    at = app("queries", **asked)
    found = at.dataframe[0].value
    assert 0 < len(found) <= 50
    if count:
        assert f"{count} of 216" in told(at)
        assert all("language: es" in tags for tags in found["tags"])
    else:
        wanted = {"first": "1", "not found": "not found"}[asked["rank"]]
        assert set(found["first relevant at"]) == {wanted}


def test_the_worst_come_first_and_pages_turn(app: Callable[..., Any]) -> None:
    at = app("queries", sort="ndcg@10")
    first = list(at.dataframe[0].value["ndcg@10"])
    assert first == sorted(first)
    later = next(b for b in at.button if b.label == "Later").click().run()
    assert later.query_params["page"] in ("2", ["2"])
    assert max(first) <= min(later.dataframe[0].value["ndcg@10"])
    later.text_input(key="words").set_value("green").run()
    assert "page" not in later.query_params, "other queries are shown from their first page on"


def test_what_a_query_says_is_shown_as_text(app: Callable[..., Any], planted: Path) -> None:
    at = app("queries", out=planted, words="onerror")
    page = told(at)
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; *bold*" in page
    assert "\u202e" not in page
    assert not any("onerror" in m.value for m in at.markdown)


def test_what_a_probe_left_as_it_was_says_so(app: Callable[..., Any], planted: Path) -> None:
    at = app("queries", out=planted, query=QUERY, probe="typos/3@query", lost="unchanged")
    assert "unchanged: same" in told(at)
    assert list(at.dataframe[0].value["lost"]) == ["unchanged"]


def test_a_query_that_is_not_there_and_a_search_without_a_hit_help(
    app: Callable[..., Any],
) -> None:
    assert "no query &#39;nobody&#39;" in told(app("queries", query="nobody"))
    assert "Take a condition away" in told(app("queries", words="zzzzzz"))
