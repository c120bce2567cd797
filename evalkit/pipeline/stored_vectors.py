"""The vectors of a case as the ledger holds them: looked up again, never asked for."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from evalkit.core.arrays import Float32, Vectors
from evalkit.core.errors import UsageError, nearest
from evalkit.core.items import Item, SideName
from evalkit.core.plan import CasePlan, ModelPlan, Plan
from evalkit.core.protocols import Role
from evalkit.core.results import PLAIN
from evalkit.ledger import Ledger
from evalkit.pipeline.asking import Asker
from evalkit.pipeline.purse import Purse
from evalkit.pipeline.ways import way


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Items of a case with their vectors, the queries before the corpus.

    items, sides: one a row. matrix: float32 (n, dim), the mean direction of each item, unit rows.
    total: how many items the case has, of which these are all or a sample; lost: how many of the
    sample have no vector. fingerprint: of the case's data. digest: of the suite.
    """

    items: tuple[Item, ...]
    sides: tuple[SideName, ...]
    matrix: Float32
    total: int
    lost: int
    fingerprint: str
    digest: str


def located(
    plan: Plan, store: Ledger, case: str, model: str, dim: int, most: int, seed: int
) -> Located:
    """Return the vectors of a case on a model at a size, of `most` items at most, drawn by seed.

    Raises UsageError for a name or size that the suite does not have, ProviderError where an item
    was never embedded: nothing is asked of any model.
    """
    cases, models = {c.name: c for c in plan.cases}, {m.name: m for m in plan.models}
    for name, known in ((case, cases), (model, models)):
        if name not in known:
            raise UsageError(f"the suite has no '{name}'; {nearest(name, known)}")
    chosen, asked = cases[case], models[model]
    if dim not in asked.dims:
        raise UsageError(f"the suite does not ask {model} for the size {dim}.")
    needs = chosen.task.needs(chosen.data)
    pairs: list[tuple[SideName, Item]] = [("query", q) for q in needs.queries]
    pairs += [("corpus", item) for item in needs.corpus]
    some = sorted(pairs, key=lambda pair: _place(pair[0], pair[1], seed))[:most]
    found: list[tuple[SideName, Item, Float32]] = []
    for side in ("query", "corpus"):
        wanted = tuple(item for name, item in some if name == side)
        found += [(side, *row) for row in _side(chosen, asked, store, side, wanted, dim)]
    return Located(
        items=tuple(item for _, item, _ in found),
        sides=tuple(side for side, _, _ in found),
        matrix=np.array([row for _, _, row in found], np.float32).reshape(len(found), dim),
        total=len(pairs),
        lost=len(some) - len(found),
        fingerprint=chosen.data.fingerprint(),
        digest=plan.digest,
    )


def _place(side: str, item: Item, seed: int) -> bytes:
    """Return where an item stands in the order in which a sample is drawn."""
    return blake2b(f"{seed}\0{side}\0{item.id}".encode(), digest_size=16).digest()


def _side(
    case: CasePlan,
    model: ModelPlan,
    store: Ledger,
    side: SideName,
    items: tuple[Item, ...],
    dim: int,
) -> list[tuple[Item, Float32]]:
    """Return the items of a side that have a vector, each with its mean direction."""
    if not items:
        return []
    system = next((s for s in case.systems if s.name == PLAIN), case.systems[0])
    path = way(case, system, side)
    role = Role(side, path.sought, case.task.needs(case.data).purpose, case.overflow)
    asker = Asker(model, role, (dim,), Purse(store, offline=True), case, path.steps)
    vectors = asker.variant(f"{side} side", items, len(items)).vectors[dim]
    place = {name: n for n, name in enumerate(vectors.ids)}
    rows = _directions(vectors, dim)
    return [(item, rows[place[item.id]]) for item in items if item.id in place]


def _directions(vectors: Vectors, dim: int) -> Float32:
    """Return one unit row an item, float32 (items, dim), the mean direction of its rows."""
    rows = vectors.matrix[:, :dim].astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(float).tiny)
    total = np.zeros((len(vectors.ids), dim))
    np.add.at(total, vectors.owners, rows)
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.maximum(lengths, np.finfo(float).tiny), np.float32)
