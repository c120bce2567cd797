"""Which inputs are effective by what people say, and the coverage of its interval."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from evalkit.core.arrays import Bool
from evalkit.judging.aggregate import How
from evalkit.judging.effective import (
    drawn_labels,
    effective,
    effective_in_draws,
    panels,
    places,
    widest,
)
from evalkit.judging.records import Judgement, Mark
from evalkit.judging.voting import Votes
from evalkit.stats import Interval, Sample, bootstrap_weights, interval

CASE = "find"
Rates = Sequence[tuple[float, float]]
"""How often each reviewer is right of good results, and of others."""


def said(query: str, item: str, reviewer: str, good: bool, settles: bool = False) -> Judgement:
    """Return a judgement of a result."""
    return Judgement(
        query, CASE, query, reviewer, Mark(item, good), "", "2026-01-01", adjudicates=settles
    )


def test_one_effective_result_makes_an_input_effective_and_a_missing_judgement_leaves_it_open() -> (
    None
):
    judged = [said("q1", "a", "r", False), said("q1", "b", "r", True),
              said("q2", "a", "r", False), said("q2", "b", "r", False),
              said("q3", "a", "r", False), said("q4", "a", "r", True), said("q4", "a", "s", False),
              said("q5", "a", "r", True)]  # fmt: skip
    panel = panels(Votes.of(judged), "majority")[CASE]
    lists = {"q1": "ab", "q2": "ab", "q3": "ab", "q4": "a", "q5": "zay"}
    queries = ["q1", "q2", "q3", "q4", "q5", "q6"]
    at = places(panel, queries, lists, 2)
    assert effective(panel, at).tolist() == pytest.approx([1, 0, np.nan, np.nan, 1, 0], nan_ok=True)
    assert effective(panel, at[:, :1])[4] != 1  # the first result of q5 is not judged


def test_an_adjudication_decides_a_tie() -> None:
    judged = [
        said("q", "a", "r", True),
        said("q", "a", "s", False),
        said("q", "a", "t", True, True),
    ]
    panel = panels(Votes.of(judged), "majority")[CASE]
    assert effective(panel, places(panel, ["q"], {"q": "a"}, 1)).tolist() == [1.0]


def judge(rng: np.random.Generator, truth: Bool, rates: Rates) -> list[Judgement]:
    """Return what reviewers, each with (sensitivity, specificity), say of results."""
    return [
        said(f"q{q:03}", f"d{d}", f"r{r}", bool(rng.random() < (hit if truth[q, d] else 1 - keep)))
        for (q, d), _ in np.ndenumerate(truth)
        for r, (hit, keep) in enumerate(rates)
    ]


def both_intervals(
    judged: list[Judgement], queries: int, depth: int, how: How, seed: int, draws: int = 200
) -> tuple[Interval, Interval]:
    """Return the interval of the votes alone, and the one with label noise."""
    panel = panels(Votes.of(judged), how)[CASE]
    names = [f"q{q:03}" for q in range(queries)]
    at = places(panel, names, {q: [f"d{d}" for d in range(depth)] for q in names}, depth)
    values, labels = effective(panel, at), np.array(names, object)
    units = np.isfinite(values)
    share, n = float(values[units].mean()), int(units.sum())
    weights = bootstrap_weights([labels], draws, seed)
    drawn = np.concatenate(
        [
            (rows * effective_in_draws(z, at))[:, units].sum(axis=1) / rows[:, units].sum(axis=1)
            for rows, z in drawn_labels(panel, names, weights, seed)
        ]
    )
    plain = interval(Sample(share, np.full(draws, share), None, n, n, True, 0, 1))
    noisy = interval(Sample(share, drawn, None, n, n, False, 0, 1))
    return plain, widest(plain, noisy)


def coverage(
    rounds: int, queries: int, depth: int, rates: Rates, how: How, seed: int
) -> tuple[float, float]:
    """Return how often the interval of the votes, and the one with noise, hold the true share."""
    rng, hits = np.random.default_rng(seed), np.zeros(2)
    for _ in range(rounds):
        truth = (rng.random((queries, depth)) < 0.3) & (rng.random((queries, 1)) < 0.7)
        target = 0.7 * (1 - 0.7**depth)
        found = both_intervals(judge(rng, truth, rates), queries, depth, how, int(rng.integers(99)))
        hits += [one.low <= target <= one.high for one in found]
    return float(hits[0] / rounds), float(hits[1] / rounds)


def test_the_interval_holds_the_true_share_where_that_of_the_votes_does_not() -> None:
    votes_alone, with_noise = coverage(20, 60, 4, [(0.8, 0.85)] * 3, "majority", 5)
    assert with_noise >= 0.85
    assert votes_alone <= with_noise - 0.1


def test_reviewers_who_agree_leave_the_interval_as_it_is() -> None:
    truth = np.random.default_rng(1).random((80, 2)) < 0.4
    plain, noisy = both_intervals(judge(np.random.default_rng(1), truth, [(1, 1)] * 3), 80, 2,
                                  "majority", 1)  # fmt: skip
    assert noisy.high - noisy.low < 1.15 * (plain.high - plain.low)


def test_the_less_reviewers_agree_the_wider_is_the_interval() -> None:
    rng = np.random.default_rng(2)
    truth = rng.random((80, 2)) < 0.4
    widths = []
    for error in (0.02, 0.15, 0.3):
        _, noisy = both_intervals(judge(rng, truth, [(1 - error,) * 2] * 3), 80, 2, "majority", 1)
        widths.append(noisy.high - noisy.low)
    assert all(after > before for before, after in pairwise(widths))


def test_draws_do_not_depend_on_blocks_and_settled_results_are_never_drawn_anew() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random((30, 2)) < 0.4
    judged = [*judge(rng, truth, [(0.8, 0.8)] * 3), said("q000", "d0", "lead", True, settles=True)]
    panel = panels(Votes.of(judged), "dawid-skene")[CASE]
    names = [f"q{q:03}" for q in range(30)]
    labels = np.array(names, object)
    whole = [z for _, z in drawn_labels(panel, names, bootstrap_weights([labels], 50, 1), 1)]
    parts = [
        z for _, z in drawn_labels(panel, names, bootstrap_weights([labels], 50, 1, 8 * 30 * 7), 1)
    ]
    assert len(parts) > len(whole) == 1
    assert (np.concatenate(parts) == whole[0]).all()
    assert whole[0][:, panel.keys.index(("q000", "d0"))].all()
    assert not whole[0].all(axis=0).all()
