"""What metrics of leakage share: groups, folds, held-out guesses, and what chance would guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.errors import UsageError
from evalkit.core.items import UNKNOWN
from evalkit.core.space import Space
from evalkit.metrics._overall import OverallMetric, totals
from evalkit.metrics._space import SpaceMetric, has_vector

_FOLDS = 10
_FEWEST = 10
_DRAWS = 100
_SAME = 1e-9
_TINY = np.finfo(float).tiny


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The items whose group is to be told, in the order of their ids.

    at: int64 (m,), their places among the units. vectors: float64 (m, dim). labels: int64 (m,), a
    place among the groups. blocks, folds: int64 (m,), the items that are held out together, and the
    tenth that each is tried in.
    """

    at: Int64
    vectors: Float64
    labels: Int64
    blocks: Int64
    folds: Int64


class LeakageMetric(SpaceMetric, OverallMetric[Space]):
    """The mean over groups of the share of their items whose group a probe tells, held out.

    A metric says in `scores` how it guesses. The column `value` is 1 where the guess is right, and
    `true` the place of the item's group.
    """

    __slots__ = ()

    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "mean share of a group"
    attribute: str
    apart: str

    def scores(self, asked: Asked, labels: Float64) -> Float64:
        """Return how likely each label is of every item by what other folds teach, float64 (m, c).

        labels: float64 (m, c), columns of 0 and 1.
        """
        raise NotImplementedError

    def scorable(self, evidence: Space) -> Bool:
        """Return which items have one known group, of ten items or more and not the only one."""
        return np.asarray(self._labels(evidence) >= 0)

    def columns(self, evidence: Space) -> Mapping[str, Float64]:
        """Return whether each item's group is told, and the group, float64 (n,)."""
        value, true = np.full((2, len(evidence.ids)), np.nan)
        asked = self._asked(evidence)
        if asked is not None:
            value[asked.at] = self._guesses(asked, asked.labels[:, None])[:, 0] == asked.labels
            true[asked.at] = asked.labels
        return {"value": value, "true": true}

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the mean over groups, the plain mean where none are named: (b, n) -> (b,)."""
        true = units.get("true", np.zeros(len(units["value"]))).astype(np.int64)
        count = int(true.max()) + 1
        sizes, right = totals(weights, true, count), totals(weights * units["value"], true, count)
        there = sizes > 0
        found: Float64 = np.where(there, right / sizes, 0.0).sum(axis=1) / there.sum(axis=1)
        return found

    def expected(self, evidence: Space, rng: np.random.Generator) -> Float64:
        """Return what chance gives each item: 1 over the number of groups, float64 (n,)."""
        groups = len(np.unique(self._labels(evidence)[self.scorable(evidence)]))
        return np.full(len(evidence.ids), 1.0 / max(groups, 1))

    def null(self, evidence: Space, rng: np.random.Generator) -> Float64:
        """Return draws of the number with groups dealt out anew, among those held out together."""
        asked = self._asked(evidence)
        if asked is None:
            return np.zeros(0)
        dealt = np.stack([_dealt(asked, rng) for _ in range(_DRAWS)], axis=1)
        right = self._guesses(asked, dealt) == dealt
        once = np.ones((1, len(dealt)))
        return np.array(
            [
                self.statistic({"value": r.astype(np.float64), "true": t}, once)[0]
                for r, t in zip(right.T, dealt.T.astype(np.float64), strict=True)
            ]
        )

    def _guesses(self, asked: Asked, labels: Int64) -> Int64:
        """Return the group guessed for each item, for every column of labels, int64 (m, draws).

        What counts is how much likelier a group is than its share of what was learnt from, so that
        a common group is not the best guess.
        """
        groups = int(labels.max()) + 1
        wanted = (labels[:, :, None] == np.arange(groups)).astype(np.float64)
        flat = wanted.reshape(len(labels), -1)
        shares = taught(flat, asked.folds)
        better = (self.scores(asked, flat) - shares) / np.maximum(shares, _TINY)
        found = np.where(shares > 0, better, -1.0).reshape(wanted.shape).argmax(axis=2)
        return np.asarray(found, np.int64)

    def _labels(self, evidence: Space) -> Int64:
        """Return the place of each item's group among those with enough items, -1, int64 (n,)."""
        tags = [unit.tag(self.attribute) for unit in evidence.units]
        if self.attribute == "modality":
            tags = [(modality,) for modality in evidence.modalities]
        known = np.array([t[0] if len(t) == 1 and t[0] != UNKNOWN else "" for t in tags], object)
        named, counts = np.unique(known.astype(str), return_counts=True)
        groups = [n for n, c in zip(named.tolist(), counts, strict=True) if n and c >= _FEWEST]
        place = {name: n for n, name in enumerate(groups)} if len(groups) > 1 else {}
        return np.array([place.get(name, -1) for name in known], np.int64)

    def _asked(self, evidence: Space) -> Asked | None:
        """Return the items to ask about, None where there is nothing to tell apart."""
        labels = self._labels(evidence)
        at = np.flatnonzero((labels >= 0) & has_vector(evidence))
        at = np.array(sorted(at.tolist(), key=evidence.ids.__getitem__), np.int64)
        held = [self._together(evidence, n) for n in at.tolist()]
        names, blocks = np.unique(np.array(held, str), return_inverse=True)
        if len(names) < 2 or len(np.unique(labels[at])) < 2:
            return None
        _, present = np.unique(labels[at], return_inverse=True)
        lots = np.argsort([_lot(name) for name in names.tolist()], kind="stable")
        turn = np.empty(len(names), np.int64)
        turn[lots] = np.arange(len(names)) % _FOLDS
        return Asked(at, evidence.vectors[at].astype(np.float64), present, blocks, turn[blocks])

    def _together(self, evidence: Space, n: int) -> str:
        """Return what an item is held out together with: a tag's value, or its cluster."""
        if not self.apart:
            return str(evidence.clusters[0][n])
        value = evidence.units[n].tag(self.apart)
        known = "|".join(value) not in ("", UNKNOWN)
        return f"{self.apart}={'|'.join(value)}" if known else evidence.ids[n]


