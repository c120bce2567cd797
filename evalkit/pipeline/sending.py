"""Sending items to a model: each answer is checked, and stored soon after it is complete."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evalkit.core.errors import ProviderError
from evalkit.core.items import Item
from evalkit.core.plan import ModelPlan
from evalkit.core.protocols import Embedded, Embedder, Failed, Refused, Role, Usage
from evalkit.ledger import Record
from evalkit.ledger.records import as_json
from evalkit.pipeline.purse import Purse

_STORE_ITEMS = 32
_STORE_SECONDS = 1.0
"""After so many answers, or so long, what was stored is made to outlive a loss of power."""

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
    """Sends batches to a model and stores its answers.

    What a service answered, which was paid for, is stored at once, so that a kill costs nothing but
    requests in flight; what was made here is stored after 32 items or a second. told: counts inputs
    as dealt with. again: they are stored already, and asked for to compare.
    """

    purse: Purse
    model: ModelPlan
    role: Role
    dim: int
    told: Callable[[int], None]
    again: bool = False
    _versions: set[str] = field(default_factory=set)
    _new: dict[bytes, Answer] = field(default_factory=dict)
    _items: dict[bytes, Item] = field(default_factory=dict)
    _synced: float = field(default_factory=time.monotonic)
    _unsynced: int = 0

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
        """Store what is not stored so far, for good."""
        self.flush(durable=True)

    def take(self, key: bytes, item: Item, answer: Answer) -> None:
        """Take an answer, to be stored soon; raises ProviderError for one of another version."""
        if isinstance(answer, list):
            self._check_version(item, answer)
        self._new[key], self._items[key] = answer, item
        self._tell(isinstance(answer, list))
        self.told(1)
        due = time.monotonic() - self._synced >= _STORE_SECONDS
        due |= self._unsynced + len(self._new) >= _STORE_ITEMS
        if due or hasattr(self.model.embedder, "traffic"):
            self.flush(durable=due)

    def _tell(self, answered: bool) -> None:
        """Count an input as embedded, or as asked for again."""
        tally = self.purse.of(self.model.name)
        if not self.again:
            tally.sent += answered
        elif answered:
            tally.rechecked += 1
        else:
            tally.recheck_failed += 1

    def _check_version(self, item: Item, answer: Sequence[Record]) -> None:
        """Raise ProviderError where the service says that another version answered than before."""
        served = {record.served for record in answer if record.served}
        if not served:
            return
        embedder = self.model.embedder
        if not self._versions:
            at = str(embedder.request(item, self.role, self.dim).get("endpoint", ""))
            self._versions |= self.purse.store.served_versions(
                embedder.model, embedder.revision, at
            )
        before = self._versions or served
        self._versions |= before
        if not served <= before:
            raise ProviderError(
                f"{self.model.name}: the service answered as version '{min(served)}', the ledger "
                f"holds vectors of '{min(before)}', and vectors of two versions do not compare. "
                "Give the model a new 'revision' in the suite to embed everything again, or ask "
                "for the old version."
            )

    def flush(self, durable: bool = False) -> None:
        """Store what is new: vectors and refusals. What failed may go well another time.

        durable: all that was stored so far outlives a loss of power.
        """
        vectors = {
            key: self._counted(key, a) for key, a in self._new.items() if isinstance(a, list)
        }
        refused = {key: a.reason for key, a in self._new.items() if isinstance(a, Refused)}
        paid = [k for k, a in self._new.items() if isinstance(a, Failed) and a.attempts]
        for key in (*refused, *paid):
            self.purse.count(self.model, self._usage(self._items[key]))
        self._store(vectors, refused)
        self._new.clear()
        self._items.clear()
        self._unsynced += len(vectors) + len(refused)
        if durable and self._unsynced:
            self.purse.store.sync()
            self._unsynced = 0
        if durable:
            self._synced = time.monotonic()

    def _store(
        self, vectors: Mapping[bytes, Sequence[Record]], refused: Mapping[bytes, str]
    ) -> None:
        """Store answers, those of a kind of request together, and count what contradicts."""
        embedder = self.model.embedder
        alike: dict[str, tuple[Mapping[str, object], list[bytes]]] = {}
        for key in (*vectors, *refused):
            request = embedder.request(self._items[key], self.role, self.dim)
            alike.setdefault(as_json(dict(request)), (request, []))[1].append(key)
        for request, keys in alike.values():
            conflicts = self.purse.store.put(
                embedder.model,
                embedder.revision,
                {key: vectors[key] for key in keys if key in vectors},
                {key: refused[key] for key in keys if key in refused},
                request=request,
                dim=self.dim,
                durable=False,
            )
            self.purse.of(self.model.name).conflicts += len(conflicts)

    def _counted(self, key: bytes, records: Sequence[Record]) -> list[Record]:
        """Return records with the characters behind them; what they cost is counted."""
        usage = self._usage(self._items[key])
        told = [record.tokens for record in records if record.tokens is not None]
        text = usage.chars and not (usage.images or usage.audio_seconds or usage.video_seconds)
        self.purse.count(self.model, replace(usage, tokens=sum(told)) if told and text else usage)
        if not text:
            return list(records)
        if len(records) == 1:
            return [replace(records[0], chars=usage.chars)]
        return [replace(r, chars=round(r.span[1] - r.span[0]) if r.span else 0) for r in records]

    def _usage(self, item: Item) -> Usage:
        """Return what one item is expected to use."""
        return self.purse.usage(self.model, [item], self.role, self.dim)


def _usable(outcome: Outcome, dim: int) -> Outcome:
    """Return the outcome, or a failure in place of a vector that cannot be used."""
    wrong = _wrong(outcome, dim) if isinstance(outcome, Embedded) else ""
    return Failed(outcome.index, wrong, attempts=1) if wrong else outcome


def _wrong(answer: Embedded, dim: int) -> str:
    """Return why a vector cannot be used, "" where it can."""
    vector = answer.vector
    if vector.shape != (dim,):
        return f"its vector has {vector.size} values, expected {dim}."
    if not np.isfinite(vector).all():
        return "its vector holds NaN or infinity."
    if not vector.any():
        return "its vector is zero."
    return "" if 0 < answer.norm < math.inf else "its length is not a number above zero."


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
