"""Records and keys to store, and a look behind the curtain."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from evalkit.ledger import Record

DIM = 8


def name(k: object) -> bytes:
    """Return a key."""
    return str(k).encode().ljust(32, b".")


def record(seed: int, **fields: object) -> Record:
    vector = np.random.default_rng(seed).normal(size=DIM).astype(np.float32)
    return Record(vector, float(np.linalg.norm(vector)), **fields)  # type: ignore[arg-type]


def harm(folder: Path, change: str, *values: object) -> None:
    """Change the index behind the ledger's back."""
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as db, db:
        db.execute(change, values)


def segments(folder: Path) -> list[Path]:
    return sorted((folder / "ledger.vectors").iterdir())


def overwrite(file: Path, place: int, data: bytes) -> None:
    """Change a file of vectors behind the ledger's back."""
    with file.open("r+b") as raw:
        raw.seek(place)
        raw.write(data)
