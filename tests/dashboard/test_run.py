"""Run: the answer, each verdict with what explains it, and what the run was made with."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

from evalkit import archive

Words = Callable[[Any], str]


def test_every_verdict_is_shown_with_its_number_and_a_way_to_its_queries(
    app: Callable[..., Any], small_run: Path, words: Words
) -> None:
    said = unescape(words(app("run")))
    for verdict in archive.load(small_run).verdicts:
        assert verdict.gate in said
        assert f"{verdict.observed:.3f} ({verdict.low:.3f} to {verdict.high:.3f})" in said
        assert verdict.why in said
    at = "run=small%2F" + small_run.name
    assert f"queries?{at}&case=text-to-text&model=reference&at=1024&metric=hit%4010" in said
    assert f"dimensions?{at}&case=text-to-text" in said


def test_a_planted_failure_leads_the_verdicts(
    app: Callable[..., Any], copied: Path, small_run: Path, words: Words
) -> None:
    path = copied / "small" / small_run.name / "run.json"
    meta = json.loads(path.read_text())
    meta["verdicts"][-1] |= {"status": "fail", "why": "Planted for this test."}
    path.write_text(json.dumps(meta))
    said = words(app("run", out=copied))
    table = said[said.index('aria-label="Verdicts"') :]
    assert table.index("Planted for this test.") < table.index("status pass")


def test_what_changed_since_the_run_before_is_told(
    app: Callable[..., Any], copied: Path, small_run: Path, words: Words
) -> None:
    said = words(app("run"))
    assert "There is no earlier run of this suite to compare with" in said
    path = copied / "small" / small_run.name / "run.json"
    meta = json.loads(path.read_text())
    verdict = meta["verdicts"][0]
    turn = {key: verdict[key] for key in ("gate", "cell", "metric", "group")}
    turn |= {"before": "waived", "after": verdict["status"], "was": 0.777, "now": 0.5}
    meta["since"] = {
        "run": "20200101T000000Z-aaaaaa", "created": "2020-01-01T00:00:00+00:00",
        "kind": "previous", "gates": 3, "turns": [turn], "changes": [], "moved": [], "note": "",
    }  # fmt: skip
    path.write_text(json.dumps(meta))
    said = words(app("run", out=copied))
    assert "1 of 3 gates changed" in said
    assert "0.777" in said
    assert "was waived" in said


def test_its_files_are_offered_but_none_from_elsewhere(
    app: Callable[..., Any], copied: Path, small_run: Path, tmp_path: Path
) -> None:
    labels = {one.proto.label for one in app("run").get("download_button")}
    assert {"Report", "Summary", "JUnit", "All numbers"} <= labels
    (tmp_path / "secret").write_text("a secret of this computer")
    summary = copied / "small" / small_run.name / "summary.md"
    summary.unlink()
    summary.symlink_to(tmp_path / "secret")
    labels = {one.proto.label for one in app("run", out=copied).get("download_button")}
    assert "Report" in labels
    assert "Summary" not in labels


def test_costs_skipped_inputs_and_provenance_are_there(
    app: Callable[..., Any], small_run: Path, words: Words
) -> None:
    said = words(app("run"))
    assert "This run paid nothing for embeddings." in said
    run = archive.load(small_run)
    assert run.cases[0].fingerprint in said
    assert str(run.models[0].wanted) in said.replace("\u202f", "")
    assert "No input was refused or failed" in said
