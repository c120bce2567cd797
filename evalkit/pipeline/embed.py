"""Stage 1: items to vectors. The only stage that may call an embedding service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evalkit.core.arrays import Int64, Vectors, make_vectors
from evalkit.core.errors import Problem, ProviderError
from evalkit.core.items import Item
from evalkit.core.plan import CasePlan, ModelPlan
from evalkit.core.protocols import Failed, Refused, Role, Side, SideName
from evalkit.core.results import CLEAN, LossKind, Lost
from evalkit.core.systems import System
from evalkit.pipeline.asking import Asker, Variant
from evalkit.pipeline.audit import audit
from evalkit.pipeline.offer import embeddable, labels, offered_sizes
from evalkit.pipeline.purse import Purse
from evalkit.pipeline.ways import Way, way, ways

Gone = Refused | Failed
_AT_ONCE = 8192
_TRUNCATED = "only a part of it was embedded: it is too long, or the service left parts of it out."
_NO_ROWS: Int64 = np.empty(0, np.int64)


Variants = Mapping[str, Variant]
"""`clean` and each probe label -> what was embedded."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """All vectors of one case and model.

    variants: for each side and way of embedding it, a variant for `clean` and for each probe label.
    tuning: system -> the queries that it is tuned on. fitting: system -> both sides of the items
    that its transform is fitted on.
    """

    case: CasePlan
    model: ModelPlan
    dims: tuple[int, ...]
    items: Mapping[SideName, tuple[Item, ...]]
    variants: Mapping[SideName, Mapping[Way, Variants]]
    tuning: Mapping[str, Side] = field(default_factory=dict)
    fitting: Mapping[str, Mapping[SideName, Side]] = field(default_factory=dict)
    _last: dict[SideName, tuple[Way, str, Side]] = field(default_factory=dict, repr=False)

    def side(self, name: SideName, label: str, system: System) -> Side:
        """Return a side as searched under a label, changed items in place of the clean ones.

        The side that was made last is kept, since several systems search the same one.
        """
        path = way(self.case, system, name)
        known = self._last.get(name)
        if known is None or known[:2] != (path, label):
            self._last.pop(name, None)
            known = self._last[name] = path, label, self._side(name, label, path)
        return known[2]

    def _side(self, name: SideName, label: str, path: Way) -> Side:
        """Return a side as searched under a label, made anew."""
        clean, fresh = self.before_and_after(name, label, path)
        known = {**clean.items, **fresh.items}
        items = tuple(known.get(item.id, item) for item in self.items[name])
        if fresh is clean:
            return Side(items, clean.vectors)
        pairs = {dim: (old, fresh.vectors[dim]) for dim, old in clean.vectors.items()}
        merged: dict[tuple[int, int], Vectors] = {}
        for old, new in pairs.values():
            if (id(old), id(new)) not in merged:
                merged[id(old), id(new)] = _merge(items, old, new, fresh.changed)
        made = {dim: merged[id(old), id(new)] for dim, (old, new) in pairs.items()}
        return Side(items, made)

    def changed(self, name: SideName, label: str) -> frozenset[str] | None:
        """Return the items of a side that a probe changed, None where it works on the other."""
        variants = next(iter(self.variants[name].values()))
        return variants[label].changed if label in variants else None

    def lost_from(self, name: SideName, label: str, dim: int, system: System) -> dict[str, Gone]:
        """Return the items of a side without a vector of a size under a label, and why."""
        clean, fresh = self.before_and_after(name, label, way(self.case, system, name))
        if fresh is clean:
            return dict(clean.lost[dim])
        kept = {i: why for i, why in clean.lost[dim].items() if i not in fresh.changed}
        return kept | dict(fresh.lost[dim])

    def nothing_to_find(self, system: System) -> str:
        """Return why no corpus item could even be asked for under a system, "" where some could."""
        gone = [self.lost_from("corpus", CLEAN, dim, system) for dim in self.dims]
        lost = [why for row in gone for why in row.values()]
        whole = all(len(row) == len(self.items["corpus"]) for row in gone)
        if not lost or not whole or any(isinstance(w, Refused) or w.attempts for w in lost):
            return ""
        return lost[0].reason

    def before_and_after(self, name: SideName, label: str, path: Way) -> tuple[Variant, Variant]:
        """Return a side's clean variant and that of a label, the same where nothing changes it."""
        clean = self.variants[name][path][CLEAN]
        return clean, self.variants[name][path].get(label, clean)

    def lost(self) -> list[Lost]:
        """Return, once a probe, every input without a vector, cut short, or left unchanged.

        What is lost in several ways of embedding a side is told once, as it was lost first.
        """
        rows: dict[tuple[str, ...], Lost] = {}
        for side, paths in self.variants.items():
            for label, variant in [pair for path in paths.values() for pair in path.items()]:
                told = losses(variant.lost, variant.partly, variant.truncated)
                told += [(item, "unchanged", why) for item, why in variant.unchanged.items()]
                for item, kind, reason in sorted(told):
                    one = Lost(self.case.name, self.model.name, label, side, item, kind, reason)
                    rows.setdefault((label, side, item, kind), one)
        return list(rows.values())


