"""A run: as an object with tables, and as a folder on disk that is written whole or not at all."""

from evalkit.archive.folder import (
    ensure_writable,
    latest,
    load,
    load_scored,
    new_folder,
    save,
    stored_scores,
)
from evalkit.archive.heads import Head, Trend, folders, head, heads, newest_first
from evalkit.archive.opened import Opened, open_run
from evalkit.archive.run import (
    CaseFacts,
    MetricFacts,
    ModelFacts,
    Moved,
    Pace,
    Run,
    Since,
    Turn,
)
from evalkit.archive.tables import judgements_table, rankings_table, scores_table

__all__ = [
    "CaseFacts",
    "Head",
    "MetricFacts",
    "ModelFacts",
    "Moved",
    "Opened",
    "Pace",
    "Run",
    "Since",
    "Trend",
    "Turn",
    "ensure_writable",
    "folders",
    "head",
    "heads",
    "judgements_table",
    "latest",
    "load",
    "load_scored",
    "new_folder",
    "newest_first",
    "open_run",
    "rankings_table",
    "save",
    "scores_table",
    "stored_scores",
]
