"""How groups are spread over what each subject's queries find, read from a task's own tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalkit.core.results import Table
from evalkit.report.text import count, number

ALARMS = 0.05
"""The share of false alarms among the subjects that are marked (Benjamini and Hochberg)."""
_EACH, _FOUND, _NAMED = "balance_by_subject", "target_and_found", "named_groups"
_TARGET = re.compile(r"Target: (.+?)\. Found:")
_CUT = re.compile(r"first (\d+) places")
_NAMED_IN_SENTENCE = 3
_LISTED = 120
_ENDS = 30
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject, such as an occupation; shares are of the first group, in 0 to 1.

    found: its share of the labelled places, None where too few are labelled. span: its interval
    over the wordings of the query, None where it is not known. chance: the 5 and 95 % ends of what
    chance gives. q: the adjusted p-value. labelled: the share of places with a label.
    """

    name: str
    queries: int
    found: float | None
    target: float | None
    span: Ends | None
    chance: Ends | None
    q: float | None
    labelled: float

    @property
    def away(self) -> float | None:
        """How far the first group's share lies above its target, below where negative."""
        known = self.found is not None and self.target is not None
        return (self.found or 0.0) - (self.target or 0.0) if known else None

    @property
    def marked(self) -> bool:
        """Whether it stands out from chance, all subjects of the table accounted for."""
        return self.q is not None and self.q <= ALARMS


@dataclass(frozen=True, slots=True)
class GroupShare:
    """One group over all subjects alike: its target, its share found, and the difference."""

    name: str
    target: float | None
    found: float | None
    away: float | None


@dataclass(frozen=True, slots=True)
class Balance:
    """One size. target: in words. groups: the declared ones; the first is the one drawn.

    k: how many places were looked at. items: how many items of the corpus have each label, None
    where the run did not store it. naming: how many queries name a group. subjects: the least
    balanced first, those without a share last. notes: how the task made its numbers.
    """

    dim: int
    k: int
    target: str
    groups: tuple[GroupShare, ...]
    items: tuple[tuple[str, int | None], ...]
    naming: int
    subjects: tuple[Subject, ...]
    note: str

    @property
    def first(self) -> str:
        """The group whose share is drawn."""
        return self.groups[0].name

    @property
    def queries(self) -> int:
        """How many queries name nobody and have a target."""
        return sum(s.queries for s in self.aimed)

    @property
    def about(self) -> str:
        """How many subjects with a target there are, in words."""
        return f"{count(len(self.aimed))} {'subject' if len(self.aimed) == 1 else 'subjects'}"

    @property
    def aimed(self) -> tuple[Subject, ...]:
        """The subjects with a target, all of them where none has one."""
        return tuple(s for s in self.subjects if s.target is not None) or self.subjects

    @property
    def left_out(self) -> str:
        """How many subjects have no target beside others that have one, "" for none."""
        left = len(self.subjects) - len(self.aimed)
        asked = sum(s.queries for s in self.subjects) - self.queries
        about = f"{count(left)} more {'subject' if left == 1 else 'subjects'}"
        return f"{count(asked)} about {about} without a target are left out" if left else ""

    @property
    def labelled(self) -> float:
        """The share of the places of these queries that have a label."""
        return sum(s.labelled * s.queries for s in self.aimed) / max(1, self.queries)

    @property
    def marked(self) -> tuple[Subject, ...]:
        """The subjects that stand out from chance."""
        return tuple(s for s in self.subjects if s.marked)

    @property
    def listed(self) -> tuple[Subject, ...]:
        """The subjects of a table: all of them, or of many the least balanced."""
        return self.subjects[:_LISTED]

    @property
    def by_share(self) -> tuple[Subject, ...]:
        """The subjects with a share, those farthest above their target first."""
        known = [s for s in self.subjects if s.found is not None]
        return tuple(sorted(known, key=lambda s: (-(s.away or 0.0), s.name)))

    @property
    def drawn(self) -> tuple[Subject, ...]:
        """The subjects of a chart: all of them, or of many those that lie farthest apart."""
        every = self.by_share
        return every if len(every) <= 2 * _ENDS else (*every[:_ENDS], *every[-_ENDS:])

    @property
    def sentence(self) -> str:
        """Which subjects stand out, in a sentence."""
        tested = sum(s.q is not None for s in self.subjects)
        if not tested:
            return "No single subject could be held against chance."
        if not self.marked:
            return f"None of {count(tested)} subjects stands out by itself from what chance gives."
        names = [s.name for s in self.marked[:_NAMED_IN_SENTENCE]]
        left = len(self.marked) - len(names)
        more = f" and {count(left)} more" if left else ""
        stand = "stands" if len(self.marked) == 1 else "stand"
        told = f"{count(len(self.marked))} of {count(tested)} subjects {stand} out from chance"
        return f"{told}: {', '.join(names)}{more}."


