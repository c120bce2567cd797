"""The tables of the store, the version they have, and the guard that nothing in them is rewritten.

Ids of foreign data are kept inside JSON that is plain ASCII, or as digests: a database must never
refuse a character or a length that a data set may have.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    select,
    text,
)

from evalkit.core.errors import DataError, Problem

VERSION = 1
"""Of the tables. A store of a later version is refused, with the advice to update."""

metadata = MetaData()

versions = Table("evalkit_judging", metadata, Column("version", Integer, primary_key=True))

studies = Table(
    "evalkit_study",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("created", String(40), nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

prompts = Table(
    "evalkit_prompt",
    metadata,
    Column("study", String(100), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("given", Integer, nullable=False),
    Column("finished", Boolean, nullable=False),
    Column("holder", String(100)),
    Column("until", Float),
    UniqueConstraint("study", "holder"),  # a reviewer holds one prompt at most
    Index("evalkit_prompt_next", "study", "finished", "number"),
)

places = Table(
    "evalkit_place",
    metadata,
    Column("study", String(100), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("prompt", String(40), nullable=False),
    Column("cell", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("result", Integer, nullable=False),
)

shown = Table(
    "evalkit_shown",
    metadata,
    Column("study", String(100), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("body", Text, nullable=False),
    Column("picture", LargeBinary),
    Column("sound", LargeBinary),
)

judgements = Table(
    "evalkit_judgement",
    metadata,
    Column("study", String(100), primary_key=True),
    Column("prompt", String(40), primary_key=True),
    Column("reviewer", String(100), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("result", Integer, primary_key=True),
    Column("effective", Boolean, nullable=False),
    Column("grade", Integer),
    Column("error", String(20), nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", String(40), nullable=False),
    Column("adjudicates", Boolean, nullable=False),
)

events = Table(
    "evalkit_event",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", String(40), nullable=False),
    Column("study", String(100), nullable=False, index=True),
    Column("reviewer", String(100), nullable=False),
    Column("action", String(20), nullable=False),
    Column("prompt", String(40), nullable=False),
    Column("details", Text, nullable=False),
)

_KEPT = (judgements, events)
"""What is only ever added to."""
_SETTING_UP = 7_311_204
"""The number of the lock under which a PostgreSQL store gets its tables."""


def set_up(db: Connection, where: str) -> None:
    """Make the tables where there are none, inside the caller's transaction.

    Raises DataError for a store of a later version, and for a SQLite file of something else.
    """
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SETTING_UP})
    names = set(inspect(db).get_table_names())
    if versions.name in names:
        _check_version(db, where)
        return
    if names and db.dialect.name == "sqlite":
        what = "the file is a database of something else."
        raise DataError(Problem(where, what, "Name another file for the judgements."))
    metadata.create_all(db)
    for table in _KEPT:
        _keep(db, table.name)
    db.execute(versions.insert(), {"version": VERSION})


def _check_version(db: Connection, where: str) -> None:
    """Raise DataError where the tables are not of the version known here."""
    version = db.scalar(select(versions.c.version))
    if version != VERSION:
        what = f"the judgements have version {version}, this evalkit reads {VERSION}."
        raise DataError(Problem(where, what, "Update evalkit."))


def _keep(db: Connection, table: str) -> None:
    """Let the database itself refuse to change or remove rows of a table."""
    if db.dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            db.exec_driver_sql(
                f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END"
            )
        return
    db.exec_driver_sql(
        f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is only ever added to'; END $$"
    )
    db.exec_driver_sql(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_kept()"
    )
