"""What a model offers of what a case needs: sizes, modalities, and changed inputs."""

from __future__ import annotations

from evalkit.core.plan import CasePlan, ModelPlan, Plan
from evalkit.core.results import CLEAN, NotOffered


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


def able(plan: Plan) -> frozenset[tuple[str, str]]:
    """Return the pairs of case and model that can be run: all modalities, at least one size."""
    return frozenset(
        (case.name, model.name)
        for case in plan.cases
        for model in plan.models
        if offered_sizes(model) and not _missing_modalities(case, model)
    )


def not_offered(plan: Plan) -> tuple[NotOffered, ...]:
    """Return the sizes and modalities of each case that a model does not have."""
    return tuple(
        NotOffered(model.name, case.name, what)
        for case in plan.cases
        for model in plan.models
        for what in [
            *_missing_modalities(case, model),
            *(f"size {d}" for d in model.dims if d not in model.embedder.sizes),
            *(f"probe {p.name}" for p in case.probes if _stored(model)),
        ]
    )


def _missing_modalities(case: CasePlan, model: ModelPlan) -> list[str]:
    """Return the modalities of a case that a model does not take, sorted."""
    needs = case.task.needs(case.data)
    wanted = {m for item in (*needs.queries, *needs.corpus) for m in item.modalities}
    return sorted(wanted - model.embedder.modalities)
