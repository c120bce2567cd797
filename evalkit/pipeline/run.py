"""The stages in order: embed, measure, estimate, gate, and the record of it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from evalkit.archive import Run
from evalkit.core.plan import Plan
from evalkit.core.results import Cell, Measured
from evalkit.ledger import Ledger
from evalkit.pipeline.between_groups import between_groups
from evalkit.pipeline.chance import tested
from evalkit.pipeline.embed import embed_case, joined
from evalkit.pipeline.estimate import Units, draws_for, estimate
from evalkit.pipeline.gate import gate, strict
from evalkit.pipeline.hollow import hollow_systems, judged, not_offered_systems, without
from evalkit.pipeline.jobs import Pool
from evalkit.pipeline.measure import measure
from evalkit.pipeline.offer import needed, not_offered, offers
from evalkit.pipeline.purse import Budget, Progress, Purse, no_progress
from evalkit.pipeline.record import Results, record
from evalkit.pipeline.requests import reported, stored_runs, targets


@dataclass(frozen=True, slots=True)
class Options:
    """How to run: offline makes an input that was never embedded an error, strict an open gate.

    budget: what embedding may cost, None for no limit. recheck: how many stored inputs of each
    service are asked for again.
    """

    offline: bool = False
    strict: bool = False
    budget: Budget | None = None
    recheck: int = 0
    progress: Progress = no_progress
    provenance: Mapping[str, object] = field(default_factory=dict)


def run(plan: Plan, store: Ledger, options: Options) -> Run:
    """Return the run of a suite. After the first stage no embedding service is called."""
    wanted = targets(plan)
    able, pairs = offers(plan), needed(plan)
    purse = Purse(
        store,
        options.offline,
        budget=options.budget,
        recheck=options.recheck,
        progress=options.progress,
    )
    embedded = {
        (case.name, model.name): embed_case(case, model, plan.seed, purse, systems)
        for case in plan.cases
        for model in plan.models
        if (systems := pairs.get((case.name, model.name)))
    }
    hollow = hollow_systems(able, embedded)
    able, wanted = without(able, hollow), judged(wanted, hollow)
    found = []
    for done, (pair, systems) in enumerate(able.items()):
        options.progress("searching and scoring", done, len(able), "")
        others = {model: e for (case, model), e in embedded.items() if case == pair[0]}
        found.append(measure(embedded[pair], systems, others, plan.seed))
    measured = {(m.cell, m.metric): m for f in found for m in f.measured}
    asked = [request for target in wanted for request in target.asked]
    chance: dict[tuple[Cell, str], list[Measured]] = {}
    for one in (m for f in found for m in f.expected):
        chance.setdefault((one.cell, one.metric), []).append(one)
    nulls = {(e.cell, e.metric): e for f in found for e in f.nulls if e.kind == "null"}
    moved = [one for f in found for one in f.lost]
    requests = [*reported(plan, measured, chance), *asked]
    options.progress("resampling", 0, len(requests), "")
    draws = draws_for(len(wanted))
    items = {f.case: f.units for f in found}
    units = [Units(c.name, c.metrics, items[c.name]) for c in plan.cases if c.name in items]
    pool = Pool(measured, stored_runs(plan), chance)
    made = estimate(units, pool, requests, draws, plan.seed, set(asked))
    tags = {c.name: c.groups for c in plan.cases}
    apart = [e for u in units for e in between_groups(u, measured, tags[u.case], plan.seed)]
    verdicts = gate(plan, wanted, made, datetime.now(UTC).date())
    results = Results(
        measured=tuple(measured.values()),
        listings=tuple(one for f in found for one in f.listings),
        estimates=(
            *(tested(e.estimate, nulls) for e in made.values()),
            *apart,
            *(one for f in found for one in f.nulls),
        ),
        verdicts=strict(verdicts) if options.strict else verdicts,
        lost=joined((*(one for e in embedded.values() for one in e.lost()), *moved)),
        not_offered=(*not_offered(plan), *not_offered_systems(hollow)),
        details=tuple(
            one
            for f in found
            for one in f.details
            if plan.content == "show" or not one.table.quotes
        ),
        tally=purse.tally,
    )
    return record(plan, results, {**options.provenance, "seed": plan.seed, "draws": draws})
