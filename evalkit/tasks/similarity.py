"""Similarity: do like things lie close together, also where they are described otherwise?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from evalkit.core.evidence import Paired
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.tasks import _pairs


@plugin("tasks", "similarity")
@dataclass(frozen=True, slots=True)
class Similarity:
    """Every anchor is paired with what is like it, with the same in other words, and with others.

    Groups in `groups.jsonl` of the kind `kind` name the items that play the roles `anchor` and any
    of `like`, `varied` and `unlike`; a role may be numbered, as `varied2`. The kinds of the pairs
    are these words.
    """

    kind: str = "like_varied"

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "groups"
    evidence_kind: ClassVar[str] = Paired.kind
    sides: ClassVar[frozenset[SideName]] = frozenset({"corpus"})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return an item a pair."""
        return _pairs.units(data, self._claims(data))

    def needs(self, data: Dataset) -> Needs:
        """Return the items that a group names."""
        return _pairs.needs(data, self._claims(data), "clustering")

    def problems(self, data: Dataset) -> list[str]:
        """Return what the groups lack."""
        kinds = {claim.kind for claim in self._claims(data)}
        if not kinds:
            where = f"groups.jsonl of the kind '{self.kind}'"
            return [f"the data set has no group with an anchor and another role in {where}."]
        lacks = [role for role in ("like", "unlike") if role not in kinds]
        return [f"no group of the kind '{self.kind}' has the role '{role}'." for role in lacks]

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Paired]:
        """Return the similarity of every pair at each size."""
        return _pairs.evidence(data, self._claims(data), rank)

    def _claims(self, data: Dataset) -> list[_pairs.Claim]:
        """Return the anchor of each group with every other role, each pair once."""
        found: dict[str, _pairs.Claim] = {}
        for group in data.truth.groups:
            anchor = group.roles.get("anchor", "")
            for role, item in group.roles.items() if group.kind == self.kind and anchor else ():
                word = role.rstrip("0123456789")
                if word in ("like", "varied", "unlike"):
                    claim = _pairs.Claim(anchor, item, word != "unlike", word)
                    found.setdefault(claim.id, claim)
        return list(found.values())
