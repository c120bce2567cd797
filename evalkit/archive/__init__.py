"""A run: as an object with tables, and as a folder on disk that is written whole or not at all."""

from evalkit.archive.folder import ensure_writable, latest, load, new_folder, save, stored_scores
from evalkit.archive.run import CaseFacts, MetricFacts, ModelFacts, Run
from evalkit.archive.tables import judgements_table, rankings_table, scores_table

__all__ = [
    "CaseFacts",
    "MetricFacts",
    "ModelFacts",
    "Run",
    "ensure_writable",
    "judgements_table",
    "latest",
    "load",
    "new_folder",
    "rankings_table",
    "save",
    "scores_table",
    "stored_scores",
]