def losses(
    lost: Mapping[int, Mapping[str, Gone]],
    partly: Mapping[int, Mapping[str, str]],
    truncated: Iterable[str] = (),
) -> list[tuple[str, LossKind, str]]:
    """Return each item that has no vector of some size, or fewer than it should have, and why."""
    found: list[tuple[str, LossKind, str]] = []
    for item in set().union(*lost.values()):
        gone = {dim: some[item] for dim, some in lost.items() if item in some}
        refused = isinstance(next(iter(gone.values())), Refused)
        why = _by_size({dim: one.reason for dim, one in gone.items()}, len(lost))
        found.append((item, "refused" if refused else "failed", why))
    cut = {item: [_TRUNCATED] for item in truncated}
    for item in set().union(*partly.values()):
        said = {dim: some[item] for dim, some in partly.items() if item in some}
        cut.setdefault(item, []).append(_by_size(said, len(partly)))
    return found + [(item, "truncated", " ".join(why)) for item, why in cut.items()]


def joined(lost: Iterable[Lost]) -> tuple[Lost, ...]:
    """Return the losses once an item, side, probe and kind, several reasons one after another."""
    rows: dict[Lost, list[str]] = {}
    for one in lost:
        why = rows.setdefault(replace(one, reason=""), [])
        why += [] if one.reason in why else [one.reason]
    return tuple(replace(one, reason=" ".join(why)) for one, why in rows.items())


def _by_size(said: Mapping[int, str], sizes: int) -> str:
    """Return what is said of an item, with the sizes where that is not the same at all of them."""
    reasons: dict[str, list[int]] = {}
    for dim, reason in said.items():
        reasons.setdefault(reason, []).append(dim)
    if len(reasons) == 1 and len(said) == sizes:
        return next(iter(reasons))
    return " ".join(f"at {', '.join(map(str, s))}: {r}" for r, s in reasons.items())


def embed_case(
    case: CasePlan,
    model: ModelPlan,
    seed: int,
    purse: Purse,
    systems: tuple[System, ...] | None = None,
) -> Embeddings:
    """Return the vectors of a case, clean and under every probe, for one model.

    systems: those that need vectors, all that the model can embed for where they are not given.
    Raises ProviderError, which names the model, where the model cannot be used.
    """
    try:
        return _embedded(case, model, seed, purse, systems or embeddable(case, model))
    except ProviderError as e:
        raise ProviderError(*(_of_model(model, p) for p in e.problems)) from e


def _of_model(model: ModelPlan, problem: Problem) -> Problem:
    """Return a problem that was met while a model was asked, with the model's name."""
    named = problem.where or problem.what.startswith(f"{model.name}: ")
    return problem if named else replace(problem, where=model.name)


