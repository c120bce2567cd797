"""The tables of the index, and how the tables of an older version become these."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

VERSION = 2

_TABLES = """
CREATE TABLE space (
    id INTEGER PRIMARY KEY, model TEXT NOT NULL, revision TEXT NOT NULL, request TEXT NOT NULL,
    dim INTEGER NOT NULL, UNIQUE (model, revision, request, dim)
);
CREATE TABLE record (
    key BLOB NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL, space INTEGER NOT NULL,
    segment INTEGER NOT NULL, place INTEGER NOT NULL, length INTEGER NOT NULL, crc INTEGER NOT NULL,
    norm REAL NOT NULL, kind TEXT NOT NULL, span_from REAL, span_to REAL, tokens INTEGER,
    truncated INTEGER NOT NULL, request_id TEXT NOT NULL, attempts INTEGER NOT NULL,
    seconds REAL NOT NULL, served TEXT NOT NULL, chars INTEGER NOT NULL, estimated REAL NOT NULL,
    created INTEGER NOT NULL, PRIMARY KEY (key, part)
) WITHOUT ROWID;
CREATE TABLE refusal (
    key BLOB NOT NULL PRIMARY KEY, space INTEGER NOT NULL, reason TEXT NOT NULL,
    created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE claim (
    key BLOB NOT NULL PRIMARY KEY, owner TEXT NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE conflict (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL, space INTEGER NOT NULL, cosine REAL,
    created INTEGER NOT NULL
);
CREATE TABLE job (
    key BLOB NOT NULL PRIMARY KEY, token TEXT NOT NULL, handle TEXT NOT NULL, model TEXT NOT NULL,
    attempt INTEGER NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL
) WITHOUT ROWID
"""

COLUMNS = (
    "key part parts space segment place length crc norm kind span_from span_to tokens truncated "
    "request_id attempts seconds served chars estimated created"
).split()
"""The columns of `record`, in order."""

ADD_RECORD = f"INSERT INTO record VALUES ({', '.join('?' * len(COLUMNS))})"
ADD_SPACE = "INSERT OR IGNORE INTO space (model, revision, request, dim) VALUES (?, ?, ?, ?)"
FIND_SPACE = "SELECT id FROM space WHERE model = ? AND revision = ? AND request = ? AND dim = ?"
ADD_CONFLICT = "INSERT INTO conflict (key, space, cosine, created) VALUES (?, ?, ?, ?)"
ADD_REFUSAL = (
    "INSERT OR REPLACE INTO refusal SELECT ?, ?, ?, ? "
    "WHERE NOT EXISTS (SELECT 1 FROM record WHERE key = ?)"
)

_OLD_SPACES = """
INSERT INTO space (model, revision, request, dim)
SELECT DISTINCT model, revision, '', length(vector) / 4 FROM embedding
UNION SELECT DISTINCT model, revision, '', 0 FROM old_refusal
"""
_OLD_RECORDS = """
SELECT key, part, parts, s.id, vector, CAST(norm AS REAL), kind, span_from, span_to, tokens,
    truncated, request_id, 1, 0.0, '', 0, 0.0, coalesce(CAST(strftime('%s', created) AS INTEGER), 0)
FROM embedding AS e JOIN space AS s
    ON s.model = e.model AND s.revision = e.revision AND s.dim = length(e.vector) / 4
WHERE typeof(vector) = 'blob' AND typeof(norm) IN ('real', 'integer') ORDER BY key, part
"""
_OLD_REFUSALS = """
INSERT INTO refusal
SELECT key, s.id, reason, coalesce(CAST(strftime('%s', created) AS INTEGER), 0)
FROM old_refusal AS r JOIN space AS s
    ON s.model = r.model AND s.revision = r.revision AND s.dim = 0
"""

Filing = Callable[[Sequence[tuple[Any, ...]]], list[tuple[Any, ...]]]
"""Takes rows (key, part, parts, space, vector, norm, ...), stores the vectors, returns records."""


def bring_up_to_date(db: sqlite3.Connection, file: Filing) -> None:
    """Make the tables, or make them of those of version 1, inside the caller's transaction."""
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "refusal" in names:
        db.execute("ALTER TABLE refusal RENAME TO old_refusal")
    for statement in _TABLES.split(";"):  # `executescript` would end the transaction
        db.execute(statement)
    if "refusal" in names:
        _take_over(db, file)
    db.execute(f"PRAGMA user_version={VERSION}")


def _take_over(db: sqlite3.Connection, file: Filing) -> None:
    """Fill the tables from those of version 1, which kept vectors in the table itself.

    A row whose vector or length is of a wrong type is left out: it was not readable before.
    """
    db.execute(_OLD_SPACES)
    db.execute(_OLD_REFUSALS)
    cursor = db.execute(_OLD_RECORDS)
    while rows := cursor.fetchmany(500):
        db.executemany(ADD_RECORD, file(rows))
    db.execute("DROP TABLE embedding")
    db.execute("DROP TABLE old_refusal")
