"""The page Robustness finds the probe that costs most, and the queries that it cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

Shown = Callable[..., Any]


def said(at: Any) -> str:
    assert not at.exception, at.exception
    return "\n".join(h.proto.body for h in at.get("html"))


def test_it_names_its_question_and_the_worst_probe(app: Shown) -> None:
    words = said(app("robustness"))
    assert "who pays for it?" in words
    assert "The largest drop of ndcg@10 at 1024 is" in words
    assert "under typos/3@query" in words


def test_every_probe_has_a_curve_and_a_row(app: Shown) -> None:
    at = app("robustness")
    assert "typos, query side" in said(at)
    frame = at.dataframe[0].value
    assert list(frame["probe"]) == ["typos"]
    assert set(at.dataframe[1].value["size"]) == {1024, 256}


def test_curves_are_drawn_by_group_as_the_address_says(app: Shown) -> None:
    at = app("robustness", lines="language")
    said(at)
    spec = at.get("vega_lite_chart")[0].proto.spec
    assert '"en"' in spec
    assert '"1024"' not in spec


def test_a_planted_loss_stands_first_and_leads_to_its_results(
    app: Shown, copied: Path, small_run: Path
) -> None:
    path = copied / "small" / small_run.name / "scores.parquet"
    table = pq.read_table(path)
    clean = pc.and_(pc.equal(table["probe"], "clean"), table["eligible"])
    ours = pc.and_(pc.equal(table["metric"], "ndcg@10"), pc.equal(table["dim"], 256))
    both = table.filter(pc.and_(ours, pc.equal(table["probe"], "typos/3@query")))
    known = both.filter(pc.is_finite(both["value"]))["unit"].to_pylist()
    planted = known[len(known) // 2]
    mine = pc.and_(ours, pc.equal(table["unit"], planted))
    values = table["value"].to_numpy().copy()
    values[np.array(pc.and_(mine, clean))] = 2.0
    column = table.schema.get_field_index("value")
    pq.write_table(table.set_column(column, "value", pa.array(values)), path)
    words = said(app("robustness", out=copied, at="256"))
    first = words.partition("the largest drop first")[2].partition("<tbody>")[2]
    row = first.partition("</tr>")[0]
    assert "2.000" in row
    for part in (f"query={planted}", "probe=typos%2F3%40query", "at=256"):
        assert part in row


@pytest.fixture
def without_probes(copied: Path, small_run: Path) -> Path:
    path = copied / "small" / small_run.name / "run.json"
    path.write_text(path.read_text().replace('"typos/3@query"', '"clean"'))
    return copied


def test_without_probes_it_says_how_to_get_them(app: Shown, without_probes: Path) -> None:
    assert "Add <code>probes</code> to the case" in said(app("robustness", out=without_probes))
