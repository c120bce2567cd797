"""Separation: does a model go by what matters, or by what happens to stand around it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.crossed import Crossed
from evalkit.core.errors import UsageError
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.core.results import Table
from evalkit.tasks import _units
from evalkit.tasks._directions import means

_KINDS = ("one content, two contexts", "two contents, one context", "two contents, two contexts")
_SHOWN = 10


@plugin("tasks", "separation")
@dataclass(frozen=True, slots=True)
class Separation:
    """Items of every content in every context are compared: lions and elephants, savanna and snow.

    content: the tag of what must be told apart. context: the tag of what must not matter. of: what
    is compared, the corpus or the queries. A cell is all items of one content in one context; items
    without one known value of both tags are left out. An item with several vectors counts with
    their mean.
    """

    content: str = "content"
    context: str = "context"
    of: Literal["queries", "corpus"] = "corpus"

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "tags"
    evidence_kind: ClassVar[str] = Crossed.kind

    def __post_init__(self) -> None:
        """Refuse one tag for both."""
        if self.content == self.context:
            raise UsageError(f"content and context are both the tag '{self.content}'; name two.")

    @property
    def _side(self) -> SideName:
        """The side whose items are compared."""
        return "corpus" if self.of == "corpus" else "query"

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the side whose items are compared."""
        return frozenset({self._side})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return an item a cell: the content of its first item, the tags that all of them share."""
        return tuple(_unit(name, items) for name, items in self._cells(data).items())

    def needs(self, data: Dataset) -> Needs:
        """Return the items of all cells."""
        inside = {item.id for items in self._cells(data).values() for item in items}
        kept = tuple(item for item in self._items(data) if item.id in inside)
        return (
            Needs((), kept, "clustering") if self.of == "corpus" else Needs(kept, (), "clustering")
        )

    def problems(self, data: Dataset) -> list[str]:
        """Return what the tags lack; cells that are thinly filled are told in the tables."""
        found: list[str] = []
        for tag in (self.content, self.context):
            found += _units.unlabelled(self._items(data), tag, "item to compare")
        if found:
            return found
        cells = [name for name in self._labels(data) if all(name)]
        rows, columns = ([pair[n] for pair in set(cells)] for n in (0, 1))
        if not any(rows.count(a) > 1 and columns.count(b) > 1 for a, b in cells):
            told = f"no {self.content} is in two values of the tag '{self.context}' with another"
            found.append(f"{told} {self.content} beside it; there is nothing to compare.")
        return found

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Crossed]:
        """Return the vectors of every cell's items at each size."""
        cells, units = self._cells(data), self.units(data)
        everything = {item.id: n for n, of in enumerate(cells.values()) for item in of}
        contents, contexts = (
            tuple(unit.tag(tag)[0] for unit in units) for tag in (self.content, self.context)
        )
        clusters = tuple(np.array(labels, object) for labels in (contents, contexts))
        found = {}
        for dim, vectors in rank.vectors(self._side).items():
            rows = means(vectors).astype(np.float32)
            place = {name: n for n, name in enumerate(vectors.ids)}
            members = tuple(sorted(name for name in everything if name in place))
            found[dim] = Crossed(
                ids=tuple(cells), contents=contents, contexts=contexts, clusters=clusters,
                units=units, members=members,
                cell=np.array([everything[name] for name in members], np.int64),
                vectors=rows[[place[name] for name in members]],
                everything=everything, side=self._side,
            )  # fmt: skip
        return found

    def details(self, evidence: Crossed) -> Iterator[Table]:
        """Yield the kinds of pairs, the worst contents, contexts and cells, and confusions."""
        alike = evidence.vectors.astype(np.float64) @ evidence.vectors.T.astype(np.float64)
        kinds = _kinds(evidence)
        yield _pairs(evidence, alike, kinds)
        for name, labels in (("content", evidence.contents), ("context", evidence.contexts)):
            yield _worst(f"{name}s", name, np.array(labels, str), evidence, alike, kinds)
        yield _worst("cells", "cell", np.array(evidence.ids, str), evidence, alike, kinds)
        for name, labels, across in (
            ("content", evidence.contents, evidence.contexts),
            ("context", evidence.contexts, evidence.contents),
        ):
            yield _confused(name, np.array(labels, str), np.array(across, str), evidence, alike)

    def _items(self, data: Dataset) -> tuple[Item, ...]:
        """Return the items of the side that is compared."""
        return data.corpus if self.of == "corpus" else data.queries

    def _labels(self, data: Dataset) -> list[tuple[str, str]]:
        """Return the content and context of every item, "" where it has none."""
        items = self._items(data)
        both = (_units.labels(items, tag) for tag in (self.content, self.context))
        return list(zip(*both, strict=True))

    def _cells(self, data: Dataset) -> dict[str, list[Item]]:
        """Return the items of every cell, cells sorted by content and context, items by id."""
        found: dict[tuple[str, str], list[Item]] = {}
        for item, name in zip(self._items(data), self._labels(data), strict=True):
            if all(name):
                found.setdefault(name, []).append(item)
        return {" | ".join(name): sorted(found[name], key=lambda i: i.id) for name in sorted(found)}


