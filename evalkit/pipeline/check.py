"""What a run would embed and what its gates could find, worked out without spending anything."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.archive import Run
from evalkit.core.plan import Plan
from evalkit.ledger import Ledger
from evalkit.pipeline.asking import Purse, Tally
from evalkit.pipeline.embed import embed_case
from evalkit.pipeline.gate import sentence
from evalkit.pipeline.offer import able
from evalkit.pipeline.requests import Members, Target, targets
from evalkit.stats import minimum_detectable_effect

_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class ModelNeeds:
    """What one model would be asked: distinct inputs, those already paid for, and the rest."""

    model: str
    inputs: int
    paid: int
    to_embed: int


@dataclass(frozen=True, slots=True)
class GatePower:
    """What one gate could find: the smallest true difference from its bound, with power 0.8.

    queries: those the gate rests on. mde: NaN where no spread is known. source: where it is from.
    """

    gate: str
    queries: int
    mde: float
    source: str


@dataclass(frozen=True, slots=True)
class Check:
    """A suite that is right, what it needs, and what it can find."""

    suite: str
    models: tuple[ModelNeeds, ...]
    gates: tuple[GatePower, ...]


def check(plan: Plan, store: Ledger, last: Run | None, spread: float | None) -> Check:
    """Return what a run would embed and each gate's minimum detectable effect.

    last: the suite's last run, whose spread is used. spread: the standard deviation of per-query
    scores to assume instead.
    """
    purse = Purse(store, dry=True)
    pairs = able(plan)
    for case in plan.cases:
        for model in plan.models:
            if (case.name, model.name) in pairs:
                embed_case(case, model, plan.seed, purse)
    wanted = targets(plan)
    return Check(
        plan.name,
        tuple(_needs(m.name, purse.tally.get(m.name, Tally())) for m in plan.models),
        tuple(_power(plan, t, len(wanted), last, spread) for t in wanted),
    )


def _needs(model: str, tally: Tally) -> ModelNeeds:
    """Return what a model would be asked, from the tally of a dry run."""
    return ModelNeeds(model, tally.found + tally.sent, tally.found, tally.sent)


def _power(
    plan: Plan, target: Target, gates: int, last: Run | None, spread: float | None
) -> GatePower:
    """Return the smallest difference that a gate could find."""
    queries = next(c.data.queries for c in plan.cases if c.name == target.gate.case)
    chosen = [q for q, m in zip(queries, Members(queries)(target.request.part), strict=True) if m]
    said = sentence(target)
    if spread is not None:
        needs = {"|".join(q.tag("intent")) or q.id for q in chosen}
        error = spread / math.sqrt(max(len(needs), 1))
        mde = minimum_detectable_effect(error, _ALPHA / gates)
        return GatePower(said, len(chosen), mde, f"the stated spread of {spread:g}")
    for verdict in last.verdicts if last else ():
        if verdict.gate == said and np.isfinite(verdict.mde):
            return GatePower(said, verdict.n, verdict.mde, f"run {last.id if last else ''}")
    return GatePower(said, len(chosen), math.nan, "no run yet: state one with --spread 0.3")
