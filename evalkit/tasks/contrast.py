"""Contrast: is a text told from its contradiction, which differs from it in one detail?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.core.contrasted import Contrasted
from evalkit.core.items import UNKNOWN, Dataset, Group, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.core.results import Table
from evalkit.tasks import _contrast_tables

QUERIES = ("query1", "query2")
DOCUMENTS = ("document1", "document2")
PARAPHRASES = ("paraphrase1", "paraphrase2")
_DEPTH = 100
_SHOWN = 20


@plugin("tasks", "contrast")
@dataclass(frozen=True, slots=True)
class Contrast:
    """Minimal pairs: two documents that one detail tells apart, and a query that each answers.

    Groups in `groups.jsonl` of the kind `kind` name the roles query1, query2, document1 and
    document2; query i is answered by document i and contradicted by the other. They may name
    paraphrase1 and paraphrase2 besides, the same documents in other words, either all groups or
    none. detail: the tag of the queries that says what tells a pair apart, such as `negation`.
    template: the tag of the queries that pairs written on one pattern share; they are resampled
    together. Queries are also asked of the whole corpus, 100 places deep at least.
    """

    kind: str = "contrast"
    detail: str = "kind"
    template: str = "template"

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "groups"
    evidence_kind: ClassVar[str] = Contrasted.kind
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return an item a pair: both queries and documents, and the tags the queries share."""
        items = {item.id: item for item in (*data.queries, *data.corpus)}
        return tuple(self._unit(group, items) for group in self._groups(data))

    def needs(self, data: Dataset) -> Needs:
        """Return the queries that a pair names, and the whole corpus."""
        asked = {group.roles[role] for group in self._groups(data) for role in QUERIES}
        queries = tuple(item for item in data.queries if item.id in asked)
        return Needs(queries, data.corpus, "retrieval")

    def problems(self, data: Dataset) -> list[str]:
        """Return which groups lack a role, have it on the wrong side or twice; or that none is."""
        mine = [group for group in data.truth.groups if group.kind == self.kind]
        where = f"{data.origin or data.name}, groups.jsonl"
        if not mine:
            return [f"{where}: no group of the chosen items has the kind '{self.kind}'."]
        told = any(role in group.roles for group in mine for role in PARAPHRASES)
        roles = (*QUERIES, *DOCUMENTS, *(PARAPHRASES if told else ()))
        asked, kept = ({item.id for item in some} for some in (data.queries, data.corpus))
        found = []
        for group in mine:
            side = {role: asked if role in QUERIES else kept for role in roles}
            lacks = [role for role in roles if role not in group.roles]
            astray = [r for r in roles if r in group.roles and group.roles[r] not in side[r]]
            found += [f"{where}: the group '{group.id}' lacks {', '.join(lacks)}."] if lacks else []
            found += [_misplaced(where, group, role) for role in astray]
            found += _twice(where, group)
        return found[:20]

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Contrasted]:
        """Return the similarities of every pair at each size, and where its documents stand."""
        groups, units = self._groups(data), self.units(data)
        found = rank(max(depth, _DEPTH))
        across, beside = _similarities(groups, rank)
        return {
            dim: Contrasted(
                ids=tuple(unit.id for unit in units),
                kinds=tuple("|".join(unit.tag(self.detail)) or "any" for unit in units),
                similarity=across[dim],
                control=beside[dim],
                right=_places(groups, DOCUMENTS, ranking.query_ids, ranking.doc_ids, ranking.rows),
                contrary=_places(
                    groups, DOCUMENTS[::-1], ranking.query_ids, ranking.doc_ids, ranking.rows
                ),
                roles=_roles(groups),
                sides=_sides(groups),
                clusters=(self._clusters(units),),
                units=units,
            )
            for dim, ranking in found.items()
        }

    def details(self, evidence: Contrasted) -> Iterator[Table]:
        """Yield what each kind of pair scores, and the pairs that are told apart the least."""
        yield _contrast_tables.kinds(evidence)
        yield from _contrast_tables.worst(evidence, _SHOWN)

    def _groups(self, data: Dataset) -> list[Group]:
        """Return the groups of the kind that have all they need."""
        needed = {*QUERIES, *DOCUMENTS}
        return [g for g in data.truth.groups if g.kind == self.kind and needed <= set(g.roles)]

    def _unit(self, group: Group, items: Mapping[str, Item]) -> Item:
        """Return one pair as an item: the first part of each query and document."""
        members = [items[group.roles[role]] for role in (*QUERIES, *DOCUMENTS)]
        first, second = members[:2]
        tags = {name: value for name, value in first.tags.items() if second.tags.get(name) == value}
        return Item(group.id, tuple(one.parts[0] for one in members), tags)

    def _clusters(self, units: Sequence[Item]) -> np.ndarray:
        """Return each pair's template, its own id where it has none, object (n,)."""
        labels = np.empty(len(units), object)
        for n, unit in enumerate(units):
            pattern = "|".join(unit.tag(self.template))
            labels[n] = unit.id if pattern in ("", UNKNOWN) else pattern
        return labels


