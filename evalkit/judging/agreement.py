"""How far reviewers agree: Krippendorff's alpha, Fleiss' kappa, Gwet's AC1, with intervals.

Everything is computed from counts: how often each result was put into each category. Intervals
resample prompts, since the results of one prompt are judged by the same people at the same time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.errors import UsageError
from evalkit.judging import _coefficients as _c
from evalkit.judging._coefficients import Level
from evalkit.judging.records import GRADES, Judgement
from evalkit.judging.voting import Key, key_of, newest
from evalkit.stats import bootstrap_weights

_NAN = float("nan")
_TAIL = 0.05
_GOOD, _TENTATIVE = 0.8, 0.667


class Figure(NamedTuple):
    """A coefficient of agreement with its 90 % interval; n: results with two judgements or more.

    NaN where it is not defined, such as alpha where only one category was used.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class ByReviewer:
    """How one reviewer compares with the majority of the others on the same results.

    judged: results judged by this reviewer. effective: the share of them called effective. alpha,
    raw: agreement with the majority of the others, where they have one.
    """

    reviewer: str
    judged: int
    effective: float
    alpha: Figure
    raw: Figure


@dataclass(frozen=True, slots=True)
class ByItem:
    """The judgements of one result. agreement: the share of pairs of reviewers who say the same."""

    case: str
    query: str
    item: str
    votes: int
    effective: float
    agreement: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the reviewers of a study agree on what is effective, and on grades.

    alpha: Krippendorff's, nominal; grades: the same of grades, ordinal. kappa: Fleiss', over the
    results with the most usual number of judgements. ac1: Gwet's. raw: the share of agreeing pairs.
    alpha and kappa are low where nearly every result is of one category, however well reviewers
    agree; raw agreement and AC1 are not. items: least agreed first.
    """

    judgements: int
    results: int
    prompts: int
    alpha: Figure
    grades: Figure
    kappa: Figure
    ac1: Figure
    raw: Figure
    reviewers: tuple[ByReviewer, ...]
    items: tuple[ByItem, ...]

    @property
    def contested(self) -> tuple[ByItem, ...]:
        """The results on which reviewers differ, least agreed first."""
        return tuple(one for one in self.items if one.agreement < 1)


def in_words(alpha: float) -> str:
    """Return what a value of Krippendorff's alpha means.

    Source of the levels: Krippendorff 2004, "Reliability in content analysis".
    """
    if np.isnan(alpha):
        return "nothing was judged twice, or every judgement says the same"
    if alpha >= _GOOD:
        return "good agreement, at or above 0.8"
    if alpha >= _TENTATIVE:
        return "agreement for tentative conclusions, from 0.667 to 0.8"
    return "low agreement, below 0.667"


def krippendorff_alpha(labels: Float64, level: Level = "nominal") -> float:
    """Return Krippendorff's alpha: 1 is full agreement, 0 what chance gives, below 0 is worse.

    labels: float64 (reviewers, results), NaN where a reviewer did not judge. level: how far apart
    two values are: nominal, ordinal, interval, or ratio (values of 0 and more). NaN where only one
    value was used or no result was judged twice. Source: Krippendorff 2011, "Computing
    Krippendorff's alpha-reliability"; 0.8 and more is called good, from 0.667 on tentative.
    Raises UsageError for an unknown level.
    """
    _check_level(level)
    table = np.asarray(labels, np.float64)
    values = np.unique(table[np.isfinite(table)])
    counts = (table[:, :, None] == values).sum(axis=0).astype(np.float64)
    return float(_c.alpha(values, level)(_c.coincidences(counts).sum(axis=0)[None])[0])


def fleiss_kappa(counts: Float64) -> float:
    """Return Fleiss' kappa: 1 is full agreement, 0 what chance gives.

    counts: float64 (results, categories), how often each result was put into each category, by
    equally many reviewers. NaN where one category has everything. Source: Fleiss 1971, "Measuring
    nominal scale agreement among many raters". Raises UsageError where the numbers of judgements
    differ or are below two.
    """
    each = np.asarray(counts, np.float64).sum(axis=1)
    if each.size == 0 or each.min() != each.max() or each[0] < 2:
        raise UsageError(
            "Fleiss' kappa needs equally many judgements of every result, two or more."
        )
    return float(_c.kappa(counts)(np.ones((1, len(each))))[0])


def gwet_ac1(counts: Float64) -> float:
    """Return Gwet's AC1: 1 is full agreement, 0 what chance gives; steady for rare categories.

    counts: float64 (results, categories); the numbers of judgements may differ. NaN where no result
    was judged twice or there is one category. Source: Gwet 2008, "Computing inter-rater reliability
    and its variance in the presence of high agreement".
    """
    return float(_c.ac1(counts)(np.ones((1, len(counts))))[0])


def raw_agreement(counts: Float64) -> float:
    """Return the mean share of pairs of reviewers who say the same of a result, 0 to 1.

    counts: float64 (results, categories). NaN where no result was judged twice.
    """
    return float(_c.raw(counts)(np.ones((1, len(counts))))[0])


def agreement(judgements: Iterable[Judgement], seed: int = 7, draws: int = 1000) -> Agreement:
    """Return how far reviewers agree, over all, per reviewer and per result.

    Judgements that settle a dispute are left out: their reviewer has seen what the others said.
    Intervals are percentiles of a seeded bootstrap over prompts.
    """
    said = [one for one in newest(judgements) if not one.adjudicates]
    votes = _votes(said, lambda j: float(j.mark.effective))
    grades = _votes(
        [j for j in said if j.mark.grade is not None], lambda j: float(j.mark.grade or 0)
    )
    keys, counts = _counts(votes, (0.0, 1.0))
    graded, grade_counts = _counts(grades, tuple(map(float, GRADES)))
    draw = _Draw(seed, draws)
    usual = _usual(counts)
    return Agreement(
        judgements=len(said),
        results=len(keys),
        prompts=len({key[:2] for key in keys}),
        alpha=draw.alpha(counts, keys, (0.0, 1.0), "nominal"),
        grades=draw.alpha(grade_counts, graded, tuple(map(float, GRADES)), "ordinal"),
        kappa=draw.of(_c.kappa, counts[usual], [k for k, u in zip(keys, usual, strict=True) if u]),
        ac1=draw.of(_c.ac1, counts, keys),
        raw=draw.of(_c.raw, counts, keys),
        reviewers=tuple(_by_reviewer(votes, name, draw) for name in _names(said)),
        items=tuple(_by_item(keys, counts)),
    )


def _check_level(level: str) -> None:
    """Raise UsageError for a level of measurement that is not known."""
    if level not in _c.LEVELS:
        raise UsageError(f"the level '{level}' is not one of {', '.join(_c.LEVELS)}.")


class _Draw(NamedTuple):
    """Makes figures: a coefficient of all results, and its spread when prompts are drawn anew."""

    seed: int
    draws: int

    def of(
        self, made: Callable[[Float64], _c.Statistic], counts: Float64, keys: Sequence[Key]
    ) -> Figure:
        """Return a coefficient that is a function of the weights of results."""
        return self._figure(made(counts), counts, keys) if len(counts) else _nothing(counts)

    def alpha(
        self, counts: Float64, keys: Sequence[Key], values: Sequence[float], level: Level
    ) -> Figure:
        """Return Krippendorff's alpha."""
        if not len(counts):
            return _nothing(counts)
        each = _c.coincidences(counts)
        found = _c.alpha(np.array(values), level)
        flat, shape = each.reshape(len(counts), -1), each.shape[1:]
        return self._figure(lambda w: found((w @ flat).reshape(-1, *shape)), counts, keys)

    def _figure(self, statistic: _c.Statistic, counts: Float64, keys: Sequence[Key]) -> Figure:
        """Return a statistic of the weights of results with its interval."""
        value = float(statistic(np.ones((1, len(counts))))[0])
        prompts = np.array(["\x1f".join(key[:2]) for key in keys], object)
        blocks = bootstrap_weights([prompts], self.draws, self.seed)
        drawn = np.concatenate([statistic(block) for block in blocks])
        known, n = drawn[np.isfinite(drawn)], int((counts.sum(axis=1) >= 2).sum())
        if np.isnan(value) or known.size < self.draws / 2 or len(set(prompts)) < 2:
            return Figure(value, _NAN, _NAN, n)
        low, high = np.quantile(known, (_TAIL, 1 - _TAIL))
        return Figure(value, min(float(low), value), max(float(high), value), n)


