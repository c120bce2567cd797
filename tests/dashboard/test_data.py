"""Data: the card, how much of what, how it is judged, and what it looks like."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import streamlit as st
from PIL import Image

from evalkit import api, archive
from tests.dashboard.planted import PLANTED

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


def test_planted_amounts_and_an_unreadable_file_are_told(
    app: Callable[..., Any], tmp_path: Path, words: Words
) -> None:
    """Five texts, two pictures and two sounds, of which one is none; three lazy queries of four."""
    data = tmp_path / "data"
    (data / "media").mkdir(parents=True)
    for n in range(2):
        Image.new("RGB", (32, 32), (90 * n, 20, 20)).save(data / "media" / f"p{n}.png")
        hertz = np.sin(np.arange(8_000) * (0.2 + n))
        soundfile.write(data / "media" / f"s{n}.wav", 0.5 * hertz, 8_000)
    (data / "media" / "s1.wav").write_bytes(b"RIFF no sound at all")
    items: list[dict[str, Any]] = [{"id": f"t{n}", "text": f"article {n}"} for n in range(5)]
    items += [{"id": f"p{n}", "image": f"media/p{n}.png"} for n in range(2)]
    items += [{"id": f"s{n}", "audio": f"media/s{n}.wav"} for n in range(2)]
    asked = [
        {"id": f"q{n}", "text": f"article {n}", "tags": {"mood": "lazy" if n < 3 else "keen"}}
        for n in range(4)
    ]
    for name, rows in (("corpus", items), ("queries", asked)):
        (data / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    graded = "".join(f"q{n}\tt{n}\t1\n" for n in range(4))
    (data / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{graded}")
    (data / "dataset.yaml").write_text("name: planted\nlicence: CC0-1.0\n")
    suite = tmp_path / "planted.yaml"
    suite.write_text(PLANTED)
    api.run(suite, out=tmp_path / "reports", ledger=tmp_path / "ledger")
    page = app("data", out=tmp_path / "reports")
    assert not page.exception
    told = table_rows(words(page))
    assert ["Queries", "text", "4", "4"] in told
    for kind, stored, count in (("text", "5", "5"), ("image", "2", "2"), ("audio", "1", "2")):
        assert ["Items", kind, stored, count] in told
    assert ["Queries", "mood", "2", "lazy 3, keen 1"] in told
    (lost,) = (row for row in told if "s1" in row[-1])
    assert lost[:4] == ["Items", "failed", "1", "reference"]
    assert "no audio or video that can be read" in lost[4]


def table_rows(markup: str) -> list[list[str]]:
    """Return the texts of the cells of every row of every table, but those that head one."""
    rows = re.findall(r"<tr>(<td.*?)</tr>", markup, re.DOTALL)
    return [[unescape(c) for c in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]


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
