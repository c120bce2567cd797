"""What others published for the benchmark that a case declares, beside what it measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.core.results import Estimate
from evalkit.report.view.scope import Scope, Series

CAVEAT = (
    "Published figures were not measured here, have no interval, and are no target. They can be "
    "compared only where data, revision and metric are equal, and what else a publication leaves "
    "open: prompts, preparation of the input, and which part of the data was used."
)


@dataclass(frozen=True, slots=True)
class Given:
    """A published figure, a share from 0 to 1; size: None where the publication states none."""

    model: str
    size: int | None
    value: float
    note: str
    source: str
    year: int


@dataclass(frozen=True, slots=True)
class Here:
    """What was measured of the same metric."""

    series: Series
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Published:
    """The figures of a benchmark next to each other.

    revision: the one that the suite declares; stated: the publication's, "" where it states none.
    """

    case: str
    benchmark: str
    revision: str
    stated: str
    metric: str
    measured: tuple[Here, ...]
    figures: tuple[Given, ...]

    @property
    def caveat(self) -> str:
        """Return what has to be known before figures are compared."""
        return CAVEAT

    @property
    def sentence(self) -> str:
        """Return which data, revision and metric the figures are of."""
        told = f"revision {self.stated}" if self.stated else "a revision that it does not state"
        return (
            f"The suite says that the data of this case are {self.benchmark}, revision "
            f"{self.revision}; the publication is about {told}. Metric: {self.metric}."
        )


def published(scope: Scope) -> Iterator[Published]:
    """Yield the published figures of a case that declares a benchmark, with its own values."""
    told: Mapping[str, Any] = scope.facts.published
    if not told:
        return
    cells = [(s, scope.cell(s, dim)) for s in scope.series for dim in scope.measured_dims(s)]
    values = [(s, scope.value(cell, told["metric"])) for s, cell in cells]
    yield Published(
        case=scope.facts.name,
        benchmark=told["benchmark"],
        revision=told["revision"],
        stated=told["stated"],
        metric=told["metric"],
        measured=tuple(Here(s, e) for s, e in values if e is not None),
        figures=tuple(Given(**figure) for figure in told["figures"]),
    )
