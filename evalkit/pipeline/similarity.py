"""How alike two items are to a model: at every size, against known pairs, and through what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from evalkit.core import registry
from evalkit.core.arrays import Float64, Vectors
from evalkit.core.errors import DataError, Problem, UsageError
from evalkit.core.items import Card, Dataset, Item, SideName, Truth
from evalkit.core.plan import CasePlan, ModelPlan
from evalkit.core.protocols import Role
from evalkit.pipeline.asking import Asker, Variant
from evalkit.pipeline.known_pairs import KnownPairs
from evalkit.pipeline.leaving_out import Kind, Place, Without, without
from evalkit.pipeline.purse import Purse, Tally
from evalkit.prices import Cost

_PLACES = 6


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: how alike two items are to a model, at these sizes.

    The first is embedded as a query, the second as a document. pairs: what to hold the answer
    against, None for nothing. explain: whether each piece of both items is left out in turn.
    """

    a: Item
    b: Item
    model: ModelPlan
    pairs: KnownPairs | None = None
    explain: bool = False


@dataclass(frozen=True, slots=True)
class AtSize:
    """The cosine of two items at one size.

    among_random, among_true: its percentile, 0 to 100, among the cosines of those pairs: the share
    of them that is lower, ties counting half; NaN where there are no such pairs.
    """

    dim: int
    cosine: float
    among_random: float = math.nan
    among_true: float = math.nan


@dataclass(frozen=True, slots=True)
class Change:
    """What leaving out a piece does to the cosine.

    item: `A` or `B`. part, kind, label, place: as in `Without`. changes: size -> the cosine without
    the piece less the cosine with it; below 0 where the piece makes the items more alike. Empty
    where the model has no vector for what is left, `reason` saying why.
    """

    item: str
    part: int
    kind: Kind
    label: str
    place: Place
    changes: Mapping[int, float]
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Similar:
    """How alike two items are to a model, sizes widest first.

    random, true: size -> the cosines of the pairs held against, float64 (n,), sorted; pairs: which
    those are, in words, "" without any. changes: what each piece does, the most negative change at
    the widest size first.
    """

    model: str
    a: Item
    b: Item
    sizes: tuple[AtSize, ...]
    pairs: str = ""
    random: Mapping[int, Float64] = field(default_factory=dict)
    true: Mapping[int, Float64] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Needed:
    """What an answer would cost: inputs in all, those in the ledger, and what the rest costs.

    service: whether the inputs are sent to a service, which may charge for them.
    """

    inputs: int
    paid: int
    to_embed: int
    cost: Cost
    service: bool


def needed(question: Question, purse: Purse) -> Needed:
    """Return what answering would take; the purse is a dry one, so that nothing is spent."""
    _asked(question, purse)
    name = question.model.name
    tally = purse.tally.get(name, Tally())
    cost = Cost(tally.dollars, tuple(sorted(tally.unpriced)))
    service = hasattr(question.model.embedder, "usage")
    return Needed(tally.found + tally.sent, tally.found, tally.sent, cost, service)


def similar(question: Question, purse: Purse) -> Similar:
    """Return how alike two items are, embedding what the ledger does not hold.

    Raises DataError where one of the two cannot be embedded, UsageError where the model looks
    stored vectors up and a piece is to be left out, ProviderError where it cannot be used.
    """
    found = _asked(question, purse)
    _refuse_lost(question, found)
    pairs, dims = question.pairs, question.model.dims
    random, true = (
        {dim: _sorted(found, dim, pairs, places) for dim in dims} if pairs else {}
        for places in ((pairs.random, pairs.true) if pairs else ((), ()))
    )
    cosines = {dim: _cosines(found.a, found.b, dim)[question.a.id, question.b.id] for dim in dims}
    return Similar(
        question.model.name,
        question.a,
        question.b,
        tuple(_at_size(dim, cosines[dim], random.get(dim), true.get(dim)) for dim in dims),
        _words(pairs, found) if pairs else "",
        random,
        true,
        _changes(found, question) if question.explain else (),
    )


def percentile(value: float, among: Float64 | None) -> float:
    """Return the share of values below one, ties counting half, 0 to 100; NaN where there are none.

    among: float64 (n,), without NaN.
    """
    if among is None or not len(among):
        return math.nan
    return 100 * float(np.mean(among < value) + np.mean(among == value) / 2)


