"""What reviewers say together: the majority with ties, adjudication, Dawid and Skene."""

import math
from dataclasses import replace

import numpy as np
import pytest

from evalkit.core.errors import UsageError
from evalkit.judging.aggregate import dawid_skene, labels, majority, qrels
from evalkit.judging.records import Judgement, Mark

ACCURACIES = np.array([0.95, 0.6, 0.6, 0.55, 0.9])
KEY = ("find", "q", "d")


def said(reviewer: str, effective: bool, grade: int | None = None) -> Judgement:
    """Return a judgement of the one result of the one query."""
    mark = Mark("d", effective, grade)
    return Judgement("p", "find", "q", reviewer, mark, "", "2026-01-01T00:00:00+00:00")


def reviewed(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the truth of 400 items, and what five reviewers say of each."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 400)
    right = rng.random((400, 5)) < ACCURACIES
    return truth, np.where(right, truth[:, None], 1 - truth[:, None])


def test_more_than_half_make_a_majority_and_a_tie_is_undecided() -> None:
    assert majority([said("a", True), said("b", True), said("c", False)])[KEY].effective is True
    tie = [said("a", True), said("b", False)]
    assert majority(tie)[KEY].effective is None
    assert math.isnan(labels(tie)[KEY])


def test_an_adjudication_settles_a_tie_and_outweighs_a_majority() -> None:
    settles = replace(said("lead", False), adjudicates=True)
    assert majority([said("a", True), said("b", False), settles])[KEY].effective is False
    found = majority([said("a", True), said("b", True), settles])[KEY]
    assert (found.effective, found.votes) == (False, 2)


def test_only_the_newest_version_of_a_judgement_counts() -> None:
    revised = replace(said("a", False), version=2)
    assert majority([revised, said("a", True)])[KEY] == (0.0, False, 1)


def test_dawid_and_skene_find_the_labels_and_how_reliable_each_reviewer_is() -> None:
    truth, votes = reviewed()
    result, reviewer = np.divmod(np.arange(votes.size), 5)
    found = dawid_skene(result, reviewer, votes.ravel(), (400, 5, 2))
    assert ((votes.mean(axis=1) > 0.5) == truth).mean() == pytest.approx(0.8975)
    assert (found.posterior.argmax(axis=1) == truth).mean() == pytest.approx(0.960)
    assert found.accuracy == pytest.approx([0.98, 0.62, 0.65, 0.57, 0.91], abs=0.011)
    assert found.confusion.sum(axis=2) == pytest.approx(1.0)


def test_labels_do_not_switch_when_most_reviewers_are_worse_than_a_coin() -> None:
    ids = np.repeat(np.arange(40), 3)
    votes = np.array([[1, 1, 0] if n < 30 else [0, 0, 1] for n in range(40)]).ravel()
    found = dawid_skene(ids, np.tile(np.arange(3), 40), votes, (40, 3, 2))
    assert (found.posterior[:, 1] > 0.5).tolist() == [True] * 30 + [False] * 10


def judged(votes: np.ndarray) -> list[Judgement]:
    """Return votes as judgements."""
    return [
        Judgement("p", "find", f"q{n}", f"r{r}", Mark("d", bool(v)), "", "2026-01-01")
        for (n, r), v in np.ndenumerate(votes)
    ]


def test_the_posterior_of_judgements_is_that_of_the_model() -> None:
    truth, votes = reviewed()
    found = labels(judged(votes), "dawid-skene")
    right = [(found["find", f"q{n}", "d"] >= 0.5) == bool(t) for n, t in enumerate(truth)]
    assert np.mean(right) == pytest.approx(0.960)


def test_dawid_skene_is_refused_where_a_reviewer_judged_too_little() -> None:
    _, votes = reviewed()
    some = [*judged(votes[:30, :2]), *(j for j in judged(votes[:19]) if j.reviewer == "r4")]
    with pytest.raises(UsageError, match=r"20 judgements of every reviewer.*r4 \(19\)"):
        labels(some, "dawid-skene")


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(UsageError, match="majority or dawid-skene"):
        labels([said("a", True)], "vote")  # type: ignore[arg-type]


def test_ground_truth_takes_the_lower_median_of_grades_and_leaves_ties_out() -> None:
    graded = [said("a", True, 1), said("b", True, 2), said("c", False, 0)]
    assert [row.grade for row in qrels(graded)] == [1]
    assert [row.grade for row in qrels([said("a", False, 0)])] == [0]
    assert qrels([said("a", True), said("b", False)]) == ()
    assert [row.grade for row in qrels([said("a", True)])] == [1]