def _nothing(counts: Float64) -> Figure:
    """Return the figure of no results at all."""
    return Figure(_NAN, _NAN, _NAN, len(counts))


_Votes = Mapping[Key, Mapping[str, float]]
"""Result -> reviewer -> value."""


def _votes(judgements: Iterable[Judgement], value: Callable[[Judgement], float]) -> _Votes:
    """Return the values that reviewers gave each result."""
    found: dict[Key, dict[str, float]] = defaultdict(dict)
    for one in judgements:
        found[key_of(one)][one.reviewer] = value(one)
    return {key: found[key] for key in sorted(found)}


def _counts(votes: _Votes, values: Sequence[float]) -> tuple[list[Key], Float64]:
    """Return the results, and how often each value was given to each, float64 (n, K)."""
    rows = [[list(said.values()).count(value) for value in values] for said in votes.values()]
    return list(votes), np.array(rows, np.float64).reshape(len(rows), len(values))


def _usual(counts: Float64) -> np.ndarray:
    """Return which results have the most usual number of judgements of two and more, bool (n,)."""
    each = counts.sum(axis=1)
    several = Counter(each[each >= 2].tolist())
    usual = max(several, key=lambda m: (several[m], m)) if several else -1.0
    return np.asarray(each == usual)


def _names(judgements: Iterable[Judgement]) -> list[str]:
    """Return the reviewers, sorted."""
    return sorted({one.reviewer for one in judgements})


def _by_reviewer(votes: _Votes, name: str, draw: _Draw) -> ByReviewer:
    """Return how a reviewer compares with the majority of the others."""
    mine = {key: said[name] for key, said in votes.items() if name in said}
    both: dict[Key, dict[str, float]] = {}
    for key, value in mine.items():
        rest = [v for reviewer, v in votes[key].items() if reviewer != name]
        share = sum(rest) / len(rest) if rest else 0.5
        if share != 0.5:
            both[key] = {name: value, "": float(share > 0.5)}
    keys, counts = _counts(both, (0.0, 1.0))
    return ByReviewer(
        reviewer=name,
        judged=len(mine),
        effective=sum(mine.values()) / len(mine),
        alpha=draw.alpha(counts, keys, (0.0, 1.0), "nominal"),
        raw=draw.of(_c.raw, counts, keys),
    )


def _by_item(keys: Sequence[Key], counts: Float64) -> Iterable[ByItem]:
    """Yield each result with its judgements, the least agreed first."""
    share, there = _c.pairs_alike(counts)
    alike = np.where(there > 0, share, np.nan)
    for n in np.argsort(alike, kind="stable"):
        total = counts[n].sum()
        case, query, item = keys[n]
        yield ByItem(case, query, item, int(total), float(counts[n, 1] / total), float(alike[n]))