# --- asking ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Lesser:
    """An item without each of its pieces; ids: of what each is, and is to be compared with."""

    pieces: tuple[Without, ...]
    ids: tuple[tuple[str, str], ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a model has for a question: both items, the known pairs, and the items without a piece.

    known, lesser: first and second, or what is left of A and of B; empty where not asked for.
    """

    a: Variant
    b: Variant
    known: tuple[Variant, ...]
    lesser: tuple[tuple[_Lesser, Variant], ...]


def _asked(question: Question, purse: Purse) -> _Found:
    """Return everything that a question needs, embedded."""
    if question.explain and getattr(question.model.embedder, "keyed_by", "") == "id":
        what = f"the model '{question.model.name}' looks stored vectors up by the ids of items"
        raise UsageError(f"{what}: it has none for an item without a piece. Do not ask for pieces.")
    ask = partial(_embedded, question, purse)
    a, b = ask("query", "A", [question.a]), ask("corpus", "B", [question.b])
    pairs, known, lesser = question.pairs, list[Variant](), list[tuple[_Lesser, Variant]]()
    if pairs is not None:
        known += [ask("query", "known pairs", pairs.firsts)]
        known += [ask("corpus", "known pairs", pairs.seconds)]
    if question.explain:
        left = _lesser(question.a), _lesser(question.b)
        lesser += [(left[0], ask("query", "A without a piece", left[0].items))]
        lesser += [(left[1], ask("corpus", "B without a piece", left[1].items))]
    return _Found(a, b, tuple(known), tuple(lesser))


def _embedded(
    question: Question, purse: Purse, side: SideName, what: str, items: Sequence[Item]
) -> Variant:
    """Return items embedded as on a side."""
    data, task = Dataset("", (), (), Truth(), Card("")), registry.create("tasks", "retrieval")
    case = CasePlan("similarity", data, task, "retrieval", (), ())
    role = Role(side, question.b.modalities)
    asker = Asker(question.model, role, question.model.dims, purse, case)
    return asker.variant(what, items, len(items))


def _lesser(item: Item) -> _Lesser:
    """Return an item without each of its pieces, and those to compare with, each once."""
    pieces = tuple(without(item))
    items: dict[int, Item] = {}
    for one in [two for piece in pieces for two in (piece.item, piece.whole)]:
        items.setdefault(id(one), replace(one, id=str(len(items))))
    ids = tuple((items[id(piece.item)].id, items[id(piece.whole)].id) for piece in pieces)
    return _Lesser(pieces, ids, tuple(items.values()))


def _refuse_lost(question: Question, found: _Found) -> None:
    """Raise DataError where one of the two items has no vector of some size."""
    model, problems = question.model.name, []
    for name, item, variant in (("A", question.a, found.a), ("B", question.b, found.b)):
        gone = [lost[item.id].reason for lost in variant.lost.values() if item.id in lost]
        if gone:
            what = f"{model} has no vector for it: {gone[0]}"
            problems.append(Problem(f"{name} ({item.modality})", what))
    if problems:
        raise DataError(*problems)


# --- comparing ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Cosines:
    """Cosines of every two items at a size, float64 (n, m), and where each item is."""

    values: Float64
    rows: Mapping[str, int]
    columns: Mapping[str, int]

    def __getitem__(self, pair: tuple[str, str]) -> float:
        """Return the cosine of two items by id, NaN where one of them has no vector."""
        row, column = self.rows.get(pair[0]), self.columns.get(pair[1])
        return math.nan if row is None or column is None else float(self.values[row, column])


def _cosines(one: Variant, other: Variant, dim: int) -> _Cosines:
    """Return the cosines of items, of the best two rows where they have several."""
    a, b = one.vectors[dim], other.vectors[dim]
    values = np.full((len(a.ids), len(b.ids)), -np.inf)
    rows = _unit(a, dim) @ _unit(b, dim).T
    np.maximum.at(values, (a.owners[:, None], b.owners[None, :]), rows)
    rows_at, columns_at = ({name: n for n, name in enumerate(v.ids)} for v in (a, b))
    return _Cosines(values, rows_at, columns_at)


def _unit(vectors: Vectors, dim: int) -> Float64:
    """Return the first values of each row, made unit again, float64 (n, dim)."""
    rows = vectors.matrix[:, :dim].astype(np.float64)
    return np.asarray(rows / np.sqrt((rows * rows).sum(axis=1, keepdims=True)))


def _sorted(
    found: _Found, dim: int, pairs: KnownPairs, places: Sequence[tuple[int, int]]
) -> Float64:
    """Return the cosines of some of the known pairs, sorted; pairs without vectors are left out.

    They are rounded as the answer is, so that the same two inputs are a tie.
    """
    cosines = _cosines(found.known[0], found.known[1], dim)
    ids = ((pairs.firsts[n].id, pairs.seconds[m].id) for n, m in places)
    values = np.array([cosines[pair] for pair in ids], float)
    return np.sort(np.round(values[np.isfinite(values)], _PLACES))


def _words(pairs: KnownPairs, found: _Found) -> str:
    """Return which pairs the answer is held against, and how many items had no vector."""
    lost = len(
        {(n, name) for n, v in enumerate(found.known) for row in v.lost.values() for name in row}
    )
    return pairs.words + (f"; {lost} of the items have no vector and are left out" if lost else "")


def _at_size(dim: int, cosine: float, random: Float64 | None, true: Float64 | None) -> AtSize:
    """Return a cosine with its percentiles."""
    value = float(np.round(cosine, _PLACES))
    return AtSize(dim, value, percentile(value, random), percentile(value, true))


def _changes(found: _Found, question: Question) -> tuple[Change, ...]:
    """Return what leaving out each piece does, what makes the items most alike first."""
    dims = question.model.dims
    sides = zip("AB", found.lesser, (found.b, found.a), (question.b, question.a), strict=True)
    changes = [
        _change(name, piece, ids, tables, other.id, vectors)
        for name, (left, vectors), against, other in sides
        for tables in [{dim: _cosines(vectors, against, dim) for dim in dims}]
        for piece, ids in zip(left.pieces, left.ids, strict=True)
    ]
    return tuple(sorted(changes, key=lambda c: (not c.changes, c.changes.get(dims[0], 0.0))))


def _change(
    name: str,
    piece: Without,
    ids: tuple[str, str],
    tables: Mapping[int, _Cosines],
    other: str,
    vectors: Variant,
) -> Change:
    """Return what leaving out one piece does at each size."""
    lost = [row[one].reason for row in vectors.lost.values() for one in ids if one in row]
    changes = {
        d: round(c[ids[0], other] - c[ids[1], other], _PLACES) + 0.0 for d, c in tables.items()
    }
    return Change(
        name,
        piece.part,
        piece.kind,
        piece.label,
        piece.place,
        {} if lost else changes,
        lost[0] if lost else "",
    )
