"""Judgements applied to a stored run: a new run with effectiveness as people see it.

Nothing is embedded or searched. The lists, units and other scores of the run are taken as they are
stored; the metric `effective`, its estimates and the gates on it are made anew.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.archive import CaseFacts, MetricFacts, Run, Since, Turn, scores_table
from evalkit.archive.tables import measured_from
from evalkit.core import registry
from evalkit.core.arrays import Int64
from evalkit.core.errors import UsageError
from evalkit.core.results import Cell, Detail, Measured, Scores, Verdict
from evalkit.judging import effective as people
from evalkit.judging.aggregate import How
from evalkit.judging.agreement import Agreement, agreement
from evalkit.judging.records import Judgement, Study
from evalkit.judging.voting import Votes, newest
from evalkit.pipeline import unjudged
from evalkit.pipeline.estimate import Estimated, Units, draws_for, estimate
from evalkit.pipeline.jobs import Job, Pool, make_job
from evalkit.pipeline.noise import with_noise
from evalkit.pipeline.regate import decide_again, targets_of
from evalkit.pipeline.requests import Members, Request, Target, alike, group_slices
from evalkit.pipeline.stored_units import rows_of, stored_units

if TYPE_CHECKING:
    import pyarrow as pa

EFFECTIVE = "effective"
_SEED = 7
_APPLIED = "Judgements were applied; nothing was embedded or searched again."


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A case with what people said of it, and where the lists of each cell stand in that."""

    facts: CaseFacts
    panel: people.Panel
    depth: int
    at: Mapping[Cell, Int64]
    measured: Mapping[tuple[Cell, str], Measured]


def apply(run: Run, study: Study, judgements: Iterable[Judgement], how: How = "majority") -> Run:
    """Return a new run, the child of another, with judgements in place of its effectiveness.

    Every cell that the study pooled gets scores and estimates of `effective`; gates on it are
    decided anew and Holm is done again over all verdicts. Other numbers stay. how: `majority` or
    `dawid-skene`. Raises UsageError where the study is of another run, nobody has judged, or the
    suite asks for more results than were judged.
    """
    said = newest(judgements)
    _check(run, study, said)
    cases = tuple(_cases(run, study, people.panels(Votes.of(said), how)))
    now = datetime.now(UTC)
    agreed = agreement(said, _seed(run))
    told = _told(run, study, said, how, agreed)
    targets = targets_of(run.verdicts, [c.facts.name for c in cases], EFFECTIVE)
    made = {
        request: one
        for number, case in enumerate(cases)
        for request, one in _estimated(run, case, targets.values(), number).items()
    }
    verdicts = decide_again(run.verdicts, targets, made, now.date())
    unique = hashlib.sha256(f"{run.id}{told['digest']}{now.isoformat()}".encode()).hexdigest()[:6]
    done = replace(
        run,
        id=f"{now:%Y%m%dT%H%M%SZ}-{unique}",
        created=now.isoformat(timespec="seconds"),
        parent=run.id,
        provenance={**run.provenance, "judgements": told},
        cases=tuple(_facts(facts, cases, told) for facts in run.cases),
        metrics=_metrics(run, cases),
        scores=_scores(run, cases),
        estimates=(*_kept(run, cases), *(one.estimate for one in made.values())),
        verdicts=verdicts,
        since=_since(run, verdicts),
    )
    return replace(done, details=(*_other_details(run, cases), *_bounds(done, cases)))


