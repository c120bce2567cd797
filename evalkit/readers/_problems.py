"""Collects what is wrong with a data set, so that all of it is told at once."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.errors import DataError, Problem

_SHOWN = 20


class Wrong(Exception):
    """One thing is wrong at a place that the caller knows: `what` was seen and how to `fix` it."""

    def __init__(self, what: str, fix: str = "") -> None:
        self.what = what
        self.fix = fix
        super().__init__(what)


class Problems:
    """What is wrong with a data set so far; the first 20 are kept, the rest counted."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._kept: list[Problem] = []
        self._count = 0

    @property
    def count(self) -> int:
        """Return how many problems were noted so far."""
        return self._count

    def add(self, where: str, what: str, fix: str = "") -> None:
        """Note one problem."""
        self._count += 1
        if len(self._kept) < _SHOWN:
            self._kept.append(Problem(where, what, fix))

    def at(self, where: str) -> _Place:
        """Return a context that notes the Wrong its block raises, and goes on after it."""
        return _Place(self, where)

    def stop(self) -> None:
        """Raise DataError with everything noted so far, if there is anything."""
        if not self._count:
            return
        more = self._count - len(self._kept)
        rest = [Problem(self._origin, f"{more} more like these.")] if more else []
        raise DataError(*self._kept, *rest)


@dataclass(slots=True)
class _Place:
    """A block of work at one place; a class, since a large data set enters millions of them."""

    problems: Problems
    where: str

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        """Note a Wrong and swallow it; let everything else pass."""
        if not isinstance(error, Wrong):
            return False
        self.problems.add(self.where, error.what, error.fix)
        return True
