"""Duplicates: does the similarity of two items tell that they are the same thing?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from evalkit.core.evidence import Paired
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.tasks import _pairs


@plugin("tasks", "duplicates")
@dataclass(frozen=True, slots=True)
class Duplicates:
    """Pairs of items in the order of their similarity, compared with what is known of them.

    same: the label in `pairs.tsv` of pairs that are duplicates; every other label means that they
    are not. The share of duplicates among the pairs matters to precision; the report names it.
    """

    same: str = "duplicate"

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "pairs"
    evidence_kind: ClassVar[str] = Paired.kind
    sides: ClassVar[frozenset[SideName]] = frozenset({"corpus"})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return an item a pair."""
        return _pairs.units(data, self._claims(data))

    def needs(self, data: Dataset) -> Needs:
        """Return the items that a pair names."""
        return _pairs.needs(data, self._claims(data), "clustering")

    def problems(self, data: Dataset) -> list[str]:
        """Return what the pairs lack: any, duplicates, or others."""
        claims = self._claims(data)
        found = {claim.positive for claim in claims}
        if not claims:
            return ["the data set has no pairs between the chosen items; they stand in pairs.tsv."]
        if len(found) == 1:
            lacks = "another label than" if found == {True} else "the label"
            return [f"no pair has {lacks} '{self.same}'; both kinds are needed."]
        return []

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Paired]:
        """Return the similarity of every pair at each size."""
        return _pairs.evidence(data, self._claims(data), rank)

    def _claims(self, data: Dataset) -> list[_pairs.Claim]:
        """Return the pairs of the data set."""
        return [_pairs.Claim(p.a, p.b, p.label == self.same, p.kind) for p in data.truth.pairs]
