"""Asking a model for the vectors of items: the ledger first, then the model, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

import numpy as np

from evalkit import ledger
from evalkit.core.arrays import Vectors, make_vectors
from evalkit.core.errors import DataError, ProviderError
from evalkit.core.items import Item
from evalkit.core.plan import CasePlan, ModelPlan, ProbePlan
from evalkit.core.protocols import Embedded, Failed, Refused, Role
from evalkit.pipeline.variants import changed_item, touches

_CHUNK = 256
T = TypeVar("T")


@dataclass(slots=True)
class Tally:
    """What embedding cost: inputs wanted, found in the ledger, sent, and lost."""

    wanted: int = 0
    found: int = 0
    sent: int = 0
    lost: int = 0


Progress = Callable[[str, int, int], None]
"""Told (what, done, of how many) as work goes on."""


def no_progress(what: str, done: int, total: int) -> None:
    """Ignore progress."""


@dataclass(slots=True)
class Purse:
    """Where vectors come from: the ledger first, then the model; counts both.

    offline: an input that was never embedded is an error. dry: it is counted as sent and that is
    all, which is how a run is planned without spending anything.
    """

    store: ledger.Ledger
    offline: bool = False
    dry: bool = False
    planned: set[bytes] = field(default_factory=set)
    progress: Progress = no_progress
    tally: dict[str, Tally] = field(default_factory=dict)

    def of(self, model: str) -> Tally:
        """Return the tally of a model."""
        return self.tally.setdefault(model, Tally())


@dataclass(frozen=True, slots=True)
class Variant:
    """One side of a case as embedded: all of it (clean), or only what a probe changed.

    items: the changed items whose content search may want, text that is; media keep their clean
    content. unchanged: items the probe is made for that it could not change.
    """

    items: Mapping[str, Item]
    vectors: Mapping[int, Vectors]
    changed: frozenset[str]
    unchanged: tuple[str, ...]
    lost: Mapping[str, Refused | Failed]


@dataclass(slots=True)
class _Changing:
    """The items of a side that a probe changes, made anew each time they are gone through."""

    items: Sequence[Item]
    probe: ProbePlan
    severity: int
    seed: int
    texts: dict[str, Item] = field(default_factory=dict)
    changed: dict[str, None] = field(default_factory=dict)
    unchanged: dict[str, None] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Item]:
        """Yield the changed items, keeping account of which they are."""
        for item in self.items:
            new = changed_item(self.probe, item, self.severity, self.seed)
            if new is not None:
                self.changed[item.id] = None
                if new.modality == "text":
                    self.texts[item.id] = new
                yield new
            elif touches(self.probe, item):
                self.unchanged[item.id] = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one model for one side of one case."""

    model: ModelPlan
    role: Role
    dims: tuple[int, ...]
    purse: Purse
    case: CasePlan

    def variant(self, what: str, items: Iterable[Item], total: int) -> Variant:
        """Return items embedded at every size: asked once where smaller sizes can be cut."""
        vectors: dict[int, Vectors] = {}
        lost: dict[str, Refused | Failed] = {}
        for ask, serves in self._asked_sizes().items():
            found, gone = self._collect(f"{self.case.name}, {what}", items, total, ask)
            lost |= gone
            vectors |= dict.fromkeys(serves, _stack(found, ask))
        self._stop_where_asked(lost)
        return Variant({}, vectors, frozenset(), (), lost)

    def probed(
        self, label: str, items: Sequence[Item], probe: ProbePlan, severity: int, seed: int
    ) -> Variant:
        """Return what the probe changed, embedded; nothing else is asked for."""
        changing = _Changing(items, probe, severity, seed)
        fresh = self.variant(label, changing, len(items))
        return replace(
            fresh,
            items=changing.texts,
            changed=frozenset(changing.changed),
            unchanged=tuple(changing.unchanged),
        )

    def _asked_sizes(self) -> dict[int, tuple[int, ...]]:
        """Return size to ask for -> sizes that it serves: one for a nested model that is cut."""
        if self.model.embedder.nested == "yes" and self.model.how == "cut":
            return {self.model.embedder.sizes[0]: self.dims}
        return {dim: (dim,) for dim in self.dims}

    def _collect(
        self, what: str, items: Iterable[Item], total: int, ask: int
    ) -> tuple[dict[str, list[ledger.Record]], dict[str, Refused | Failed]]:
        """Return the records of every item that has some, and why the others have none."""
        found: dict[str, list[ledger.Record]] = {}
        lost: dict[str, Refused | Failed] = {}
        done = 0
        for chunk in _chunks(items, _CHUNK):
            keys, unreadable = self._keys(chunk, ask)
            lost |= unreadable
            known = self.purse.store.get(keys.values())
            have, gone = self._ask([i for i in chunk if i.id in keys], keys, known, ask)
            lost |= gone
            found |= {name: have[k] for name, k in keys.items() if k in have}
            done += len(chunk)
            self.purse.progress(f"{self.model.name}: {what}", done, total)
        tally = self.purse.of(self.model.name)
        tally.wanted += done
        tally.lost += len(lost)
        return found, lost

    def _keys(
        self, items: Sequence[Item], ask: int
    ) -> tuple[dict[str, bytes], dict[str, Refused | Failed]]:
        """Return item id -> ledger key, and the items whose content cannot be read."""
        embedder = self.model.embedder
        request = embedder.request(self.role, ask)
        by_id = getattr(embedder, "keyed_by", "content") == "id"
        keys: dict[str, bytes] = {}
        lost: dict[str, Refused | Failed] = {}
        for n, item in enumerate(items):
            try:
                content = f"id:{item.id}" if by_id else item.digest()
            except DataError as e:
                lost[item.id] = Failed(n, str(e))
                continue
            keys[item.id] = ledger.key(embedder.model, embedder.revision, request, ask, content)
        return keys, lost

    def _ask(
        self,
        items: Sequence[Item],
        keys: Mapping[str, bytes],
        known: dict[bytes, list[ledger.Record]],
        ask: int,
    ) -> tuple[dict[bytes, list[ledger.Record]], dict[str, Refused | Failed]]:
        """Return the known records with those added that had to be asked for, and what was lost."""
        tally = self.purse.of(self.model.name)
        missing: dict[bytes, Item] = {}
        for item in items:
            if keys[item.id] not in known:
                missing.setdefault(keys[item.id], item)
        tally.found += len({keys[i.id] for i in items}) - len(missing)
        if self.purse.dry:
            tally.sent += len(missing.keys() - self.purse.planned)
            self.purse.planned |= missing.keys()
            return known, {}
        if missing and self.purse.offline:
            raise ProviderError(
                f"{self.model.name}: {len(missing)} inputs of '{self.case.name}' were never "
                "embedded, and --offline forbids asking. Run once without --offline."
            )
        lost: dict[bytes, Refused | Failed] = {}
        for batch in _chunks(missing.items(), self.model.embedder.batch):
            answers, gone = self._send(batch, ask)
            self.purse.store.put(self.model.embedder.model, self.model.embedder.revision, answers)
            known |= answers
            lost |= gone
            tally.sent += len(batch)
        return known, {i.id: lost[keys[i.id]] for i in items if keys[i.id] in lost}

    def _send(
        self, batch: Sequence[tuple[bytes, Item]], ask: int
    ) -> tuple[dict[bytes, list[ledger.Record]], dict[bytes, Refused | Failed]]:
        """Return what the model answered to one batch."""
        answers: dict[bytes, list[ledger.Record]] = {}
        lost: dict[bytes, Refused | Failed] = {}
        for outcome in self.model.embedder.embed([i for _, i in batch], self.role, ask):
            name = batch[outcome.index][0]
            usable = _usable(outcome, ask)
            if isinstance(usable, Embedded):
                answers.setdefault(name, []).append(_record(usable))
            else:
                lost[name] = usable
        for n, (name, _) in enumerate(batch):
            if name not in answers and name not in lost:
                lost[name] = Failed(n, "the model gave no answer for it.")
        return {k: v for k, v in answers.items() if k not in lost}, lost

    def _stop_where_asked(self, lost: Mapping[str, Refused | Failed]) -> None:
        """Raise ProviderError where the case says to stop at a refusal or a failure."""
        for item, why in sorted(lost.items()):
            rule = self.case.on_refusal if isinstance(why, Refused) else self.case.on_item_error
            if rule == "stop":
                raise ProviderError(
                    f"{self.model.name}: '{item}' of '{self.case.name}' has no vector: "
                    f"{why.reason} The case says to stop there."
                )