def _twice(where: str, group: Group) -> list[str]:
    """Return where a group names one query or one document for both halves of its pair."""
    named = [(pair, {group.roles.get(role) for role in pair}) for pair in (QUERIES, DOCUMENTS)]
    return [
        f"{where}: {pair[0]} and {pair[1]} of the group '{group.id}' are both '{names.pop()}'."
        for pair, names in named
        if len(names) == 1 and None not in names
    ]


def _misplaced(where: str, group: Group, role: str) -> str:
    """Return that a group names an item of the other side, for a person."""
    side, file = ("query", "queries.jsonl") if role in QUERIES else ("corpus item", "corpus.jsonl")
    name = group.roles[role]
    return f"{where}: the {role} of the group '{group.id}', '{name}', is no {side} of {file}."


def _similarities(
    groups: Sequence[Group], rank: Rank
) -> tuple[Mapping[int, Float64], Mapping[int, Float64]]:
    """Return the similarity of query i and document j, and of query i and paraphrase i, by size.

    float64 (n, 2, 2) and (n, 2), NaN where there is no vector, or no paraphrase.
    """
    across = [(g.roles[q], g.roles[d]) for g in groups for q in QUERIES for d in DOCUMENTS]
    roles = [(g.roles, q, p) for g in groups for q, p in zip(QUERIES, PARAPHRASES, strict=True)]
    told = np.array([p in named for named, _, p in roles], bool)
    beside = [(named[q], named[p]) for named, q, p in roles if p in named]
    found = rank.similarity([*across, *beside])
    control = {dim: np.full(len(roles), np.nan) for dim in found}
    for dim, values in found.items():
        control[dim][told] = values[len(across) :]
    n = len(groups)
    return (
        {dim: values[: len(across)].reshape(n, 2, 2) for dim, values in found.items()},
        {dim: values.reshape(n, 2) for dim, values in control.items()},
    )


def _places(
    groups: Sequence[Group],
    documents: Sequence[str],
    query_ids: Sequence[str],
    doc_ids: Sequence[str],
    rows: Int64,
) -> Int64:
    """Return the place of a document in the list of each query, int64 (n, 2), 0 for none."""
    query = {name: n for n, name in enumerate(query_ids)}
    item = {name: n for n, name in enumerate(doc_ids)}
    asked = [[query.get(g.roles[q], -1) for q in QUERIES] for g in groups]
    wanted = np.array([[item.get(g.roles[d], -2) for d in documents] for g in groups], np.int64)
    padded = np.vstack([rows, np.full((1, rows.shape[1]), -1)])  # the list of a query without one
    there = padded[np.array(asked, np.int64)] == wanted[:, :, None]
    return np.where(there.any(axis=2), there.argmax(axis=2) + 1, 0).astype(np.int64)


def _roles(groups: Sequence[Group]) -> dict[str, tuple[int, ...]]:
    """Return the pairs that each item plays in, by position."""
    found: dict[str, tuple[int, ...]] = {}
    for n, group in enumerate(groups):
        for name in set(_played(group).values()):
            found[name] = (*found.get(name, ()), n)
    return found


def _sides(groups: Sequence[Group]) -> dict[str, SideName]:
    """Return the side of each item that plays in a pair."""
    sides: dict[str, SideName] = {}
    for group in groups:
        for role, name in _played(group).items():
            sides[name] = "query" if role in QUERIES else "corpus"
    return sides


def _played(group: Group) -> dict[str, str]:
    """Return the roles of a group that the task knows, with their items."""
    known = (*QUERIES, *DOCUMENTS, *PARAPHRASES)
    return {role: group.roles[role] for role in known if role in group.roles}
