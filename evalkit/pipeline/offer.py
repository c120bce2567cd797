"""What a model offers of what a case needs: sizes and modalities."""

from __future__ import annotations

from evalkit.core.plan import CasePlan, ModelPlan, Plan
from evalkit.core.results import NotOffered


def offered_sizes(model: ModelPlan) -> tuple[int, ...]:
    """Return the sizes asked of a model that it has."""
    return tuple(d for d in model.dims if d in model.embedder.sizes)


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
        ]
    )


def _missing_modalities(case: CasePlan, model: ModelPlan) -> list[str]:
    """Return the modalities of a case that a model does not take, sorted."""
    needs = case.task.needs(case.data)
    wanted = {m for item in (*needs.queries, *needs.corpus) for m in item.modalities}
    return sorted(wanted - model.embedder.modalities)
