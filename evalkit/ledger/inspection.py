"""What is in a ledger, what it cost, and whether it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, groupby
from pathlib import Path

from evalkit.ledger import schema
from evalkit.ledger.claims import open_claims
from evalkit.ledger.database import Database
from evalkit.ledger.jobs import open_jobs
from evalkit.ledger.records import Spent
from evalkit.ledger.rows import READ, Row, trouble
from evalkit.ledger.segments import Segments


@dataclass(frozen=True, slots=True)
class Holding:
    """What is stored of one model and revision at one size; size 0 where it is not known.

    requests: how many different sets of parameters, as JSON, "" where they were not told. size is
    in bytes. first, last: when it was stored, as ISO 8601 in UTC.
    """

    model: str
    revision: str
    dim: int
    requests: tuple[str, ...]
    inputs: int
    vectors: int
    size: int
    refusals: int
    conflicts: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Info:
    """A ledger as a whole. size: its files on disk, in bytes; unused: what `prune` would free."""

    folder: str
    version: int
    size: int
    unused: int
    holdings: tuple[Holding, ...]
    claims: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Damage:
    """A key whose records are damaged, and how."""

    key: bytes
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of everything found. index: what SQLite says is wrong with the index file."""

    inputs: int
    vectors: int
    damaged: tuple[Damage, ...]
    index: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damaged and not self.index


_HOLDINGS = """
WITH seen AS (
    SELECT space, sum(part = 0) AS inputs, count(*) AS vectors, sum(length) AS size,
        0 AS refusals, 0 AS conflicts, min(created) AS first, max(created) AS last
    FROM record GROUP BY space
    UNION ALL SELECT space, 0, 0, 0, count(*), 0, min(created), max(created)
    FROM refusal GROUP BY space
    UNION ALL SELECT space, 0, 0, 0, 0, count(*), min(created), max(created)
    FROM conflict GROUP BY space
)
SELECT model, revision, dim, request, sum(inputs), sum(vectors), sum(size), sum(refusals),
    sum(conflicts), min(first), max(last)
FROM seen JOIN space ON space.id = seen.space GROUP BY space.id ORDER BY 1, 2, 3, 4
"""
_SPENT = """
SELECT coalesce(sum(part = 0), 0), coalesce(sum(tokens), 0), coalesce(avg(nullif(seconds, 0)), 0),
    coalesce(sum(tokens * (chars > 0)), 0), coalesce(sum(chars * (tokens IS NOT NULL)), 0),
    coalesce(sum(tokens * (estimated > 0)), 0),
    coalesce(sum(estimated * (tokens IS NOT NULL)), 0)
FROM record WHERE space IN (SELECT id FROM space WHERE model = ? AND revision = ?)
"""


def spent(database: Database, model: str, revision: str) -> Spent:
    """Return what a model has used so far, summed over stored vectors."""
    ((inputs, tokens, seconds, *sums),) = database.rows(_SPENT, [model, revision])
    return Spent(int(inputs), int(tokens), float(seconds), *sums)


def info(database: Database, segments: Segments, folder: Path) -> Info:
    """Return what is in the ledger, by model, revision and size."""
    rows = database.rows(_HOLDINGS)
    holdings = tuple(_holding(list(some)) for _, some in groupby(rows, lambda row: row[:3]))
    with database.reported():
        written = sum(_size(segments.path(segment)) for segment in segments.known())
        size = disk_use(folder)
    unused = written - sum(h.size for h in holdings)
    counts = open_claims(database), open_jobs(database)
    return Info(str(folder), schema.VERSION, size, max(unused, 0), holdings, *counts)


def disk_use(folder: Path) -> int:
    """Return the bytes of a ledger's files."""
    files = [*folder.glob("ledger.sqlite*"), *(folder / "ledger.vectors").glob("*")]
    return sum(map(_size, files))


def _size(path: Path) -> int:
    """Return the bytes of a file, 0 where another process has removed it meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def verify(database: Database, segments: Segments) -> Verified:
    """Check every record and the index, one after the other."""
    inputs = vectors = 0
    damaged = []
    for rows in _each_key(database):
        inputs += 1
        vectors += len(rows)
        if why := damage(database, segments, rows):
            damaged.append(Damage(rows[0][0], why))
    checked = database.rows("PRAGMA integrity_check")
    index = tuple(str(line) for (line,) in checked if line != "ok")
    return Verified(inputs, vectors, tuple(damaged), index)


def damage(database: Database, segments: Segments, rows: list[Row]) -> str:
    """Return what is wrong with the rows of a key; they are read again before that is said.

    Another process may have moved or replaced what they point to.
    """
    with database.lock:
        if not trouble(segments, rows):
            return ""
        for again in database.rows_of(f"{READ} FROM record", [rows[0][0]]):
            return trouble(segments, again) if again else ""
    return ""


def damaged_keys(database: Database, segments: Segments) -> Iterator[bytes]:
    """Yield the keys whose records are damaged."""
    for rows in _each_key(database):
        if damage(database, segments, rows):
            yield rows[0][0]


def _each_key(database: Database) -> Iterator[list[Row]]:
    """Yield the rows of each key, without holding more than some hundred at a time."""
    chunks: Iterable[list[Row]] = database.stream(f"SELECT {READ} FROM record ORDER BY key, part")
    for _, rows in groupby(chain.from_iterable(chunks), lambda row: row[0]):
        yield list(rows)


def _holding(rows: list[Row]) -> Holding:
    """Return what is stored under several sets of parameters, as one."""
    inputs, vectors, size, refusals, conflicts = (sum(r[n] for r in rows) for n in range(4, 9))
    first, last = _day(min(row[9] for row in rows)), _day(max(row[10] for row in rows))
    model, revision, dim, *_ = rows[0]
    requests = tuple(row[3] for row in rows)
    return Holding(
        model, revision, dim, requests, inputs, vectors, size, refusals, conflicts, first, last
    )


def _day(seconds: int) -> str:
    """Return a time as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