def check_tags(metric: LeakageMetric) -> None:
    """Raise UsageError where it is not said which tag's groups are to be told."""
    if not metric.attribute:
        raise UsageError(f"'{metric.word}' has no attribute; write a tag, such as gender.")
    if metric.apart == metric.attribute:
        what = f"'{metric.word}' holds items out by the tag '{metric.apart}' that it is to tell"
        raise UsageError(f"{what}; choose another for 'apart'.")


def held_out(inner: Float64, labels: Float64, folds: Int64, ridge: float) -> Float64:
    """Return what ridge regression on the other folds says of each row, float64 (m, c).

    inner: float64 (m, m), inner products of the rows, of any space. labels: float64 (m, c). The
    constant is free; the penalty is `ridge` times the mean squared distance of rows from their
    mean. All folds come from one inverse: with A that of inner + penalty and u its row sums, a fit
    without the rows g errs on them by (P_gg)^-1 (P y)_g, P = A - u u' / sum of u (Dubrule 1983).
    """
    m, length = len(inner), float(np.trace(inner)) / len(inner)
    spread = max(length - float(inner.mean()), _SAME * length)
    inverse = np.linalg.inv(inner + ridge * spread * np.eye(m))
    sums = inverse.sum(axis=1)
    inverse -= np.outer(sums, sums / sums.sum())
    turned, found = inverse @ labels, np.empty_like(labels)
    for fold in np.unique(folds):
        at = np.flatnonzero(folds == fold)
        found[at] = labels[at] - np.linalg.solve(inverse[np.ix_(at, at)], turned[at])
    return found


def taught(labels: Float64, folds: Int64) -> Float64:
    """Return the share of each label in the other folds than an item's, float64 (m, c)."""
    inside = np.arange(folds.max() + 1)[:, None] == folds
    others = labels.sum(axis=0) - inside @ labels
    found: Float64 = others / (len(folds) - inside.sum(axis=1))[:, None]
    return found[folds]


def _dealt(asked: Asked, rng: np.random.Generator) -> Int64:
    """Return the labels dealt out anew, int64 (m,): by block where a block has one label."""
    _, first = np.unique(asked.blocks, return_index=True)
    of_block = asked.labels[first]
    if (of_block[asked.blocks] == asked.labels).all():
        return np.asarray(rng.permutation(of_block)[asked.blocks])
    return rng.permutation(asked.labels)


def _lot(name: str) -> int:
    """Return a random number that depends on a name alone."""
    return int.from_bytes(blake2b(name.encode(), digest_size=7).digest(), "big")
