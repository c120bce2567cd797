"""Judgements as arrays: who said what of which result, the newest version of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.judging.records import Judgement

Key = tuple[str, str, str]
"""A result that is judged: case, query, item."""


def key_of(judgement: Judgement) -> Key:
    """Return which result a judgement is of."""
    return judgement.case, judgement.query, judgement.mark.item


def newest(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return the newest version of what each reviewer said of each result, in a fixed order."""
    found: dict[tuple[Key, str, bool], Judgement] = {}
    for one in judgements:
        at = key_of(one), one.reviewer, one.adjudicates
        if at not in found or (one.version, one.at) > (found[at].version, found[at].at):
            found[at] = one
    return [found[at] for at in sorted(found)]


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """Who said what: one place per judgement in `result`, `reviewer` and `said`.

    keys: the results, sorted. reviewers: their names, sorted. result, reviewer: int64 (v,), places
    in these. said: int64 (v,), 1 for effective, 0 for not. settled: float64 (n,), what adjudication
    says of each result, 1 or 0, NaN where there is none; the latest one counts.
    """

    keys: tuple[Key, ...]
    reviewers: tuple[str, ...]
    result: Int64
    reviewer: Int64
    said: Int64
    settled: Float64

    @classmethod
    def of(cls, judgements: Iterable[Judgement]) -> Votes:
        """Return judgements as arrays; what settles a dispute is no vote."""
        every = newest(judgements)
        votes = [one for one in every if not one.adjudicates]
        keys = tuple(sorted({key_of(one) for one in every}))
        names = tuple(sorted({one.reviewer for one in votes}))
        place, seat = ({x: n for n, x in enumerate(xs)} for xs in (keys, names))
        settled = np.full(len(keys), np.nan)
        for one in sorted((j for j in every if j.adjudicates), key=lambda j: (j.at, j.reviewer)):
            settled[place[key_of(one)]] = float(one.mark.effective)
        return cls(
            keys,
            names,
            np.array([place[key_of(one)] for one in votes], np.int64),
            np.array([seat[one.reviewer] for one in votes], np.int64),
            np.array([int(one.mark.effective) for one in votes], np.int64),
            settled,
        )

    @property
    def counts(self) -> Float64:
        """How often each result was called ineffective and effective, float64 (n, 2)."""
        flat = np.bincount(2 * self.result + self.said, minlength=2 * len(self.keys))
        return flat.reshape(-1, 2).astype(np.float64)

    @property
    def shares(self) -> Float64:
        """The share of reviewers who call each result effective, float64 (n,), NaN without any."""
        counts = self.counts
        total = counts.sum(axis=1)
        return np.where(total > 0, counts[:, 1] / np.maximum(total, 1), np.nan)
