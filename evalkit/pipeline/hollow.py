"""Systems that turn out, once inputs were looked at, to have no corpus on a model."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.core.results import NotOffered
from evalkit.pipeline.embed import Embeddings
from evalkit.pipeline.offer import Offers
from evalkit.pipeline.requests import Target

Hollow = Mapping[tuple[str, str, str], str]
"""Case, model and system, by name -> why no item of its corpus can be embedded."""


def hollow_systems(able: Offers, embedded: Mapping[tuple[str, str], Embeddings]) -> Hollow:
    """Return the systems whose corpus a model takes nothing of, unless it takes nothing at all.

    Whole documents for a model that takes pages only are such a corpus: the model was not asked.
    """
    found: dict[tuple[str, str, str], str] = {}
    for pair, systems in able.items():
        why = {s.name: embedded[pair].nothing_to_find(s) for s in systems}
        if not all(why.values()):
            found |= {(*pair, name): reason for name, reason in why.items() if reason}
    return found


def without(able: Offers, hollow: Hollow) -> Offers:
    """Return what can be run without those systems."""
    return {
        (case, model): tuple(s for s in systems if (case, model, s.name) not in hollow)
        for (case, model), systems in able.items()
    }


def judged(wanted: list[Target], hollow: Hollow) -> list[Target]:
    """Return the verdicts to reach without those on systems that a model is not measured on.

    A gate that nothing else is left of stays, and finds nothing.
    """

    def stands(target: Target) -> bool:
        cells = (target.request.cell, target.request.other)
        return not any(c and (c.case, c.model, c.system) in hollow for c in cells)

    left = {id(target.gate) for target in wanted if stands(target)}
    return [t for t in wanted if stands(t) or id(t.gate) not in left]


def not_offered_systems(hollow: Hollow) -> tuple[NotOffered, ...]:
    """Return what is listed of systems without a corpus."""
    return tuple(
        NotOffered(model, case, f"system {system} ({why})")
        for (case, model, system), why in hollow.items()
    )
