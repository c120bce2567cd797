"""Removing what is not wanted any more, and freeing the space that it took."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from evalkit.ledger.database import Database
from evalkit.ledger.inspection import damaged_keys, disk_use
from evalkit.ledger.segments import Segments

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed. freed: bytes on disk; below zero where others wrote more meanwhile."""

    inputs: int
    refusals: int
    freed: int


def prune(
    database: Database,
    segments: Segments,
    folder: Path,
    model: str | None,
    revision: str | None,
    older_than: datetime | None,
    damaged: bool,
) -> Pruned:
    """Remove what meets all conditions that are given, and free space; see `Ledger.prune`."""
    with database.reported():
        before = disk_use(folder)
    where, values = _condition(model, revision, older_than)
    if damaged:
        inputs, refusals = _remove_damaged(database, segments, where, values), 0
    elif values:
        inputs, refusals = _remove(database, where, values)
    else:
        inputs, refusals = 0, 0
    with database.reported(), segments.only_new():
        for segment in segments.known():
            _compact(database, segments, segment)
        database.db.execute("VACUUM")
        database.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Pruned(inputs, refusals, before - disk_use(folder))


def _condition(
    model: str | None, revision: str | None, older_than: datetime | None
) -> tuple[str, list[object]]:
    """Return an SQL condition on `space` and `created`, true without any, and its values."""
    seconds = None if older_than is None else int(older_than.timestamp())
    given = {
        "space IN (SELECT id FROM space WHERE model = ?)": model,
        "space IN (SELECT id FROM space WHERE revision = ?)": revision,
        "created < ?": seconds,
    }
    chosen = {text: value for text, value in given.items() if value is not None}
    return " AND ".join(["true", *chosen]), list(chosen.values())


def _remove(database: Database, where: str, values: list[object]) -> tuple[int, int]:
    """Remove records, refusals and conflicts; return how many inputs and refusals that were."""
    with database.changes() as db:
        count = f"SELECT count(DISTINCT key) FROM record WHERE {where}"
        ((inputs,),) = db.execute(count, values)
        db.execute(f"DELETE FROM record WHERE {where}", values)
        refusals = db.execute(f"DELETE FROM refusal WHERE {where}", values).rowcount
        db.execute(f"DELETE FROM conflict WHERE {where}", values)
    return int(inputs), refusals


def _remove_damaged(
    database: Database, segments: Segments, where: str, values: list[object]
) -> int:
    """Remove damaged records that meet a condition and return how many inputs that were."""
    removed, keys = 0, damaged_keys(database, segments)
    while some := list(islice(keys, _AT_ONCE)):
        with database.changes() as db:
            for key in some:
                gone = db.execute(f"DELETE FROM record WHERE key = ? AND {where}", [key, *values])
                removed += gone.rowcount > 0
    return removed


def _compact(database: Database, segments: Segments, segment: int) -> None:
    """Free the bytes of a segment that no record points to, where nobody is writing to it."""
    with suppress(PermissionError, FileNotFoundError):
        handle = segments.lock(segment)
        if handle is None:
            return
        try:
            query = "SELECT coalesce(sum(length), 0) FROM record WHERE segment = ?"
            ((live,),) = database.rows(query, [segment])
            if os.fstat(handle).st_size > live:
                _move(database, segments, segment)
        finally:
            os.close(handle)


def _move(database: Database, segments: Segments, segment: int) -> None:
    """Write what is still wanted of a segment to another one, and remove it."""
    query = "SELECT key, part, place, length FROM record WHERE segment = ? AND typeof(key) = 'blob'"
    for rows in database.stream(query, [segment]):
        _move_some(database, segments, segment, rows)
    ((left,),) = database.rows("SELECT count(*) FROM record WHERE segment = ?", [segment])
    if not left:
        segments.remove(segment)


def _move_some(
    database: Database,
    segments: Segments,
    segment: int,
    rows: Iterable[tuple[bytes, int, int, int]],
) -> None:
    """Move some vectors to the segment that is written to; what cannot be read stays."""
    read = [(row, segments.read(segment, row[2], row[3])) for row in rows]
    read = [(row, data) for row, data in read if data and len(data) == row[3]]
    if not read:
        return
    new, places = segments.append([memoryview(data) for _, data in read])
    change = (
        "UPDATE record SET segment = ?, place = ? "
        "WHERE key = ? AND part = ? AND segment = ? AND place = ?"
    )
    moved = zip(read, places, strict=True)
    with database.changes() as db:
        values = [(new, to, row[0], row[1], segment, row[2]) for (row, _), to in moved]
        db.executemany(change, values)
