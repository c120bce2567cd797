"""Looking keys up: what is stored of them and is sound."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from evalkit.ledger.database import Database
from evalkit.ledger.records import Record
from evalkit.ledger.rows import READ, sound, trouble
from evalkit.ledger.segments import Segments

_LOOK_UP = f"{READ} FROM record"


def get(
    database: Database, segments: Segments, keys: Iterable[bytes], dim: int
) -> dict[bytes, list[Record]]:
    """Return the records of those keys of which everything is there and sound."""
    found: dict[bytes, list[Record]] = {}
    with database.lock:
        for rows in database.rows_of(_LOOK_UP, keys):
            found |= sound(segments, rows, dim)
            # Vectors that another process moved to a new file meanwhile are looked up again.
            for again in database.rows_of(_LOOK_UP, {row[0] for row in rows} - found.keys()):
                found |= sound(segments, again, dim)
    return found


def stored(database: Database, segments: Segments, keys: Iterable[bytes]) -> set[bytes]:
    """Return those keys that have sound records, of whatever size, or a refusal."""
    wanted = list(keys)
    found: set[bytes] = set()
    with database.lock:
        for rows in database.rows_of("key, reason FROM refusal", wanted):
            found |= {key for key, _ in rows}
        for rows in database.rows_of(_LOOK_UP, wanted):
            parts = groupby(rows, lambda row: row[0])
            found |= {key for key, some in parts if not trouble(segments, list(some))}
    return found
