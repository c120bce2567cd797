"""Geometry: where vectors lie in their space, and whether some items are near to everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Int64
from evalkit.core.errors import UsageError
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.core.results import Table
from evalkit.core.space import Space
from evalkit.tasks import _units
from evalkit.tasks._directions import directions

_MOST = 10_000
_SHOWN = 10


@plugin("tasks", "geometry")
@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the items of a corpus and the queries lie, and which items the queries find.

    k: how many results count in the table of the items found most often; metrics name theirs, as
    in `robin_hood@10`. ask: who looks for neighbours, the queries, or the corpus item by item among
    all others. sample: of more items, or queries, than this a random part is taken, chosen by their
    ids and `seed`: every item is compared with every other one, and 2,000 tell as much.
    """

    k: int = 10
    ask: Literal["queries", "corpus"] = "queries"
    sample: int = 2_000
    seed: int = 7

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "grades"
    evidence_kind: ClassVar[str] = Space.kind

    def __post_init__(self) -> None:
        """Refuse results of nobody, and samples that are too small or take hours."""
        if self.k < 1:
            raise UsageError(f"k is {self.k}; expected a number from 1.")
        if self.ask not in ("queries", "corpus"):
            raise UsageError(f"ask is '{self.ask}'; expected queries or corpus.")
        if not 2 <= self.sample <= _MOST:
            raise UsageError(f"sample is {self.sample}; expected a number from 2 to {_MOST:,}.")

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the sides that must hold items: the queries too where they ask."""
        return frozenset({"corpus"} if self.ask == "corpus" else {"query", "corpus"})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return the corpus, or the part of it that is looked at."""
        return self._some(data.corpus)

    def needs(self, data: Dataset) -> Needs:
        """Return who asks, and the units."""
        return Needs(self._asking(data), self.units(data), "retrieval")

    def evidence(self, data: Dataset, rank: Rank, depth: int, relevant: int) -> Mapping[int, Space]:
        """Return vectors and neighbours at each size, `depth` of them or k."""
        units, asking = self.units(data), self._asking(data)
        alone = {item.id: frozenset({item.id}) for item in asking}
        found = rank(max(depth, self.k), exclude=alone if self.ask == "corpus" else None)
        corpus, queries = rank.vectors("corpus"), rank.vectors("query")
        positives = _positives(data, asking, units, relevant)
        return {
            dim: Space(
                ids=tuple(unit.id for unit in units),
                vectors=directions(corpus[dim], units),
                modalities=tuple(unit.modality for unit in units),
                queries=directions(queries[dim], asking),
                query_modalities=tuple(item.modality for item in asking),
                neighbours=ranking.rows,
                positives=positives,
                clusters=(_units.clusters(units),),
                units=units,
            )
            for dim, ranking in found.items()
        }

    def details(self, evidence: Space) -> Iterator[Table]:
        """Yield the items that most queries find."""
        near = evidence.neighbours[:, : self.k]
        often = np.bincount(near[near >= 0], minlength=len(evidence.ids))
        order = np.argsort(-often, kind="stable")[:_SHOWN]
        rows = tuple(
            (evidence.ids[n], evidence.modalities[n], int(often[n]), often[n] / len(near))
            for n in order.tolist()
            if often[n]
        )
        usual = near.shape[1] * len(near) / max(len(evidence.ids), 1)
        note = f"An item is found by {usual:.1f} on average."
        columns = ("item", "modality", "found by", "share of who ask")
        if rows:
            yield Table(f"hubs@{self.k}", "Items found most often", columns, rows, note)

    def _asking(self, data: Dataset) -> tuple[Item, ...]:
        """Return who looks for neighbours."""
        return self.units(data) if self.ask == "corpus" else self._some(data.queries)

    def _some(self, items: tuple[Item, ...]) -> tuple[Item, ...]:
        """Return the items, or a random part that depends on their ids alone, in their order."""
        if len(items) <= self.sample:
            return items
        drawn = sorted(items, key=lambda item: _lot(self.seed, item.id))[: self.sample]
        kept = {item.id for item in drawn}
        return tuple(item for item in items if item.id in kept)


def _lot(seed: int, name: str) -> bytes:
    """Return a random place in line for an id."""
    return blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()


def _positives(
    data: Dataset, asking: Sequence[Item], units: Sequence[Item], relevant: int
) -> Int64:
    """Return each query with each unit that answers it, by position, int64 (p, 2)."""
    place = {unit.id: n for n, unit in enumerate(units)}
    pairs = [
        (q, place[item])
        for q, query in enumerate(asking)
        for item, grade in data.truth.grades.get(query.id, {}).items()
        if grade >= relevant and item in place
    ]
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)
