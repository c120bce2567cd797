"""What lists are held against: equal parts, the pool, what is relevant, the world, or a mix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.errors import Problem, UsageError, nearest

UNIFORM, POOL, RELEVANT, EXTERNAL, BLEND = "uniform", "pool", "relevant", "external", "blend"
_WORDS = (UNIFORM, POOL, RELEVANT, EXTERNAL)
_SLACK = 1e-6
Target = str | Mapping[str, Any]
"""A word, {external: FILE}, {blend: [targets]}, or {group: share} for all groups."""


def check(target: Target, groups: Sequence[str], shares: str) -> None:
    """Refuse what is no target, such as shares that do not sum to one or hold a zero.

    shares: the table that the word `external` means, "" for none. Raises UsageError.
    """
    wrong = _wrong(target, groups, shares)
    if wrong:
        raise UsageError(Problem("target", *wrong))


def _wrong(target: Target, groups: Sequence[str], shares: str) -> tuple[str, str] | None:
    """Return what is wrong with a target and how to put it right, None where nothing is."""
    if isinstance(target, str):
        return _wrong_word(target, shares)
    if set(target) == {EXTERNAL}:
        fine = isinstance(target[EXTERNAL], str) and target[EXTERNAL]
        return None if fine else ("external names no file.", "Write {external: FILE}.")
    if set(target) == {BLEND}:
        parts = target[BLEND]
        if not isinstance(parts, Sequence) or isinstance(parts, str) or len(parts) < 2:
            return "blend is no list of two or more targets.", "Write [relevant, external], say."
        if not all(isinstance(part, (str, Mapping)) for part in parts):
            return "blend holds something that is no target.", f"Known are {', '.join(_WORDS)}."
        return next((told for part in parts if (told := _wrong(part, groups, shares))), None)
    return _wrong_shares(target, groups)


def _wrong_word(word: str, shares: str) -> tuple[str, str] | None:
    """Return what is wrong with a target of one word."""
    if word not in _WORDS:
        return f"unknown target '{word}'; {nearest(word, _WORDS)}", ""
    if word == EXTERNAL and not shares:
        return "external needs a table.", "Write {external: FILE}, or name the file in shares."
    return None


def _wrong_shares(target: Mapping[str, Any], groups: Sequence[str]) -> tuple[str, str] | None:
    """Return what is wrong with a target of one share a group."""
    if set(target) != set(groups):
        named, wanted = ", ".join(map(str, target)), ", ".join(groups)
        return f"it names {named or 'nothing'} and not the groups {wanted}.", "Name each group."
    values = list(target.values())
    if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return "a share in it is no number.", "Give each group a share, such as 0.5."
    if min(values) <= 0:
        least = min(target, key=lambda group: target[group])
        return f"the share of '{least}' is {target[least]}.", "Give each group more than 0."
    if abs(sum(values) - 1) > _SLACK:
        return f"its shares sum to {sum(values):.6g} and not to 1.", "Make them sum to 1."
    return None


def table(target: Target, shares: str) -> str:
    """Return the file of shares that is meant, "" for none."""
    return next(_tables(target), "") or shares


def _tables(target: Target) -> Iterator[str]:
    """Yield the files that a target names."""
    if not isinstance(target, str):
        if EXTERNAL in target:
            yield target[EXTERNAL]
        for part in target.get(BLEND, ()):
            yield from _tables(part)


def uses(target: Target, word: str) -> bool:
    """Return whether a target is made of what a word stands for, alone or in a mix."""
    if isinstance(target, str):
        return target == word
    return word in target or any(uses(part, word) for part in target.get(BLEND, ()))


def described(target: Target) -> str:
    """Return a target as a person would say it."""
    words = {
        UNIFORM: "equal parts",
        POOL: "the shares of the pool",
        RELEVANT: "the shares of the relevant items",
        EXTERNAL: "the shares of the table",
    }
    if isinstance(target, str):
        return words[target]
    if EXTERNAL in target:
        return words[EXTERNAL]
    if BLEND in target:
        return f"the mean of {' and '.join(map(described, target[BLEND]))}"
    return "the given shares"


def targets(
    target: Target, groups: Sequence[str], member: Float64, pool: Bool, right: Bool, known: Float64
) -> Float64:
    """Return the target of each query, float64 (n, groups), NaN where there is none to give.

    member: float64 (items, groups). pool, right: bool (n, items), what a query can find and what is
    relevant of it. known: float64 (n, groups), shares from a table, NaN where it has none. A row
    that would hold a zero is NaN.
    """
    found = _rows(target, groups, member, pool, right, known)
    return np.where((found > 0).all(axis=1, keepdims=True), found, np.nan)


def _rows(
    target: Target, groups: Sequence[str], member: Float64, pool: Bool, right: Bool, known: Float64
) -> Float64:
    """Return the target of each query, zeros and all."""
    if uses_shares(target, groups):
        return np.tile([float(target[group]) for group in groups], (len(pool), 1))  # type: ignore[index]
    if not isinstance(target, str) and BLEND in target:
        parts = [_rows(part, groups, member, pool, right, known) for part in target[BLEND]]
        return np.asarray(np.mean(parts, axis=0))
    if target == UNIFORM:
        return np.full((len(pool), len(groups)), 1 / len(groups))
    if target in (POOL, RELEVANT):
        counts = (pool if target == POOL else pool & right) @ member
        with np.errstate(invalid="ignore"):
            return np.asarray(counts / counts.sum(axis=1, keepdims=True))
    return known


def uses_shares(target: Target, groups: Sequence[str]) -> bool:
    """Return whether a target gives each group its share."""
    return not isinstance(target, str) and set(target) == set(groups)
