"""Which inputs have an effective result by what reviewers say, and how sure that is.

An input is effective for a list when at least one of its first results is effective by the label
that reviewers give it together. Reviewers err, and that moves the share of effective inputs in two
ways: it spreads it, and it shifts it, since one result wrongly called effective makes an input
effective. So the interval of the share comes from drawing true labels, not from the votes alone:
prompts are drawn with replacement, the model of the reviewers' errors (Dawid and Skene 1979) is
fitted again to what was drawn, and every label is drawn from its posterior. This is multiple
imputation inside a bootstrap (Rubin 1987; Efron 1994, "Missing data, imputation, and the
bootstrap"). With the majority all reviewers share one pair of error rates, with Dawid-Skene each
has its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.judging.aggregate import How, dawid_skene, decided
from evalkit.judging.voting import Votes
from evalkit.stats import Interval
from evalkit.stats.sides import WidestSide

BEYOND, UNJUDGED = -1, -2
"""Places of a list that are beyond its end, and that nobody has judged."""
_ROUNDS = 20
_SMOOTHING = 0.01
_PLACES = 12
_NOISE_STREAM = 1979
_LIMIT_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """What reviewers say of the results of one case.

    keys: (query, item), sorted. label: float64 (n,), 1 for effective, 0 for not, NaN where votes
    are tied. belief: float64 (n,), how likely each is effective when reviewers err. settled:
    float64 (n,), what adjudication says, NaN where there is none. ballots: float64 (p, 2 r), the
    different ways in which results were voted on; ballot: int64 (n,), that of each result. noisy:
    whether any result was judged twice, without which errors cannot be told.
    """

    keys: tuple[tuple[str, str], ...]
    label: Float64
    belief: Float64
    settled: Float64
    ballots: Float64
    ballot: Int64
    noisy: bool

    @property
    def queries(self) -> tuple[str, ...]:
        """The queries with a judged result, sorted."""
        return tuple(sorted({query for query, _ in self.keys}))


def panels(votes: Votes, how: How) -> dict[str, Panel]:
    """Return the panel of every case that was judged; raises UsageError as `decided` does."""
    outcomes = list(decided(votes, how).values())
    label = np.array([np.nan if o.effective is None else float(o.effective) for o in outcomes])
    cases = np.array([case for case, _, _ in votes.keys], object)
    pooled = how == "majority"
    return {str(case): _panel(votes, label, cases == case, pooled) for case in np.unique(cases)}


def _panel(votes: Votes, label: Float64, here: Bool, pooled: bool) -> Panel:
    """Return the results of one case; pooled: whether reviewers share their error rates."""
    n, people = int(here.sum()), 1 if pooled else len(votes.reviewers)
    cast = here[votes.result]
    result = (np.cumsum(here) - 1)[votes.result[cast]]
    reviewer = np.zeros_like(result) if pooled else votes.reviewer[cast]
    said = votes.said[cast]
    table = np.zeros((n, 2 * people))
    np.add.at(table, (result, 2 * reviewer + said), 1.0)
    ballots, ballot = np.unique(table, axis=0, return_inverse=True)
    settled = votes.settled[here]
    model = dawid_skene(result, reviewer, said, (n, people, 2))
    return Panel(
        keys=tuple(key[1:] for key, mine in zip(votes.keys, here, strict=True) if mine),
        label=label[here],
        belief=np.where(np.isnan(settled), model.posterior[:, 1], settled),
        settled=settled,
        ballots=ballots,
        ballot=ballot.reshape(-1).astype(np.int64),
        noisy=bool((table.sum(axis=1) >= 2).any()),
    )


def places(
    panel: Panel, queries: Sequence[str], lists: Mapping[str, Sequence[str]], depth: int
) -> Int64:
    """Return where the first results of each query stand in a panel, int64 (queries, depth).

    lists: query -> items, best first. `BEYOND` stands beyond the end of a list, `UNJUDGED` where
    nobody has judged a result.
    """
    at = {key: n for n, key in enumerate(panel.keys)}
    found = np.full((len(queries), depth), BEYOND, np.int64)
    for row, query in enumerate(queries):
        for rank, item in enumerate(lists.get(query, ())[:depth]):
            found[row, rank] = at.get((query, item), UNJUDGED)
    return found


def effective(panel: Panel, at: Int64) -> Float64:
    """Return which inputs have an effective result: 1, 0 or NaN, float64 (queries,).

    1 where one of the first results is effective, 0 where all of them are judged and none is, as in
    an empty list; NaN where none is and a result is undecided or not judged.
    """
    said = np.append(panel.label, [np.nan, 0.0])[at]  # -2: not judged, -1: beyond the end
    known = ~np.isnan(said).any(axis=1)
    hit = (said == 1.0).any(axis=1)
    return np.where(hit, 1.0, np.where(known, 0.0, np.nan))


def drawn_labels(
    panel: Panel, queries: Sequence[str], weights: Iterable[Float64], seed: int
) -> Iterator[tuple[Float64, Bool]]:
    """Yield weights of queries with true labels drawn for each row of them, bool (b, n).

    weights: float64 (b, queries), how often each query was drawn. Queries without a judgement do
    not matter. Rows come in blocks that fit in memory; the same seed gives the same rows.
    """
    rng = np.random.default_rng([seed, _NOISE_STREAM])
    held = _held(panel, queries)
    step = max(1, _LIMIT_BYTES // (24 * max(len(panel.keys), 1)))
    for block in weights:
        for start in range(0, len(block), step):
            rows = block[start : start + step]
            belief = _refitted(panel, rows @ held)
            yield rows, rng.random(belief.shape) < belief


def effective_in_draws(labels: Bool, at: Int64) -> Float64:
    """Return which inputs have an effective result in each draw, 1 or 0, float64 (b, queries).

    A result that nobody has judged counts as not effective; inputs that rest on one have no score.
    """
    padded = np.concatenate([labels, np.zeros((len(labels), 2), bool)], axis=1)
    found = np.zeros((len(labels), len(at)), bool)
    for rank in range(at.shape[1]):
        found |= padded[:, at[:, rank]]
    return found.astype(np.float64)


def _held(panel: Panel, queries: Sequence[str]) -> Float64:
    """Return how many results of each query were voted on in each way, float64 (queries, p)."""
    row = {query: n for n, query in enumerate(queries)}
    held = np.zeros((len(queries), len(panel.ballots)))
    for (query, _), ballot in zip(panel.keys, panel.ballot, strict=True):
        if query in row:
            held[row[query], ballot] += 1.0
    return held


def _refitted(panel: Panel, counts: Float64) -> Float64:
    """Return how likely each result is effective in every draw, float64 (b, n).

    counts: float64 (b, p), how often each ballot was drawn. Twenty rounds of expectation
    maximisation, beginning with the beliefs of all results.
    """
    sums = np.zeros((2, len(panel.ballots)))
    np.add.at(sums[0], panel.ballot, np.nan_to_num(panel.belief))
    np.add.at(sums[1], panel.ballot, 1.0)
    belief = np.broadcast_to(sums[0] / np.maximum(sums[1], 1.0), counts.shape)
    total = np.maximum(counts.sum(axis=1), 1.0)
    for _ in range(_ROUNDS):
        good = counts * belief
        prior = np.clip(good.sum(axis=1) / total, 1e-12, 1 - 1e-12)
        against = _logs(good @ panel.ballots) - _logs((counts - good) @ panel.ballots)
        odds = np.log(prior / (1 - prior))[:, None] + against @ panel.ballots.T
        belief = 1.0 / (1.0 + np.exp(-np.clip(odds, -500.0, 500.0)))
    each = np.round(belief, _PLACES)[:, panel.ballot]
    return np.where(np.isnan(panel.settled), each, np.nan_to_num(panel.settled))


def _logs(counts: Float64) -> Float64:
    """Return the logarithm of how often reviewers say each thing, float64 (b, 2 r)."""
    pairs = (counts + _SMOOTHING).reshape(len(counts), -1, 2)
    return np.asarray(np.log(pairs / pairs.sum(axis=2, keepdims=True)).reshape(counts.shape))


def widest(plain: Interval, noisy: Interval) -> Interval:
    """Return the interval that holds both: that of the votes, and that of the drawn labels."""
    if np.isnan(plain.low) or np.isnan(noisy.low):
        return plain
    return Interval(
        value=plain.value,
        low=min(plain.low, noisy.low),
        high=max(plain.high, noisy.high),
        method=f"{plain.method}, with label noise",
        se=max(plain.se, noisy.se),
        upper=WidestSide((plain.upper, noisy.upper)),
        lower=WidestSide((plain.lower, noisy.lower)),
    )