def _unit(name: str, items: Sequence[Item]) -> Item:
    """Return a cell as an item."""
    first, *others = items
    shared = {
        tag: value
        for tag, value in first.tags.items()
        if all(item.tags.get(tag) == value for item in others)
    }
    return Item(name, first.content, shared)


def _kinds(evidence: Crossed) -> tuple[Bool, Bool, Bool]:
    """Return which members make which kind of pair, in the order of `_KINDS`, bool (m, m) each."""
    labels = (evidence.contents, evidence.contexts)
    members = (np.array(of, str)[evidence.cell] for of in labels)
    content, context = (of[:, None] == of for of in members)
    return content & ~context, ~content & context, ~content & ~context


def _pairs(evidence: Crossed, alike: Float64, kinds: Sequence[Bool]) -> Table:
    """Return the similarity of the three kinds of pairs, and how full the grid is."""
    rows = []
    for name, kind in zip(_KINDS, kinds, strict=True):
        some = alike[np.triu(kind)]
        told = (float(some.mean()), float(some.std())) if some.size else (None, None)
        rows.append((name, int(some.size), *told))
    grid = len(set(evidence.contents)) * len(set(evidence.contexts))
    held = np.bincount(list(evidence.everything.values()), minlength=len(evidence.ids))
    note = (
        f"{len(held)} of {grid} cells hold items, {int((held < 2).sum())} of them only one. "
        "The first row should lie above the second, and the second no higher than the third."
    )
    columns = ("pairs of", "pairs", "mean similarity", "standard deviation")
    return Table("pairs", "Three kinds of pairs", columns, tuple(rows), note)


def _worst(
    name: str,
    what: str,
    labels: np.ndarray,
    evidence: Crossed,
    alike: Float64,
    kinds: Sequence[Bool],
) -> Table:
    """Return the labels whose items lie nearest to other contents in their own context.

    labels: str (n,), one a cell.
    """
    by_kind = [_row_means(alike, kind) for kind in kinds[:2]]
    rows = []
    for label in np.unique(labels):
        at = (labels == label)[evidence.cell]
        like, beside = (_mean(of[at]) for of in by_kind)
        gap = None if like is None or beside is None else like - beside
        rows.append((str(label), like, beside, gap))
    rows.sort(key=lambda row: (row[3] is None, row[3] or 0.0))
    shown = rows[:_SHOWN] if what == "cell" else rows
    columns = (what, "same content elsewhere", "other contents beside it", "difference")
    note = "Mean similarity. Below zero, what stands around the content counts more than it does."
    return Table(name, f"The {what}s that are held least by content", columns, tuple(shown), note)


def _row_means(alike: Float64, kind: Bool) -> Float64:
    """Return the mean of each member's pairs of a kind, float64 (m,), NaN without any."""
    count = kind.sum(axis=1)
    total = np.where(kind, alike, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _mean(values: Float64) -> float | None:
    """Return the mean of the finite values, None without any."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _confused(
    what: str, labels: np.ndarray, across: np.ndarray, evidence: Crossed, alike: Float64
) -> Table:
    """Return a matrix: the label of each item, against that of the item nearest to it across.

    labels, across: str (n,) of each cell. The nearest item is sought where `across` is another.
    """
    of, other = labels[evidence.cell], across[evidence.cell]
    outside = np.where(other[:, None] == other, -np.inf, alike)
    found = outside.max(axis=1, initial=-np.inf) > -np.inf
    nearest = of[outside.argmax(axis=1)] if len(of) else of
    known = [str(label) for label in np.unique(labels)]
    rows: tuple[tuple[str | float | None, ...], ...] = tuple(
        (label, *(float((found & (of == label) & (nearest == n)).sum()) for n in known))
        for label in known
    )
    elsewhere = "context" if what == "content" else "content"
    titles = {
        "content": "The content of each item's nearest neighbour in another context",
        "context": "The context of each item's nearest neighbour of another content",
    }
    note = (
        "Rows are the items' own. The diagonal should hold nearly all."
        if what == "content"
        else "Rows are the items' own. A full diagonal means that context is a reason to be near."
    )
    columns = (f"{what}, by {elsewhere} left out", *known)
    return Table(f"nearest_{what}", titles[what], columns, rows, note, "matrix")
