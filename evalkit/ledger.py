"""Embeddings already paid for: one SQLite file that several processes may share.

A record is filed under the SHA-256 of everything that could change a vector: the model, its
revision, every request parameter, the size and the content itself. Refusals are kept beside the
vectors, since asking again changes nothing. An interrupted run loses only the requests in flight.

Sharing keeps the file whole. It does not keep two processes that need one input at the same moment
from both paying for it; the answer that comes last stays.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import OutputError, Problem

_VERSION = 1
_AT_ONCE = 500
_TABLES = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS embedding (
    key BLOB NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL,
    model TEXT NOT NULL, revision TEXT NOT NULL, vector BLOB NOT NULL, norm REAL NOT NULL,
    kind TEXT NOT NULL, span_from REAL, span_to REAL, tokens INTEGER, truncated INTEGER NOT NULL,
    request_id TEXT NOT NULL, created TEXT NOT NULL, PRIMARY KEY (key, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refusal (
    key BLOB NOT NULL PRIMARY KEY, model TEXT NOT NULL, revision TEXT NOT NULL,
    reason TEXT NOT NULL, created TEXT NOT NULL
) WITHOUT ROWID;
COMMIT
"""
_RECORD = "vector, norm, kind, span_from, span_to, tokens, truncated, request_id"
_ADD_PART = f"INSERT INTO embedding VALUES ({', '.join('?' * 14)})"
_PATIENCE = 60.0
_ADVICE = {
    sqlite3.SQLITE_FULL: "Free some space or set EVALKIT_LEDGER to a folder that can be written.",
    sqlite3.SQLITE_BUSY: "Another process holds it; try again once that has ended.",
    sqlite3.SQLITE_CORRUPT: "Remove the file, or set EVALKIT_LEDGER to another folder.",
    sqlite3.SQLITE_NOTADB: "Set EVALKIT_LEDGER to another folder.",
}
_MAY_NOT_WRITE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One vector as it was answered. vector: float32 (dim,); norm: its length; see `Embedded`."""

    vector: Float32
    norm: float
    kind: str = "whole"
    span: tuple[float, float] | None = None
    tokens: int | None = None
    truncated: bool = False
    request_id: str = ""


def key(
    model: str,
    revision: str,
    request: Mapping[str, object],
    dim: int,
    content: str,
    repeat: int = 0,
) -> bytes:
    """Return what a vector is filed under, 32 bytes; `content` is the item's digest."""
    parts = [model, revision, dict(request), dim, content, repeat]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).digest()


def default_folder() -> Path:
    """Return $EVALKIT_LEDGER, else the user's cache folder."""
    if chosen := os.environ.get("EVALKIT_LEDGER"):
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "evalkit"


