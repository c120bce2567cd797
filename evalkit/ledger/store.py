"""The ledger as everybody uses it: look up, claim, store, and keep account."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from evalkit.core.errors import OutputError
from evalkit.ledger import claims, jobs
from evalkit.ledger.database import Database
from evalkit.ledger.exporting import Exported, export
from evalkit.ledger.inspection import Info, Verified, info, spent, verify
from evalkit.ledger.owners import new_owner
from evalkit.ledger.pruning import Pruned, prune
from evalkit.ledger.reading import get, stored
from evalkit.ledger.records import Conflict, Job, Record, Spent, as_json
from evalkit.ledger.rows import filed
from evalkit.ledger.segments import Segments
from evalkit.ledger.storing import Origin, Writer


def default_folder() -> Path:
    """Return $EVALKIT_LEDGER, else the user's cache folder."""
    if chosen := os.environ.get("EVALKIT_LEDGER"):
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "evalkit"


class Ledger:
    """The ledger in a folder, made when it is not there. Use as a context manager.

    Threads of a process may share one, for instance to renew claims from the background; each call
    waits for the one before. Claims belong to the object, so that threads that share it share them.
    Every method raises OutputError where the files cannot be used.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = default_folder() if folder is None else folder
        self.path = self.folder / "ledger.sqlite"
        self._segments = Segments(self.folder / "ledger.vectors")
        self._database = Database(self.path, lambda rows: filed(self._segments, rows))
        self._owner = new_owner()
        self._claimed = False
        self._writer = Writer(self._database, self._segments)

    def __enter__(self) -> Ledger:
        """Return the ledger."""
        return self

    def __exit__(self, *stopped: object) -> None:
        """Close the files."""
        self.close()

    def close(self) -> None:
        """Give up all claims and close the files; everything stored stays."""
        if self._claimed:
            with suppress(OutputError):  # they run out by themselves
                claims.release_all(self._database, self._owner)
        with self._database.lock:
            self._segments.close()
            self._database.close()

    def __len__(self) -> int:
        """Return the number of inputs paid for."""
        ((count,),) = self._database.rows("SELECT count(*) FROM record WHERE part = 0")
        return int(count)

    # --- what is known -------------------------------------------------------------------------

    def get(self, keys: Iterable[bytes], dim: int) -> dict[bytes, list[Record]]:
        """Return what is known of the keys, all parts of each in order; the others are absent.

        A key whose parts are not all there, or are no usable vectors of `dim` values, is damaged
        and counts as not known.
        """
        return get(self._database, self._segments, keys, dim)

    def refusals(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """Return why the model refused those of the keys that it refused."""
        chunks = self._database.rows_of("key, reason FROM refusal", keys)
        return {key: why for rows in chunks for key, why in rows}

    def known(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return those keys that have sound vectors or a refusal, reading each only to check it."""
        return stored(self._database, self._segments, keys)

    def usage(self, model: str, revision: str) -> Spent:
        """Return what a model has used so far, summed over what is stored of it."""
        return spent(self._database, model, revision)

    def served_versions(self, model: str, revision: str, endpoint: str = "") -> frozenset[str]:
        """Return the versions of a model that a service said it used; usually one or none.

        endpoint: where it was asked, as the request's parameter of that name says.
        """
        query = (
            "SELECT DISTINCT served FROM record JOIN space ON space.id = record.space "
            "WHERE model = ? AND revision = ? AND served != '' "
            "AND ifnull(json_extract(nullif(request, ''), '$.endpoint'), '') = ?"
        )
        rows = self._database.rows(query, [model, revision, endpoint])
        return frozenset(str(served) for (served,) in rows)

    # --- storing -------------------------------------------------------------------------------

    def put(
        self,
        model: str,
        revision: str,
        answers: Mapping[bytes, Sequence[Record]],
        refusals: Mapping[bytes, str] | None = None,
        request: Mapping[str, object] | None = None,
        dim: int = 0,
        durable: bool = True,
    ) -> tuple[Conflict, ...]:
        """Store answers and refusals (key -> reason), all or none; return what contradicts.

        An answer whose key has a sound one already is not stored: the first stays, and where the
        new one differs, that is noted as a conflict. Damaged ones are replaced as a whole. A
        refusal gives way to vectors, never the other way round. Claims on what is stored end, and
        so do jobs. Everything outlives the end of this process, killed or not, once this returns,
        and a loss of power as well where `durable`; otherwise after `sync`.

        request: the parameters of the request, for `info`; no secrets. dim: the size that refused
        inputs were asked for. Raises ValueError for a key that is not 32 bytes or has no vector.
        """
        origin = Origin(model, revision, "" if request is None else as_json(dict(request)))
        with self._database.lock:
            return self._writer.put(origin, answers, refusals or {}, dim, durable)

    def sync(self) -> None:
        """Let everything that was stored outlive a loss of power."""
        with self._database.reported():
            self._segments.sync()
            self._database.sync()

    def expect_writable(self) -> None:
        """Raise OutputError where nothing can be stored: found out before anything is paid."""
        with self._database.changes(durable=False) as db:
            db.execute("DELETE FROM refusal WHERE false")
            self._segments.expect_writable()

    # --- claims --------------------------------------------------------------------------------

    def claim(self, keys: Iterable[bytes], seconds: float = 120.0) -> set[bytes]:
        """Claim those keys that are neither stored nor claimed by somebody else; return them.

        A claim lasts so many seconds, until it is renewed, released or stored, or until its
        process ends, as far as that can be seen from here. What is damaged counts as not stored.
        """
        self._claimed = True
        known = partial(stored, self._database, self._segments)
        return claims.take(self._database, self._owner, keys, known, seconds)

    def renew(self, keys: Iterable[bytes], seconds: float = 120.0) -> set[bytes]:
        """Make claims last so many seconds from now; return those that are still held."""
        return claims.renew(self._database, self._owner, keys, seconds)

    def release(self, keys: Iterable[bytes]) -> None:
        """Give up claims."""
        claims.release(self._database, self._owner, keys)

    # --- jobs ----------------------------------------------------------------------------------

    def start_job(self, key: bytes, model: str) -> str:
        """Store that a job is about to be submitted; return its token, 64 characters 0-9a-f.

        The token is the same until the job is over, also for the next process after a crash.
        """
        return jobs.start(self._database, key, model)

    def set_handle(self, key: bytes, handle: str) -> None:
        """Store what the service calls a job; raises UsageError for one that was not started."""
        jobs.set_handle(self._database, key, handle)

    def jobs(self, keys: Iterable[bytes]) -> dict[bytes, Job]:
        """Return the jobs of those keys that have one that is not over."""
        return jobs.find(self._database, keys)

    def end_job(self, key: bytes, failed: bool) -> None:
        """Store that a job is over; the next one for its key has another token."""
        jobs.end(self._database, key, failed)

    # --- care ----------------------------------------------------------------------------------

    def info(self) -> Info:
        """Return what is in the ledger, by model, revision and size."""
        return info(self._database, self._segments, self.folder)

    def verify(self) -> Verified:
        """Check every record and the index, one after the other; return what is damaged."""
        return verify(self._database, self._segments)

    def prune(
        self,
        model: str | None = None,
        revision: str | None = None,
        older_than: datetime | None = None,
        damaged: bool = False,
    ) -> Pruned:
        """Remove what meets all conditions that are given, and free the space of what is gone.

        Without a condition nothing is removed; space that a crash left unused is freed. What
        another process is writing to at the moment is left for another time.
        """
        conditions = model, revision, older_than, damaged
        return prune(self._database, self._segments, self.folder, *conditions)

    def export(self, path: Path) -> Exported:
        """Write all vectors to a Parquet (.parquet) or NumPy (.npz) file; return how many.

        Raises UsageError for a file of another kind, OutputError where it cannot be written.
        """
        return export(self._database, self._segments, path)