def _usable(outcome: Embedded | Refused | Failed, ask: int) -> Embedded | Refused | Failed:
    """Return the outcome, or a failure in place of a vector that cannot be used."""
    if not isinstance(outcome, Embedded):
        return outcome
    vector = outcome.vector
    if vector.shape != (ask,):
        return Failed(outcome.index, f"its vector has {vector.size} values, expected {ask}.")
    if not np.isfinite(vector).all():
        return Failed(outcome.index, "its vector holds NaN or infinity.")
    return outcome if vector.any() else Failed(outcome.index, "its vector is zero.")


def _record(answer: Embedded) -> ledger.Record:
    """Return an answer as the ledger keeps it."""
    return ledger.Record(
        np.asarray(answer.vector, np.float32), answer.norm, answer.kind, answer.span,
        answer.tokens, answer.truncated, answer.request_id,
    )  # fmt: skip


def _stack(found: Mapping[str, Sequence[ledger.Record]], width: int) -> Vectors:
    """Return the vectors of the items that have some, in the order they were found."""
    records = [r for some in found.values() for r in some]
    raw = np.empty((len(records), width), np.float32)
    for row, record in enumerate(records):
        raw[row] = record.vector
    owners = np.repeat(np.arange(len(found)), [len(some) for some in found.values()])
    spans = np.array([r.span or (np.nan, np.nan) for r in records], float).reshape(-1, 2)
    norms = np.array([r.norm for r in records], float)
    return make_vectors(list(found), raw, owners.astype(np.int64), spans, norms, out=raw)


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size` items."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
