"""What tasks on pairs share: the pairs as units, what they need, and their similarities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evalkit.core.evidence import Paired
from evalkit.core.items import Dataset, Item
from evalkit.core.protocols import Needs, Rank


@dataclass(frozen=True, slots=True)
class Claim:
    """Two items by id, whether they belong together, and what sort of pair they are."""

    a: str
    b: str
    positive: bool
    kind: str

    @property
    def id(self) -> str:
        """The pair as a unit is called."""
        return f"{self.a} ~ {self.b}"


def units(data: Dataset, claims: Sequence[Claim]) -> tuple[Item, ...]:
    """Return an item a pair: both contents, the tags that both share, and `kind`."""
    items = {item.id: item for item in (*data.queries, *data.corpus)}
    return tuple(_unit(items[c.a], items[c.b], c) for c in claims)


def _unit(a: Item, b: Item, claim: Claim) -> Item:
    """Return one pair as an item."""
    shared = {name: value for name, value in a.tags.items() if b.tags.get(name) == value}
    tags = shared | {"kind": (claim.kind or ("alike" if claim.positive else "unlike"),)}
    return Item(claim.id, (*a.parts, *b.parts), tags)


def needs(
    data: Dataset, claims: Sequence[Claim], purpose: Literal["retrieval", "clustering"]
) -> Needs:
    """Return the items of both sides that a pair names."""
    named = {name for claim in claims for name in (claim.a, claim.b)}
    corpus = tuple(item for item in data.corpus if item.id in named)
    rest = named - {item.id for item in corpus}
    return Needs(tuple(item for item in data.queries if item.id in rest), corpus, purpose)


def evidence(data: Dataset, claims: Sequence[Claim], rank: Rank) -> Mapping[int, Paired]:
    """Return the similarity of every pair at each size."""
    members = tuple((claim.a, claim.b) for claim in claims)
    clusters = tuple(np.array(side, object) for side in zip(*members, strict=True))
    made = units(data, claims)
    return {
        dim: Paired(
            ids=tuple(claim.id for claim in claims),
            members=members,
            scores=scores,
            positive=np.array([claim.positive for claim in claims], bool),
            kinds=tuple(unit.tag("kind")[0] for unit in made),
            clusters=clusters,
            units=made,
        )
        for dim, scores in rank.similarity(members).items()
    }
