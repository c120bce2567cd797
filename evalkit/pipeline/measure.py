"""Stage 2: vectors to rankings, at all sizes in one pass, to scores per unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.core.arrays import Bool
from evalkit.core.changed import Changed
from evalkit.core.evidence import Evidence
from evalkit.core.items import Item
from evalkit.core.protocols import Refused
from evalkit.core.results import CLEAN, Cell, Detail, Estimate, Listing, Lost, Measured, Scores
from evalkit.core.systems import System
from evalkit.pipeline.chance import expected, nulls
from evalkit.pipeline.changes import changes
from evalkit.pipeline.embed import Embeddings
from evalkit.pipeline.offer import system_labels
from evalkit.pipeline.searching import Search, tuned
from evalkit.pipeline.transforming import fitted


@dataclass(frozen=True, slots=True)
class Found:
    """What one case gave on one model: scores per cell and metric, and the rankings behind them.

    units: the items behind the scores, in their order. details: tables that the task adds. nulls:
    what metrics that know it would give by chance; expected: the same for each unit. lost: what a
    transform leaves no vector of.
    """

    case: str
    units: tuple[Item, ...]
    measured: tuple[Measured, ...]
    listings: tuple[Listing, ...]
    details: tuple[Detail, ...] = ()
    nulls: tuple[Estimate, ...] = ()
    expected: tuple[Measured, ...] = ()
    lost: tuple[Lost, ...] = ()


def measure(
    embeddings: Embeddings,
    systems: tuple[System, ...] | None = None,
    others: Mapping[str, Embeddings] | None = None,
    seed: int = 0,
) -> Found:
    """Return the scores and rankings of a case on a model: every system, probe and size.

    systems: those to measure, all of the case where not given. others: the same case on every
    model of the suite, by name, for systems that rerank with a second one. seed: of what metrics
    would give by chance.
    """
    case = embeddings.case
    found = Found(case.name, case.units, (), ())
    models = {name: one.model for name, one in (others or {}).items()}
    chosen = {s.name: tuned(embeddings, s) for s in systems or case.systems}
    fits = {name: fitted(embeddings, system) for name, system in chosen.items()}
    clean: dict[str, _Seen] = {}
    for label in (CLEAN, *(p.label(s) for p in case.probes for s in p.severities)):
        for system in chosen.values():  # inside: a changed side is put together once
            if label in system_labels(case, embeddings.model, system, models):
                search = Search(embeddings, system, label, others or {}, fits[system.name])
                seen = _seen(embeddings, search)
                before = clean.setdefault(system.name, seen)
                found = _with(found, embeddings, seen, before, seed)
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a task made of one system under one label."""

    search: Search
    evidence: Mapping[int, Evidence]


def _seen(embeddings: Embeddings, search: Search) -> _Seen:
    """Return what the task makes of a search."""
    case = embeddings.case
    return _Seen(search, case.task.evidence(case.data, search, case.depth, case.relevant))


def _with(found: Found, embeddings: Embeddings, seen: _Seen, clean: _Seen, seed: int) -> Found:
    """Return what was found so far with one system under one label."""
    case, search, evidence = embeddings.case, seen.search, seen.evidence
    measured = tuple(_scored(embeddings, search, evidence))
    if seen is not clean and any(m.evidence_kind == Changed.kind for m in case.metrics):
        moved = changes(clean.evidence, evidence, clean.search, search)
        measured += tuple(_scored(embeddings, search, moved))
    cells = {dim: _cell(embeddings, search, dim) for dim in evidence}
    return replace(
        found,
        measured=(*found.measured, *measured),
        listings=(*found.listings, *search.listings(case.kept)),
        details=(*found.details, *_details(embeddings, search, evidence)),
        nulls=(*found.nulls, *nulls(case, cells, evidence, seed)),
        expected=(*found.expected, *expected(case, cells, evidence, seed)),
        lost=(*found.lost, *search.lost()),
    )


def _cell(embeddings: Embeddings, search: Search, dim: int) -> Cell:
    """Return the cell of a search at a size."""
    case, model = embeddings.case.name, embeddings.model.name
    return Cell(case, model, search.system.name, search.label, dim)


def _details(
    embeddings: Embeddings, search: Search, evidence: Mapping[int, Evidence]
) -> Iterator[Detail]:
    """Yield a task's tables for the report, and what was fitted and tuned, from clean input."""
    tables: Any = getattr(embeddings.case.task, "details", None)
    for dim, facts in evidence.items() if tables and search.label == CLEAN else ():
        cell = _cell(embeddings, search, dim)
        yield from (Detail(cell, table) for table in tables(facts))
    for dim, fit in search.fits.items() if search.label == CLEAN else ():
        if hasattr(fit, "table"):
            yield Detail(_cell(embeddings, search, dim), fit.table())
    tuned_to: Any = getattr(search.system.retriever, "table", lambda dim: None)
    for dim in evidence if search.label == CLEAN else ():
        if table := tuned_to(dim):
            yield Detail(_cell(embeddings, search, dim), table)


def _scored(
    embeddings: Embeddings, search: Search, evidence: Mapping[int, Evidence]
) -> Iterator[Measured]:
    """Yield the scores of every metric that reads the evidence, at every size.

    A unit whose input was lost keeps what its empty evidence scores where the case calls that a
    miss, and has no score elsewhere; it counts either way.
    """
    case, label = embeddings.case, search.label
    for dim, facts in evidence.items():
        cell = _cell(embeddings, search, dim)
        unscored = _unscored(search, dim, facts)
        counts = _counted(embeddings, label, facts)
        for metric in case.reading(facts.kind):
            scores = _without(metric.per_unit(facts), unscored)
            yield Measured(cell, metric.name, scores, metric.scorable(facts) & counts)


def _unscored(search: Search, dim: int, facts: Evidence) -> Bool:
    """Return which units have no vector and are not to count as a miss, bool (n,)."""
    case, lost = search.embeddings.case, search.lost_from(facts.side, dim)
    nothing = frozenset(
        item
        for item, why in lost.items()
        if (case.on_refusal if isinstance(why, Refused) else case.on_item_error) != "miss"
    )
    return facts.touched(facts.side, nothing)


def _without(scores: Scores, unscored: Bool) -> Scores:
    """Return the scores with NaN for some units."""
    if not unscored.any():
        return scores
    columns = {name: np.where(unscored, np.nan, c) for name, c in scores.columns.items()}
    return replace(scores, columns=columns)


def _counted(embeddings: Embeddings, label: str, facts: Evidence) -> Bool:
    """Return the units that count: all when clean, else those whose input a probe changed."""
    if label == CLEAN:
        return np.ones(len(facts.ids), bool)
    found = np.zeros(len(facts.ids), bool)
    for side in ("query", "corpus"):
        changed = embeddings.changed(side, label)
        if changed is not None:
            found |= facts.touched(side, changed)
    return found
