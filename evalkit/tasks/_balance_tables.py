"""Tables on balance: each subject with its chance, target beside found, labour shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.core.balanced import Balanced
from evalkit.core.results import Table
from evalkit.stats.exchange import total_chances, two_sided
from evalkit.stats.label_shuffles import shuffled
from evalkit.stats.multiplicity import benjamini_hochberg
from evalkit.tasks._following import followings

_SLACK = 1e-9
_LEAST, _SEED = 3, 7
_NAMED = 12
_BAND = (0.05, 0.95)
_NOT_KNOWN = (float("nan"), float("nan"))
Row = tuple[str | float | None, ...]
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    """What the neutral queries of one subject found together in their first k places.

    share, target: float64 (groups,), NaN where nothing is labelled or there is no target. known:
    the first group's share of those who do the work, NaN where not known. p: of the exact test that
    labels were drawn from the pool by chance, NaN where there is none, or no target; band: the
    first group's share at 5 and 95 % of that chance. spread: the first group's 90 % interval over
    the queries.
    """

    name: str
    queries: int
    share: Float64
    target: Float64
    coverage: float
    known: float
    p: float
    band: Ends
    spread: Ends

    @property
    def away(self) -> float:
        """How far the shares lie from the target, total variation distance."""
        return float(0.5 * np.abs(self.share - self.target).sum())


def tables(evidence: Balanced, k: int, aim: str) -> Iterator[Table]:
    """Yield the tables of one piece of evidence. aim: the target in words."""
    subjects = _subjects(evidence, k)
    if subjects:
        yield _found(evidence, subjects, k, aim)
        yield _each(evidence, subjects, k, aim)
        yield from _labour(evidence, subjects, k)
    yield from _named(evidence, k)


def _subjects(evidence: Balanced, k: int) -> list[_Subject]:
    """Return all subjects of neutral queries, the least balanced first, unscored ones last."""
    labels, neutral = evidence.clusters[0], evidence.named < 0
    found = [
        _subject(evidence, str(name), np.flatnonzero(neutral & (labels == name)), k)
        for name in sorted({str(label) for label in labels[neutral]})
    ]
    return sorted(found, key=lambda s: (np.isnan(s.away), -s.away, s.name))


def _subject(evidence: Balanced, name: str, at: Int64, k: int) -> _Subject:
    """Return what the queries at some positions found together."""
    rows = evidence.rows[at, :k]
    each = np.where((rows >= 0)[..., None], evidence.member[rows], 0.0).sum(axis=1)
    counts = each.sum(axis=0)
    places, labelled = int((rows >= 0).sum()), float(counts.sum())
    coverage = labelled / places if places else 0.0
    scored = labelled > 0 and coverage >= evidence.coverage - _SLACK
    share = counts / labelled if scored else np.full(len(counts), np.nan)
    chances = _chances(evidence, at, rows) if scored else []
    target, known = evidence.target[at].mean(axis=0), float(evidence.shares[at, 0].mean())
    aimed = bool(np.isfinite(target).all())
    return _Subject(
        name=name, queries=len(at), share=share, target=target, coverage=coverage, known=known,
        p=_rare(chances, counts) if aimed else float("nan"), band=_band(chances, labelled),
        spread=_spread(each[:, 0], each.sum(axis=1)) if scored else _NOT_KNOWN,
    )  # fmt: skip


def _chances(evidence: Balanced, at: Int64, rows: Int64) -> list[Float64]:
    """Return how likely each count of a group is by chance, a group at a time, [] where unknown.

    Labels are exchangeable among the labelled items of the pool that are of one matched set,
    relevant and other ones apart, and an item that several queries list counts each time. The
    second of two groups says nothing new. Only for hard labels and queries of one pool.
    """
    pool, right = evidence.pool[at], evidence.relevant[at]
    same = (pool == pool[0]).all() and (right == right[0]).all()
    if not same or not np.isin(evidence.member, (0.0, 1.0)).all():
        return []
    labelled = (evidence.member.sum(axis=1) > 0) & pool[0]
    times = np.bincount(rows[rows >= 0], minlength=len(labelled))
    alike = np.where(labelled, 2 * evidence.matched + right[0], -1)
    found = []
    for group in range(1 if len(evidence.groups) == 2 else len(evidence.groups)):
        chances = np.ones(1)
        for code in np.unique(alike[labelled & (times > 0)]):
            stratum = alike == code
            marked = int((stratum & (evidence.member[:, group] > 0)).sum())
            listed = tuple(sorted(times[stratum & (times > 0)].tolist()))
            part = total_chances(listed, int(stratum.sum()), marked)
            chances = np.convolve(chances, part)
        found.append(chances)
    return found


def _rare(chances: Sequence[Float64], counts: Float64) -> float:
    """Return the exact two-sided p-value of counts, NaN where chance is not known.

    Of more than two groups each is tested and the least p-value taken times their number.
    """
    tests = [two_sided(by, int(count)) for by, count in zip(chances, counts, strict=False)]
    return min(1.0, len(tests) * min(tests)) if tests else float("nan")


def _band(chances: Sequence[Float64], labelled: float) -> Ends:
    """Return the first group's share at 5 and 95 % of what chance gives, NaN where unknown."""
    if not chances:
        return _NOT_KNOWN
    below = np.cumsum(chances[0])
    low, high = (int(np.searchsorted(below, at - _SLACK)) / labelled for at in _BAND)
    return low, high


