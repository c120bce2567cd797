"""A run arranged for reading: plain tables without markup, for reports and the dashboard alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.archive import Run
from evalkit.core.systems import FITTED, TUNED
from evalkit.report.view.asked import Asked, asked, targets
from evalkit.report.view.chance import Chance, chance
from evalkit.report.view.changes import Changes, changes
from evalkit.report.view.costs import Costs, costs
from evalkit.report.view.details import Details, details, unseen
from evalkit.report.view.effectiveness import Effective, Errors, effective, errors
from evalkit.report.view.fairness import Fairness, fairness
from evalkit.report.view.frontier import Frontier, SideBySide, frontier, side_by_side
from evalkit.report.view.groups import Groups, groups, shortened
from evalkit.report.view.judged import judged
from evalkit.report.view.mitigation import Mitigation, mitigations
from evalkit.report.view.modalities import Modalities, modalities
from evalkit.report.view.moved import MovedQueries, moved
from evalkit.report.view.notes import Notes, notes
from evalkit.report.view.overview import Overview, Skipped, overview, skipped
from evalkit.report.view.probes import Probes, probes
from evalkit.report.view.published import Published, published
from evalkit.report.view.scope import scopes
from evalkit.report.view.systems import Systems, systems
from evalkit.report.view.verdicts import VerdictRow, verdict_rows
from evalkit.report.view.worst import Worst, worst

__all__ = ["View", "view"]


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a report of a run shows, in its order, large tables cut to fit a page."""

    overview: Overview
    verdicts: tuple[VerdictRow, ...]
    changes: Changes | None
    effective: tuple[Effective, ...]
    judged: tuple[str, ...]
    frontiers: tuple[Frontier, ...]
    models: tuple[SideBySide, ...]
    published: tuple[Published, ...]
    systems: tuple[Systems, ...]
    errors: tuple[Errors, ...]
    asked: tuple[Asked, ...]
    targets: Mapping[str, str]
    fairness: tuple[Fairness, ...]
    mitigations: tuple[Mitigation, ...]
    details: tuple[Details, ...]
    chance: tuple[Chance, ...]
    modalities: tuple[Modalities, ...]
    groups: tuple[Groups, ...]
    probes: tuple[Probes, ...]
    worst: tuple[Worst, ...]
    moved: tuple[MovedQueries, ...]
    skipped: Skipped
    costs: Costs
    notes: Notes


def view(run: Run) -> View:
    """Return a run arranged for reading; every number is one of the run's own."""
    cases = scopes(run)
    fair = tuple(f for case in cases for f in fairness(case, run.details))
    tables = unseen([d for d in run.details if d.table.name not in (FITTED, TUNED)], fair)
    return View(
        overview=overview(run),
        verdicts=verdict_rows(run),
        changes=changes(run, cases),
        effective=tuple(e for case in cases for e in effective(run, case)),
        judged=judged(run),
        frontiers=tuple(frontier(run, case) for case in cases),
        models=tuple(side_by_side(case) for case in cases),
        published=tuple(p for case in cases for p in published(case)),
        systems=tuple(s for case in cases for s in systems(case, run.details)),
        errors=tuple(e for case in cases for e in errors(run, case)),
        asked=tuple(asked(fair)),
        targets=targets(fair),
        fairness=fair,
        mitigations=tuple(mitigations(cases, run.details)),
        details=tuple(d for case in cases for d in details(case, tables)),
        chance=tuple(c for case in cases for c in chance(case)),
        modalities=tuple(m for case in cases for m in modalities(run, case)),
        groups=shortened([g for case in cases for g in groups(case, run.verdicts)]),
        probes=tuple(p for case in cases for p in probes(run, case)),
        worst=tuple(worst(run, cases)),
        moved=tuple(moved(run, cases)),
        skipped=skipped(run),
        costs=costs(run),
        notes=notes(run),
    )