def digest(judgements: Iterable[Judgement]) -> str:
    """Return the SHA-256 of what counts of judgements: who said what, in which version."""
    rows = [
        [j.case, j.query, j.mark.item, j.reviewer, j.mark.effective, j.mark.grade, j.mark.error,
         j.adjudicates, j.version]
        for j in newest(judgements)
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def origin(run: Run) -> str:
    """Return the id of the run that was judged: of this one, or of that which it was made from."""
    told = run.provenance.get("judgements")
    return str(told["run"]) if isinstance(told, Mapping) else run.id


def _check(run: Run, study: Study, said: Sequence[Judgement]) -> None:
    """Raise UsageError where judgements cannot be applied to a run."""
    if not {run.id, origin(run)} & set(study.runs):
        judged = ", ".join(study.runs)
        raise UsageError(f"the study '{study.name}' judges {judged}, not the run '{run.id}'.")
    if not said:
        raise UsageError(f"nobody has judged anything in the study '{study.name}' yet.")


def _told(
    run: Run, study: Study, said: Sequence[Judgement], how: How, agreed: Agreement
) -> dict[str, object]:
    """Return where the effectiveness of a run comes from, as JSON holds it."""
    alpha, kappa = agreed.alpha, agreed.kappa
    return {
        "study": study.name,
        "how": how,
        "digest": digest(said),
        "run": origin(run),
        "depth": study.depth,
        "reviewers": len({j.reviewer for j in said}),
        "judgements": len(said),
        "prompts": len({(j.case, j.query) for j in said}),
        "adjudicated": sum(j.adjudicates for j in said),
        "alpha": _number(alpha.value),
        "alpha_low": _number(alpha.low),
        "alpha_high": _number(alpha.high),
        "kappa": _number(kappa.value),
        "kappa_low": _number(kappa.low),
        "kappa_high": _number(kappa.high),
        "raw_agreement": _number(agreed.raw.value),
    }


def _number(value: float) -> float | None:
    """Return a number to nine places, None where it is not known."""
    return round(value, 9) if np.isfinite(value) else None


def _seed(run: Run) -> int:
    """Return the seed of a run."""
    seed = run.provenance.get("seed")
    return seed if isinstance(seed, int) else _SEED


def _cases(run: Run, study: Study, panels: Mapping[str, people.Panel]) -> Iterator[_Case]:
    """Yield the cases of a run that were judged, with the lists of the cells of the study."""
    for facts in run.cases:
        panel = panels.get(facts.name)
        if panel is None:
            continue
        depth, scores = _depth(facts, study), rows_of(run.scores, case=facts.name, probe="clean")
        lists = lists_of(run, facts.name, depth)
        stored = {cell: one for (cell, _), one in measured_from(scores).items() if cell in lists}
        cells = [cell for cell in dict.fromkeys(study.cells) if cell in stored]
        at = {
            cell: people.places(panel, stored[cell].scores.ids, lists[cell], depth)
            for cell in cells
        }
        failed = _failed(run, facts.name)
        measured = {
            (cell, EFFECTIVE): _measured(stored[cell], cell, panel, at[cell], failed)
            for cell in cells
        }
        if cells:
            yield _Case(facts, panel, depth, at, measured)


def _depth(facts: CaseFacts, study: Study) -> int:
    """Return how many results of a list count; raises UsageError where fewer were judged."""
    declared: Any = facts.effective.get("judged") or {}
    depth = int(declared.get("depth", study.depth))
    if depth > study.depth:
        raise UsageError(
            f"the case '{facts.name}' asks for the first {depth} results, the study "
            f"'{study.name}' judges {study.depth}."
        )
    return depth


def lists_of(run: Run, case: str, depth: int) -> dict[Cell, dict[str, list[str]]]:
    """Return the first results of each query in every cell of a case, best first."""
    import pyarrow.compute as pc

    rows = rows_of(run.rankings, case=case, probe="clean")
    frame = rows.filter(pc.less_equal(rows["rank"], depth)).to_pandas()
    found: dict[Cell, dict[str, list[str]]] = {}
    key = ["case", "model", "system", "probe", "dim"]
    for (case_, model, system, probe, dim), part in frame.groupby(key, observed=True, sort=False):
        cell = Cell(str(case_), str(model), str(system), str(probe), int(dim))
        ordered = part.sort_values(["query", "rank"], kind="stable")
        lists = found.setdefault(cell, {})
        for query, item in zip(ordered["query"], ordered["item"], strict=True):
            lists.setdefault(query, []).append(item)
    return found


def _failed(run: Run, case: str) -> frozenset[tuple[str, str]]:
    """Return the queries that have no list because their input failed, with the model."""
    return frozenset(
        (one.model, one.item)
        for one in run.lost
        if (one.case, one.side, one.kind, one.probe) == (case, "query", "failed", "clean")
    )


def _measured(
    stored: Measured, cell: Cell, panel: people.Panel, at: Int64, failed: frozenset[tuple[str, str]]
) -> Measured:
    """Return which queries of a cell have an effective result; judged ones count."""
    ids, judged = stored.scores.ids, set(panel.queries)
    eligible = np.array([query in judged for query in ids], bool)
    gone = np.array([(cell.model, query) in failed for query in ids], bool)
    values = np.where(eligible & ~gone, people.effective(panel, at), np.nan)
    return Measured(
        cell, EFFECTIVE, Scores(ids, stored.scores.clusters, {"value": values}), eligible
    )


def _estimated(
    run: Run, case: _Case, targets: Iterable[Target | None], number: int
) -> dict[Request, Estimated]:
    """Return what reports show of effectiveness and what gates ask, with label noise in it."""
    first = next(iter(case.measured.values())).scores
    items = stored_units(run, case.facts, first.ids)
    groups = [part for group in case.facts.groups for part in group_slices(items, group)]
    asked = [r for t in targets if t for r in t.asked if _is_here(r, case)]
    requests = list(dict.fromkeys([*alike(list(case.at), EFFECTIVE, groups), *asked]))
    metric = registry.metric(EFFECTIVE, {"judged": {"depth": case.depth}})
    pool, seed, draws = Pool(case.measured, {}), _seed(run) + 7919 * number, _draws(run)
    units = Units(case.facts.name, (metric,), items)
    made = estimate([units], pool, requests, draws, seed, set(requests))
    if not case.panel.noisy:
        return made
    members = Members(items)
    jobs: list[Job] = [job for r in made if (job := make_job(r, metric, pool, members)) is not None]
    places = {id(case.measured[cell, EFFECTIVE].scores): at for cell, at in case.at.items()}
    return with_noise(made, jobs, case.panel, places, draws, seed)


def _is_here(request: Request, case: _Case) -> bool:
    """Return whether both ends of a request were judged."""
    ends = [request.cell, *([request.other] if request.other else [])]
    return not request.run and not request.over and all(cell in case.at for cell in ends)


def _draws(run: Run) -> int:
    """Return how many bootstrap draws a run takes."""
    draws = run.provenance.get("draws")
    return draws if isinstance(draws, int) else draws_for(len(run.verdicts))


def _facts(facts: CaseFacts, cases: Sequence[_Case], told: Mapping[str, object]) -> CaseFacts:
    """Return a case with the criterion that its effectiveness has now."""
    case = next((c for c in cases if c.facts.name == facts.name), None)
    if case is None:
        return facts
    said = ("study", "how", "reviewers", "judgements", "alpha")
    judged = {"depth": case.depth, **{name: told[name] for name in said}}
    names = dict.fromkeys([*facts.metrics, EFFECTIVE])
    return replace(facts, metrics=tuple(names), effective={"judged": judged})


def _metrics(run: Run, cases: Sequence[_Case]) -> tuple[MetricFacts, ...]:
    """Return the metrics of a run, with effectiveness among them."""
    if not cases or any(m.name == EFFECTIVE for m in run.metrics):
        return run.metrics
    metric = registry.metric(EFFECTIVE, {"judged": {"depth": cases[0].depth}})
    low, high = metric.range
    about = inspect.getdoc(type(metric)) or ""
    params = {"judged": {"depth": cases[0].depth}}
    facts = MetricFacts(EFFECTIVE, metric.better, low, high, metric.unit, about, params)
    return (*run.metrics, facts)


def _scores(run: Run, cases: Sequence[_Case]) -> pa.Table:
    """Return the scores of a run, those of effectiveness replaced in the cases that were judged."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = pa.array([c.facts.name for c in cases], pa.string())
    old = pc.and_(
        pc.equal(run.scores["metric"], EFFECTIVE),
        pc.is_in(run.scores["case"].cast(pa.string()), names),
    )
    new = scores_table(m for case in cases for m in case.measured.values())
    kept = run.scores.filter(pc.invert(old))
    return pa.concat_tables([kept, new.cast(kept.schema)]).unify_dictionaries()


def _kept(run: Run, cases: Sequence[_Case]) -> Iterator[Any]:
    """Yield the estimates that stay: all but those of effectiveness in judged cases."""
    names = {case.facts.name for case in cases}
    yield from (e for e in run.estimates if e.metric != EFFECTIVE or e.cell.case not in names)


def _other_details(run: Run, cases: Sequence[_Case]) -> Iterator[Detail]:
    """Yield the tables that stay: all but the bounds of judged cases, which are made anew."""
    names = {case.facts.name for case in cases}
    yield from (d for d in run.details if d.table.name != unjudged.NAME or d.cell.case not in names)


def _bounds(run: Run, cases: Sequence[_Case]) -> Iterator[Detail]:
    """Yield how far ranking metrics could move if the rest were judged, a table per cell."""
    for case in cases:
        labels = dict(zip(case.panel.keys, case.panel.label.tolist(), strict=True))
        every = list(unjudged.bounds(run, case.facts, case.at, labels))
        tables = (unjudged.table(every, cell) for cell in case.at)
        yield from (found for found in tables if found is not None)


def _since(run: Run, verdicts: Sequence[Verdict]) -> Since:
    """Return which gates are decided otherwise than in the run that was judged."""
    turns = tuple(
        Turn(new.gate, new.cell, new.metric, new.group, old.status, new.status,
             old.observed, new.observed)
        for old, new in zip(run.verdicts, verdicts, strict=True)
        if old.status != new.status
    )  # fmt: skip
    return Since(run.id, run.created, "previous", len(verdicts), turns, note=_APPLIED)
