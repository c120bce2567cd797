"""The files: made, shared, brought up to date, only read, or refused with a sentence."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from evalkit import ledger
from evalkit.core.errors import OutputError
from evalkit.ledger import Ledger
from evalkit.ledger.database import unusable
from tests.ledger.samples import DIM, harm, name, record, segments

OLD_TABLES = """
CREATE TABLE embedding (
    key BLOB NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL,
    model TEXT NOT NULL, revision TEXT NOT NULL, vector BLOB NOT NULL, norm REAL NOT NULL,
    kind TEXT NOT NULL, span_from REAL, span_to REAL, tokens INTEGER, truncated INTEGER NOT NULL,
    request_id TEXT NOT NULL, created TEXT NOT NULL, PRIMARY KEY (key, part)
) WITHOUT ROWID;
CREATE TABLE refusal (
    key BLOB NOT NULL PRIMARY KEY, model TEXT NOT NULL, revision TEXT NOT NULL,
    reason TEXT NOT NULL, created TEXT NOT NULL
) WITHOUT ROWID;
"""
WHEN = "2026-03-04T05:06:07+00:00"


def old_ledger(folder: Path, inputs: int, version: int = 1) -> None:
    """Write a ledger as evalkit 0.1 did."""
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as db, db:
        db.executescript(OLD_TABLES)
        rows = [
            (name(k), part, 2, "m", "1", record(k + part).vector.tobytes(), record(k + part).norm,
             "audio", 0.0, 1.5, 7, 1, "r", WHEN)
            for k in range(inputs) for part in range(2)
        ]  # fmt: skip
        db.executemany(f"INSERT INTO embedding VALUES ({','.join('?' * 14)})", rows)
        db.execute("INSERT INTO refusal VALUES (?, 'm', '1', 'no.', ?)", (name("r"), WHEN))
        db.execute(f"PRAGMA user_version={version}")


@pytest.mark.parametrize("version", [1, 0])  # the version was written after the tables
def test_a_ledger_of_the_first_version_is_taken_over_whole(tmp_path: Path, version: int) -> None:
    old_ledger(tmp_path, 700, version)
    for _ in range(2):
        with Ledger(tmp_path) as store:
            found = store.get([name(k) for k in range(700)], DIM)
            assert store.refusals([name("r")]) == {name("r"): "no."}
            assert store.verify().sound
            told = store.info().holdings
        assert len(found) == 700
        for k in range(700):
            for part, new in enumerate(found[name(k)]):
                assert new.vector.tobytes() == record(k + part).vector.tobytes()
                assert new.norm == record(k + part).norm
                assert (new.kind, new.span, new.tokens) == ("audio", (0.0, 1.5), 7)
                assert (new.truncated, new.request_id, new.attempts) == (True, "r", 1)
        assert [(h.model, h.revision, h.dim, h.inputs, h.refusals) for h in told] == [
            ("m", "1", 0, 0, 1),
            ("m", "1", DIM, 700, 0),
        ]
        assert {h.first for h in told} == {WHEN}


def test_what_breaks_off_while_taking_over_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    old_ledger(tmp_path, 3)
    with monkeypatch.context() as patch:
        patch.setattr("evalkit.ledger.store.filed", interrupted)
        with pytest.raises(KeyboardInterrupt):
            Ledger(tmp_path)
    with Ledger(tmp_path) as store:
        assert len(store) == 3


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    harm(tmp_path, "PRAGMA user_version=9")
    with pytest.raises(OutputError) as e:
        Ledger(tmp_path)
    assert str(e.value) == (
        f"{tmp_path / 'ledger.sqlite'}: the ledger has version 9, this evalkit reads up to 2. "
        "Update evalkit, or name another folder with --ledger or EVALKIT_LEDGER."
    )


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(OutputError) as e:
        Ledger(tmp_path)
    assert str(e.value) == (
        f"{tmp_path / 'ledger.sqlite'}: the index of the ledger is damaged, or something else "
        "(file is not a database). Keep the folder, since vectors that were paid for may lie in "
        "it, and name another with --ledger or EVALKIT_LEDGER."
    )


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "ledger"
    with pytest.raises(OutputError) as e:
        Ledger(place)
    assert str(e.value) == (
        f"{place}: the ledger of paid embeddings cannot be used (Not a directory). Name a folder "
        "that can be read and written with --ledger or EVALKIT_LEDGER."
    )


def test_a_file_in_place_of_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "ledger.vectors").write_text("")
    told = ": this names a file; a ledger is a folder. Name a folder with --ledger or "
    with pytest.raises(OutputError) as e:
        Ledger(tmp_path / "file")
    assert str(e.value) == f"{tmp_path / 'file'}{told}EVALKIT_LEDGER."
    with Ledger(tmp_path) as store, pytest.raises(OutputError) as e:
        store.put("m", "1", {name("k"): [record(1)]})
    assert str(e.value).startswith(f"{tmp_path / 'ledger.vectors'}: ")


def test_a_damaged_index_is_said(tmp_path: Path) -> None:
    names = [name(k) for k in range(2000)]
    with Ledger(tmp_path) as store:
        store.put("m", "1", {one: [record(1)] for one in names})
    path = tmp_path / "ledger.sqlite"
    whole = path.read_bytes()
    path.write_bytes(whole[:2048] + b"\xff" * (len(whole) - 2048))
    with pytest.raises(OutputError) as e, Ledger(tmp_path) as store:
        store.get(names, DIM)
    assert str(e.value) == (
        f"{path}: the index of the ledger is damaged (database disk image is malformed). Keep a "
        "copy of the folder (what was paid for may be rescued with `sqlite3 ledger.sqlite "
        ".dump`), and name another with --ledger or EVALKIT_LEDGER."
    )


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store._database.db.execute("PRAGMA max_page_count=16")
        with pytest.raises(OutputError, match=r"disk is full\)\. Free some space, or name"):
            store.put("m", "1", {name(k): [record(1)] for k in range(500)})
        assert len(store) == 0


def test_a_disk_that_is_full_of_vectors_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int, pieces: object) -> int:
        raise OSError(28, "No space left on device")

    with Ledger(tmp_path) as store:
        monkeypatch.setattr("os.writev", full)
        with pytest.raises(OutputError, match=r"\(No space left on device\)\. Free some space, "):
            store.put("m", "1", {name("k"): [record(1)]})


def test_files_that_cannot_be_locked_are_said(tmp_path: Path) -> None:
    for code in (sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_IOERR_LOCK, sqlite3.SQLITE_IOERR_SHMMAP):
        error = sqlite3.OperationalError("locking protocol")
        error.sqlite_errorcode = code
        assert str(unusable(tmp_path, error)).endswith(
            "cannot be used (locking protocol). The folder may lie on a network drive, where "
            "files cannot be locked well enough; "
            "name a folder on a disk of this machine with --ledger or EVALKIT_LEDGER."
        )


@contextmanager
def as_nobody(*folders: Path) -> Iterator[None]:
    """Let nobody write to folders and their files, the super-user included."""
    for folder in folders:
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
        for folder in folders:
            folder.chmod(0o755)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that other users may enter; tmp_path is closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_ledger_that_may_only_be_read_is_read(open_folder: Path) -> None:
    with Ledger(open_folder) as store:
        store.put("m", "1", {name("k"): [record(1)]}, {name("r"): "no."})
    vectors = open_folder / "ledger.vectors"
    with as_nobody(vectors, open_folder), Ledger(open_folder) as store:
        assert list(store.get([name("k"), name("x")], DIM)) == [name("k")]
        assert store.refusals([name("r")]) == {name("r"): "no."}
        assert store.verify().sound
        assert [h.inputs for h in store.info().holdings] == [0, 1]
        for write in (
            store.expect_writable,
            lambda: store.put("m", "1", {name("x"): [record(2)]}),
            lambda: store.claim([name("x")]),
            lambda: store.start_job(name("x"), "m"),
        ):
            with pytest.raises(OutputError) as e:
                write()
            assert str(e.value) == (
                f"{open_folder / 'ledger.sqlite'}: the ledger of paid embeddings cannot be used "
                "(attempt to write a readonly database). "
                "Name a folder that can be read and written with --ledger or EVALKIT_LEDGER."
            )
    assert sorted(p.name for p in open_folder.iterdir()) == ["ledger.sqlite", "ledger.vectors"]


def test_vectors_that_may_not_be_added_to_are_said_before_anything_is_paid(
    open_folder: Path,
) -> None:
    with Ledger(open_folder) as store:
        store.put("m", "1", {name("k"): [record(1)]})
    open_folder.chmod(0o777)
    (open_folder / "ledger.sqlite").chmod(0o666)
    said = pytest.raises(OutputError, match=r"\(Permission denied\)\. Name a folder")
    with as_nobody(open_folder / "ledger.vectors"), Ledger(open_folder) as store, said:
        store.expect_writable()


def test_an_old_ledger_that_may_only_be_read_is_said(open_folder: Path) -> None:
    old_ledger(open_folder, 1)
    with as_nobody(open_folder), pytest.raises(OutputError, match=r"Open it once where it can be"):
        Ledger(open_folder)


@pytest.mark.parametrize(
    ("mask", "folder", "expected"),
    [
        (0o022, 0o755, 0o644),
        (0o077, 0o755, 0o600),
        (0o002, 0o775, 0o664),
        (0o022, 0o2775, 0o664),
        (0o022, 0o775, 0o644),
        (0o027, 0o2770, 0o660),
    ],
)
def test_a_group_may_write_where_the_folder_is_made_for_it(
    tmp_path: Path, mask: int, folder: int, expected: int
) -> None:
    place = tmp_path / "shared"
    place.mkdir()
    place.chmod(folder)
    before = os.umask(mask)
    try:
        with Ledger(place) as store:
            store.put("m", "1", {name("k"): [record(1)]})
            modes = {p.name: p.stat().st_mode & 0o777 for p in [*place.iterdir(), *segments(place)]}
    finally:
        os.umask(before)
    inside = modes.pop("ledger.vectors")
    assert set(modes.values()) == {expected}
    assert len(modes) == 4  # the index, its log and its map, one segment
    assert bool(inside & 0o020) == bool(expected & 0o020)


def test_the_folder_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVALKIT_LEDGER", str(tmp_path / "mine"))
    assert ledger.default_folder() == tmp_path / "mine"
    monkeypatch.delenv("EVALKIT_LEDGER")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert ledger.default_folder() == tmp_path / "cache" / "evalkit"