def is_balance(tables: Sequence[Table]) -> bool:
    """Return whether the tables of a cell tell of balance."""
    return {_EACH, _FOUND} <= {t.name for t in tables}


def is_balanced(table: Table) -> bool:
    """Return whether a table is one of the two that a balance shows whole."""
    return table.name in (_EACH, _FOUND)


def target_of(tables: Sequence[Table]) -> str:
    """Return the target in words with each group's share, "" without one."""
    found = next((t for t in tables if t.name == _FOUND), None)
    return "" if found is None else _target(found)


def balance(dim: int, tables: Sequence[Table]) -> Balance:
    """Return the balance of one size from its tables."""
    each, found = (next(t for t in tables if t.name == name) for name in (_EACH, _FOUND))
    named = next((t for t in tables if t.name == _NAMED), None)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    groups = tuple(
        GroupShare(str(r["group"]), *(_known(r[c]) for c in ("target", "found", "difference")))
        for r in rows
    )
    items = tuple((str(r["group"]), _whole(r.get("items"))) for r in rows)
    cut = _CUT.search(found.note)
    return Balance(
        dim=dim,
        k=int(cut[1]) if cut else 0,
        target=_target(found),
        groups=groups,
        items=items,
        naming=sum(_whole(row[1]) or 0 for row in named.rows) if named else 0,
        subjects=tuple(
            _subject(dict(zip(each.columns, row, strict=True)), groups[0].name) for row in each.rows
        ),
        note=each.note,
    )


def _target(found: Table) -> str:
    """Return the target in words, and the share that it gives each group on average."""
    told = _TARGET.search(found.note)
    shares = [f"{row[0]} {number(row[1])}" for row in found.rows if isinstance(row[1], int | float)]
    return f"{told[1] if told else 'not named'} ({', '.join(shares)})" if shares else "not known"


def _subject(row: Mapping[str, str | float | None], first: str) -> Subject:
    """Return one row of the table of subjects."""
    return Subject(
        name=str(row["subject"]),
        queries=_whole(row["queries"]) or 0,
        found=_known(row[first]),
        target=_known(row[f"target for {first}"]),
        span=_ends(row, f"{first} from", f"{first} to"),
        chance=_ends(row, "chance from", "chance to"),
        q=_known(row["p adjusted"]),
        labelled=_known(row["labelled"]) or 0.0,
    )


def _ends(row: Mapping[str, str | float | None], low: str, high: str) -> Ends | None:
    """Return two ends, None where one is not known or a run of an earlier version lacks them."""
    start, end = _known(row.get(low)), _known(row.get(high))
    return None if start is None or end is None else (start, end)


def _known(value: str | float | None) -> float | None:
    """Return a number, None for a dash."""
    return float(value) if isinstance(value, int | float) else None


def _whole(value: str | float | None) -> int | None:
    """Return a whole number, None for a dash."""
    return int(value) if isinstance(value, int | float) else None
