"""Sending items to a model: each answer is checked, and stored soon after it is complete."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Embedder, Failed, Refused, Role
from evalkit.ledger import Ledger, Record

_STORE_ITEMS = 32
_STORE_SECONDS = 1.0

Answer = list[Record] | Refused | Failed
"""What a model said of one item: its vectors, or why it has none."""


def answers(
    embedder: Embedder, items: Sequence[Item], role: Role, dim: int
) -> Iterator[tuple[int, Answer]]:
    """Yield the place and the answer of each item as soon as the answer is complete.

    An item may have several vectors, so that its answer is complete once there is an outcome for
    another item, or none to come. If more of it follows later still, it is yielded again, whole.
    """
    parts: dict[int, list[Record]] = {}
    lost: set[int] = set()
    open_item: int | None = None
    for outcome in embedder.embed(items, role, dim):
        n, usable = outcome.index, _usable(outcome, dim)
        if open_item is not None and open_item != n:
            yield open_item, parts[open_item]
        open_item = None
        if not isinstance(usable, Embedded):
            lost.add(n)
            yield n, usable
        elif n not in lost:
            parts.setdefault(n, []).append(_record(usable))
            open_item = n
    if open_item is not None:
        yield open_item, parts[open_item]
    for n in range(len(items)):
        if n not in parts and n not in lost:
            yield n, Failed(n, "the model gave no answer for it.")


@dataclass(slots=True)
class Sender:
    """Sends batches to a model and stores its answers: after 32 items, a second, or the batch."""

    store: Ledger
    embedder: Embedder
    role: Role
    dim: int
    _new: dict[bytes, Answer] = field(default_factory=dict)
    _stored: float = field(default_factory=time.monotonic)

    def send(self, batch: Sequence[tuple[bytes, Item]]) -> dict[bytes, Answer]:
        """Return what the model answered to one batch.

        Whatever breaks it off, Ctrl-C for instance, the answers that are complete are stored.
        """
        found: dict[bytes, Answer] = {}
        items = [item for _, item in batch]
        try:
            for n, answer in answers(self.embedder, items, self.role, self.dim):
                name = batch[n][0]
                found[name] = self._new[name] = answer
                due = time.monotonic() - self._stored >= _STORE_SECONDS
                if due or len(self._new) >= _STORE_ITEMS:
                    self._store()
        finally:
            self._store()
        return found

    def _store(self) -> None:
        """Store what is new: vectors and refusals. What failed may go well another time."""
        vectors = {name: a for name, a in self._new.items() if isinstance(a, list)}
        refused = {name: a.reason for name, a in self._new.items() if isinstance(a, Refused)}
        if vectors or refused:
            self.store.put(self.embedder.model, self.embedder.revision, vectors, refused)
        self._new.clear()
        self._stored = time.monotonic()


def _usable(outcome: Embedded | Refused | Failed, dim: int) -> Embedded | Refused | Failed:
    """Return the outcome, or a failure in place of a vector that cannot be used."""
    if not isinstance(outcome, Embedded):
        return outcome
    vector = outcome.vector
    if vector.shape != (dim,):
        return Failed(outcome.index, f"its vector has {vector.size} values, expected {dim}.")
    if not np.isfinite(vector).all():
        return Failed(outcome.index, "its vector holds NaN or infinity.")
    if not vector.any():
        return Failed(outcome.index, "its vector is zero.")
    if not 0 < outcome.norm < math.inf:
        return Failed(outcome.index, "its length is not a number above zero.")
    return outcome


def _record(answer: Embedded) -> Record:
    """Return an answer as the ledger keeps it."""
    return Record(
        np.asarray(answer.vector, np.float32), answer.norm, answer.kind, answer.span,
        answer.tokens, answer.truncated, answer.request_id,
    )  # fmt: skip
