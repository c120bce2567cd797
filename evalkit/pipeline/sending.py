"""Sending items to a model: each answer is checked, and stored soon after it is complete."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evalkit.core.errors import ProviderError
from evalkit.core.items import Item
from evalkit.core.plan import ModelPlan
from evalkit.core.protocols import Embedded, Embedder, Failed, Refused, Role, Usage
from evalkit.ledger import Record
from evalkit.pipeline.purse import Purse

_STORE_ITEMS = 32
_STORE_SECONDS = 1.0

Outcome = Embedded | Refused | Failed
Answer = list[Record] | Refused | Failed
"""What a model said of one item: its vectors, or why it has none."""


def answers(
    embedder: Embedder, items: Sequence[Item], role: Role, dim: int
) -> Iterator[tuple[int, Answer]]:
    """Yield the place and the answer of each item as soon as it has all its parts.

    An item of which one part failed has failed. Raises ProviderError for a model that goes on with
    an item after that.
    """
    parts: dict[int, list[Record]] = {}
    done: set[int] = set()
    for outcome in embedder.embed(items, role, dim):
        n, usable = outcome.index, _usable(outcome, dim)
        if not isinstance(usable, Embedded):
            if n not in done:
                yield n, usable
            done.add(n)
            continue
        some = parts.setdefault(n, [])
        some.append(_record(usable))
        if len(some) > usable.parts:
            raise ProviderError(f"{embedder.model} gave an item more vectors than it announced.")
        if len(some) == usable.parts and n not in done:
            done.add(n)
            yield n, some
    for n in range(len(items)):
        if n not in done:
            yield n, Failed(n, "the model gave no answer for it, or not all of one.")


def whole(outcomes: Iterable[Outcome], dim: int) -> Answer:
    """Return the answer that all outcomes for one item make.

    Where some of its parts failed, those that did not are its vectors, marked as truncated.
    """
    usable = [_usable(outcome, dim) for outcome in outcomes]
    records = [_record(one) for one in usable if isinstance(one, Embedded)]
    gone = [one for one in usable if not isinstance(one, Embedded)]
    if not records:
        return gone[0] if gone else Failed(0, "the job ended without a vector.")
    return [replace(record, truncated=True) for record in records] if gone else records


@dataclass(slots=True)
class Sender:
    """Sends batches to a model and stores its answers: after 32 items, a second, or the batch.

    told: counts inputs as dealt with.
    """

    purse: Purse
    model: ModelPlan
    role: Role
    dim: int
    told: Callable[[int], None]
    _versions: set[str] = field(default_factory=set)
    _new: dict[bytes, Answer] = field(default_factory=dict)
    _items: dict[bytes, Item] = field(default_factory=dict)
    _stored: float = field(default_factory=time.monotonic)

    def send(self, batch: Sequence[tuple[bytes, Item]]) -> dict[bytes, Answer]:
        """Return what the model answered to one batch.

        Whatever breaks it off, Ctrl-C for instance, the answers that are complete are stored.
        """
        found: dict[bytes, Answer] = {}
        items = [item for _, item in batch]
        with self:
            for n, answer in answers(self.model.embedder, items, self.role, self.dim):
                key, item = batch[n]
                self.take(key, item, answer)
                found[key] = answer
        return found

    def __enter__(self) -> Sender:
        """Return the sender."""
        return self

    def __exit__(self, *stopped: object) -> None:
        """Store what is not stored so far."""
        self.flush()

    def take(self, key: bytes, item: Item, answer: Answer) -> None:
        """Take an answer, to be stored soon; raises ProviderError for one of another version."""
        if isinstance(answer, list):
            self._check_version(answer)
        self._new[key], self._items[key] = answer, item
        self.purse.of(self.model.name).sent += 1
        self.told(1)
        due = time.monotonic() - self._stored >= _STORE_SECONDS
        if due or len(self._new) >= _STORE_ITEMS:
            self.flush()

    def _check_version(self, answer: Sequence[Record]) -> None:
        """Raise ProviderError where the service says that another version answered than before."""
        served = {record.served for record in answer if record.served}
        if not served:
            return
        embedder = self.model.embedder
        if not self._versions:
            self._versions |= self.purse.store.served_versions(embedder.model, embedder.revision)
        before = self._versions or served
        self._versions |= before
        if not served <= before:
            raise ProviderError(
                f"{self.model.name}: the service answered as version '{min(served)}', the ledger "
                f"holds vectors of '{min(before)}', and vectors of two versions do not compare. "
                "Give the model a new 'revision' in the suite to embed everything again, or ask "
                "for the old version."
            )

    def flush(self) -> None:
        """Store what is new: vectors and refusals. What failed may go well another time."""
        embedder, name = self.model.embedder, self.model.name
        vectors = {
            key: self._counted(key, a) for key, a in self._new.items() if isinstance(a, list)
        }
        refused = {key: a.reason for key, a in self._new.items() if isinstance(a, Refused)}
        for key in refused:
            self.purse.count(self.model, self._usage(self._items[key]))
        if vectors or refused:
            conflicts = self.purse.store.put(
                embedder.model,
                embedder.revision,
                vectors,
                refused,
                request=embedder.request(self.role, self.dim),
                dim=self.dim,
            )
            self.purse.of(name).conflicts += len(conflicts)
        self._new.clear()
        self._items.clear()
        self._stored = time.monotonic()

    def _counted(self, key: bytes, records: Sequence[Record]) -> list[Record]:
        """Return records with the characters behind them; what they cost is counted."""
        usage = self._usage(self._items[key])
        told = [record.tokens for record in records if record.tokens is not None]
        self.purse.count(self.model, replace(usage, tokens=sum(told)) if told else usage)
        first, *others = records
        return [replace(first, chars=usage.chars), *others]

    def _usage(self, item: Item) -> Usage:
        """Return what one item is expected to use."""
        return self.purse.usage(self.model, [item], self.role, self.dim)


def _usable(outcome: Outcome, dim: int) -> Outcome:
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
        np.asarray(answer.vector, np.float32),
        answer.norm,
        kind=answer.kind,
        span=answer.span,
        tokens=answer.tokens,
        truncated=answer.truncated,
        request_id=answer.request_id,
        served=answer.served,
        attempts=answer.attempts,
        seconds=answer.seconds,
    )
