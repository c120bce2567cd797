"""Where judgements are kept: one rule for the command line and the dashboard."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "EVALKIT_JUDGEMENTS"
"""Names the store for all runs: a file of SQLite, or the address of a PostgreSQL server."""
NAME = "judgements.db"
"""The file beside the runs, where nothing else is named."""


def place_of(runs: Path, given: str = "") -> str:
    """Return where the judgements of runs are kept: a file, or the address of a server.

    It is what is given, else what the variable names, else a file beside the runs. runs: the folder
    below which they are stored, a folder per suite.
    """
    return given or os.environ.get(VARIABLE, "") or str(runs / NAME)


def is_made(place: str) -> bool:
    """Return whether a file of judgements is there; of a server only asking it tells."""
    return "://" in place or Path(place).exists()
