"""Embeddings already paid for: found again, shared by processes, never half-written."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.synchronize import Barrier
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
        found = store.get([b"k" * 32, b"x" * 32], 8)
        assert len(store) == 1
    assert list(found) == [b"k" * 32]
    for old, new in zip(parts, found[b"k" * 32], strict=True):
        assert new.vector.tobytes() == old.vector.tobytes()
        assert (new.norm, new.kind, new.span, new.tokens, new.truncated, new.request_id) == (
            old.norm, old.kind, old.span, old.tokens, old.truncated, old.request_id,
        )  # fmt: skip


def test_what_is_stored_again_replaces_all_of_it(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {b"k": [record(1), record(2)]}, {b"r": "no."})
        store.put("m", "1", {b"k": [record(3)], b"r": [record(4)]})
        assert [r.vector.tobytes() for r in store.get([b"k"], 8)[b"k"]] == [
            record(3).vector.tobytes()
        ]
        assert store.refusals([b"r"]) == {}
        assert list(store.get([b"r"], 8)) == [b"r"]


def test_refusals_are_kept_and_are_no_vectors(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {}, {b"k": "the filter refused it."})
    with Ledger(tmp_path) as store:
        assert store.refusals([b"k", b"x"]) == {b"k": "the filter refused it."}
        assert store.get([b"k"], 8) == {}
        assert len(store) == 0


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM embedding WHERE part = 0",
        "DELETE FROM embedding WHERE part = 1",
        "UPDATE embedding SET parts = 3 WHERE part = 1",
        "UPDATE embedding SET vector = zeroblob(31) WHERE part = 1",
        "UPDATE embedding SET vector = zeroblob(28) WHERE part = 1",
        "UPDATE embedding SET vector = zeroblob(32) WHERE part = 0",
        f"UPDATE embedding SET vector = x'{'0000c07f' * 8}' WHERE part = 0",
        "UPDATE embedding SET vector = 'text' WHERE part = 0",
        "UPDATE embedding SET norm = 0 WHERE part = 0",
        "UPDATE embedding SET norm = 'long' WHERE part = 0",
    ],
)
def test_a_damaged_record_is_not_known_and_is_replaced(tmp_path: Path, harm: str) -> None:
    whole = {b"k": [record(1), record(2)]}
    with Ledger(tmp_path) as store:
        store.put("m", "1", whole)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db, db:
        db.execute(harm)
    with Ledger(tmp_path) as store:
        assert store.get([b"k"], 8) == {}
        store.put("m", "1", whole)
        assert len(store.get([b"k"], 8)[b"k"]) == 2


def test_a_vector_of_another_size_is_not_known(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {b"k": [record(1)]})
        assert store.get([b"k"], 4) == {}


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    names = [k.to_bytes(32, "big") for k in range(2000)]
    with Ledger(tmp_path) as store:
        store.put("m", "1", {name: [record(1)] for name in names})
    path = tmp_path / "ledger.sqlite"
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    with Ledger(tmp_path) as store, pytest.raises(OutputError) as e:
        store.get(names, 8)
    assert str(e.value) == (
        f"{path}: the ledger of paid embeddings cannot be used (database disk image is malformed). "
        "Remove the file, or set EVALKIT_LEDGER to another folder."
    )


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store._db.execute("PRAGMA max_page_count=4")
        with pytest.raises(OutputError, match=r"disk is full\)\. Free some space or set"):
            store.put("m", "1", {k.to_bytes(32, "big"): [record(1)] for k in range(500)})
        assert len(store) == 0


def _half_stored(store: Ledger) -> None:
    with store._transaction():
        store._db.execute("INSERT INTO refusal VALUES (x'00', 'm', '1', 'no.', '')")
        raise KeyboardInterrupt


def test_what_breaks_off_while_storing_leaves_nothing_half_stored(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        with pytest.raises(KeyboardInterrupt):
            _half_stored(store)
        store.put("m", "1", {b"k": [record(1)]})
        assert store.refusals([b"\0"]) == {}


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write to a folder and its files, the super-user included."""
    for path in (*folder.iterdir(), folder):
        path.chmod(path.stat().st_mode & ~0o222)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_ledger_that_may_only_be_read_is_read() -> None:
    with tempfile.TemporaryDirectory() as name:  # tmp_path is closed to other users
        folder = Path(name)
        folder.chmod(0o755)
        with Ledger(folder) as store:
            store.put("m", "1", {b"k": [record(1)]}, {b"r": "no."})
        with read_only(folder), Ledger(folder) as store:
            assert list(store.get([b"k", b"x"], 8)) == [b"k"]
            assert store.refusals([b"r"]) == {b"r": "no."}
            for write in (store.expect_writable, lambda: store.put("m", "1", {b"x": [record(2)]})):
                with pytest.raises(OutputError) as e:
                    write()
                assert str(e.value) == (
                    f"{folder / 'ledger.sqlite'}: the ledger of paid embeddings cannot be used "
                    "(attempt to write a readonly database). "
                    "Set EVALKIT_LEDGER to a folder that can be read and written."
                )
        assert [p.name for p in folder.iterdir()] == ["ledger.sqlite"]


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


def _write(folder: str, start: int, ready: Barrier) -> None:
    ready.wait(60)
    with Ledger(Path(folder)) as store:
        for k in range(start, start + 50):
            store.put("m", "1", {k.to_bytes(4, "big"): [record(k)]})


def test_several_processes_share_one_ledger(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(3)
    workers = [context.Process(target=_write, args=(str(tmp_path), s, ready)) for s in (0, 25, 25)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    with Ledger(tmp_path) as store:
        assert len(store) == 75
        found = store.get((k.to_bytes(4, "big") for k in range(75)), 8)
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
    with pytest.raises(OutputError, match=r"\). Set EVALKIT_LEDGER to a folder"):
        Ledger(tmp_path / "file" / "ledger")


def test_the_folder_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVALKIT_LEDGER", str(tmp_path / "mine"))
    assert ledger.default_folder() == tmp_path / "mine"
    monkeypatch.delenv("EVALKIT_LEDGER")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert ledger.default_folder() == tmp_path / "cache" / "evalkit"
