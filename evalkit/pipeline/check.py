"""What a run would embed and what its gates could find, worked out without spending anything."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from evalkit.archive import Run
from evalkit.core.evidence import Paired
from evalkit.core.plan import CasePlan, ModelPlan, Plan
from evalkit.core.protocols import Facts, Usage
from evalkit.core.results import Lost
from evalkit.ledger import Ledger
from evalkit.pipeline.asking import LEFT
from evalkit.pipeline.embed import embed_case
from evalkit.pipeline.gate import sentence
from evalkit.pipeline.offer import needed
from evalkit.pipeline.purse import Purse, Tally
from evalkit.pipeline.requests import Members, Target, targets
from evalkit.stats import minimum_detectable_effect

_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class ModelNeeds:
    """What one model would be asked: distinct inputs, those already paid for, and the rest.

    calls, tokens, images, audio_seconds, video_seconds: what the rest would use, tokens estimated
    from characters by the model's own rule or by what the service reported before. dollars: their
    price; unpriced: what of them has no known price. seconds: how long that takes at the stated
    caps, or at the pace of past calls; NaN where neither is known. price_confidence: good, fair or
    poor, "" where nothing is said; price_source: where the prices are from.
    """

    model: str
    inputs: int
    paid: int
    to_embed: int
    calls: int = 0
    tokens: int = 0
    images: int = 0
    audio_seconds: float = 0.0
    video_seconds: float = 0.0
    dollars: float = 0.0
    unpriced: tuple[str, ...] = ()
    seconds: float = math.nan
    price_confidence: str = ""
    price_source: str = ""


@dataclass(frozen=True, slots=True)
class GatePower:
    """What one gate could find: the smallest true difference from its bound, with power 0.8.

    queries: how many units the gate rests on, `units` being what they are: queries, items or pairs.
    mde: NaN where no spread is known. source: where it is from.
    """

    gate: str
    queries: int
    mde: float
    source: str
    units: str = "queries"


@dataclass(frozen=True, slots=True)
class Check:
    """A suite that is right, what it needs, and what it can find.

    prices: the day on which the prices were looked up; own_prices: the file that EVALKIT_PRICES
    lays over them, with its day, "" without one. lacks: what it needs and is not at hand.
    unusable: items that cannot be read, and those that a probe is made for and cannot change, each
    told once: a picture whose mask does not match it, for instance. What a model cannot take is
    seen in a run alone.
    """

    suite: str
    models: tuple[ModelNeeds, ...]
    gates: tuple[GatePower, ...]
    prices: str = ""
    lacks: tuple[str, ...] = ()
    unusable: tuple[Lost, ...] = ()
    own_prices: str = ""


def check(plan: Plan, store: Ledger, last: Run | None, spread: float | None) -> Check:
    """Return what a run would embed and each gate's minimum detectable effect.

    last: the suite's last run, whose spread is used. spread: the standard deviation of per-query
    scores to assume instead.
    """
    purse = Purse(store, dry=True)
    pairs = needed(plan)
    lost = [
        one
        for case in plan.cases
        for model in plan.models
        if (systems := pairs.get((case.name, model.name)))
        for one in embed_case(case, model, plan.seed, purse, systems).lost()
    ]
    wanted = targets(plan)
    return Check(
        plan.name,
        tuple(_needs(m, purse) for m in plan.models),
        tuple(_power(plan, t, len(wanted), last, spread) for t in wanted),
        str(purse.prices.checked or ""),
        plan.lacks,
        tuple(_unusable(lost)),
        purse.prices.own,
    )


def _unusable(lost: Iterable[Lost]) -> Iterator[Lost]:
    """Yield what is wrong with items, once however many models, severities or probes meet it."""
    seen: set[tuple[str, str, str]] = set()
    for one in lost:
        told = one.side, one.item, one.reason
        if one.reason != LEFT and told not in seen:
            seen.add(told)
            yield one


def _needs(model: ModelPlan, purse: Purse) -> ModelNeeds:
    """Return what a model would be asked, from the tally of a dry run."""
    tally = purse.tally.get(model.name, Tally())
    usage, price = tally.usage, purse.prices.find(model.embedder.model)
    return ModelNeeds(
        model.name,
        tally.found + tally.sent,
        tally.found,
        tally.sent,
        calls=math.ceil(usage.calls),
        tokens=round(usage.tokens),
        images=usage.images,
        audio_seconds=usage.audio_seconds,
        video_seconds=usage.video_seconds,
        dollars=tally.dollars,
        unpriced=tuple(sorted(tally.unpriced)),
        seconds=_seconds(model, usage, purse),
        price_confidence=price.confidence if price else "",
        price_source=price.source if price else "",
    )


def _seconds(model: ModelPlan, usage: Usage, purse: Purse) -> float:
    """Return how long the calls would take at the stated caps or at the pace of past calls."""
    embedder = model.embedder
    facts: Facts | None = getattr(embedder, "facts", None)
    counted = getattr(embedder, "cap_counts_items", False)
    items = facts.per_call if facts and counted else 1
    waits = [
        used * 60 / cap
        for used, name in (
            (usage.calls * items, "requests_per_minute"),
            (usage.tokens, "tokens_per_minute"),
        )
        if (cap := getattr(embedder, name, 0))
    ]
    past = purse.store.usage(embedder.model, embedder.revision)
    if usage.calls and past.seconds:
        waits.append(usage.calls * past.seconds / getattr(embedder, "concurrency", 1))
    return max(waits, default=math.nan)


def _units(case: CasePlan) -> str:
    """Return what the units of a case are, for a person."""
    if case.task.evidence_kind == Paired.kind:
        return "pairs"
    return "items" if case.task.units(case.data) == case.data.corpus else "queries"


def _power(
    plan: Plan, target: Target, gates: int, last: Run | None, spread: float | None
) -> GatePower:
    """Return the smallest difference that a gate could find."""
    case = next(c for c in plan.cases if c.name == target.gate.case)
    queries = case.units
    chosen = [q for q, m in zip(queries, Members(queries)(target.request.part), strict=True) if m]
    said, units = sentence(target), _units(case)
    if spread is not None:
        needs = {"|".join(q.tag("intent")) or q.id for q in chosen}
        error = spread / math.sqrt(max(len(needs), 1))
        mde = minimum_detectable_effect(error, _ALPHA / gates)
        return GatePower(said, len(chosen), mde, f"the stated spread of {spread:g}", units)
    for verdict in last.verdicts if last else ():
        if verdict.gate == said and np.isfinite(verdict.mde):
            return GatePower(said, verdict.n, verdict.mde, f"run {last.id if last else ''}", units)
    return GatePower(said, len(chosen), math.nan, "no run yet: state one with --spread 0.3", units)
