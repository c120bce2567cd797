"""Stage 1: items to vectors. The only stage that may call an embedding service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Vectors, make_vectors
from evalkit.core.items import Item
from evalkit.core.plan import CasePlan, ModelPlan
from evalkit.core.protocols import Failed, Refused, Role, Side, SideName
from evalkit.core.results import CLEAN, Lost
from evalkit.pipeline.asking import Asker, Purse, Variant
from evalkit.pipeline.offer import offered_sizes


@dataclass(frozen=True, slots=True)
class Embeddings:
    """All vectors of one case and model: a variant a side for `clean` and for each probe label."""

    case: CasePlan
    model: ModelPlan
    dims: tuple[int, ...]
    items: Mapping[SideName, tuple[Item, ...]]
    variants: Mapping[SideName, Mapping[str, Variant]]

    def side(self, name: SideName, label: str) -> Side:
        """Return a side as searched under a label, changed items in place of the clean ones."""
        clean = self.variants[name][CLEAN]
        fresh = self.variants[name].get(label, clean)
        if fresh is clean:
            return Side(self.items[name], clean.vectors)
        items = tuple(fresh.items.get(item.id, item) for item in self.items[name])
        merged: dict[int, Vectors] = {}
        for vectors, new in {
            id(v): (v, fresh.vectors[d]) for d, v in clean.vectors.items()
        }.values():
            merged[id(vectors)] = _merge(items, vectors, new, fresh.changed)
        return Side(items, {dim: merged[id(v)] for dim, v in clean.vectors.items()})

    def lost_from(self, name: SideName, label: str) -> dict[str, Refused | Failed]:
        """Return the items of a side without a vector under a label, and why."""
        clean = self.variants[name][CLEAN]
        fresh = self.variants[name].get(label, clean)
        kept = {i: why for i, why in clean.lost.items() if i not in fresh.changed}
        return kept | dict(fresh.lost)

    def lost(self) -> list[Lost]:
        """Return every input that has no vector or that a probe could not change."""
        rows = []
        for side, variants in self.variants.items():
            for label, variant in variants.items():
                gone = [
                    (item, "refused" if isinstance(why, Refused) else "failed", why.reason)
                    for item, why in variant.lost.items()
                ]
                gone += [
                    (item, "unchanged", "the probe leaves it as it is.")
                    for item in variant.unchanged
                ]
                rows += [
                    Lost(self.case.name, self.model.name, label, side, item, kind, reason)  # type: ignore[arg-type]
                    for item, kind, reason in sorted(gone)
                ]
        return rows


def embed_case(case: CasePlan, model: ModelPlan, seed: int, purse: Purse) -> Embeddings:
    """Return the vectors of a case, clean and under every probe, for one model."""
    needs = case.task.needs(case.data)
    dims = offered_sizes(model)
    sought = frozenset(m for item in needs.corpus for m in item.modalities)
    items: dict[SideName, tuple[Item, ...]] = {"query": needs.queries, "corpus": needs.corpus}
    variants: dict[SideName, dict[str, Variant]] = {}
    for name, some in items.items():
        asker = Asker(model, Role(name, sought, needs.purpose), dims, purse, case)
        variants[name] = {CLEAN: asker.variant(f"{name} side", some, len(some))}
        for probe in (p for p in case.probes if p.side == name):
            for severity in probe.severities:
                label = probe.label(severity)
                variants[name][label] = asker.probed(label, some, probe, severity, seed)
    return Embeddings(case, model, dims, items, variants)


def _merge(
    items: Sequence[Item], clean: Vectors, fresh: Vectors, changed: frozenset[str]
) -> Vectors:
    """Return the vectors of all items, changed ones from `fresh` and the others from `clean`."""
    here = {name: n for n, name in enumerate(clean.ids)}
    there = {name: n for n, name in enumerate(fresh.ids)}
    ids, picks = [], []
    for item in items:
        source, places = (fresh, there) if item.id in changed else (clean, here)
        if item.id in places:
            ids.append(item.id)
            picks.append((source, np.flatnonzero(source.owners == places[item.id])))
    counts = [len(rows) for _, rows in picks]
    matrix = np.empty((sum(counts), clean.width), np.float32)
    norms, spans = np.empty(len(matrix)), np.empty((len(matrix), 2))
    at = 0
    for source, rows in picks:
        here_rows = slice(at, at + len(rows))
        matrix[here_rows] = source.matrix[rows]
        norms[here_rows], spans[here_rows] = source.norms[rows], source.spans[rows]
        at += len(rows)
    owners = np.repeat(np.arange(len(ids)), counts).astype(np.int64)
    return make_vectors(ids, matrix, owners, spans, norms, out=matrix)
