"""What to judge next: how many inputs an interval needs, and which would settle open gates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.archive import CaseFacts, Run
from evalkit.core.arrays import Bool, Float64
from evalkit.core.results import Cell, Verdict
from evalkit.judging.aggregate import decided
from evalkit.judging.effective import effective, panels, places
from evalkit.judging.records import Judgement, Study
from evalkit.judging.sizing import Size, size
from evalkit.judging.voting import Votes
from evalkit.pipeline.gate import limits
from evalkit.pipeline.judged import EFFECTIVE, lists_of
from evalkit.pipeline.requests import Members, Slice
from evalkit.pipeline.rules import stored_target
from evalkit.pipeline.stored_units import stored_units
from evalkit.pipeline.unjudged import bounds

_LEAST = 1e-6
_SHARE = 0.5
_WEIGHTS = ("value", "loss", "advantage")


@dataclass(frozen=True, slots=True)
class OpenGate:
    """A gate that judgements could decide.

    queries: how many could move it. low, high: what it could be once they are judged, the number
    that is held against its bound.
    """

    gate: str
    status: str
    observed: float
    low: float
    high: float
    bound: str
    queries: int


@dataclass(frozen=True, slots=True)
class Next:
    """A query worth judging. gates: those that it could move.

    weight: how far it could move them towards or across their bounds, summed over gates: the change
    of the gate's number divided by its distance from the bound.
    """

    case: str
    query: str
    weight: float
    gates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgementPlan:
    """What to judge next. sizes: case -> inputs an interval needs. queries: best first.

    untold: inconclusive gates of which it cannot be said what judging would do, each with the why.
    """

    sizes: Mapping[str, Size]
    gates: tuple[OpenGate, ...]
    queries: tuple[Next, ...]
    untold: tuple[str, ...]


_Moves = Mapping[str, tuple[float, float]]
"""Query -> the least and the most that judging it could add to a gate's number."""


def judgement_plan(
    run: Run,
    study: Study | None,
    judgements: Sequence[Judgement],
    width: float = 0.1,
    share: float | None = None,
    wanted: int = 3,
    depth: int = 5,
) -> JudgementPlan:
    """Return how many inputs to judge, and which would settle the open gates of a run first.

    study: the one under way, None before there is one; wanted, depth: judgements an input and
    results a list, where there is none. width: of the interval of the share of effective inputs,
    high minus low. share: the one expected; what is judged already tells it where None is given,
    else one half, the most cautious. A gate is open where it is inconclusive, or where judging the
    rest could carry it across its bound.
    """
    votes = Votes.of(judgements)
    wanted, depth = (study.wanted, study.depth) if study else (wanted, depth)
    found, moves = [], []
    for verdict in run.verdicts:
        moved = _moves(run, verdict, votes, depth)
        gate = _open(verdict, moved)
        if gate is not None:
            found.append(gate)
            moves.append((verdict, moved))
    only = None if study is None else {(p.case, p.query) for p in study.prompts}
    sizes = {
        case.name: _size(run, case, votes, width, share, wanted, depth)
        for case in run.cases
        if case.truth == "grades" and run.rankings.num_rows
    }
    untold = [f"{v.gate}: {_why_not(v)}" for v in run.verdicts if _is_untold(v)]
    return JudgementPlan(sizes, tuple(found), tuple(_ordered(moves, only)), tuple(untold))


def _size(
    run: Run, case: CaseFacts, votes: Votes, width: float, share: float | None, wanted: int,
    depth: int,
) -> Size:  # fmt: skip
    """Return how many inputs of a case to judge, given those that are decided already."""
    known = _effective(run, case.name, votes, depth)
    done = [values[np.isfinite(values)] for _, values in known.values()]
    judged = min((len(values) for values in done), default=0)
    seen = float(np.mean([values.mean() for values in done])) if judged else _SHARE
    return size(seen if share is None else share, width, judged, wanted)


def _effective(
    run: Run, case: str, votes: Votes, depth: int
) -> dict[Cell, tuple[tuple[str, ...], Float64]]:
    """Return the queries of every cell of a case, and which have an effective result so far."""
    panel = panels(votes, "majority").get(case)
    if panel is None:
        return {}
    lists = lists_of(run, case, depth)
    return {
        cell: (tuple(found), effective(panel, places(panel, tuple(found), found, depth)))
        for cell, found in lists.items()
    }


def _moves(run: Run, verdict: Verdict, votes: Votes, depth: int) -> _Moves:
    """Return what judging each query could add to the number of a gate."""
    target = stored_target(verdict)
    if target is None or _why_not(verdict):
        return {}
    request = target.request
    toward = -1.0 if request.kind == "loss" else 1.0
    ends = [(toward, request.cell)]
    ends += [(-toward, request.other)] if request.other is not None else []
    total: dict[str, tuple[float, float]] = {}
    for weight, cell in ends:
        found = _ranges(run, verdict.metric, cell, request.part, votes, depth)
        for query, (low, high) in found.items():
            least, most = sorted((weight * low, weight * high))
            before = total.get(query, (0.0, 0.0))
            total[query] = before[0] + least, before[1] + most
    return {q: pair for q, pair in total.items() if pair[1] - pair[0] > _LEAST}


