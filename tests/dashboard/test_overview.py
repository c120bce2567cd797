"""Overview: all runs of all suites, and what of them cannot be read."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Words = Callable[[Any], str]


def _another(out: Path, run: Path, suite: str, stamp: str, change: Any = None) -> Path:
    """Store a run once more, under another name and with something changed in run.json."""
    folder = out / suite / f"{stamp}-abcdef"
    folder.mkdir(parents=True)
    meta = json.loads((run / "run.json").read_text())
    created = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T00:00:00+00:00"
    meta |= {"suite": suite, "id": folder.name, "created": created}
    if change:
        change(meta)
    (folder / "run.json").write_text(json.dumps(meta, indent=1))
    return folder


def _falling(meta: Any) -> None:
    verdict = next(v for v in meta["verdicts"] if v["status"] == "pass")
    verdict |= {"status": "fail", "observed": 0.123, "low": 0.1, "high": 0.15}


def test_the_newest_run_of_each_suite_leads_and_a_gate_that_turned_is_told(
    app: Callable[..., Any], copied: Path, small_run: Path, words: Words
) -> None:
    _another(copied, small_run, "small", "20990101T000000Z", _falling)
    _another(copied, small_run, "other", "20200101T000000Z")
    page = app(out=copied)
    said = words(page)
    assert "2 suites, 3 runs" in said
    assert "pass → fail: text-to-text: hit@10 at 1024 on reference is at least 0.3" in said
    listed = said[said.index('aria-label="Runs"') :]
    assert listed.index("20990101") < listed.index(small_run.name) < listed.index("20200101")
    assert "run?run=other%2F20200101T000000Z-abcdef" in said


def test_the_trend_of_a_gate_has_every_run_with_its_interval(
    app: Callable[..., Any], copied: Path, small_run: Path
) -> None:
    _another(copied, small_run, "small", "20990101T000000Z", _falling)
    gate = "text-to-text: hit@10 at 1024 on reference is at least 0.3"
    page = app(out=copied, suite="small", gate=gate)
    assert page.query_params["gate"] == gate
    spec = json.loads(page.get("vega_lite_chart")[0].proto.spec)
    assert "low" in json.dumps(spec)
    rows = page.dataframe[0].value
    assert rows["observed"].tolist()[0] == 0.123
    assert rows["status"].tolist() == ["fail", "pass"]
    assert rows["run"].tolist() == ["20990101T000000Z-abcdef", small_run.name]


def test_what_cannot_be_read_is_listed_and_harms_nothing(
    app: Callable[..., Any], copied: Path, small_run: Path, words: Words
) -> None:
    def newer(meta: Any) -> None:
        meta["schema"] = 99

    _another(copied, small_run, "later", "20990101T000000Z", newer)
    half = _another(copied, small_run, "half", "20990102T000000Z") / "run.json"
    half.write_bytes(half.read_bytes()[:500])
    foreign = copied / "notes" / "run-1"
    foreign.mkdir(parents=True)
    (foreign / "run.json").write_text('{"hello": "<script>alert(1)</script>"}')
    page = app(out=copied)
    assert not page.exception
    said = words(page)
    assert "1 suite, 1 run" in said
    assert "schema 99, this evalkit reads up to 1" in said
    for name in ("later/20990101T000000Z-abcdef", "half/20990102T000000Z-abcdef", "notes/run-1"):
        assert name in said
    assert "has no schema version" in said
    assert "<script>" not in said


def test_two_hundred_runs_are_listed_a_page_at_a_time_and_soon(
    app: Callable[..., Any], copied: Path, small_run: Path, words: Words
) -> None:
    for n in range(200):
        folder = copied / f"suite{n % 8}" / f"2026{n // 28 + 1:02d}{n % 28 + 1:02d}T000000Z-{n:06x}"
        shutil.copytree(small_run, folder, copy_function=lambda a, b: Path(b).hardlink_to(a))
    app(out=copied)
    started = time.process_time()
    page = app(out=copied, page="9")
    assert time.process_time() - started < 3
    assert page.selectbox(key="choice-page").value == "9"
    assert words(page).count("run?run=") < 40


def test_a_run_is_read_anew_only_where_it_changed(
    app: Callable[..., Any], copied: Path, small_run: Path, monkeypatch: Any
) -> None:
    from evalkit import archive

    read: list[Path] = []
    head = archive.head

    def spied(folder: Path) -> archive.Head:
        read.append(folder)
        return head(folder)

    monkeypatch.setattr(archive, "head", spied)
    app(out=copied)
    before = len(read)
    app(out=copied)
    assert len(read) == before == 1
    another = _another(copied, small_run, "small", "20990101T000000Z")
    app(out=copied)
    assert read[before:] == [another]
