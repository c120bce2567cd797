"""Storing answers: vectors first, then the index, so that no record points to nothing."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice

import numpy as np

from evalkit.ledger import schema
from evalkit.ledger.database import Database
from evalkit.ledger.reading import get, stored
from evalkit.ledger.records import KEY_BYTES, Conflict, Record
from evalkit.ledger.rows import Row, filed, row_of
from evalkit.ledger.segments import Segments

_AT_ONCE = 500
_ALIKE = 1 - 1e-4
"""Two vectors for one input count as the same from this cosine on."""

Answers = Mapping[bytes, Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where answers come from. request: the parameters as JSON, "" where they are not told."""

    model: str
    revision: str
    request: str


@dataclass(slots=True)
class Writer:
    """Stores answers. Callers let one thread in at a time."""

    database: Database
    segments: Segments
    _spaces: dict[tuple[Origin, int], int] = field(default_factory=dict)

    def put(
        self,
        origin: Origin,
        answers: Answers,
        refusals: Mapping[bytes, str],
        dim: int,
        durable: bool,
    ) -> tuple[Conflict, ...]:
        """Store all or nothing of it and return what contradicts; see `Ledger.put`."""
        _expect_whole(answers, refusals)
        now = int(time.time())
        rows = self._file(origin, answers, durable, now)
        refusing = self._space(origin, dim) if refusals else 0
        with self.database.changes(durable) as db:
            seen = self._seen([*answers, *refusals])
            known = self._known(answers, seen)
            fresh = answers.keys() - known.keys()
            refused = refusals.keys() - stored(self.database, self.segments, refusals)
            _change(db, "DELETE FROM", "record", seen & (fresh | refused))  # those are damaged
            _change(db, "DELETE FROM", "refusal", fresh)
            db.executemany(schema.ADD_RECORD, [row for row in rows if row[0] not in known])
            _refuse(db, refusals, refusing, now)
            _settle(db, [*answers, *refusals])
            return _contradictions(db, origin, answers, known, now)

    def _seen(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return those keys that have records, sound or not."""
        return {
            key for rows in self.database.rows_of("key, part FROM record", keys) for key, _ in rows
        }

    def _known(self, answers: Answers, seen: Collection[bytes]) -> dict[bytes, list[Record]]:
        """Return what is stored, and sound, under the keys of answers that have records."""
        found: dict[bytes, list[Record]] = {}
        there = [key for key in answers if key in seen]
        for dim, keys in groupby(there, lambda key: len(answers[key][0].vector)):
            found |= get(self.database, self.segments, list(keys), dim)
        return found

    def _file(self, origin: Origin, answers: Answers, durable: bool, now: int) -> list[Row]:
        """Write the vectors to a segment and return the rows that point to them."""
        sizes = {len(records[0].vector) for records in answers.values()}
        spaces = {dim: self._space(origin, dim) for dim in sizes}
        rows = [
            row_of(key, part, len(records), spaces[len(record.vector)], record, now)
            for key, records in answers.items()
            for part, record in enumerate(records)
        ]
        with self.database.reported():
            return filed(self.segments, rows, durable)

    def _space(self, origin: Origin, dim: int) -> int:
        """Return the number that model, revision, request and size are stored under."""
        if (origin, dim) not in self._spaces:
            with self.database.changes(durable=False) as db:
                number = _number(db, origin, dim)
            self._spaces[origin, dim] = number
        return self._spaces[origin, dim]


def _number(db: sqlite3.Connection, origin: Origin, dim: int) -> int:
    """Return the number of a space, in the caller's transaction."""
    names = (origin.model, origin.revision, origin.request, dim)
    db.execute(schema.ADD_SPACE, names)
    ((number,),) = db.execute(schema.FIND_SPACE, names)
    return int(number)


def _contradictions(
    db: sqlite3.Connection, origin: Origin, answers: Answers, known: Answers, now: int
) -> tuple[Conflict, ...]:
    """Note and return where an answer differs from what is stored."""
    found = []
    for key, old in known.items():
        cosine = _likeness(old, answers[key])
        if not cosine >= _ALIKE:
            found.append(Conflict(key, origin.model, cosine))
            space = _number(db, origin, len(old[0].vector))
            number = None if math.isnan(cosine) else cosine
            db.execute(schema.ADD_CONFLICT, (key, space, number, now))
    return tuple(found)


def _expect_whole(answers: Answers, refusals: Collection[bytes]) -> None:
    """Raise ValueError for what could never be read again."""
    for key in (*answers, *refusals):
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key of the ledger has {KEY_BYTES} bytes, this one {len(key)}.")
    for records in answers.values():
        shape = records[0].vector.shape if records else ()
        if len(shape) != 1 or any(record.vector.shape != shape for record in records[1:]):
            raise ValueError("an answer has one vector or several of the same size.")


def _refuse(db: sqlite3.Connection, refusals: Mapping[bytes, str], space: int, now: int) -> None:
    """Store refusals of inputs that have no vectors."""
    rows = [(key, space, why, now, key) for key, why in refusals.items()]
    db.executemany(schema.ADD_REFUSAL, rows)


def _settle(db: sqlite3.Connection, keys: Collection[bytes]) -> None:
    """End the claims on keys that are stored, and their jobs."""
    _change(db, "DELETE FROM", "claim", keys)
    _change(db, "UPDATE", "job", keys, "SET state = 'done'")


def _change(
    db: sqlite3.Connection, verb: str, table: str, keys: Iterable[bytes], how: str = ""
) -> None:
    """Change the rows of keys in a table, some hundred at a time; an empty table costs nothing."""
    ((filled,),) = db.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")
    rest = iter(keys if filled else ())
    while some := list(islice(rest, _AT_ONCE)):
        marks = ",".join("?" * len(some))
        db.execute(f"{verb} {table} {how} WHERE key IN ({marks})", some)


def _likeness(old: Sequence[Record], new: Sequence[Record]) -> float:
    """Return the least cosine of two answers' parts, NaN where their numbers differ."""
    if len(old) != len(new):
        return float("nan")
    return min(_cosine(a.vector, b.vector) for a, b in zip(old, new, strict=True))


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Return the cosine of two vectors, NaN where one has no direction."""
    left, right = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(all="ignore"):
        return float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right)))
