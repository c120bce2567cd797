"""What a run found, brought into the form that is stored and reported."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evalkit.archive import (
    CaseFacts,
    MetricFacts,
    ModelFacts,
    Run,
    judgements_table,
    rankings_table,
    scores_table,
)
from evalkit.core.items import Item
from evalkit.core.plan import CasePlan, ModelPlan, Plan
from evalkit.core.results import (
    CLEAN,
    Estimate,
    Listing,
    Lost,
    Measured,
    NotOffered,
    Verdict,
)
from evalkit.pipeline.asking import Tally
from evalkit.pipeline.content import items_table


@dataclass(frozen=True, slots=True)
class Results:
    """Everything the stages found."""

    measured: tuple[Measured, ...]
    listings: tuple[Listing, ...]
    estimates: tuple[Estimate, ...]
    verdicts: tuple[Verdict, ...]
    lost: tuple[Lost, ...]
    not_offered: tuple[NotOffered, ...]
    tally: Mapping[str, Tally]


def record(plan: Plan, results: Results, provenance: Mapping[str, object]) -> Run:
    """Return the results as a run, with everything needed to read it years later."""
    now = datetime.now(UTC)
    created = now.isoformat(timespec="seconds")
    unique = hashlib.sha256(f"{plan.digest}{now.isoformat()}".encode()).hexdigest()[:6]
    grades = {case.name: case.data.truth.grades for case in plan.cases}
    return Run(
        id=f"{now:%Y%m%dT%H%M%SZ}-{unique}",
        suite=plan.name,
        about=plan.about,
        created=created,
        parent="",
        use_case=plan.use_case,
        provenance={"suite": Path(plan.origin).name, "suite_digest": plan.digest, **provenance},
        cases=tuple(_case_facts(case) for case in plan.cases),
        models=tuple(_model_facts(m, results.tally.get(m.name, Tally())) for m in plan.models),
        metrics=_metric_facts(plan),
        estimates=results.estimates,
        verdicts=results.verdicts,
        lost=results.lost + _unjudged(plan, results.measured),
        not_offered=results.not_offered,
        scores=scores_table(results.measured),
        rankings=rankings_table(results.listings, grades),
        judgements=judgements_table(grades),
        items=items_table(plan, results.listings, results.measured),
    )


def _modalities(items: tuple[Item, ...]) -> tuple[str, ...]:
    """Return the modalities of items, sorted."""
    return tuple(sorted({item.modality for item in items}))


def _case_facts(case: CasePlan) -> CaseFacts:
    """Return a case as it was run."""
    data = case.data
    return CaseFacts(
        name=case.name,
        task=case.task_name,
        dataset=data.name,
        fingerprint=data.fingerprint(),
        queries=len(data.queries),
        corpus=len(data.corpus),
        query_modalities=_modalities(data.queries),
        corpus_modalities=_modalities(data.corpus),
        metrics=tuple(m.name for m in case.metrics),
        groups=case.groups,
        systems=tuple(s.name for s in case.systems),
        probes=tuple(p.label(s) for p in case.probes for s in p.severities),
        relevant=case.relevant,
        similarity=case.similarity,
        depth=case.depth,
        keep=case.keep,
        card=data.card,
    )


def _model_facts(plan: ModelPlan, tally: Tally) -> ModelFacts:
    """Return a model as it was run, and what it was asked."""
    about = (inspect.getdoc(type(plan.embedder)) or "").split("\n\n")[0].replace("\n", " ")
    return ModelFacts(
        name=plan.name,
        provider=plan.provider,
        model=plan.embedder.model,
        revision=plan.embedder.revision,
        about=about,
        sizes=plan.dims,
        offered=plan.embedder.sizes,
        nested=plan.embedder.nested,
        how=plan.how,
        wanted=tally.wanted,
        found=tally.found,
        sent=tally.sent,
        lost=tally.lost,
    )


def _metric_facts(plan: Plan) -> tuple[MetricFacts, ...]:
    """Return each metric of the suite once, with its definition."""
    metrics = {m.name: m for case in plan.cases for m in case.metrics}
    return tuple(
        MetricFacts(name, m.better, *m.range, m.unit, inspect.getdoc(type(m)) or "")
        for name, m in metrics.items()
    )


def _unjudged(plan: Plan, measured: tuple[Measured, ...]) -> tuple[Lost, ...]:
    """Return the queries of each case that no metric could score, once a case."""
    rows: list[Lost] = []
    lists = {case.name: case.data.truth.grades for case in plan.cases}
    for case in plan.cases:
        mine = [m for m in measured if m.cell.case == case.name and m.cell.probe == CLEAN]
        if not mine:
            continue
        scored = {u for m in mine for u, e in zip(m.scores.ids, m.eligible, strict=True) if e}
        for query in case.data.queries:
            if query.id not in scored:
                why = (
                    "has no relevant item." if lists[case.name].get(query.id) else "is not judged."
                )
                rows.append(Lost(case.name, "", CLEAN, "query", query.id, "unjudged", why))
    return tuple(rows)
