"""Models that cannot be told apart, as groups: letters in place of a bare ranking."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

from evalkit.core.results import Estimate
from evalkit.report.view.scope import Scope, Series

Groups = tuple[tuple[Series, ...], ...]
"""Series that are tied with each other, the best group first; one may be in several."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def tie_groups(scope: Scope, metric: str, dim: int) -> Groups:
    """Return the largest groups of models all pairs of which are tied on a metric at a size.

    Two are tied where the interval of their paired difference includes 0, or where there is none.
    Models alone are compared, not what is built around them.
    """
    values = {s: e for s in _models(scope) if (e := scope.value(scope.cell(s, dim), metric))}
    known = {s: e.value for s, e in values.items() if math.isfinite(e.value)}
    if len(known) < 2:
        return ()
    low = _low_is_better(scope, metric, dim, known)
    best = sorted(known, key=lambda s: known[s] if low else -known[s])
    apart = {frozenset(pair) for pair in combinations(best, 2) if _apart(scope, metric, dim, *pair)}
    found = [sorted(group, key=best.index) for group in _cliques(best, apart)]
    return tuple(tuple(group) for group in sorted(found, key=lambda g: [best.index(s) for s in g]))


def letters(groups: Groups) -> Mapping[Series, str]:
    """Return the letters of each series: those of all groups that it is in, A the best."""
    found: dict[Series, str] = {}
    for n, group in enumerate(groups):
        for series in group:
            found[series] = found.get(series, "") + _LETTERS[n % len(_LETTERS)]
    return found


def told(groups: Groups) -> str:
    """Return the groups in words, such as `a is ahead of b and c, which are tied.`."""
    if not groups:
        return ""
    if len(groups) == 1:
        return f"{_and(groups[0])} are tied: no difference between them is sure."
    parts = [
        f"{_LETTERS[n % len(_LETTERS)]}: {_and(g)}{' (tied)' if len(g) > 1 else ''}"
        for n, g in enumerate(groups)
    ]
    overlap = len({s for g in groups for s in g}) < sum(map(len, groups))
    more = " A model in two groups is tied with both." if overlap else ""
    return f"From the best: {'; '.join(parts)}.{more}"


def _models(scope: Scope) -> tuple[Series, ...]:
    """Return the models of a case without anything built around them."""
    return tuple(s for s in scope.series if s == Series(s.model))


def _difference(scope: Scope, metric: str, dim: int, one: Series, two: Series) -> Estimate | None:
    """Return the paired advantage of the first, or of the second, None where it was not made."""
    find = scope.estimates.find
    return find("advantage", scope.cell(one, dim), metric, against=f"model {two.model}") or find(
        "advantage", scope.cell(two, dim), metric, against=f"model {one.model}"
    )


def _apart(scope: Scope, metric: str, dim: int, one: Series, two: Series) -> bool:
    """Return whether the interval of the difference of two models leaves 0 out."""
    found = _difference(scope, metric, dim, one, two)
    return found is not None and (found.low > 0 or found.high < 0)


def _low_is_better(scope: Scope, metric: str, dim: int, known: Mapping[Series, float]) -> bool:
    """Return whether less is better, as the sign of an advantage tells (positive is better)."""
    for one, two in combinations(known, 2):
        found = _difference(scope, metric, dim, one, two)
        if found and found.value:
            first = one if found.cell.model == one.model else two
            other = two if first == one else one
            return bool((known[first] - known[other]) * found.value < 0)
    return False


def _cliques(names: Sequence[Series], apart: Collection[frozenset[Series]]) -> list[set[Series]]:
    """Return the largest sets in which no two are told apart (Bron and Kerbosch, 1973)."""
    near = {s: {o for o in names if o != s and frozenset((s, o)) not in apart} for s in names}
    found: list[set[Series]] = []

    def grow(group: set[Series], left: set[Series], done: set[Series]) -> None:
        if not left and not done:
            found.append(group)
        for series in [s for s in names if s in left]:
            grow(group | {series}, left & near[series], done & near[series])
            left, done = left - {series}, done | {series}

    grow(set(), set(names), set())
    return found


def _and(some: Sequence[Series]) -> str:
    """Return series joined in words."""
    *first, last = map(str, some)
    return f"{', '.join(first)} and {last}" if first else last
