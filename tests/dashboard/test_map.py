"""The page Map finds hubs and orphans, and says where vectors cannot be looked up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

Shown = Callable[..., Any]


def said(at: Any) -> str:
    assert not at.exception, at.exception
    return "\n".join(h.proto.body for h in at.get("html"))


@pytest.fixture
def ledger(reports: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The ledger of the small run, as the dashboard finds it."""
    monkeypatch.setenv("EVALKIT_LEDGER", str(reports.parent / "ledger"))
    return reports.parent / "ledger"


@pytest.mark.usefixtures("ledger")
def test_it_names_its_question_and_draws_every_point(app: Shown) -> None:
    at = app("map", colour="language")
    words = said(at)
    assert "found by everybody or by nobody?" in words
    assert "queries and items" in words
    spec = at.get("vega_lite_chart")[0].proto.spec
    assert '"en"' in spec
    assert "queries?run=small" in words


@pytest.mark.usefixtures("ledger")
def test_a_planted_hub_and_a_planted_orphan_are_marked(
    app: Shown, copied: Path, small_run: Path, reports: Path
) -> None:
    suite = reports.parent / "small.yaml"
    (copied.parent / suite.name).write_text(suite.read_text())
    path = copied / "small" / small_run.name / "rankings.parquet"
    table = pq.read_table(path)
    wide = pc.and_(pc.equal(table["dim"], 1024), pc.equal(table["probe"], "clean"))
    planted, *_, lost = sorted(set(table["item"].to_pylist()))
    first = pc.and_(wide, pc.equal(table["rank"], 1))
    hidden = pc.and_(wide, pc.equal(table["item"], lost))
    items = pc.if_else(pc.or_(first, hidden), planted, table["item"])
    place = table.schema.get_field_index("item")
    pq.write_table(table.set_column(place, "item", items.cast(pa.string())), path)
    words = said(app("map", out=copied))
    hubs = words.partition("hubs, the most found first")[2].partition("<tbody>")[2]
    assert f">{planted}</td>" in hubs.partition("</tr>")[0]
    orphans = words.partition(" orphans</caption>")[2].partition("</table>")[0]
    assert f">{lost}</td>" in orphans
    assert f">{planted}</td>" not in orphans


def test_without_the_ledger_it_says_how_to_name_it(
    app: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALKIT_LEDGER", str(tmp_path / "empty"))
    words = said(app("map", at="256"))
    assert "<code>EVALKIT_LEDGER</code>" in words
    assert "nothing is asked of a model" in words


def test_without_the_suite_it_says_where_to_start(app: Shown, copied: Path) -> None:
    assert "Start the dashboard from the folder" in said(app("map", out=copied))
