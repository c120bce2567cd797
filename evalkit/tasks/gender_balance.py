"""Gender balance: who is shown to queries that name nobody, and to those that name somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.balanced import Balanced
from evalkit.core.errors import DataError, Problem, UsageError
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.core.results import Table
from evalkit.tasks import _balance_problems, _balance_tables, _labour, _protected, _targets, _units


@plugin("tasks", "gender_balance")
@dataclass(frozen=True, slots=True)
class GenderBalance:
    """Queries such as "an engineer" or "a female nurse": how groups are spread over what they find.

    Groups are perceived presentation or stated pronouns, not identity; any protected tag will do.

    protected: the tag of the items, with one value or with weights. groups: the values that are
    compared; signed numbers are about the first. others: values that count as unlabelled. Any other
    value is an error. target: what lists are held against: `uniform` (equal parts), `pool`,
    `relevant`, `external` (the table of `shares`, or {external: FILE}), {blend: [...]} or a share
    for each group. pool: a tag that query and item share; a query finds only items of its own
    value, all items where it is "". subject: the tag of the queries by which they are resampled and
    listed, such as the occupation. neutral: tags of the queries that name no group; where not
    given, those without the tag `explicit`, whose value says which group a query names. shares: a
    table of who does the work, for amplification; a weighted tag `protected` of a query goes first.
    coverage: the least share of labelled places that a list must have. k: the cut of the tables,
    at most half of the labelled items of each pool. matched: a tag of the items whose equal values
    are versions of one another that differ in the group alone; since such versions are found side
    by side, what chance gives is then worked out within them. Leave it "" where there are none.
    """

    protected: str = "gender"
    groups: tuple[str, ...] = ("female", "male")
    others: tuple[str, ...] = ()
    target: str | Mapping[str, Any] = _targets.UNIFORM
    pool: str = "occupation"
    subject: str = "occupation"
    neutral: Mapping[str, str] = field(default_factory=dict)
    explicit: str = "asks"
    shares: str = ""
    coverage: float = 0.9
    k: int = 10
    matched: str = ""

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "tags"
    evidence_kind: ClassVar[str] = Balanced.kind
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    files: ClassVar[frozenset[str]] = frozenset({"shares"})

    def __post_init__(self) -> None:
        """Refuse groups that are none, a target that is none, and numbers out of range."""
        if len(self.groups) < 2:
            raise UsageError(
                Problem("groups", "one group cannot be balanced.", "Name two or more.")
            )
        named = [*self.groups, *self.others]
        if len(set(named)) < len(named):
            raise UsageError(Problem("groups", "a value stands twice.", "Name each value once."))
        if not 0 <= self.coverage <= 1:
            what = f"coverage is {self.coverage}; expected 0 to 1."
            raise UsageError(Problem("coverage", what))
        if self.k < 1:
            raise UsageError(Problem("k", f"k is {self.k}; expected 1 or more."))
        _targets.check(self.target, self.groups, self.shares)

    @property
    def aim(self) -> str:
        """What lists are held against, in words, as gates print it."""
        return _targets.described(self.target)

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return the queries that are neutral or name one of the groups."""
        named = self.asked(data)
        return tuple(q for q, at in zip(data.queries, named, strict=True) if at != _protected.ASIDE)

    def needs(self, data: Dataset) -> Needs:
        """Return these queries and the whole corpus."""
        return Needs(self.units(data), data.corpus, "retrieval")

    def problems(self, data: Dataset) -> list[str]:
        """Return what labels, queries, pools and targets lack."""
        found = list(_balance_problems.of_labels(self, data))
        if found:
            return found
        try:
            known = self.known(data)
        except DataError as e:
            return [str(problem) for problem in e.problems]
        return [
            *_balance_problems.of_pools(self, data),
            *_balance_problems.of_targets(self, data, known),
        ]

    def too_deep(self, data: Dataset, depth: int, evened: bool = False) -> list[str]:
        """Return why a metric may not look that deep, [] where it may.

        evened: whether it makes pools even, so that they hold twice the smallest group's items.
        """
        return list(_balance_problems.too_deep(self, data, depth, evened))

    def asked(self, data: Dataset) -> Int64:
        """Return the place of the group that each query of the data names, int64 (queries,)."""
        return _protected.asked(data.queries, self.neutral, self.explicit, self.groups)

    def known(self, data: Dataset) -> Float64:
        """Return each unit's shares from a weighted tag or the table, float64 (n, groups), or NaN.

        Raises DataError where the table cannot be read.
        """
        file = _targets.table(self.target, self.shares)
        table = _labour.read_shares(file, self.subject, self.groups) if file else {}
        rows = [self._known(query, table) for query in self.units(data)]
        return np.array(rows, np.float64).reshape(len(rows), len(self.groups))

    def relevant(self, data: Dataset, least: int) -> Bool:
        """Return which items answer each unit, bool (n, items).

        Those graded `least` or more; where no query has a grade, those of the query's subject.
        """
        units = self.units(data)
        if not any(data.truth.grades.values()):
            return _protected.pools(units, data.corpus, self.subject or "\0")
        place = {item.id: n for n, item in enumerate(data.corpus)}
        found = np.zeros((len(units), len(data.corpus)), bool)
        for row, query in zip(found, units, strict=True):
            for item, grade in data.truth.grades.get(query.id, {}).items():
                row[place[item]] = grade >= least
        return found

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Balanced]:
        """Return what each query finds in its pool at each size, with groups and target."""
        units, items = self.units(data), data.corpus
        pool = _protected.pools(units, items, self.pool)
        member = _protected.membership(items, self.protected, self.groups)
        right, known = self.relevant(data, relevant), self.known(data)
        target = _targets.targets(self.target, self.groups, member, pool, right, known)
        named = self.asked(data)
        found = {}
        for dim, ranking in rank(max(depth, self.k), pools=self._pools(units, items, pool)).items():
            found[dim] = Balanced(
                ids=tuple(unit.id for unit in units), rows=ranking.rows, groups=self.groups,
                member=member, pool=pool, target=target, shares=known, relevant=right,
                named=named[named != _protected.ASIDE], coverage=self.coverage,
                clusters=(self._subjects(units),), units=units, corpus=items,
                matched=_protected.sets(items, self.matched),
            )  # fmt: skip
        return found

    def details(self, evidence: Balanced) -> Iterator[Table]:
        """Yield what was found beside the target, subject by subject, and beside labour shares."""
        yield from _balance_tables.tables(evidence, self.k, self.aim)

    def _pools(
        self, units: tuple[Item, ...], items: tuple[Item, ...], pool: Bool
    ) -> Mapping[str, frozenset[str]] | None:
        """Return the ids of the items that each query may find, None where that is all."""
        if not self.pool:
            return None
        ids = np.array([item.id for item in items], object)
        known: dict[bytes, frozenset[str]] = {}
        found = {}
        for query, row in zip(units, pool, strict=True):
            key = row.tobytes()  # queries of one pool share one set
            known.setdefault(key, frozenset(ids[row]))
            found[query.id] = known[key]
        return found

    def _known(self, query: Item, table: _labour.Shares) -> tuple[float, ...]:
        """Return the shares of a query's subject, NaN where they are not known."""
        given = query.tags.get(self.protected)
        if isinstance(given, Mapping):
            shares = np.array([given.get(group, 0.0) for group in self.groups])
            if shares.sum() > 0:
                return tuple((shares / shares.sum()).tolist())
        named = [table[value] for value in query.tag(self.subject) if value in table]
        return named[0] if len(named) == 1 else (float("nan"),) * len(self.groups)

    def _subjects(self, units: tuple[Item, ...]) -> np.ndarray:
        """Return the subject of each query, its intent or id where it has none, object (n,)."""
        labels = _units.clusters(units)
        for n, unit in enumerate(units):
            labels[n] = "|".join(unit.tag(self.subject)) or labels[n]
        return labels
