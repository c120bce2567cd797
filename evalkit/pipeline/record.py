"""What a run found, brought into the form that is stored and reported."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from evalkit.archive import (
    CaseFacts,
    MetricFacts,
    ModelFacts,
    Pace,
    Run,
    judgements_table,
    rankings_table,
    scores_table,
)
from evalkit.core.evidence import Ranked
from evalkit.core.items import Item
from evalkit.core.plan import CasePlan, ModelPlan, Plan
from evalkit.core.protocols import Task, Traffic
from evalkit.core.results import (
    CLEAN,
    Detail,
    Estimate,
    Listing,
    Lost,
    Measured,
    NotOffered,
    Verdict,
)
from evalkit.pipeline.content import items_table
from evalkit.pipeline.examples import examples_table
from evalkit.pipeline.purse import Tally

_LISTS = Ranked.kind
_EFFECTIVE = "effective"
"""The metric that says which inputs have an effective result."""


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
    details: tuple[Detail, ...] = ()


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
        provenance={
            "suite": _printable(Path(plan.origin).name),
            "suite_digest": plan.digest,
            **provenance,
        },
        cases=tuple(_case_facts(case) for case in plan.cases),
        models=tuple(_model_facts(m, results.tally.get(m.name, Tally())) for m in plan.models),
        metrics=_metric_facts(plan),
        estimates=results.estimates,
        verdicts=results.verdicts,
        lost=(*results.lost, *_unjudged(plan, results)),
        not_offered=results.not_offered,
        details=tuple(d for d in results.details if plan.content == "show" or not d.table.quotes),
        scores=scores_table(results.measured),
        rankings=rankings_table(results.listings, grades),
        judgements=judgements_table(grades),
        items=items_table(plan, results.listings, results.measured),
        examples=examples_table(plan),
    )


def _printable(name: str) -> str:
    """Return a file's name with bytes that are not UTF-8 written out."""
    return name.encode("utf-8", "backslashreplace").decode()


def _modalities(items: tuple[Item, ...]) -> tuple[str, ...]:
    """Return the modalities of items, sorted."""
    return tuple(sorted({item.modality for item in items}))


def _case_facts(case: CasePlan) -> CaseFacts:
    """Return a case as it was run."""
    data, needs = case.data, case.task.needs(case.data)
    return CaseFacts(
        name=case.name,
        task=case.task_name,
        dataset=data.name,
        fingerprint=data.fingerprint(),
        queries=len(needs.queries),
        corpus=len(needs.corpus),
        query_modalities=_modalities(needs.queries),
        corpus_modalities=_modalities(needs.corpus),
        metrics=tuple(m.name for m in case.metrics),
        groups=case.groups,
        systems=tuple(s.name for s in case.systems),
        probes=tuple(p.label(s) for p in case.probes for s in p.severities),
        relevant=case.relevant,
        similarity=case.similarity,
        depth=case.depth,
        keep=case.kept,
        card=data.card,
        corpus_counts=dict(sorted(Counter(item.modality for item in needs.corpus).items())),
        effective=next((_params(m) for m in case.metrics if m.name == _EFFECTIVE), {}),
        truth=case.task.truth,
        published=case.published,
        **_protected(case.task),
    )


def _protected(task: Task) -> dict[str, Any]:
    """Return the tag whose groups a task protects, and these groups; nothing where it has none."""
    tag = getattr(task, "protected", "")
    return {"protected": tag, "protected_groups": tuple(getattr(task, "groups", ()))} if tag else {}


def _model_facts(plan: ModelPlan, tally: Tally) -> ModelFacts:
    """Return a model as it was run, and what it was asked."""
    about = (inspect.getdoc(type(plan.embedder)) or "").split("\n\n")[0].replace("\n", " ")
    traffic: Traffic = getattr(plan.embedder, "traffic", Traffic())
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
        dollars=round(tally.dollars, 6),
        unpriced=tuple(sorted(tally.unpriced)),
        calls=traffic.calls,
        throttled=traffic.throttled,
        rechecked=tally.rechecked,
        recheck_failed=tally.recheck_failed,
        recheck_in_jobs=tally.recheck_in_jobs,
        conflicts=tally.conflicts,
        audit=tuple(tally.audit),
        paces=tuple(_paces(tally)),
        forms=tuple(sorted(getattr(plan.embedder, "seen_forms", ()))),
    )


def _paces(tally: Tally) -> Iterator[Pace]:
    """Yield how fast, and at what price, each side of each case was answered."""
    for place in dict.fromkeys((*tally.listed, *tally.seconds)):
        took = tally.seconds.get(place, [])
        typical = round(median(took), 4) if took else None
        price = tally.listed.get(place)
        dollars = None if price is None else round(price, 6)
        yield Pace(*place, typical, len(took), dollars)


def _metric_facts(plan: Plan) -> tuple[MetricFacts, ...]:
    """Return each metric of the suite once, with its parameters and its definition."""
    metrics = {m.name: m for case in plan.cases for m in case.metrics}
    return tuple(
        MetricFacts(
            name=name,
            better=m.better,
            low=m.range[0],
            high=m.range[1],
            unit=m.unit,
            definition=inspect.getdoc(type(m)) or "",
            params=_params(m),
        )
        for name, m in metrics.items()
    )


def _params(metric: Any) -> dict[str, object]:
    """Return the parameters of a metric but its cut-off, as they read back from a stored run."""
    names = [field.name for field in fields(metric)] if is_dataclass(metric) else []
    params = {name: getattr(metric, name) for name in names if name != "k"}
    stored: dict[str, object] = json.loads(json.dumps(params, default=_shown))
    return stored


def _shown(value: object) -> str:
    """Return a value that JSON does not take: a file by its name alone, anything else as text."""
    return value.name if isinstance(value, Path) else str(value)


def _unjudged(plan: Plan, results: Results) -> Iterator[Lost]:
    """Yield the queries of each case that was run which no judgement can score, once a case.

    A query that was refused or failed is lost already, and not named again.
    """
    ran = {found.cell.case for found in results.measured}
    judged = [c for c in plan.cases if c.task.truth == "grades" and c.task.evidence_kind == _LISTS]
    gone = {
        (one.case, one.item)
        for one in results.lost
        if one.side == "query" and one.probe == CLEAN and one.kind in ("refused", "failed")
    }
    for case in (c for c in judged if c.name in ran):
        for query in case.data.queries:
            grades = case.data.truth.grades.get(query.id, {}).values()
            if max(grades, default=-1) < case.relevant and (case.name, query.id) not in gone:
                why = "has no relevant item." if grades else "is not judged."
                yield Lost(case.name, "", CLEAN, "query", query.id, "unjudged", why)
