"""Counterfactual queries and wordings: what changes where only a gendered word does?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Int64, Ranking
from evalkit.core.items import Dataset, Group, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.core.results import Table
from evalkit.core.swapped import Swapped, Worded
from evalkit.tasks import _roles, _swap_tables

QUERIES: dict[str, SideName] = {"neutral": "query", "prototypical": "query", "counter": "query"}
WORDINGS: dict[str, SideName] = {"query": "query", "female": "corpus", "male": "corpus"}
NEUTRAL: dict[str, SideName] = {"neutral": "corpus"}


@plugin("tasks", "counterfactual")
@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Queries in three variants: neutral, as the stereotype expects, and the other way round.

    Groups in `groups.jsonl` of the kind `kind` name the queries that play the roles neutral,
    prototypical and counter. subject: the tag of the queries that triples share which are no
    independent observations, such as the occupation; they are resampled together. No document
    needs a label: the lists of the three are compared with each other.
    """

    kind: str = "counterfactual"
    subject: str = "occupation"

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "groups"
    evidence_kind: ClassVar[str] = Swapped.kind
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return an item a triple: the three queries, and the tags that they share."""
        return _roles.units(data, self._groups(data), tuple(QUERIES))

    def needs(self, data: Dataset) -> Needs:
        """Return the queries that a triple names, and the whole corpus."""
        asked = {group.roles[role] for group in self._groups(data) for role in QUERIES}
        return Needs(tuple(q for q in data.queries if q.id in asked), data.corpus, "retrieval")

    def problems(self, data: Dataset) -> list[str]:
        """Return which groups lack a role, or have it on the wrong side; or that there is none."""
        return _roles.problems(data, self.kind, QUERIES)

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Swapped]:
        """Return the lists of every triple at each size, and how near the variants lie."""
        groups, units = self._groups(data), self.units(data)
        neutral, *others = QUERIES
        pairs = [(g.roles[neutral], g.roles[other]) for g in groups for other in others]
        near = rank.similarity(pairs)
        return {
            dim: Swapped(
                ids=tuple(unit.id for unit in units),
                rows=_lists(groups, ranking),
                similarity=near[dim].reshape(len(groups), 2),
                roles=_roles.playing(groups, tuple(QUERIES)),
                corpus=frozenset(item.id for item in data.corpus),
                clusters=(_roles.clusters(units, self.subject),),
                units=units,
            )
            for dim, ranking in rank(max(depth, 1)).items()
        }

    def details(self, evidence: Swapped) -> Iterator[Table]:
        """Yield what every subject gives, and the queries that go with the stereotype the most."""
        yield from _swap_tables.triples(evidence)

    def _groups(self, data: Dataset) -> list[Group]:
        """Return the groups of the kind that have all three roles."""
        return _roles.complete(data, self.kind, QUERIES)


@plugin("tasks", "wording_preference")
@dataclass(frozen=True, slots=True)
class WordingPreference:
    """A query beside one document in female, male and, where there is one, neutral wording.

    Groups in `groups.jsonl` of the kind `kind` name a query in the role query, and documents in the
    roles female, male and, where there is one, neutral. subject: as in `counterfactual`. It needs
    no list: the wordings are compared with each other.
    """

    kind: str = "wording"
    subject: str = "occupation"

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "groups"
    evidence_kind: ClassVar[str] = Worded.kind
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return an item a group: the query and both wordings, and the tags that they share."""
        return _roles.units(data, self._groups(data), tuple(WORDINGS))

    def needs(self, data: Dataset) -> Needs:
        """Return the queries and documents that a group names."""
        named = set(_roles.playing(self._groups(data), (*WORDINGS, *NEUTRAL)))
        queries, corpus = (
            tuple(item for item in some if item.id in named) for some in (data.queries, data.corpus)
        )
        return Needs(queries, corpus, "retrieval")

    def problems(self, data: Dataset) -> list[str]:
        """Return which groups lack a role, or have it on the wrong side; or that there is none."""
        return _roles.problems(data, self.kind, WORDINGS, NEUTRAL)

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Worded]:
        """Return how near a query lies to each wording, at each size."""
        groups, units = self._groups(data), self.units(data)
        documents = ("female", "male", *NEUTRAL)
        told = np.array([[role in g.roles for role in documents] for g in groups], bool)
        pairs = [(g.roles["query"], g.roles[r]) for g in groups for r in documents if r in g.roles]
        found = {}
        for dim, values in rank.similarity(pairs).items():
            similarity = np.full(told.shape, np.nan)
            similarity[told] = values
            found[dim] = Worded(
                ids=tuple(unit.id for unit in units),
                similarity=similarity,
                roles=_roles.playing(groups, (*WORDINGS, *NEUTRAL)),
                sides=_sides(groups),
                clusters=(_roles.clusters(units, self.subject),),
                units=units,
            )
        return found

    def details(self, evidence: Worded) -> Iterator[Table]:
        """Yield what every subject gives, and how often wordings stand in which order."""
        yield from _swap_tables.wordings(evidence)

    def _groups(self, data: Dataset) -> list[Group]:
        """Return the groups of the kind that have a query and two wordings."""
        return _roles.complete(data, self.kind, WORDINGS)


def _lists(groups: Sequence[Group], ranking: Ranking) -> Int64:
    """Return the lists of the three queries of each triple, int64 (n, 3, k), -1 for none."""
    place = {name: n for n, name in enumerate(ranking.query_ids)}
    asked = [[place.get(group.roles[role], -1) for role in QUERIES] for group in groups]
    padded = np.vstack([ranking.rows, np.full((1, ranking.rows.shape[1]), -1)])
    lists: Int64 = padded[np.array(asked, np.int64).reshape(-1, len(QUERIES))]
    return lists


def _sides(groups: Sequence[Group]) -> dict[str, SideName]:
    """Return the side of each item that plays in a group."""
    known = {**WORDINGS, **NEUTRAL}
    return {g.roles[role]: side for g in groups for role, side in known.items() if role in g.roles}