def _spread(counts: Float64, labelled: Float64) -> Ends:
    """Return the 90 % interval of the share sum(counts) / sum(labelled) over queries.

    That of a ratio estimator (Cochran 1977, section 6.4) with the t distribution, within 0 and 1.
    NaN for one query, and where all have the same share, which tells of no spread.
    """
    from scipy.stats import t

    n, share = len(counts), float(counts.sum() / labelled.sum())
    away = counts - share * labelled
    if n < 2 or np.abs(away).max() < _SLACK:
        return _NOT_KNOWN
    error = float(np.sqrt(n / (n - 1) * (away**2).sum()) / labelled.sum())
    half = error * float(t.ppf(_BAND[1], n - 1))
    return max(0.0, share - half), min(1.0, share + half)


def _found(evidence: Balanced, subjects: Sequence[_Subject], k: int, aim: str) -> Table:
    """Return the target beside what was found, over all subjects alike."""
    scored = [s for s in subjects if np.isfinite(s.away)]
    rows: list[Row] = []
    for n, group in enumerate(evidence.groups):
        wanted, found = (
            float(np.mean([of[n] for of in some])) if some else None
            for some in ([s.target for s in scored], [s.share for s in scored])
        )
        apart = None if wanted is None or found is None else found - wanted
        rows.append((group, wanted, found, apart, int(np.count_nonzero(evidence.member[:, n]))))
    note = (
        f"Target: {aim}. Found: the share of the labelled first {k} places, the mean over "
        f"{len(scored)} of {len(subjects)} subjects; those without a target or with too few "
        "labelled places are left out. Subjects that lean to different sides cancel here: see the "
        "next table. Items: how many of the corpus are labelled so, wholly or in part."
    )
    columns = ("group", "target", "found", "difference", "items")
    return Table("target_and_found", "The target, and what was found", columns, tuple(rows), note)


def _each(evidence: Balanced, subjects: Sequence[_Subject], k: int, aim: str) -> Table:
    """Return a row a subject: shares, bias, the exact p-value, and coverage."""
    tests = np.array([s.p for s in subjects])
    adjusted = np.full(len(tests), np.nan)
    known = np.isfinite(tests)
    adjusted[known] = benjamini_hochberg(tests[known])
    rows = []
    for s, both in zip(subjects, adjusted, strict=True):
        absent = ", ".join(g for g, c in zip(evidence.groups, s.share, strict=True) if c == 0)
        bias = _or_none(2 * float(s.share[0]) - 1)
        numbers = (*map(_or_none, s.share), _or_none(float(s.target[0])), _or_none(s.away), bias)
        told = (_or_none(s.p), _or_none(float(both)), s.coverage, absent or "none")
        ends = map(_or_none, (*s.spread, *s.band))
        rows.append((s.name, s.queries, *numbers, *told, *ends))
    first = evidence.groups[0]
    columns = (
        "subject", "queries", *evidence.groups, f"target for {first}", "distance from target",
        f"bias to {first}", "p", "p adjusted", "labelled", "absent",
        f"{first} from", f"{first} to", "chance from", "chance to",
    )  # fmt: skip
    note = (
        f"Shares of the labelled first {k} places of all neutral queries of a subject; target: "
        f"{aim}. Distance: the share of places that would have to change hands. Bias: above 0 the "
        f"group '{first}' is shown more than all others, below 0 less. p: exact and two-sided, of "
        "labels drawn by chance from what the query can find, within a matched set where items "
        "are of one, the target not counting, a dash for a subject without one; adjusted for "
        "the share of false alarms (Benjamini and Hochberg). From and to: the 90 % interval of the "
        f"share of '{first}' over the queries of the subject, a dash where they all agree, and the "
        "5 to 95 % of what chance gives. A dash in the shares: too few of the places are labelled."
    )
    title = "Balance of each subject, the least balanced first"
    return Table("balance_by_subject", title, columns, tuple(rows), note)