def _is_untold(verdict: Verdict) -> bool:
    """Return whether a gate is open and judging cannot be foretold for it."""
    return verdict.status == "inconclusive" and bool(_why_not(verdict))


def _why_not(verdict: Verdict) -> str:
    """Return why it cannot be said what judging would do to a gate, "" where it can."""
    target = stored_target(verdict)
    if target is None:
        return "the run does not hold what it asks for."
    if target.each:
        return "it asks for every group at once."
    if target.request.run:
        return "it compares with a stored run, whose results are not judged here."
    kind = target.request.kind
    return "" if kind in _WEIGHTS else f"its number is a {kind.replace('_', ' ')}, no single mean."


def _ranges(
    run: Run, metric: str, cell: Cell, part: Slice, votes: Votes, depth: int
) -> dict[str, tuple[float, float]]:
    """Return what judging each query of a part could add to the mean of a metric in a cell."""
    case = next(c for c in run.cases if c.name == cell.case)
    if metric == EFFECTIVE:
        return _effective_ranges(run, case, cell, part, votes, depth)
    said = {key[1:]: o for key, o in decided(votes, "majority").items() if key[0] == cell.case}
    labels = {
        pair: float("nan") if o.effective is None else float(o.effective)
        for pair, o in said.items()
    }
    one = next((b for b in bounds(run, case, [cell], labels) if b.metric == metric), None)
    if one is None:
        return {}
    inside = _inside(run, case, part, one.queries)
    n = max(int((np.isfinite(one.known) & inside).sum()), 1)
    rows = zip(one.queries, one.known, one.low, one.high, inside, strict=True)
    return {
        query: ((low - known) / n, (high - known) / n)
        for query, known, low, high, counts in rows
        if counts and np.isfinite(low) and high - low > _LEAST
    }


def _inside(run: Run, case: CaseFacts, part: Slice, queries: Sequence[str]) -> Bool:
    """Return which queries are of a part, bool (n,)."""
    return Members(stored_units(run, case, queries))(part)


def _effective_ranges(
    run: Run, case: CaseFacts, cell: Cell, part: Slice, votes: Votes, depth: int
) -> dict[str, tuple[float, float]]:
    """Return what judging each query of a part could add to the share of effective inputs.

    Of a query that nobody has judged it is not known what it is now: the share may move by what
    one query more is worth, either way.
    """
    if not case.effective.get("judged"):
        return {}
    every = lists_of(run, case.name, depth).get(cell, {})
    inside = _inside(run, case, part, tuple(every))
    lists = [query for query, counts in zip(every, inside, strict=True) if counts]
    known = _effective(run, case.name, votes, depth).get(cell, ((), np.empty(0)))
    said = dict(zip(known[0], known[1].tolist(), strict=True))
    done = [said[q] for q in lists if np.isfinite(said.get(q, np.nan))]
    share = sum(done) / len(done) if done else _SHARE
    n = len(done) + 1
    open_ = [query for query in lists if not np.isfinite(said.get(query, np.nan))]
    return dict.fromkeys(open_, (-share / n, (1.0 - share) / n))


def _open(verdict: Verdict, moves: _Moves) -> OpenGate | None:
    """Return a gate that judgements could decide, None for one that they could not."""
    if not moves or verdict.status in ("waived", "missing"):
        return None
    least, most = (sum(pair[n] for pair in moves.values()) for n in (0, 1))
    observed = verdict.observed
    known = np.isfinite(observed)
    low, high = (observed + least, observed + most) if known else (0.0, 1.0)
    if verdict.metric == EFFECTIVE:
        low, high = max(low, 0.0), min(high, 1.0)
    crosses = any(low < end <= high or low <= end < high for end in _ends(verdict))
    if verdict.status != "inconclusive" and not crosses:
        return None
    return OpenGate(
        verdict.gate, verdict.status, observed, round(low, 9), round(high, 9), verdict.bound,
        len(moves),
    )  # fmt: skip


def _ends(verdict: Verdict) -> list[float]:
    """Return the limits of a gate's bound."""
    target = stored_target(verdict)
    return [end for end in limits(target.gate.bound) if end is not None] if target else []


def _ordered(
    moves: Iterable[tuple[Verdict, _Moves]], only: set[tuple[str, str]] | None
) -> Iterator[Next]:
    """Yield queries by how much judging them could change decisions, the most first."""
    weight: dict[tuple[str, str], float] = {}
    gates: dict[tuple[str, str], list[str]] = {}
    for verdict, moved in moves:
        away = [abs(verdict.observed - end) for end in _ends(verdict)]
        distance = min((a for a in away if np.isfinite(a)), default=1.0)
        for query, (low, high) in moved.items():
            at = verdict.cell.case, query
            if only is None or at in only:
                weight[at] = weight.get(at, 0.0) + (high - low) / max(distance, 0.01)
                gates.setdefault(at, []).append(verdict.gate)
    for at in sorted(weight, key=lambda key: (-round(weight[key], 9), key)):
        yield Next(*at, round(weight[at], 9), tuple(gates[at]))
