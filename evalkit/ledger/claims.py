"""Claims: an input that one process is about to pay for is left alone by the others."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable

from evalkit.ledger.database import Database
from evalkit.ledger.owners import is_dead


def take(
    database: Database,
    owner: str,
    keys: Iterable[bytes],
    stored: Callable[[Iterable[bytes]], set[bytes]],
    seconds: float,
) -> set[bytes]:
    """Claim those keys that are not stored and that nobody else holds, and return them.

    Claims that ran out go, whoever made them, and so do those of processes that ended here.
    stored: returns those of some keys that are; asked when nobody else can store any more.
    """
    asked, now = list(dict.fromkeys(keys)), time.time()
    with database.changes(durable=False) as db:
        _drop_old(db, now)
        known = stored(asked)
        wanted = [key for key in asked if key not in known]
        held = _holders(database, wanted)
        free = [key for key in wanted if held.get(key, owner) == owner]
        rows = [(key, owner, now + seconds) for key in free]
        db.executemany("INSERT OR REPLACE INTO claim VALUES (?, ?, ?)", rows)
    return set(free)


def renew(database: Database, owner: str, keys: Iterable[bytes], seconds: float) -> set[bytes]:
    """Make claims last from now on; return those that are still the owner's."""
    wanted = list(dict.fromkeys(keys))
    with database.changes(durable=False) as db:
        held = {key for key, by in _holders(database, wanted).items() if by == owner}
        until = time.time() + seconds
        db.executemany("UPDATE claim SET expires = ? WHERE key = ?", [(until, k) for k in held])
    return held


def release(database: Database, owner: str, keys: Iterable[bytes]) -> None:
    """Give up claims."""
    with database.changes(durable=False) as db:
        rows = [(key, owner) for key in keys]
        db.executemany("DELETE FROM claim WHERE key = ? AND owner = ?", rows)


def release_all(database: Database, owner: str) -> None:
    """Give up all claims of an owner."""
    with database.changes(durable=False) as db:
        db.execute("DELETE FROM claim WHERE owner = ?", [owner])


def open_claims(database: Database) -> int:
    """Return how many inputs somebody who lives is about to pay for."""
    held = "SELECT owner, count(*) FROM claim WHERE expires >= ? GROUP BY owner"
    return sum(count for owner, count in database.rows(held, [time.time()]) if not is_dead(owner))


def _holders(database: Database, keys: Iterable[bytes]) -> dict[bytes, str]:
    """Return who holds which of the keys."""
    return {key: by for some in database.rows_of("key, owner FROM claim", keys) for key, by in some}


def _drop_old(db: sqlite3.Connection, now: float) -> None:
    """Remove the claims that ran out and those of owners that are known to be dead."""
    db.execute("DELETE FROM claim WHERE expires < ?", [now])
    owners = [owner for (owner,) in db.execute("SELECT DISTINCT owner FROM claim")]
    dead = [(owner,) for owner in owners if is_dead(owner)]
    db.executemany("DELETE FROM claim WHERE owner = ?", dead)
