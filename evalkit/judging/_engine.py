"""The database behind a store: a SQLite file or a PostgreSQL server, and never a password shown."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, TimeoutError

from evalkit.core.errors import DataError, OutputError, Problem, UsageError
from evalkit.judging.schema import set_up

_PATIENCE = 60.0
"""Seconds that a transaction waits for the others; each of them takes milliseconds."""
_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
_SECRETS = ("password", "sslpassword")
_EXPECTED = "a file, or a server such as postgresql://user@host/judgements"


class Database:
    """A pool of connections to one store, each transaction whole or not at all."""

    def __init__(self, place: str | Path) -> None:
        url = _url(place)
        self.where = _shown(url)
        self._hidden = _hidden(url)
        self._line = threading.Lock()
        self._engine = _engine(url)
        try:
            with self.writing() as db:
                set_up(db, self.where)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state throughout each query."""
        with self._told(), self._engine.begin() as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose changes are all kept at the end, none after an error.

        In SQLite one at a time has it; in PostgreSQL the rows that are touched are to be locked.
        """
        with self._told(), self._in_line(), self._engine.connect() as db:
            db = db.execution_options(writes=True)
            with db.begin():
                yield db

    @contextmanager
    def _in_line(self) -> Iterator[None]:
        """Wait for all who write to the same SQLite file, threads and processes alike.

        SQLite alone lets writers try again and again, by chance; among fifty some never get
        their turn. The system wakes who waits for the lock of a file, and frees it when its
        process dies.
        """
        if self._engine.dialect.name != "sqlite":
            yield
            return
        with self._line, _open(f"{self.where}-line") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn an error of the database into one for people, without any secret."""
        try:
            yield
        except (DBAPIError, TimeoutError) as e:
            reason = str(getattr(e, "orig", None) or "nobody answers").strip().splitlines()[0]
            for secret in self._hidden:
                reason = reason.replace(secret, "***")
            raise _told(self.where, reason) from None
        except UnicodeEncodeError:
            raise UsageError("a name holds half a character, which nothing is called.") from None


def one_at_a_time(db: Connection, *names: str) -> None:
    """Let one transaction at a time act for these names; SQLite has one that writes anyway."""
    if db.dialect.name == "postgresql":
        key = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
        db.execute(key, {"key": json.dumps(names)})


def _open(path: str) -> IO[bytes]:
    """Return the file whose lock puts writers in line; raises OutputError where it cannot be."""
    try:
        return open(path, "ab")  # noqa: PTH123
    except OSError as e:
        what = f"cannot be written ({e.strerror})."
        raise OutputError(Problem(path, what, "Name a file in another folder.")) from e


def _told(where: str, reason: str) -> DataError | OutputError:
    """Return the error that says what a database complained about."""
    if "not a database" in reason:
        what = "the file is no store of judgements."
        return DataError(Problem(where, what, "Name another file for the judgements."))
    fix = "Check the address, the rights and the space there; nothing was half stored."
    return OutputError(Problem(where, f"the judgements cannot be reached ({reason}).", fix))


def _url(place: str | Path) -> URL:
    """Return the address of a store; raises UsageError for one of another kind."""
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite+pysqlite", database=str(place))
    try:
        url = make_url(place)
        if url.drivername in _POSTGRES:
            return _with_password(url.set(drivername="postgresql+psycopg"))
    except (ArgumentError, ValueError):
        raise UsageError(f"the address of the judgements is not {_EXPECTED}.") from None
    if url.drivername == "sqlite" and url.database:
        return url.set(drivername="sqlite+pysqlite")
    raise UsageError(f"judgements cannot be kept in '{url.drivername}'; name {_EXPECTED}.")


def _with_password(url: URL) -> URL:
    """Return an address with a password that stood among its options in its own place."""
    password = url.query.get("password")
    if not isinstance(password, str):
        return url
    return url.difference_update_query(["password"]).set(password=password)


def _shown(url: URL) -> str:
    """Return an address as it may be shown: without options, name and password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    server = URL.create("postgresql", host=url.host, port=url.port, database=url.database)
    return server.render_as_string()


def _hidden(url: URL) -> tuple[str, ...]:
    """Return what must never be shown of an address, the longest first."""
    options = [url.query.get(name) for name in _SECRETS]
    found = [str(v) for v in (url.password, *options) if v]
    return tuple(sorted(found, key=len, reverse=True))


def _engine(url: URL) -> Engine:
    """Return the pool for an address; raises UsageError where the driver is not installed."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    options = {name: url.query[name] for name in _SECRETS if name in url.query}
    try:
        return create_engine(
            url.difference_update_query(list(options)),
            connect_args={**options, "connect_timeout": 10},
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            max_overflow=15,
            pool_timeout=_PATIENCE,
            hide_parameters=True,
        )
    except ImportError:
        what = "a PostgreSQL server needs psycopg: pip install 'evalkit[postgres]'."
        raise UsageError(what) from None


def _sqlite(url: URL) -> Engine:
    """Return the pool for a file, whose folder is made where it is missing."""
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        what = f"the folder cannot be made ({e.strerror})."
        raise OutputError(Problem(str(path.parent), what, "Name another file.")) from e
    engine = create_engine(
        url,
        connect_args={"timeout": _PATIENCE, "check_same_thread": False},
        max_overflow=15,
        pool_timeout=_PATIENCE,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(db: sqlite3.Connection, _: Any) -> None:
    """Set a new SQLite connection up: a write-ahead log, and every commit durable."""
    db.isolation_level = None  # transactions begin where `_begin` says so
    db.execute("PRAGMA synchronous=FULL")
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as e:  # SQLite does not wait for others here
            if e.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.02)


def _begin(db: Connection) -> None:
    """Begin a transaction; one that writes takes its place in the queue at once."""
    writes = db.get_execution_options().get("writes", False)
    db.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
