"""Data: the card, how much of what, how it is judged, and what it looks like."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import streamlit as st

from evalkit import archive

Words = Callable[[Any], str]


def test_the_card_and_the_counts_are_those_of_the_run(
    app: Callable[..., Any], small_run: Path, words: Words
) -> None:
    page = app("data")
    run = archive.load(small_run)
    said = unescape(words(page)).replace("\u202f", "")
    card = run.cases[0].card
    for text in (card.licence, card.ground_truth, *card.limits, run.cases[0].fingerprint):
        assert text in said
    grades = Counter(run.judgements["grade"].to_pylist())
    shown = page.dataframe[0].value
    assert dict(zip(shown["grade"], shown["judgements"], strict=True)) == grades
    assert f"{run.judgements.num_rows} judgements of {run.cases[0].queries} queries" in said
    styles = Counter(
        value
        for row in run.items.to_pylist()
        if row["side"] == "query"
        for value in json.loads(row["tags"]).get("style", ())
    )
    (value, count), *_ = styles.most_common(1)
    assert f"{value} {count}" in said


def test_items_are_cards_a_page_at_a_time(
    app: Callable[..., Any], small_run: Path, words: Words
) -> None:
    items = archive.load(small_run).items.to_pylist()
    corpus = [row for row in items if row["side"] == "corpus"]
    said = unescape(words(app("data", side="Items", page="2")))
    assert said.count("<article") == 12
    for row in corpus[12:24]:
        assert row["id"] in said
        assert row["text"][:60] in said
    assert corpus[0]["text"][:60] not in said
    last = -(-len(corpus) // 12)
    assert f"page {last} of {last}" in words(app("data", side="Items", page="99999"))
    assert f"page 1 of {last}" in words(app("data", side="Items", page="x"))


def test_only_what_is_shown_is_read(
    app: Callable[..., Any], small_run: Path, monkeypatch: Any
) -> None:
    asked: list[tuple[str, Any, Any]] = []
    rows = archive.Opened.rows

    def spied(self: Any, table: str, columns: Any = None, where: Any = None) -> Any:
        found = rows(self, table, columns, where)
        asked.append((table, columns, found.num_rows))
        return found

    monkeypatch.setattr(archive.Opened, "rows", spied)
    st.cache_data.clear()
    st.cache_resource.clear()
    app("data")
    assert {table for table, _, _ in asked} == {"items", "judgements"}
    whole = [(columns, count) for table, columns, count in asked if columns is None]
    assert whole == [(None, 12)], "texts and pictures are read of the cards alone"
