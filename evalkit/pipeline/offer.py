"""What a model offers of what a case needs: sizes, modalities, systems, and changed inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evalkit.core.plan import CasePlan, ModelPlan, Plan
from evalkit.core.results import CLEAN, Cell, NotOffered
from evalkit.core.systems import System
from evalkit.pipeline.ways import modalities

Offers = Mapping[tuple[str, str], tuple[System, ...]]
"""Case and model, by name -> the systems of the case that can be run on the model."""


def offered_sizes(model: ModelPlan) -> tuple[int, ...]:
    """Return the sizes asked of a model that it has."""
    return tuple(d for d in model.dims if d in model.embedder.sizes)


def labels(case: CasePlan, model: ModelPlan) -> tuple[str, ...]:
    """Return the probe labels of a case that a model can be measured under, `clean` first.

    A model that looks stored vectors up by id would give the clean vector for a changed input.
    """
    probes = () if _stored(model) else case.probes
    return (CLEAN, *(p.label(s) for p in probes for s in p.severities))


def _stored(model: ModelPlan) -> bool:
    """Return whether a model looks vectors up by item id instead of reading the item."""
    return getattr(model.embedder, "keyed_by", "content") == "id"


def embeddable(case: CasePlan, model: ModelPlan) -> tuple[System, ...]:
    """Return the systems of a case whose inputs, once prepared, the model takes."""
    return tuple(s for s in case.systems if offered_sizes(model) and not _lacking(case, model, s))


def offers(plan: Plan) -> Offers:
    """Return what can be run: the systems of each case on each model, where there are any.

    A system that reranks with another model needs that one too, and is nothing on that one itself.
    """
    fit = {(c.name, m.name): embeddable(c, m) for c in plan.cases for m in plan.models}
    found = {
        (case, model): tuple(s for s in systems if _second(s, case, model, fit))
        for (case, model), systems in fit.items()
    }
    return {pair: systems for pair, systems in found.items() if systems}


def _second(system: System, case: str, model: str, fit: Offers) -> bool:
    """Return whether the second model of a system, where it has one, is another and able."""
    if system.rerank is None:
        return True
    second = system.rerank.model
    return second != model and system.name in {s.name for s in fit.get((case, second), ())}


def needed(plan: Plan) -> Offers:
    """Return what has to be embedded: the systems that run on a model or rerank with it."""
    found = {pair: list(systems) for pair, systems in offers(plan).items()}
    for (case, _), systems in offers(plan).items():
        for system in systems:
            if system.rerank:
                found.setdefault((case, system.rerank.model), []).append(system)
    return {pair: tuple({s.name: s for s in systems}.values()) for pair, systems in found.items()}


def cells(plan: Plan) -> Iterator[Cell]:
    """Yield every cell that a run of the plan measures."""
    able, models = offers(plan), {model.name: model for model in plan.models}
    for case in plan.cases:
        for model in plan.models:
            for system in able.get((case.name, model.name), ()):
                for label in system_labels(case, model, system, models):
                    for dim in offered_sizes(model):
                        yield Cell(case.name, model.name, system.name, label, dim)


def system_labels(
    case: CasePlan, model: ModelPlan, system: System, models: Mapping[str, ModelPlan]
) -> tuple[str, ...]:
    """Return the probe labels that a system can be measured under on a model."""
    known = labels(case, model)
    if system.rerank is None:
        return known
    second = labels(case, models[system.rerank.model])
    return tuple(label for label in known if label in second)


def not_offered(plan: Plan) -> tuple[NotOffered, ...]:
    """Return the sizes, modalities and probes of each case that a model does not have.

    What only some systems need is named with the system.
    """
    able = offers(plan)
    return tuple(
        NotOffered(model.name, case.name, what)
        for case in plan.cases
        for model in plan.models
        for what in [
            *_missing(case, model, bool(able.get((case.name, model.name)))),
            *(f"size {d}" for d in model.dims if d not in model.embedder.sizes),
            *(f"probe {p.name}" for p in case.probes if _stored(model)),
        ]
    )


def _missing(case: CasePlan, model: ModelPlan, runs: bool) -> list[str]:
    """Return the modalities that a model lacks for a case, or for some of its systems."""
    if not runs:
        lacks = [sorted(_lacking(case, model, system)) for system in case.systems]
        return min(lacks, key=len)
    return [
        f"system {system.name} ({', '.join(sorted(lack))})"
        for system in case.systems
        if (lack := _lacking(case, model, system))
    ]


def _lacking(case: CasePlan, model: ModelPlan, system: System) -> frozenset[str]:
    """Return what a model does not take of a case's items under a system."""
    needs = case.task.needs(case.data)
    wanted = modalities(needs.queries, system.prepared("query"))
    wanted |= modalities(needs.corpus, system.prepared("corpus"))
    if _stored(model) and system.prepare:
        return frozenset({"prepared items"})
    return wanted - model.embedder.modalities
