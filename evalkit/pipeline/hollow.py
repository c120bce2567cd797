"""Systems that turn out, once inputs were looked at, to have no corpus on a model."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.core.results import Cell, NotOffered
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

    A gate on such a system that nothing else is left of stays, and finds nothing. One that compares
    with such a system stays only where it names the model.
    """

    def is_hollow(cell: Cell | None) -> bool:
        return cell is not None and (cell.case, cell.model, cell.system) in hollow

    left = {
        id(t.gate) for t in wanted if not (is_hollow(t.request.cell) or is_hollow(t.request.other))
    }

    def stays(target: Target) -> bool:
        if is_hollow(target.request.cell):
            return id(target.gate) not in left
        return not is_hollow(target.request.other) or _names_model(target)

    return [target for target in wanted if stays(target)]


def _names_model(target: Target) -> bool:
    """Return whether a gate names the model of the cell that it compares with."""
    against = target.gate.bound.against
    named = {target.gate.model, against.name if against and against.kind == "model" else ""}
    return target.request.other is not None and target.request.other.model in named


def not_offered_systems(hollow: Hollow) -> tuple[NotOffered, ...]:
    """Return what is listed of systems without a corpus."""
    return tuple(
        NotOffered(model, case, f"system {system} ({why})")
        for (case, model, system), why in hollow.items()
    )
