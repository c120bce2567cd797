"""What a task hands to metrics: units, and what was found for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64, rounded
from evalkit.core.items import Item, SideName


class Evidence(Protocol):
    """What a task hands to metrics: of which kind, and about which units.

    ids: the units, queries mostly. clusters: as in `Scores`. units: the items behind the ids, whose
    tags make groups. side: where the units stand: a unit without a vector there is not scored.
    """

    kind: ClassVar[str]

    @property
    def side(self) -> SideName:
        """The side whose lost items leave units without evidence."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The units, in order."""

    @property
    def clusters(self) -> tuple[np.ndarray, ...]:
        """One or more label arrays, object (n,) each."""

    @property
    def units(self) -> tuple[Item, ...]:
        """The items behind the ids, in the same order."""

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which units rest on one of the items of a side, bool (n,)."""


def _among(ids: Sequence[str], some: frozenset[str]) -> Bool:
    """Return which ids are among some, bool (n,)."""
    return np.array([name in some for name in ids], bool)


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Evidence of the kind `ranking`: ranked lists and what is known of their items.

    ids: the queries. rows: int64 (n, k), positions in the corpus, -1 beyond the end of a list;
    scores: float64 (n, k). judged: int64 (n, j), positions of the judged items, best grade first,
    -1 beyond the end; grades: int64 (n, j), 0 there. relevant: the grade from which an item counts
    as relevant. clusters as in `Scores`. units: the queries; corpus: the items that `rows` and
    `judged` point to.
    """

    kind: ClassVar[str] = "ranking"
    ids: tuple[str, ...]
    rows: Int64
    scores: Float64
    judged: Int64
    grades: Int64
    relevant: int
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    corpus: tuple[Item, ...]

    side: ClassVar[SideName] = "query"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which queries are among the changed, or have a relevant item there, bool (n,).

        Where nothing is judged every query counts as soon as anything in the corpus changed.
        """
        if side == "query":
            return _among(self.ids, changed)
        if not (self.judged >= 0).any():
            return np.full(len(self.ids), bool(changed))
        moved = np.array([item.id in changed for item in self.corpus] + [False], bool)
        relevant = np.where(self.grades >= self.relevant, self.judged, -1)
        return np.asarray(np.any(moved[relevant], axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Evidence of the kind `labels`: the neighbours of each unit, which vote on its label.

    ids: the units. true: int64 (n,), the position in `classes` (sorted by name) of each unit's own
    label, -1 where it is not known.
    neighbours: int64 (n, k), the labels of its neighbours, nearest first, -1 beyond the end;
    scores: float64 (n, k), their similarities, NaN there. rows: int64 (n, k), positions of the
    neighbours in `corpus`, -1 there. weighted: whether a vote counts by its similarity, at least 0.
    side: where the units stand. clusters as in `Scores`.
    """

    kind: ClassVar[str] = "labels"
    ids: tuple[str, ...]
    true: Int64
    classes: tuple[str, ...]
    neighbours: Int64
    scores: Float64
    rows: Int64
    weighted: bool
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    corpus: tuple[Item, ...]
    side: SideName = "query"

    def votes(self, k: int) -> Float64:
        """Return what each label gets from the k nearest neighbours, float64 (n, classes).

        A neighbour adds 1 or, where votes are weighted, its similarity, a negative one counting 0.
        """
        labels, weights = self.neighbours[:, :k], self.scores[:, :k]
        worth = np.maximum(np.nan_to_num(weights), 0.0) if self.weighted else 1.0
        found = np.zeros((len(self.ids), len(self.classes) + 1))
        unit = np.arange(len(self.ids))[:, None]
        np.add.at(found, (unit, labels), np.where(labels >= 0, worth, 0.0))
        return found[:, :-1]

    def predicted(self, k: int) -> Int64:
        """Return the label that the k nearest neighbours vote for, int64 (n,), -1 without any.

        Among labels with equally many votes the one with the larger sum of similarities wins, then
        the first by name.
        """
        labels = self.neighbours[:, :k]
        alike = np.zeros((len(self.ids), len(self.classes) + 1))
        there = np.zeros_like(alike, bool)
        unit = np.arange(len(self.ids))[:, None]
        np.add.at(alike, (unit, labels), np.nan_to_num(self.scores[:, :k]))
        there[unit, labels] = True
        votes = rounded(self.votes(k))
        tied = (votes == votes.max(axis=1, keepdims=True, initial=0.0)) & there[:, :-1]
        best = np.where(tied, rounded(alike[:, :-1]), -np.inf).argmax(axis=1)
        return np.where((labels >= 0).any(axis=1), best, -1).astype(np.int64)

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which units are among the changed; where neighbours are, every unit, bool (n,)."""
        if side == self.side:
            return _among(self.ids, changed)
        return np.full(len(self.ids), bool(changed))


@dataclass(frozen=True, slots=True, eq=False)
class Clustered:
    """Evidence of the kind `clusters`: the cluster of each unit, in several repetitions.

    true: int64 (n,), the position in `classes` of each unit's topic, -1 where it is not known.
    assigned: int64 (r, n), the cluster of each unit in each of r repetitions with other seeds, -1
    for a unit without a vector. ids, clusters, units and side as in `Labelled`.
    """

    kind: ClassVar[str] = "clusters"
    ids: tuple[str, ...]
    true: Int64
    classes: tuple[str, ...]
    assigned: Int64
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    side: SideName = "corpus"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which units are among the changed, bool (n,)."""
        return _among(self.ids, changed if side == self.side else frozenset())


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """Evidence of the kind `pairs`: how similar two items are, and whether they should be.

    ids: one a pair. members: the two item ids of each. scores: float64 (n,), similarities, NaN
    where a member has no vector. positive: bool (n,), whether the two belong together. kinds: what
    sort of pair each is, "" for none. clusters: two label arrays, the first and the second member,
    so that pairs which share an item are not taken as independent. units: an item a pair, with the
    tags that both members share, and `kind`.
    """

    kind: ClassVar[str] = "pairs"
    ids: tuple[str, ...]
    members: tuple[tuple[str, str], ...]
    scores: Float64
    positive: Bool
    kinds: tuple[str, ...]
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    side: SideName = "corpus"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which pairs have a changed member, bool (n,)."""
        return np.array([a in changed or b in changed for a, b in self.members], bool)


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Evidence of the kind `matches`: the sources found for segments, and where in them.

    ids: the queries, segments. rows: int64 (n, k), positions in `corpus`, best first, -1 beyond the
    end; scores: float64 (n, k); spans: float64 (n, k, 2), the seconds of the source that won, NaN
    where that is all of it. source: int64 (n,), the position of the true source, -1 for a segment
    that has none in the corpus. place: float64 (n, 2), the seconds of the source that the segment
    was taken from, NaN where not known. clusters and units as in `Ranked`.
    """

    kind: ClassVar[str] = "matches"
    ids: tuple[str, ...]
    rows: Int64
    scores: Float64
    spans: Float64
    source: Int64
    place: Float64
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    corpus: tuple[Item, ...]
    side: ClassVar[SideName] = "query"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which segments are among the changed, or whose source is, bool (n,)."""
        if side == "query":
            return _among(self.ids, changed)
        moved = np.array([item.id in changed for item in self.corpus] + [False], bool)
        return np.asarray(moved[self.source])
