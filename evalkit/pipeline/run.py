"""The stages in order: embed, measure, estimate, gate, and the record of it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evalkit.archive import Run
from evalkit.core.errors import Problem, SuiteError
from evalkit.core.plan import Plan
from evalkit.ledger import Ledger
from evalkit.pipeline.asking import Progress, Purse, no_progress
from evalkit.pipeline.embed import embed_case, not_offered, offers
from evalkit.pipeline.estimate import Pool, Units, draws_for, estimate
from evalkit.pipeline.gate import gate, strict
from evalkit.pipeline.measure import measure
from evalkit.pipeline.record import Results, record
from evalkit.pipeline.requests import reported, stored_runs, targets


@dataclass(frozen=True, slots=True)
class Options:
    """How to run: offline makes an input that was never embedded an error, strict an open gate."""

    offline: bool = False
    strict: bool = False
    progress: Progress = no_progress
    provenance: Mapping[str, object] = field(default_factory=dict)


def run(plan: Plan, store: Ledger, options: Options) -> Run:
    """Return the run of a suite. After the first stage no embedding service is called."""
    check_offers(plan)
    purse = Purse(store, options.offline, progress=options.progress)
    embedded = [
        embed_case(case, model, plan.seed, purse)
        for case in plan.cases
        for model in plan.models
        if offers(case, model)
    ]
    found = []
    for done, embeddings in enumerate(embedded):
        options.progress("searching and scoring", done, len(embedded))
        found.append(measure(embeddings))
    measured = {(m.cell, m.metric): m for f in found for m in f.measured}
    wanted = targets(plan)
    requests = [*reported(plan, measured), *(t.request for t in wanted)]
    options.progress("resampling", 0, len(requests))
    draws = draws_for(len(wanted))
    units = [Units(c.name, c.metrics, c.data.queries) for c in plan.cases]
    pool = Pool(measured, stored_runs(plan))
    made = estimate(units, pool, requests, draws, plan.seed)
    verdicts = gate(plan, wanted, made)
    results = Results(
        measured=tuple(measured.values()),
        listings=tuple(one for f in found for one in f.listings),
        estimates=tuple(e.estimate for e in made.values()),
        verdicts=strict(verdicts) if options.strict else verdicts,
        lost=tuple(one for e in embedded for one in e.lost()),
        not_offered=tuple(n for c in plan.cases for m in plan.models for n in not_offered(c, m)),
        tally=purse.tally,
    )
    return record(plan, results, {**options.provenance, "seed": plan.seed, "draws": draws})


def check_offers(plan: Plan) -> None:
    """Raise SuiteError for gates that can never be judged: on a size or modality nobody offers."""
    cases = {case.name: case for case in plan.cases}
    problems = []
    for gate_plan in plan.gates:
        asked = [m for m in plan.models if gate_plan.model in ("", m.name)]
        able = [
            m
            for m in asked
            if offers(cases[gate_plan.case], m) and gate_plan.at in m.embedder.sizes
        ]
        if not able:
            who = f"the model '{gate_plan.model}'" if gate_plan.model else "no model of the suite"
            verb = "does not offer" if gate_plan.model else "offers"
            problems.append(
                Problem(
                    f"{plan.origin}:{gate_plan.line}",
                    f"{who} {verb} what this gate needs (case '{gate_plan.case}', "
                    f"size {gate_plan.at}).",
                    "Gate a size and modality that the model has.",
                )
            )
    if problems:
        raise SuiteError(*problems)