class Ledger:
    """The ledger in a folder, made when it is not there. Use as a context manager."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = default_folder() if folder is None else folder
        self.path = self.folder / "ledger.sqlite"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._db = _open(self.path)
        except (OSError, sqlite3.Error) as e:
            raise OutputError(_unusable(self.path, e)) from e

    def __enter__(self) -> Ledger:
        """Return the ledger."""
        return self

    def __exit__(self, *stopped: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; everything stored stays."""
        with suppress(sqlite3.Error):
            self._db.close()

    def __len__(self) -> int:
        """Return the number of inputs paid for."""
        with self._reported():
            (count,) = self._db.execute("SELECT count(*) FROM embedding WHERE part = 0").fetchone()
        return int(count)

    def get(self, keys: Iterable[bytes], dim: int) -> dict[bytes, list[Record]]:
        """Return what is known of the keys, all parts of each in order; the others are absent.

        A key whose parts are not all there, or are no usable vectors of `dim` values, is damaged
        and counts as not known.
        """
        rows = self._rows(f"key, part, parts, {_RECORD} FROM embedding", keys)
        found = {name: _sound(list(parts), dim) for name, parts in groupby(rows, lambda r: r[0])}
        return {name: records for name, records in found.items() if records}

    def refusals(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """Return why the model refused those of the keys that it refused."""
        return {name: str(why) for name, why in self._rows("key, reason FROM refusal", keys)}

    def put(
        self,
        model: str,
        revision: str,
        answers: Mapping[bytes, Sequence[Record]],
        refusals: Mapping[bytes, str] | None = None,
    ) -> None:
        """Store answers and refusals (key -> reason), all or none of them.

        What was stored under a key before, damaged or not, is replaced as a whole.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        reasons = refusals or {}
        old = [(name,) for name in (*answers, *reasons)]
        refused = [(name, model, revision, why, now) for name, why in reasons.items()]
        parts = [
            (name, part, len(records), model, revision, *_row(record), now)
            for name, records in answers.items()
            for part, record in enumerate(records)
        ]
        with self._transaction():
            self._db.executemany("DELETE FROM embedding WHERE key = ?", old)
            self._db.executemany("DELETE FROM refusal WHERE key = ?", old)
            self._db.executemany(_ADD_PART, parts)
            self._db.executemany("INSERT INTO refusal VALUES (?, ?, ?, ?, ?)", refused)

    def expect_writable(self) -> None:
        """Raise OutputError where nothing can be stored: found out before anything is paid."""
        with self._transaction():
            self._db.execute("DELETE FROM refusal WHERE false")

    def _rows(self, what: str, keys: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the keys, by key and then by the second column."""
        wanted = list(dict.fromkeys(keys))
        with self._reported():
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT {what} WHERE key IN ({marks}) ORDER BY 1, 2"
                yield from self._db.execute(query, some)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Do what is inside wholly or, where anything breaks it off, not at all."""
        with self._reported():
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Turn errors of the file into OutputError."""
        try:
            yield
        except sqlite3.Error as e:
            raise OutputError(_unusable(self.path, e)) from e


def _open(path: Path) -> sqlite3.Connection:
    """Return the ledger in a file; one that may not be written, a cache for instance, is read."""
    for how in ("mode=rwc", "mode=ro"):
        try:
            return _connect(path, how)
        except sqlite3.OperationalError as e:
            if _code(e) not in _MAY_NOT_WRITE or not path.is_file():
                raise
    return _connect(path, "mode=ro&immutable=1")  # not even a lock may be made beside it


def _connect(path: Path, how: str) -> sqlite3.Connection:
    """Return the file opened, with its tables; refuse one that a newer evalkit wrote."""
    address = f"{path.absolute().as_uri()}?{how}"
    db = sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            what = f"the ledger has version {version}, this evalkit reads up to {_VERSION}."
            fix = "Update evalkit, or set EVALKIT_LEDGER to another folder."
            raise OutputError(Problem(str(path), what, fix))
        if how == "mode=rwc":
            _prepare(db, version)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, version: int) -> None:
    """Set up durability, and the tables where they are not there."""
    _wait_for_wal(db)
    db.execute("PRAGMA synchronous=NORMAL")
    (made,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version < _VERSION or made < _TABLES.count("CREATE TABLE"):
        db.executescript(f"{_TABLES}; PRAGMA user_version={_VERSION}")


def _wait_for_wal(db: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; SQLite itself does not wait for others that do the same."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as e:
            if _code(e) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.02)


def _row(record: Record) -> tuple[object, ...]:
    """Return what the table holds of a record, between revision and time."""
    return (
        np.ascontiguousarray(record.vector, "<f4").tobytes(), record.norm, record.kind,
        *(record.span or (None, None)), record.tokens, int(record.truncated), record.request_id,
    )  # fmt: skip


def _sound(rows: Sequence[tuple[Any, ...]], dim: int) -> list[Record] | None:
    """Return the parts of one key; None where one is missing or is no usable vector of the size."""
    if any(row[1:3] != (n, len(rows)) for n, row in enumerate(rows)):
        return None
    try:
        records = [_record(row) for row in rows]
    except (TypeError, ValueError):
        return None
    return records if all(_usable(record, dim) for record in records) else None


def _usable(record: Record, dim: int) -> bool:
    """Return whether a vector has the size, a direction, and a length that can be."""
    values = record.vector
    shaped = len(values) == dim and 0 < record.norm < math.inf
    return shaped and bool(np.isfinite(values).all() and values.any())


def _record(row: tuple[Any, ...]) -> Record:
    """Return a record from a row of `get`."""
    vector, norm, kind, span_from, span_to, tokens, truncated, request_id = row[3:]
    span = None if span_from is None else (float(span_from), float(span_to))
    values, cut = np.frombuffer(vector, "<f4"), bool(truncated)
    return Record(values, float(norm), kind, span, tokens, cut, request_id)


def _code(error: Exception) -> int:
    """Return SQLite's primary error code, 0 for errors of another kind."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _unusable(path: Path, error: Exception) -> Problem:
    """Return the problem of a ledger that cannot be opened, read or written."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    code = sqlite3.SQLITE_FULL if full else _code(error)
    fix = _ADVICE.get(code, "Set EVALKIT_LEDGER to a folder that can be read and written.")
    return Problem(str(path), f"the ledger of paid embeddings cannot be used ({error}).", fix)
