"""Where something stands in a suite file, and the problems found there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from evalkit.core.errors import DataError, EvalkitError, Problem, ProviderError, SuiteError

Key = str | int
Scalar = str | int | float | bool | None


@dataclass(slots=True)
class Node:
    """A value of the file with its place: the line and column (from 1) of its key or list item.

    path: the keys that lead to it, such as `cases.0.metrics.1`. pruned: whether something wrong
    was taken out of it directly, so that what follows from the gap is not reported as well.
    """

    line: int
    column: int
    path: str
    value: Scalar | dict[str, Node] | list[Node]
    pruned: bool = False

    def plain(self) -> Any:
        """Return the value as ordinary Python objects."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, key: Key) -> Node | None:
        """Return the node below a key or position, None where there is none."""
        if isinstance(self.value, dict):
            return self.value.get(str(key))
        if isinstance(self.value, list) and isinstance(key, int) and key < len(self.value):
            return self.value[key]
        return None

    def nearest(self, *keys: Key) -> Node:
        """Return the node that the keys lead to, or the last one on the way that exists."""
        node = self
        for key in keys:
            below = node.child(key)
            if below is None:
                return node
            node = below
        return node

    def walk(self, *keys: Key) -> Iterator[tuple[tuple[Key, ...], Node]]:
        """Yield every node below this one with the keys that lead to it, parents first."""
        below: list[tuple[Key, Node]] = []
        if isinstance(self.value, dict):
            below = list(self.value.items())
        elif isinstance(self.value, list):
            below = list(enumerate(self.value))
        for key, node in below:
            yield (*keys, key), node
            yield from node.walk(*keys, key)

    def remove(self, *keys: Key) -> None:
        """Take out what the keys lead to, and remember so where it stood."""
        node = self.nearest(*keys[:-1])
        node.pruned = True
        if isinstance(node.value, dict):
            node.value.pop(str(keys[-1]), None)
        elif isinstance(node.value, list) and isinstance(keys[-1], int):
            del node.value[keys[-1]]


@dataclass(slots=True)
class Problems:
    """Everything found wrong so far, so that it can be shown at once."""

    found: list[tuple[tuple[int, int], type[EvalkitError], Problem]] = field(default_factory=list)

    def add(
        self, problem: Problem, at: tuple[int, int] = (0, 0), kind: type[EvalkitError] = SuiteError
    ) -> None:
        """Keep a problem; `at` is the line and column that it is sorted by."""
        if all(problem != other for _, _, other in self.found):
            self.found.append((at, kind, problem))

    def raise_any(self) -> None:
        """Raise what was found, in the order of the file; SuiteError where kinds are mixed."""
        if self.found:
            ordered = sorted(self.found, key=lambda one: one[0])
            kinds = {kind for _, kind, _ in ordered}
            kind = kinds.pop() if len(kinds) == 1 else SuiteError
            raise kind(*(problem for _, _, problem in ordered))


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a file and the list that its problems go to."""

    file: str
    node: Node
    problems: Problems

    def at(self, *keys: Key) -> Place:
        """Return the place that the keys lead to, or the last one on the way that exists."""
        return Place(self.file, self.node.nearest(*keys), self.problems)

    def __str__(self) -> str:
        """Return `file:line:column key.path`."""
        return f"{self.file}:{self.node.line}:{self.node.column} {self.node.path}".rstrip()

    def wrong(self, what: str, fix: str = "") -> None:
        """Report something wrong here."""
        self.problems.add(Problem(str(self), what, fix), (self.node.line, self.node.column))

    def take(self, error: EvalkitError, lead: bool = True) -> None:
        """Report what another part of evalkit found wrong with what is written here.

        lead: whether the place here comes before the place that the error names.
        """
        at = (self.node.line, self.node.column)
        kind = type(error) if isinstance(error, DataError | ProviderError) else SuiteError
        for problem in error.problems:
            inner = f"{problem.where}: " if problem.where and lead else ""
            where = str(self) if lead else problem.where or str(self)
            self.problems.add(Problem(where, inner + problem.what, problem.fix), at, kind)
