"""Which groups of a run are groups of people: by what its tasks declare, else by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evalkit.archive import Run
from evalkit.core.results import Detail, Estimate

_ALWAYS = frozenset(
    "gender sex dialect accent age race ethnicity skin religion nationality disability".split()
)
"""Words of a tag's name that mean people wherever they stand: `speaker_accent`, `age_band`."""
_ALONE = frozenset("language region name_region country".split())
"""Names that mean people where they are the whole name: `region` does, `image_region` does not."""
_TARGETS = "target_and_found"
"""The table in which a task of balance names its protected groups, for runs of earlier versions."""


@dataclass(frozen=True, slots=True)
class People:
    """Tells groups of people from other groups.

    A task that balances a protected tag declares it and its groups: the tag is of people whatever
    its name, and so is every other one with one of these values, `asks=female` beside
    `gender=female`. A suite has no word for the other tags, so that their names decide: grounds of
    discrimination as law names them (Charter of Fundamental Rights of the European Union, article
    21), and what a voice or a text gives away of its speaker. A wrong guess hides no number: the
    same gap stands under robustness instead of fairness, and the card says which tags it took as
    people.

    declared: the protected groups of the run's tasks. named: their protected tags.
    """

    declared: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()

    def holds(self, group: str) -> bool:
        """Return whether a group such as `language=es` or `age*accent=30*us` is one of people."""
        tags, _, values = group.partition("=")
        names = [tag.removeprefix("corpus.") for tag in tags.split("*")]
        named = any(name in self.named or _is_named(name) for name in names)
        return named or not self.declared.isdisjoint(values.split("*"))

    def tags(self, estimates: Iterable[Estimate]) -> tuple[str, ...]:
        """Return the tags with a group of people among some estimates, sorted."""
        found = {e.group for e in estimates if e.kind == "gap"}
        return tuple(sorted({g.partition("=")[0] for g in found if self.holds(g)}))


def people(run: Run) -> People:
    """Return what tells the groups of people of a run, from what its tasks protect.

    A run of an earlier version does not hold that; the tables of its tasks name the groups.
    """
    known = [case for case in run.cases if case.protected]
    groups = {group for case in known for group in case.protected_groups}
    stored = {case.name for case in known}
    older = (d for d in run.details if d.cell.case not in stored)
    return People(
        declared=frozenset(groups | set(_in_tables(older))),
        named=frozenset(case.protected for case in known),
    )


def _in_tables(details: Iterable[Detail]) -> Iterator[str]:
    """Yield the protected groups that the tables of tasks name."""
    tables = (one.table for one in details if one.table.name == _TARGETS)
    yield from (str(row[0]) for table in tables for row in table.rows)


def _is_named(tag: str) -> bool:
    """Return whether the name of a tag says that its values are of people."""
    return tag in _ALONE or not _ALWAYS.isdisjoint(re.split(r"[^a-z]+", tag.lower()))
