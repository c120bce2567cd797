"""Reads association tests from groups: which items are targets, and which are attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.core.items import Dataset, Group

_ROLE = re.compile(r"([xyab])\d*")
_LEAST = 2
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Stimuli:
    """A test: the item ids of X, Y (empty where targets are judged singly), A and B."""

    id: str
    x: tuple[str, ...]
    y: tuple[str, ...]
    a: tuple[str, ...]
    b: tuple[str, ...]

    def all(self) -> tuple[str, ...]:
        """Return all items."""
        return self.x + self.y + self.a + self.b


def tests(data: Dataset, kind: str) -> list[Stimuli]:
    """Return the tests of a kind that have all they need."""
    made = [_read(group) for group in data.truth.groups if group.kind == kind]
    stored = {item.id for item in data.corpus}
    return [test for test in made if not _lacks(test) and stored.issuperset(test.all())]


def cells(made: Sequence[Stimuli]) -> Iterator[tuple[str, str, str]]:
    """Yield every test, target and attribute, by name."""
    for test in made:
        for target in (*test.x, *test.y):
            for attribute in (*test.a, *test.b):
                yield test.id, target, attribute


def name(test: str, target: str, attribute: str) -> str:
    """Return what a target beside an attribute is called."""
    return f"{test} | {target} | {attribute}"


def problems(data: Dataset, kind: str) -> list[str]:
    """Return what is wrong with the tests of a kind, or that there is none."""
    mine = [group for group in data.truth.groups if group.kind == kind]
    where = f"{data.origin or data.name}, groups.jsonl"
    if not mine:
        return [f"{where}: no group of the chosen items has the kind '{kind}'."]
    stored = {item.id for item in data.corpus}
    found = []
    for group in mine:
        odd = [role for role in group.roles if not _ROLE.fullmatch(role)]
        told = [f"has the role '{role}'; roles are x1, y1, a1, b1 and so on" for role in odd]
        test = _read(group)
        told += _lacks(test)
        strange = [name for name in test.all() if name not in stored]
        told += [f"names '{name}', which is no corpus item" for name in strange]
        found += [f"{where}: the test '{group.id}' {what}." for what in told]
    return found[:_MOST_PROBLEMS]


def _read(group: Group) -> Stimuli:
    """Return a group as a test."""
    sets: dict[str, list[str]] = {letter: [] for letter in "xyab"}
    for role, item in group.roles.items():
        match = _ROLE.fullmatch(role)
        if match:
            sets[match[1]].append(item)
    return Stimuli(group.id, *(tuple(sets[letter]) for letter in "xyab"))


def _lacks(test: Stimuli) -> list[str]:
    """Return what a test lacks, as the end of a sentence."""
    found = [
        f"has {len(some)} items in {letter.upper()}; expected {_LEAST} or more"
        for letter, some in (("x", test.x), ("a", test.a), ("b", test.b))
        if len(some) < _LEAST
    ]
    if test.y and len(test.x) != len(test.y):
        found.append(f"has {len(test.x)} items in X and {len(test.y)} in Y; expected as many")
    for first, second, what in ((test.x, test.y, "X and Y"), (test.a, test.b, "A and B")):
        twice = sorted({n for n in first + second if (first + second).count(n) > 1})
        found += [f"has '{n}' more than once in {what}" for n in twice]
    return found
