"""Embeddings already paid for: a folder that several processes may share.

A record is filed under the SHA-256 of everything that could change a vector: the model, its
revision, every request parameter, the size and the content itself. Refusals are kept beside the
vectors, since asking again changes nothing. An interrupted run loses only the requests in flight.

Vectors lie in files that only grow, an SQLite index says where. A claim keeps two processes from
paying for the same input; see `Ledger.claim` and docs/ledger.md.
"""

from evalkit.ledger.exporting import Exported
from evalkit.ledger.inspection import Damage, Holding, Info, Verified
from evalkit.ledger.pruning import Pruned
from evalkit.ledger.records import Conflict, Job, Record, Spent, key
from evalkit.ledger.store import Ledger, default_folder

__all__ = [
    "Conflict",
    "Damage",
    "Exported",
    "Holding",
    "Info",
    "Job",
    "Ledger",
    "Pruned",
    "Record",
    "Spent",
    "Verified",
    "default_folder",
    "key",
]
