"""Long jobs at a service, which outlive the process that started them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable

from evalkit.core.errors import UsageError
from evalkit.ledger.database import Database
from evalkit.ledger.records import Job

_OPEN = "state IN ('started', 'submitted')"
_ADD = """
INSERT INTO job VALUES (?, ?, '', ?, ?, 'started', ?)
ON CONFLICT (key) DO UPDATE SET
    token = excluded.token, handle = '', attempt = excluded.attempt, state = 'started',
    created = excluded.created
"""


def start(database: Database, key: bytes, model: str) -> str:
    """Store that a job is about to be submitted and return its token, 64 characters 0-9a-f.

    One that was started and is not over has the same token as before.
    """
    with database.changes() as db:
        old = db.execute(f"SELECT token, {_OPEN}, attempt FROM job WHERE key = ?", [key]).fetchone()
        if old is not None and old[1]:
            return str(old[0])
        attempt = 1 if old is None else old[2] + 1
        token = hashlib.sha256(key + str(attempt).encode()).hexdigest()
        db.execute(_ADD, [key, token, model, attempt, int(time.time())])
    return token


def set_handle(database: Database, key: bytes, handle: str) -> None:
    """Store what the service calls a job that was submitted."""
    change = f"UPDATE job SET handle = ?, state = 'submitted' WHERE key = ? AND {_OPEN}"
    with database.changes() as db:
        if db.execute(change, [handle, key]).rowcount != 1:
            raise UsageError("a job has no handle before `start_job`.")


def find(database: Database, keys: Iterable[bytes]) -> dict[bytes, Job]:
    """Return the jobs of those keys that have one that is not over."""
    chunks = database.rows_of("key, token, handle FROM job", keys, f"AND {_OPEN}")
    return {key: Job(token, handle) for rows in chunks for key, token, handle in rows}


def end(database: Database, key: bytes, failed: bool) -> None:
    """Store that a job is over; the next one for its key has another token."""
    over = "UPDATE job SET state = ? WHERE key = ?"
    with database.changes() as db:
        db.execute(over, ["failed" if failed else "done", key])


def open_jobs(database: Database) -> int:
    """Return how many jobs were started and are not over."""
    ((count,),) = database.rows(f"SELECT count(*) FROM job WHERE {_OPEN}")
    return int(count)
