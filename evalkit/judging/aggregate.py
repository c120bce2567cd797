"""What several reviewers say together: the majority, or a model of how reliable each of them is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.core.errors import UsageError
from evalkit.judging.records import Judgement
from evalkit.judging.voting import Key, Votes, key_of, newest

How = Literal["majority", "dawid-skene"]
HOWS: tuple[How, ...] = ("majority", "dawid-skene")
"""The ways to bring judgements together."""
LEAST_LABELS = 20
"""Dawid and Skene's model needs this many judgements of every reviewer."""
_SMOOTHING = 0.01
_CHANGE, _ROUNDS = 1e-8, 200


@dataclass(frozen=True, slots=True, eq=False)
class DawidSkene:
    """What the model of Dawid and Skene finds.

    posterior: float64 (results, categories), how likely each result is of each category. prior:
    float64 (categories,). confusion: float64 (reviewers, categories, categories), how often a
    reviewer gives a label (last axis) to a result of a category.
    """

    posterior: Float64
    prior: Float64
    confusion: Float64

    @property
    def accuracy(self) -> Float64:
        """How often each reviewer gives the right label, float64 (reviewers,)."""
        right = np.diagonal(self.confusion, axis1=1, axis2=2)
        return np.asarray(right @ self.prior)


class Outcome(NamedTuple):
    """What reviewers say of a result together.

    probability: how likely it is effective: the share of votes, or the model's posterior; 1 or 0
    where a dispute was settled. effective: None where votes are tied and nobody has settled it.
    votes: how many judged it.
    """

    probability: float
    effective: bool | None
    votes: int


class Qrel(NamedTuple):
    """A judged result as ground truth. grade: 0, or 1 and 2 for what answers in part and fully."""

    case: str
    query: str
    item: str
    grade: int


def majority(judgements: Iterable[Judgement]) -> dict[Key, Outcome]:
    """Return what more than half of the reviewers say of each result; a tie is undecided.

    Where somebody has settled a dispute, that counts alone.
    """
    votes = Votes.of(judgements)
    return _outcomes(votes, votes.shares, tied=True)


def dawid_skene(
    result: Int64, reviewer: Int64, label: Int64, shape: tuple[int, int, int]
) -> DawidSkene:
    """Return the model of Dawid and Skene (1979), fitted by expectation maximisation.

    result, reviewer, label: int64 (v,), one place per judgement. shape: the numbers of results,
    reviewers and categories. It begins with the shares of votes, so that categories keep their
    meaning; 0.01 is added to every count; it ends when the log-likelihood changes by less than 1e-8
    or after 200 rounds. A result without a judgement has the prior as its posterior.
    """
    n, people, kinds = shape
    votes = np.zeros((n, people * kinds))
    np.add.at(votes, (result, reviewer * kinds + label), 1.0)
    posterior = votes.reshape(n, people, kinds).sum(axis=1)
    total = posterior.sum(axis=1, keepdims=True)
    posterior = np.where(total > 0, posterior / np.maximum(total, 1.0), 1.0 / kinds)
    before = -np.inf
    for _ in range(_ROUNDS):
        prior, confusion = _maximised(posterior, votes, people)
        posterior, likelihood = _expected(prior, confusion, votes)
        if abs(likelihood - before) < _CHANGE:
            break
        before = likelihood
    return DawidSkene(posterior, prior, confusion)


def _maximised(posterior: Float64, votes: Float64, people: int) -> tuple[Float64, Float64]:
    """Return the prior and the confusion of each reviewer that fit the posterior."""
    kinds = posterior.shape[1]
    counts = (posterior.T @ votes).reshape(kinds, people, kinds).transpose(1, 0, 2) + _SMOOTHING
    return posterior.mean(axis=0), counts / counts.sum(axis=2, keepdims=True)


