"""Embeddings already paid for: one SQLite file that several processes may share.

A record is filed under the SHA-256 of everything that could change a vector: the model, its
revision, every request parameter, the size and the content itself. An answer is durable when the
batch that brought it is committed, so an interrupted run loses only the requests in flight.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import OutputError, Problem

_VERSION = 1
_AT_ONCE = 500
_TABLES = """
CREATE TABLE IF NOT EXISTS embedding (
    key BLOB NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL,
    model TEXT NOT NULL, revision TEXT NOT NULL, vector BLOB NOT NULL, norm REAL NOT NULL,
    kind TEXT NOT NULL, span_from REAL, span_to REAL, tokens INTEGER, truncated INTEGER NOT NULL,
    request_id TEXT NOT NULL, created TEXT NOT NULL, PRIMARY KEY (key, part)
) WITHOUT ROWID
"""
_COLUMNS = (
    "key, part, parts, model, revision, vector, norm, kind, span_from, span_to, tokens, "
    "truncated, request_id, created"
)


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
    text = json.dumps(
        [model, revision, dict(request), dim, content, repeat],
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode()).digest()


def default_folder() -> Path:
    """Return $EVALKIT_LEDGER, else the user's cache folder."""
    chosen = os.environ.get("EVALKIT_LEDGER")
    if chosen:
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
            self._db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            self._prepare()
        except (OSError, sqlite3.Error) as e:
            raise OutputError(_unusable(self.path, e)) from e

    def _prepare(self) -> None:
        """Set up durability and tables; refuse a ledger that a newer evalkit wrote."""
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise OutputError(
                Problem(
                    str(self.path),
                    f"the ledger has version {version}, this evalkit reads up to {_VERSION}.",
                    "Update evalkit, or set EVALKIT_LEDGER to another folder.",
                )
            )
        self._db.execute(_TABLES)
        self._db.execute(f"PRAGMA user_version={_VERSION}")

    def __enter__(self) -> Ledger:
        """Return the ledger."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; everything stored stays."""
        with suppress(sqlite3.Error):
            self._db.close()

    def __len__(self) -> int:
        """Return the number of inputs paid for."""
        (count,) = self._db.execute("SELECT count(*) FROM embedding WHERE part = 0").fetchone()
        return int(count)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, list[Record]]:
        """Return what is known of the keys, all parts of each in order; the others are absent."""
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, list[Record]] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._db.execute(
                "SELECT key, parts, vector, norm, kind, span_from, span_to, tokens, truncated, "
                f"request_id FROM embedding WHERE key IN ({marks}) ORDER BY key, part",
                some,
            )
            for row in rows:
                found.setdefault(row[0], []).append(_record(row))
        return found

    def put(self, model: str, revision: str, answers: Mapping[bytes, Sequence[Record]]) -> None:
        """Store the answers of one batch, all or none of them; what is there already stays."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [
            (
                name, part, len(records), model, revision,
                np.ascontiguousarray(r.vector, "<f4").tobytes(), r.norm, r.kind,
                r.span[0] if r.span else None, r.span[1] if r.span else None,
                r.tokens, int(r.truncated), r.request_id, now,
            )
            for name, records in answers.items()
            for part, r in enumerate(records)
        ]  # fmt: skip
        marks = ",".join("?" * len(_COLUMNS.split(",")))
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                f"INSERT OR IGNORE INTO embedding ({_COLUMNS}) VALUES ({marks})",
                rows,
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as e:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise OutputError(_unusable(self.path, e)) from e


def _record(row: tuple[object, ...]) -> Record:
    """Return a record from a row of `get`."""
    _, _, vector, norm, kind, span_from, span_to, tokens, truncated, request_id = row
    span = None if span_from is None else (float(str(span_from)), float(str(span_to)))
    return Record(
        np.frombuffer(vector, "<f4"),  # type: ignore[call-overload]
        float(str(norm)),
        str(kind),
        span,
        None if tokens is None else int(str(tokens)),
        bool(truncated),
        str(request_id),
    )


def _unusable(path: Path, error: Exception) -> Problem:
    """Return the problem of a ledger that cannot be opened or written."""
    return Problem(
        str(path),
        f"the ledger of paid embeddings cannot be used ({error}).",
        "Free some space or set EVALKIT_LEDGER to a folder that can be written.",
    )
