"""The index file: opened, shared by threads and processes, changed in transactions."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from evalkit.core.errors import OutputError, Problem
from evalkit.ledger import schema

_AT_ONCE = 500
_PATIENCE = 60.0
_WRITE = "mode=rwc"
_PAGE = 2048
"""Keys are random, so that each new record changes a page of its own: small ones write less."""
_LOG_BYTES = 1 << 24
"""The log grows to this size before its pages are moved to the file; many of them only once."""
_NAMED = "with --ledger or EVALKIT_LEDGER."
RESCUE = (
    "Keep a copy of the folder (what was paid for may be rescued with "
    f"`sqlite3 ledger.sqlite .dump`), and name another {_NAMED}"
)
"""What to do about an index that is damaged."""
_UNUSABLE = "the ledger of paid embeddings cannot be used"
_WHAT = {
    sqlite3.SQLITE_CORRUPT: "the index of the ledger is damaged",
    sqlite3.SQLITE_NOTADB: "the index of the ledger is damaged, or something else",
}
_ADVICE = {
    sqlite3.SQLITE_FULL: f"Free some space, or name a folder that can be written {_NAMED}",
    sqlite3.SQLITE_BUSY: "Another process holds it; try again once that has ended, or name another "
    f"folder {_NAMED}",
    sqlite3.SQLITE_CORRUPT: RESCUE,
    sqlite3.SQLITE_NOTADB: "Keep the folder, since vectors that were paid for may lie in it, and "
    f"name another {_NAMED}",
    sqlite3.SQLITE_PROTOCOL: "The folder may lie on a network drive, where files cannot be locked "
    f"well enough; name a folder on a disk of this machine {_NAMED}",
}
_MAY_NOT_WRITE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_LOCK_TROUBLE = (
    sqlite3.SQLITE_IOERR_LOCK, sqlite3.SQLITE_IOERR_UNLOCK, sqlite3.SQLITE_IOERR_RDLOCK,
    sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK, sqlite3.SQLITE_IOERR_SHMLOCK,
    sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMOPEN,
)  # fmt: skip


class Database:
    """One connection, which threads of a process may share: each waits for the other.

    file: stores the vectors of an older ledger, which is brought up to date when it is opened.
    """

    def __init__(self, path: Path, file: schema.Filing) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._durable: bool | None = None
        with self.reported():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.db, self._how = _open(path, file)

    def close(self) -> None:
        """Close the file; everything stored stays."""
        with self.lock, suppress(sqlite3.Error):
            self.db.close()

    def rows(self, query: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        with self.reported():
            return self.db.execute(query, tuple(values)).fetchall()

    def rows_of(
        self, what: str, keys: Iterable[bytes], rest: str = ""
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield lists of rows `what` of the keys, some hundred keys at a time.

        A list is in the order of its keys and then of the second column.
        """
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            yield self.rows(f"SELECT {what} WHERE key IN ({marks}) {rest} ORDER BY 1, 2", some)

    def stream(self, query: str, values: Iterable[object] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Yield what a query finds, some hundred rows at a time, as it is when this begins."""
        with self.reported():
            db = _connect(self.path, self._how)
        try:
            cursor = db.cursor()
            with self.reported():
                cursor.execute(query, tuple(values))
            while rows := self._next(cursor):
                yield rows
        finally:
            db.close()

    def _next(self, cursor: sqlite3.Cursor) -> list[tuple[Any, ...]]:
        """Return the next rows of a query."""
        with self.reported():
            return cursor.fetchmany(_AT_ONCE)

    @contextmanager
    def changes(self, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Do what is inside wholly or, where anything breaks it off, not at all.

        durable: what is inside outlives a loss of power as soon as this returns.
        """
        with self.reported():
            if durable != self._durable:
                self.db.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            with _whole(self.db):
                yield self.db

    def sync(self) -> None:
        """Let everything that was committed outlive a loss of power."""
        log = self.path.with_name(f"{self.path.name}-wal")
        with suppress(FileNotFoundError):  # all of it lies in the file itself then, synced
            sync_folder(log)

    @contextmanager
    def reported(self) -> Iterator[None]:
        """Turn errors of files into OutputError; one thread at a time."""
        with self.lock:
            try:
                yield
            except (OSError, sqlite3.Error) as e:
                raise OutputError(unusable(self.path, e)) from e


def share(path: Path) -> None:
    """Let the group write to a new file or folder where its folder is made for a group.

    SQLite gives the group no leave to write, whatever the umask. A folder is made for a group when
    the group may write to it and it hands its group on (chmod g+ws).
    """
    folder = path.parent.stat().st_mode
    if folder & stat.S_ISGID and folder & stat.S_IWGRP:
        more = stat.S_IRGRP | stat.S_IWGRP
        mode = path.stat().st_mode
        path.chmod(stat.S_IMODE(mode) | more | (stat.S_IXGRP if path.is_dir() else 0))


def sync_folder(folder: Path) -> None:
    """Make the names of new files in a folder outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unusable(path: Path, error: Exception) -> Problem:
    """Return the problem of a ledger that cannot be opened, read or written."""
    if isinstance(error, FileExistsError):
        return names_a_file(error.filename or path.parent)
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    code = sqlite3.SQLITE_FULL if full else _code(error)
    if getattr(error, "sqlite_errorcode", 0) in _LOCK_TROUBLE:
        code = sqlite3.SQLITE_PROTOCOL
    where = getattr(error, "filename", None) or path
    what = f"{_WHAT.get(code, _UNUSABLE)} ({getattr(error, 'strerror', None) or error})."
    fix = _ADVICE.get(code, f"Name a folder that can be read and written {_NAMED}")
    return Problem(str(where), what, fix)


def names_a_file(path: Path | str) -> Problem:
    """Return the problem of a file where a ledger's folder should be."""
    return Problem(str(path), "this names a file; a ledger is a folder.", f"Name a folder {_NAMED}")


def _open(path: Path, file: schema.Filing) -> tuple[sqlite3.Connection, str]:
    """Return the index and how it was opened; one that may not be written is read."""
    for how in (_WRITE, "mode=ro"):
        try:
            if how == _WRITE:
                _make_file(path)
            return _checked(_connect(path, how), path, how, file), how
        except (OSError, sqlite3.OperationalError) as e:
            may_not = isinstance(e, PermissionError) or _code(e) in _MAY_NOT_WRITE
            if not may_not or not path.is_file():
                raise
    how = "mode=ro&immutable=1"  # not even a lock may be made beside it
    return _checked(_connect(path, how), path, how, file), how


def _connect(path: Path, how: str) -> sqlite3.Connection:
    """Return a connection that threads may share and that begins no transactions by itself."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )


def _checked(
    db: sqlite3.Connection, path: Path, how: str, file: schema.Filing
) -> sqlite3.Connection:
    """Return the index with its tables; refuse one that a newer evalkit wrote."""
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        _refuse_newer(path, version)
        if how == _WRITE:
            _prepare(db, version, file)
        elif version < schema.VERSION:
            raise OutputError(_must_be_writable(path, version))
    except BaseException:
        db.close()
        raise
    return db


def _make_file(path: Path) -> None:
    """Make an empty file where there is none, for the group where the folder is."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
        share(path)
        sync_folder(path.parent)


def _refuse_newer(path: Path, version: int) -> None:
    """Raise OutputError for the file of a newer evalkit."""
    if version > schema.VERSION:
        what = f"the ledger has version {version}, this evalkit reads up to {schema.VERSION}."
        fix = f"Update evalkit, or name another folder {_NAMED}"
        raise OutputError(Problem(str(path), what, fix))


def _must_be_writable(path: Path, version: int) -> Problem:
    """Return the problem of an older file that cannot be brought up to date."""
    what = f"the ledger has version {version} and is brought up to date when it is opened, "
    fix = f"Open it once where it can be written, or name a copy {_NAMED}"
    return Problem(str(path), f"{what}but it may not be written.", fix)


def _prepare(db: sqlite3.Connection, version: int, file: schema.Filing) -> None:
    """Set up durability, and the tables where they are missing or old."""
    db.execute(f"PRAGMA page_size={_PAGE}")
    _wait_for_wal(db)
    db.execute(f"PRAGMA wal_autocheckpoint={_LOG_BYTES // _PAGE}")
    if version == schema.VERSION:
        return
    with _whole(db):
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version < schema.VERSION:
            schema.bring_up_to_date(db, file)
    with suppress(sqlite3.OperationalError):  # then the space of old tables is freed by `prune`
        db.execute("VACUUM")


@contextmanager
def _whole(db: sqlite3.Connection) -> Iterator[None]:
    """Do what is inside wholly or, where anything breaks it off, not at all."""
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


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


def _code(error: Exception) -> int:
    """Return SQLite's primary error code, 0 for errors of another kind."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
