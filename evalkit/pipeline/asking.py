"""Asking a model for the vectors of items: the ledger first, then the model, batch by batch."""

from __future__ import annotations

import time
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
from evalkit.core.protocols import Failed, Refused, Role
from evalkit.core.systems import Prepare
from evalkit.media.converting import version_for
from evalkit.pipeline.ahead import ahead
from evalkit.pipeline.buying import Buyer
from evalkit.pipeline.directions import directed
from evalkit.pipeline.pace import pace
from evalkit.pipeline.piecing import as_text, fold, take_apart
from evalkit.pipeline.purse import Progress, Purse
from evalkit.pipeline.sending import Answer, answers
from evalkit.pipeline.variants import asks_again, changed_item, touches

_CHUNK = 256
_TAKEN_APART = 16
"""How many items are taken apart at a time: their pieces are held in memory."""
LEFT = "the probe leaves it as it is."
"""The reason of an item that a probe had nothing to change in."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Variant:
    """One side of a case as embedded: all of it (clean), or only what a probe changed.

    items: the items whose content search may want and that differ from the data's own: text that a
    probe changed or a preparation made; media keep their clean content. unchanged: items the probe
    is made for that it could not change, and why. lost: size -> item -> why it has no vector of
    that size. partly: size -> item -> which of its vectors are of no use there. truncated: items of
    which only a part was embedded.
    """

    items: Mapping[str, Item]
    vectors: Mapping[int, Vectors]
    changed: frozenset[str]
    unchanged: Mapping[str, str]
    lost: Mapping[int, Mapping[str, Refused | Failed]]
    truncated: frozenset[str] = frozenset()
    partly: Mapping[int, Mapping[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Changing:
    """The items of a side that a probe changes, made anew each time they are gone through."""

    items: Sequence[Item]
    probe: ProbePlan
    severity: int
    seed: int
    texts: dict[str, Item] = field(default_factory=dict)
    changed: dict[str, None] = field(default_factory=dict)
    unchanged: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Item]:
        """Yield the changed items, keeping account of which they are."""
        others = sorted(self.items, key=lambda item: item.id)
        for item in self.items:
            try:
                new = changed_item(self.probe, item, self.severity, self.seed, others)
            except DataError as e:
                self.unchanged[item.id] = f"the probe cannot change it: {e}"
                continue
            if new is not None:
                self.changed[item.id] = None
                if new.modality == "text":
                    self.texts[item.id] = new
                yield new
            elif touches(self.probe, item):
                self.unchanged[item.id] = LEFT


@dataclass(slots=True)
class _Way:
    """How far one side has come: inputs dealt with, and those that would have to be asked for.

    asked: those of the first that the model was asked for; since: when that began. texts: what
    preparations made of items, where that is text.
    """

    progress: Progress
    note: Callable[[], str]
    what: str
    total: int
    done: int = 0
    asked: int = 0
    since: float = field(default_factory=time.monotonic)
    missing: set[bytes] = field(default_factory=set)
    texts: dict[str, Item] = field(default_factory=dict)

    def skip(self, steps: int) -> None:
        """Count inputs as dealt with that the model is not asked for, and tell."""
        if not self.asked:
            self.since = time.monotonic()
        self._tell(steps)

    def go(self, steps: int) -> None:
        """Count inputs as dealt with by the model, and tell."""
        self.asked += steps
        self._tell(steps)

    def _tell(self, steps: int) -> None:
        """Tell how far the side is, and how fast the model goes: what is known takes no time."""
        self.done += steps
        rate = pace(self.asked, self.total - self.done, time.monotonic() - self.since)
        words = rate or ("from the ledger" if self.done else "")
        told = ", ".join(filter(None, (words, self.note())))
        self.progress(self.what, self.done, self.total, told)


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one model for one side of one case, its items taken through some steps before.

    repeat: which of several askings for the same input this is; each is filed apart.
    """

    model: ModelPlan
    role: Role
    dims: tuple[int, ...]
    purse: Purse
    case: CasePlan
    steps: tuple[Prepare, ...] = ()
    repeat: int = 0

    def variant(self, what: str, items: Iterable[Item], total: int) -> Variant:
        """Return items embedded at every size: asked once where smaller sizes can be cut."""
        vectors: dict[int, Vectors] = {}
        texts: dict[str, Item] = {}
        lost: dict[int, dict[str, Refused | Failed]] = {}
        partly: dict[int, Mapping[str, str]] = {}
        truncated: set[str] = set()
        title = f"{self.model.name}: {self.case.name}, {what}"
        for ask, serves in self._asked_sizes().items():
            way = _Way(self.purse.progress, lambda: self.purse.note(self.model), title, total)
            said = self._collect(items, ask, way)
            found = {name: a for name, a in said.items() if isinstance(a, list)}
            truncated |= {name for name, a in found.items() if any(r.truncated for r in a)}
            gone = {name: a for name, a in said.items() if not isinstance(a, list)}
            stop_where_asked(self.case, self.model.name, gone)
            self._heard(serves, found.values())
            made = directed(_stack(found, ask), serves)
            self._lose(made[min(serves)].lost)
            vectors |= {dim: one.vectors for dim, one in made.items()}
            lost |= {dim: {**gone, **one.lost} for dim, one in made.items()}
            partly |= {dim: one.partly for dim, one in made.items()}
            texts |= way.texts
        return Variant(texts, vectors, frozenset(), {}, lost, frozenset(truncated), partly)

    def _lose(self, weak: Mapping[str, Failed]) -> None:
        """Count items whose vectors have no direction at the smallest size, or stop there."""
        stop_where_asked(self.case, self.model.name, weak)
        self.purse.of(self.model.name).lost += len(weak)

    def price(self, items: Sequence[Item]) -> None:
        """Note the list price of items that are asked for as they are, a size at a time."""
        for ask, serves in self._asked_sizes().items() if not self.steps else ():
            place = self.case.name, self.role.side, serves
            price = self.purse.listed(self.model, items, self.role, ask)
            self.purse.of(self.model.name).listed.setdefault(place, price)

    def _heard(self, serves: tuple[int, ...], found: Iterable[Sequence[ledger.Record]]) -> None:
        """Note how long the calls took that answered items; 0 stands for not known."""
        took = [max(record.seconds for record in some) for some in found if some]
        known = [seconds for seconds in took if seconds > 0]
        if known and not self.steps:
            place = self.case.name, self.role.side, serves
            self.purse.of(self.model.name).seconds.setdefault(place, []).extend(known)

    def probed(
        self, label: str, items: Sequence[Item], probe: ProbePlan, severity: int, seed: int
    ) -> Variant:
        """Return what the probe changed, embedded; nothing else is asked for."""
        changing = _Changing(items, probe, severity, seed)
        asker = replace(self, repeat=severity) if asks_again(probe) else self
        fresh = asker.variant(label, ahead(changing), len(items))
        return replace(
            fresh,
            items={**changing.texts, **fresh.items},
            changed=frozenset(changing.changed),
            unchanged=changing.unchanged,
        )

    def _asked_sizes(self) -> dict[int, tuple[int, ...]]:
        """Return size to ask for -> sizes that it serves: one for a nested model that is cut."""
        if self.model.embedder.nested == "yes" and self.model.how == "cut":
            return {self.model.embedder.sizes[0]: self.dims}
        return {dim: (dim,) for dim in self.dims}

    def _collect(self, items: Iterable[Item], ask: int, way: _Way) -> dict[str, Answer]:
        """Return the answer for every item; in a dry run, for those that are known."""
        looked_up = getattr(self.model.embedder, "keyed_by", "content") == "id"
        get = self._looked_up if looked_up else self._prepared if self.steps else self._asked
        size = _TAKEN_APART if self.steps else max(_CHUNK, self.model.embedder.batch)
        said: dict[str, Answer] = {}
        for chunk in _chunks(items, size):
            said |= get(chunk, ask, way)
        if way.missing and self.purse.offline:
            raise ProviderError(
                f"{self.model.name}: {len(way.missing)} inputs on the {self.role.side} side of "
                f"'{self.case.name}' were never embedded, and --offline forbids asking. "
                "Run once without --offline."
            )
        tally = self.purse.of(self.model.name)
        tally.wanted += way.done
        tally.lost += sum(not isinstance(answer, list) for answer in said.values())
        return said

    def _looked_up(self, items: Sequence[Item], ask: int, way: _Way) -> dict[str, Answer]:
        """Return the answers of a model that holds stored vectors; the ledger is left alone."""
        said: dict[str, Answer] = {}
        for batch in [] if self.purse.dry else _chunks(items, self.model.embedder.batch):
            for n, answer in answers(self.model.embedder, batch, self.role, ask):
                said[batch[n].id] = answer
        way.go(len(items))
        return said

    def _prepared(self, items: Sequence[Item], ask: int, way: _Way) -> dict[str, Answer]:
        """Return the answers of items whose pieces are embedded in their place."""
        said: dict[str, Answer] = {}
        apart = {}
        for n, item in enumerate(items):
            try:
                apart[item.id] = take_apart(item, self.steps)
            except DataError as e:
                said[item.id] = Failed(n, str(e))
                way.skip(1)
        texts = {item.id: as_text(item, apart.get(item.id, ())) for item in items}
        way.texts |= {name: text for name, text in texts.items() if text is not None}
        parts = [piece for some in apart.values() for piece in some]
        way.total += len(parts) - len(apart)
        return said | fold(apart, self._asked(parts, ask, way), self.steps)

    def _asked(self, items: Sequence[Item], ask: int, way: _Way) -> dict[str, Answer]:
        """Return what the ledger knows of items, and what the model answers to the others.

        Offline, the others are counted as missing and have no answer; in a dry run, only items that
        cannot be read have one.
        """
        keys, said = self._keys(items, ask)
        if self.purse.dry:
            self._plan(items, keys, ask, way)
            return said
        known = self._known(keys.values(), ask)
        mine = {keys[item.id]: item for item in reversed(items) if item.id in keys}
        missing = {key: item for key, item in reversed(mine.items()) if key not in known}
        self.purse.of(self.model.name).found += len(known)
        way.skip(sum(keys.get(item.id) not in missing for item in items))
        if self.purse.offline:
            way.missing |= missing.keys()
            way.skip(len(missing))
        else:
            buyer = Buyer(
                self.purse, self.model, self.role, ask, lambda some: self._known(some, ask), way.go
            )
            buyer.ask_again({k: i for k, i in mine.items() if isinstance(known.get(k), list)})
            known |= buyer.buy(missing)
        return said | {name: known[key] for name, key in keys.items() if key in known}

    def _plan(self, items: Sequence[Item], keys: Mapping[str, bytes], ask: int, way: _Way) -> None:
        """Count inputs, each once in all of a plan: those in the ledger, and those to be asked."""
        fresh = {keys[i.id]: i for i in items if i.id in keys}
        fresh = {key: item for key, item in fresh.items() if key not in self.purse.planned}
        self.purse.planned |= fresh.keys()
        known = self.purse.store.known(fresh)
        asked = [item for key, item in fresh.items() if key not in known]
        tally = self.purse.of(self.model.name)
        tally.found += len(known)
        tally.sent += len(asked)
        self.purse.count(self.model, self.purse.usage(self.model, asked, self.role, ask))
        way.go(len(items))

    def _known(self, keys: Iterable[bytes], ask: int) -> dict[bytes, Answer]:
        """Return the answers that are in the ledger: vectors, and refusals, which stay refusals."""
        wanted = list(keys)
        known: dict[bytes, Answer] = {}
        known |= self.purse.store.get(wanted, ask)
        refused = self.purse.store.refusals(key for key in wanted if key not in known)
        return known | {key: Refused(0, reason) for key, reason in refused.items()}

    def _keys(self, items: Sequence[Item], ask: int) -> tuple[dict[str, bytes], dict[str, Answer]]:
        """Return item id -> ledger key, and the items whose content cannot be read."""
        embedder = self.model.embedder
        keys: dict[str, bytes] = {}
        lost: dict[str, Answer] = {}
        for n, item in enumerate(items):
            try:
                content = item.digest() + version_for(item)
            except DataError as e:
                lost[item.id] = Failed(n, str(e))
                continue
            request = embedder.request(item, self.role, ask)
            keys[item.id] = ledger.key(
                embedder.model, embedder.revision, request, ask, content, self.repeat
            )
        return keys, lost


def stop_where_asked(case: CasePlan, model: str, lost: Mapping[str, Refused | Failed]) -> None:
    """Raise ProviderError where the case says to stop at a refusal or a failure."""
    for item, why in sorted(lost.items()):
        if (case.on_refusal if isinstance(why, Refused) else case.on_item_error) == "stop":
            raise ProviderError(
                f"{model}: '{item}' of '{case.name}' has no vector: {why.reason} The case says to "
                "stop there."
            )


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