def _labour(evidence: Balanced, subjects: Sequence[_Subject], k: int) -> Iterator[Table]:
    """Yield how shares found go with those known from elsewhere, where three or more are known."""
    some = [s for s in subjects if np.isfinite(s.known) and np.isfinite(s.share).all()]
    known, found = (np.array(of) for of in ([s.known for s in some], [s.share[0] for s in some]))
    if len(some) < _LEAST or np.ptp(known) < _SLACK:
        return
    left = sorted(s.name for s in subjects if np.isnan(s.known))
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    out = f" Left out, without a share: {', '.join(left[:_NAMED])}{more}." if left else ""
    note = (
        f"Between the share of '{evidence.groups[0]}' in the first {k} places and among those who "
        "do the work. Slope: 0 does not follow it, 1 copies it, more than 1 overdoes it. A "
        "correlation over subjects; it does not say why. From and to: the 90 % interval over "
        "subjects. By chance: the mean, and the 5 to 95 %, of labels drawn at random from what the "
        "query can find, within a matched set where items are of one; it is not 0 where these "
        "items follow the labour shares themselves. p: two-sided, of chance giving a value as far "
        f"out, for each measure by itself.{out}"
    )
    columns = (
        "measure", "value", "from", "to", "by chance", "chance from", "chance to", "p", "subjects"
    )  # fmt: skip
    rows = tuple(
        (f.name, f.value, f.low, f.high, f.chance, f.chance_low, f.chance_high, f.p, len(some))
        for f in followings(known, found, _drawn(evidence, [s.name for s in some], k))
    )
    yield Table("labour_shares", "Results beside labour shares", columns, rows, note)


def _drawn(evidence: Balanced, names: Sequence[str], k: int) -> Float64:
    """Return the first group's share of each subject with labels by chance, (draws, subjects)."""
    borrowed = shuffled(evidence, np.random.default_rng(_SEED))[:, :, :k]
    member = np.vstack([evidence.member, np.zeros((1, len(evidence.groups)))])
    first, every = (of[borrowed].sum(axis=2) for of in (member[:, 0], member.sum(axis=1)))
    own = (evidence.clusters[0] == np.array(names, object)[:, None]) & (evidence.named < 0)
    shares: Float64 = (first @ own.T) / (every @ own.T)
    return shares


def _named(evidence: Balanced, k: int) -> Iterator[Table]:
    """Yield what queries get that name a group, where there are any."""
    rows: list[Row] = []
    for n, group in enumerate(evidence.groups):
        at = np.flatnonzero(evidence.named == n)
        if len(at):
            lists = evidence.rows[at, :k]
            counts = evidence.member[lists[lists >= 0]].sum(axis=0)
            pool = (evidence.pool[at] @ evidence.member).sum(axis=0)
            shares = (float(of[n] / of.sum()) if of.sum() > 0 else None for of in (counts, pool))
            rows.append((group, len(at), *shares))
    if rows:
        note = (
            f"Of the labelled first {k} places, the share of the group that the query names. A "
            "model that is blind to the group comes to the share of the pool."
        )
        columns = ("group named", "queries", "share of it found", "share of it in the pool")
        yield Table("named_groups", "Queries that name a group", columns, tuple(rows), note)


def _or_none(value: float) -> float | None:
    """Return a number, None where it is NaN."""
    return float(value) if np.isfinite(value) else None
