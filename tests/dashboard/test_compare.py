"""Compare: the page shows the numbers of `evalkit compare`, and what was planted into a run."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from evalkit import api, archive
from evalkit.cli import app as command
from evalkit.core.results import Cell
from evalkit.report.text import figure

CASE, LATER = "text-to-text", "20270101T000000Z-aaaaaa"
HARMED = "q0336"


def told(at: Any) -> str:
    """Return all that a page says in HTML, but its style sheet."""
    assert not at.exception, at.exception
    return "\n".join(h.proto.body for h in at.get("html") if "<style" not in h.proto.body)


@pytest.fixture
def later(copied: Path, small_run: Path) -> tuple[Path, str, str]:
    """Return runs of which the later one lost one query whole and a little on every tenth."""
    run = archive.load(small_run)
    values = run.scores["value"].to_numpy().copy()
    values[::10] *= 0.5
    values[np.array([unit == HARMED for unit in run.scores["unit"].to_pylist()])] = 0.0
    at = run.scores.schema.get_field_index("value")
    scores = run.scores.set_column(at, "value", pa.array(values))
    with archive.new_folder(copied, "small", LATER) as folder:
        archive.save(replace(run, id=LATER, created="2027-01-01", scores=scores), folder)
    return copied, f"small/{small_run.name}", f"small/{LATER}"


def test_the_page_and_the_command_show_the_same_numbers(
    app: Callable[..., Any], later: tuple[Path, str, str]
) -> None:
    out, before, after = later
    asked = ["compare", str(out / before), str(out / after), "--json"]
    rows = json.loads(CliRunner().invoke(command, asked).stdout)
    page = told(app("compare", out=out, run=after, of="runs", at="256", **{"with": before}))
    wanted = [e for e in api.compare(out / before, out / after) if str(e.cell).endswith("at 256")]
    clean = [e for e in wanted if e.cell.probe == "clean"]
    assert len(clean) == 3
    for e in clean:
        (row,) = (r for r in rows if Cell(**r["cell"]) == e.cell and r["metric"] == e.metric)
        assert (row["value"], row["low"], row["high"], row["p"]) == (e.value, e.low, e.high, e.p)
        assert f">{figure(e)}</td>" in page
        assert f">{e.p:.4f}</td>" in page


def test_the_query_that_lost_most_is_named_first_with_both_lists(
    app: Callable[..., Any], later: tuple[Path, str, str]
) -> None:
    out, before, after = later
    page = told(app("compare", out=out, run=after, of="runs", **{"with": before}))
    lost = page.partition("Queries that changed most")[2]
    assert lost.partition("<tbody>")[2].partition("</tr>")[0].count(HARMED) == 1
    assert lost.count("1 · ") >= 2, "a list on each side"
    assert f"case={CASE}" in lost
    assert f"query={HARMED}" in lost


def test_runs_on_other_data_are_refused_with_the_reason(
    app: Callable[..., Any], later: tuple[Path, str, str]
) -> None:
    out, before, after = later
    file = out / before / "run.json"
    meta = json.loads(file.read_text())
    meta["cases"][0]["fingerprint"] = "0" * 64
    file.write_text(json.dumps(meta))
    page = told(app("compare", out=out, run=after, of="runs", **{"with": before}))
    assert "one was run on other queries, items or judgements" in page


def test_sizes_show_the_losses_that_the_run_stores(
    app: Callable[..., Any], small_run: Path
) -> None:
    run = archive.load(small_run)
    page = told(app("compare", of="sizes"))
    stored = [
        e for e in run.estimates
        if e.kind == "loss" and e.cell.probe == "clean" and not e.group
    ]  # fmt: skip
    assert len(stored) == 3
    assert all(f">{figure(e)}</td>" in page for e in stored)
    assert "256 against 1024" in page


def test_a_pair_that_is_not_stored_is_estimated_as_the_run_would_have_done(
    small_run: Path,
) -> None:
    run = archive.load(small_run)
    small, wide = (Cell(CASE, "reference", dim=dim) for dim in (256, 1024))
    bare = replace(run, estimates=tuple(e for e in run.estimates if e.kind != "loss"))
    assert api.difference(bare, small, wide) == api.difference(run, small, wide)
    turned = api.difference(run, wide, small, ["hit@10"])[0]
    whole = api.difference(run, small, wide, ["hit@10"])[0]
    assert turned.value == pytest.approx(-whole.value)
    groups = api.difference(run, small, wide, ["hit@10"], ["language"])
    assert [e.group for e in groups] == ["", "language=en", "language=es"]


def test_one_run_alone_and_one_model_alone_say_what_to_do(app: Callable[..., Any]) -> None:
    assert "no other run to compare with" in told(app("compare", of="runs"))
    assert "more models into the suite" in told(app("compare", of="models"))