def _embedded(
    case: CasePlan, model: ModelPlan, seed: int, purse: Purse, systems: tuple[System, ...]
) -> Embeddings:
    """Return the vectors of a case, clean and under every probe, for one model."""
    needs = case.task.needs(case.data)
    items: dict[SideName, tuple[Item, ...]] = {"query": needs.queries, "corpus": needs.corpus}
    variants: dict[SideName, dict[Way, Variants]] = {}
    for name, some in items.items():
        variants[name] = {}
        for path in ways(case, systems, name):
            asker = _asker(case, model, purse, name, path)
            variants[name][path] = _variants(asker, name, some, seed)
    tuning = {
        s.name: _tuning(
            _asker(case, model, purse, "query", way(case, s, "query")), s.tuning.queries
        )
        for s in systems
        if s.tuning
    }
    fitting = {s.name: _fitting(case, model, purse, s) for s in systems if s.fitting}
    return Embeddings(case, model, offered_sizes(model), items, variants, tuning, fitting)


def _asker(case: CasePlan, model: ModelPlan, purse: Purse, name: SideName, path: Way) -> Asker:
    """Return who asks for a side in one way."""
    purpose = case.task.needs(case.data).purpose
    role = Role(name, path.sought, purpose, case.overflow)
    return Asker(model, role, offered_sizes(model), purse, case, path.steps)


def _variants(asker: Asker, name: SideName, items: Sequence[Item], seed: int) -> Variants:
    """Return the clean variant of a side, and one for each severity of its probes."""
    case, model = asker.case, asker.model
    found = {CLEAN: asker.variant(f"{name} side", items, len(items))}
    if not asker.purse.dry:
        asker.price(items)
    if model.how == "request":
        told = audit(name, found[CLEAN].vectors)
        asker.purse.of(model.name).audit += [f"{case.name}, {line}" for line in told]
    measured = labels(case, model)
    for probe in (p for p in case.probes if p.on(name)):
        for severity in probe.severities:
            label = probe.label(severity)
            if label in measured:
                found[label] = asker.probed(label, items, probe, severity, seed)
    return found


def _fitting(
    case: CasePlan, model: ModelPlan, purse: Purse, system: System
) -> dict[SideName, Side]:
    """Return the items that the transform of a system is fitted on, embedded."""
    data, found = system.fitting, dict[SideName, Side]()
    sides: tuple[tuple[SideName, tuple[Item, ...]], ...] = (
        ("query", data.queries if data else ()),
        ("corpus", data.corpus if data else ()),
    )
    for name, items in sides:
        asker = _asker(case, model, purse, name, way(case, system, name))
        vectors = asker.variant("items to fit on", items, len(items)).vectors
        found[name] = Side(items, vectors)
    return found


def _tuning(asker: Asker, queries: tuple[Item, ...]) -> Side:
    """Return the queries that a system is tuned on, embedded."""
    return Side(queries, asker.variant("queries to tune on", queries, len(queries)).vectors)


def _merge(
    items: Sequence[Item], clean: Vectors, fresh: Vectors, changed: frozenset[str]
) -> Vectors:
    """Return the vectors of all items, changed ones from `fresh` and the others from `clean`."""
    here, there = rows_of(clean), rows_of(fresh)
    picks = {
        item.id: (there if item.id in changed else here).get(item.id, _NO_ROWS) for item in items
    }
    picks = {name: rows for name, rows in picks.items() if len(rows)}
    counts = [len(rows) for rows in picks.values()]
    rows = np.concatenate([_NO_ROWS, *picks.values()])
    new = np.repeat(np.array([name in changed for name in picks], bool), counts)
    matrix = np.empty((len(rows), clean.width), np.float32)
    norms, spans = np.empty(len(rows)), np.empty((len(rows), 2))
    for source, places in ((clean, np.flatnonzero(~new)), (fresh, np.flatnonzero(new))):
        for some in np.array_split(places, len(places) // _AT_ONCE + 1):
            matrix[some] = source.matrix[rows[some]]
            norms[some], spans[some] = source.norms[rows[some]], source.spans[rows[some]]
    owners = np.repeat(np.arange(len(picks)), counts).astype(np.int64)
    return make_vectors(list(picks), matrix, owners, spans, norms, out=matrix)


def rows_of(vectors: Vectors) -> dict[str, Int64]:
    """Return the rows of each item."""
    order = np.argsort(vectors.owners, kind="stable")
    ends = np.searchsorted(vectors.owners[order], np.arange(1, len(vectors.ids)))
    return dict(zip(vectors.ids, np.split(order, ends), strict=False))
