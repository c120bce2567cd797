"""Embeddings already paid for: found again, shared by processes, never half-written."""

from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from evalkit import ledger
from evalkit.core.errors import OutputError
from evalkit.ledger import Ledger, Record


def record(seed: int, **fields: object) -> Record:
    vector = np.random.default_rng(seed).normal(size=8).astype(np.float32)
    return Record(vector, float(np.linalg.norm(vector)), **fields)  # type: ignore[arg-type]


def test_what_was_stored_is_found_bit_for_bit(tmp_path: Path) -> None:
    parts = [
        record(1, kind="audio", span=(0.0, 4.5)),
        record(2, tokens=7, truncated=True, request_id="r"),
    ]
    with Ledger(tmp_path) as store:
        store.put("m", "1", {b"k" * 32: parts})
    with Ledger(tmp_path) as store:
        found = store.get([b"k" * 32, b"x" * 32])
        assert len(store) == 1
    assert list(found) == [b"k" * 32]
    for old, new in zip(parts, found[b"k" * 32], strict=True):
        assert new.vector.tobytes() == old.vector.tobytes()
        assert (new.norm, new.kind, new.span, new.tokens, new.truncated, new.request_id) == (
            old.norm, old.kind, old.span, old.tokens, old.truncated, old.request_id,
        )  # fmt: skip


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {b"k": [record(1)]})
        store.put("m", "1", {b"k": [record(2)]})
        assert store.get([b"k"])[b"k"][0].vector.tobytes() == record(1).vector.tobytes()


def test_keys_differ_by_everything_that_could_change_a_vector() -> None:
    base = ("m", "1", {"purpose": "INDEX"}, 256, "digest", 0)
    others = [
        ("n", *base[1:]),
        ("m", "2", *base[2:]),
        ("m", "1", {"purpose": "QUERY"}, 256, "digest", 0),
        ("m", "1", {"purpose": "INDEX"}, 384, "digest", 0),
        ("m", "1", {"purpose": "INDEX"}, 256, "other", 0),
        ("m", "1", {"purpose": "INDEX"}, 256, "digest", 1),
    ]
    keys = {ledger.key(*one) for one in [base, *others]}
    assert len(keys) == 7
    assert ledger.key("m", "1", {"a": 1, "b": 2}, 4, "d") == ledger.key(
        "m", "1", {"b": 2, "a": 1}, 4, "d"
    )


def _write(folder: str, start: int) -> None:
    with Ledger(Path(folder)) as store:
        for k in range(start, start + 50):
            store.put("m", "1", {k.to_bytes(4, "big"): [record(k)]})


def test_several_processes_share_one_ledger(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(str(tmp_path), s)) for s in (0, 25)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    with Ledger(tmp_path) as store:
        assert len(store) == 75
        found = store.get(k.to_bytes(4, "big") for k in range(75))
    assert all(
        found[k.to_bytes(4, "big")][0].vector.tobytes() == record(k).vector.tobytes()
        for k in range(75)
    )


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as db:
        db.execute("PRAGMA user_version=9")
    with pytest.raises(OutputError) as e:
        Ledger(tmp_path)
    assert str(e.value) == (
        f"{tmp_path / 'ledger.sqlite'}: the ledger has version 9, this evalkit reads up to 1. "
        "Update evalkit, or set EVALKIT_LEDGER to another folder."
    )


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(OutputError, match="the ledger of paid embeddings cannot be used"):
        Ledger(tmp_path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Free some space or set EVALKIT_LEDGER"):
        Ledger(tmp_path / "file" / "ledger")


def test_the_folder_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVALKIT_LEDGER", str(tmp_path / "mine"))
    assert ledger.default_folder() == tmp_path / "mine"
    monkeypatch.delenv("EVALKIT_LEDGER")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert ledger.default_folder() == tmp_path / "cache" / "evalkit"
