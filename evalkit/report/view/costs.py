"""What a run cost: inputs and calls, dollars, seconds an answer, and the price of more."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.archive import ModelFacts, Pace, Run
from evalkit.core.items import SideName


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of a run. dollars: of all models; least: whether some of it has no known price.

    seconds: how long the run took, None where it is not stored.
    """

    models: tuple[ModelFacts, ...]
    dollars: float
    least: bool
    seconds: float | None

    @property
    def paced(self) -> bool:
        """Whether anything was timed or has a price; models that run here have neither."""
        return any(p.seconds is not None or p.dollars for m in self.models for p in m.paces)


def costs(run: Run) -> Costs:
    """Return what a run cost."""
    seconds = run.provenance.get("seconds")
    return Costs(
        models=run.models,
        dollars=sum(model.dollars for model in run.models),
        least=any(model.unpriced for model in run.models),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
    )


def pace(run: Run, model: str, case: str, side: SideName, dim: int) -> Pace | None:
    """Return how a model answered one side of a case at a size, None where it is not stored."""
    facts = next((m for m in run.models if m.name == model), None)
    return next(
        (
            p
            for p in (facts.paces if facts else ())
            if (p.case, p.side) == (case, side) and dim in p.dims
        ),
        None,
    )