def _expected(prior: Float64, confusion: Float64, votes: Float64) -> tuple[Float64, float]:
    """Return the posterior and the log-likelihood, given the prior and the confusion."""
    people, kinds, _ = confusion.shape
    with np.errstate(divide="ignore"):
        logs = np.log(prior)
    logs = logs + votes @ np.log(confusion).transpose(0, 2, 1).reshape(people * kinds, kinds)
    each = np.logaddexp.reduce(logs, axis=1)
    return np.exp(logs - each[:, None]), float(each.sum())


def fitted(votes: Votes) -> DawidSkene:
    """Return the model of judgements with two categories, ineffective and effective.

    Raises UsageError naming the reviewers who judged fewer than 20 results.
    """
    made = np.bincount(votes.reviewer, minlength=len(votes.reviewers))
    few = [
        f"{name} ({m})" for name, m in zip(votes.reviewers, made, strict=True) if m < LEAST_LABELS
    ]
    if few or not votes.reviewers:
        who = ", ".join(few) or "nobody has judged anything"
        raise UsageError(
            f"Dawid-Skene needs {LEAST_LABELS} judgements of every reviewer to tell how reliable "
            f"each is; too few: {who}. Use the majority, or judge more."
        )
    shape = len(votes.keys), len(votes.reviewers), 2
    return dawid_skene(votes.result, votes.reviewer, votes.said, shape)


def labels(judgements: Iterable[Judgement], how: How = "majority") -> dict[Key, float]:
    """Return how likely each (case, query, item) is effective, 0 to 1, NaN where undecided.

    how: `majority` (the share of votes; a tie is undecided) or `dawid-skene` (the posterior).
    Raises UsageError for another word, and for Dawid-Skene where a reviewer made fewer than 20
    judgements.
    """
    found = decided(Votes.of(judgements), how)
    return {key: p if sure is not None else float("nan") for key, (p, sure, _) in found.items()}


def decided(votes: Votes, how: How) -> dict[Key, Outcome]:
    """Return what reviewers say together of each result, from judgements as arrays.

    A result is effective by the majority where more than half say so, a tie being undecided; by
    Dawid-Skene where its posterior is at least one half.
    """
    if how not in HOWS:
        raise UsageError(f"'{how}' is no way to bring judgements together: {' or '.join(HOWS)}.")
    if how == "majority":
        return _outcomes(votes, votes.shares, tied=True)
    return _outcomes(votes, fitted(votes).posterior[:, 1], tied=False)


def _outcomes(votes: Votes, found: Float64, tied: bool) -> dict[Key, Outcome]:
    """Return outcomes from probabilities; tied: whether one half leaves a result undecided."""
    sure = np.where(np.isnan(votes.settled), found, votes.settled)
    made = votes.counts.sum(axis=1)
    return {
        key: Outcome(float(p), None if tied and p == 0.5 else bool(p >= 0.5), int(m))
        for key, p, m in zip(votes.keys, sure, made, strict=True)
    }


def qrels(judgements: Iterable[Judgement], how: How = "majority") -> tuple[Qrel, ...]:
    """Return judgements as ground truth; undecided results are left out.

    An effective result has the lower median of the grades that reviewers who call it effective
    gave, at least 1, and 1 where they gave none; an ineffective one has 0. A grade that settled a
    dispute counts alone.
    """
    said = newest(judgements)
    grades = _grades(said)
    return tuple(
        Qrel(*key, grades.get(key, 1) if one.effective else 0)
        for key, one in decided(Votes.of(said), how).items()
        if one.effective is not None
    )


def _grades(judgements: Iterable[Judgement]) -> Mapping[Key, int]:
    """Return the grade of each result that anybody who calls it effective has graded."""
    given: dict[tuple[Key, bool], list[int]] = {}
    for one in judgements:
        if one.mark.effective and one.mark.grade is not None:
            given.setdefault((key_of(one), one.adjudicates), []).append(one.mark.grade)
    found: dict[Key, int] = {}
    for (key, _), values in sorted(given.items()):  # what settles a dispute comes last
        found[key] = max(1, sorted(values)[(len(values) - 1) // 2])
    return found
